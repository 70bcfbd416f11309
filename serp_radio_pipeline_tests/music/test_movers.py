"""Movers in the score and in the MIDI: heard up or down, each in its own timbre, read back; nothing else changes."""

import csv
import datetime as dt
import io
from dataclasses import replace

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from serp_radio_pipeline.labels.movers import is_movement
from serp_radio_pipeline.music.compose import compose
from serp_radio_pipeline.music.contract import MoverText
from serp_radio_pipeline.music.decode import DecodedEvent, DecodedMover, NotAnEpisodeError, decode_midi
from serp_radio_pipeline.music.fidelity import fidelity
from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline.music.movers import MOVER_VOICES
from serp_radio_pipeline.music.pack import pack_names, read_pack
from serp_radio_pipeline.music.score import TICKS_PER_BAR, Score
from serp_radio_pipeline_tests.episodes import RULES, demo_score, labels_of, metrics_of
from serp_radio_pipeline_tests.movers import compared, moved, mover_score, score_with


def test_movers_have_a_bar_each_between_today_and_cadence() -> None:
    score = mover_score()
    assert [section.marker for section in score.sections[-3:]] == ["today", "movers", "cadence"]
    assert score.section("movers").length == 2 * TICKS_PER_BAR
    assert [heard.tick - score.section("movers").tick for heard in score.movers] == [0, TICKS_PER_BAR]


def test_without_movers_data_every_byte_is_as_it_was() -> None:
    plain = demo_score("8w")
    assert b'"movement"' not in plain.to_json()
    assert b'"movers"' not in plain.to_json()
    assert score_with(None).to_json() == plain.to_json()
    assert midi_bytes(score_with(None)) == midi_bytes(plain)


def test_where_nothing_moved_the_music_is_as_without_and_the_mix_is_known() -> None:
    score = score_with(moved({"demo": (900, 905)}))
    assert midi_bytes(score) == midi_bytes(demo_score("8w"))
    assert score.movement is not None
    assert score.movement.mixes
    assert Score.from_json(score.to_json()) == score


def test_up_to_todays_bar_nothing_changes_with_movers() -> None:
    plain, score = demo_score("8w"), mover_score()
    end = plain.section("cadence").tick
    assert score.days == plain.days
    # a chord tone that is held on into the next bar may last longer or shorter there
    begun, as_before = (
        [(n.tick, n.role, n.pitch, n.velocity) for n in one.notes if n.tick < end] for one in (score, plain)
    )
    assert begun == as_before
    assert (score.seed, score.data_version, score.calibration) == (plain.seed, plain.data_version, plain.calibration)


def test_a_rise_goes_up_and_a_fall_goes_down() -> None:
    score = mover_score()
    fall, rise = score.movers
    assert (fall.mover.label, rise.mover.label) == ("sonification", "radio, live")
    assert fall.pitches[0] > fall.pitches[1]
    assert rise.pitches[0] < rise.pitches[1]
    for heard in score.movers:
        notes = [n for n in score.notes if n.purpose == "mover" and 0 <= n.tick - heard.tick < TICKS_PER_BAR]
        assert [n.pitch for n in notes] == [*heard.pitches, *heard.pitches]
        assert (notes[1].velocity > notes[0].velocity) == (heard.mover.change > 0)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_whatever_the_numbers_the_direction_is_heard_and_everything_reads_back(before: int, now: int) -> None:
    if not is_movement(before, now):
        return
    score = score_with(moved({"a": (before, now)}))
    (heard,) = score.movers
    assert (heard.pitches[1] > heard.pitches[0]) == (now > before)
    decoded = decode_midi(midi_bytes(score))
    assert fidelity(score, decoded).wrong == ()
    assert decoded.movers_csv() == f"dimension,label,from,to\nquery,a,{before},{now}\n"
    assert Score.from_json(score.to_json()) == score


@pytest.mark.parametrize("name", pack_names(RULES))
def test_each_mover_has_a_timbre_that_no_voice_of_the_pack_has(name: str) -> None:
    metrics, pack = metrics_of("demo"), read_pack(RULES, name)
    score = compose(metrics, labels_of(metrics), pack, "4w", movement=moved())
    programs = [heard.program for heard in score.movers]
    assert len(set(programs)) == 2
    assert not set(programs) & {voice.program for role, voice in pack.roles.items() if role != "kit"}


def test_there_are_voices_enough_for_any_pack() -> None:
    assert len({program for program, *_ in MOVER_VOICES}) == len(MOVER_VOICES) >= 2 + 4


def test_the_file_names_the_instrument_and_the_mover_where_its_bar_begins() -> None:
    score = mover_score()
    midi = mido.MidiFile(file=io.BytesIO(midi_bytes(score)))
    now, found = 0, []
    for message in next(track for track in midi.tracks if track.name == "earcons"):
        now += message.time
        if now >= score.section("movers").tick and message.type in ("program_change", "text"):
            found.append((now, message.type, getattr(message, "program", None)))
    assert found == [
        step
        for heard in score.movers
        for step in ((heard.tick, "program_change", heard.program), (heard.tick, "text", None))
    ]


LABELS = st.text(min_size=1, max_size=200).filter(str.strip)


@settings(deadline=None, max_examples=40)
@given(LABELS)
def test_any_label_reads_back_from_a_file_in_ascii(label: str) -> None:
    score = score_with(moved({label.strip(): (0, 500)}))
    content = midi_bytes(score)
    assert fidelity(score, decode_midi(content)).wrong == ()
    assert decode_midi(content).movers[0].said.label == score.movers[0].mover.label
    at = content.index(b"mover {")
    assert content[at : at + 60].isascii()


@pytest.mark.parametrize("beginning", "=+-@\t\r")
def test_whatever_a_file_says_is_no_formula_in_the_csv(beginning: str) -> None:
    hostile = f'{beginning}cmd,"x"\n1'
    decoded = decode_midi(midi_bytes(mover_score()))
    event = DecodedEvent(hostile, hostile, dt.date(2026, 5, 1), 0)
    mover = DecodedMover(MoverText(hostile, hostile, 10, 500, 0.0), 0, (60, 64))
    said = replace(decoded, events=(event,), movers=(mover,))
    (_, events), (_, movers) = (csv.reader(io.StringIO(text, "")) for text in (said.events_csv(), said.movers_csv()))
    assert events == ["2026-05-01", f"'{hostile}", f"'{hostile}"]
    assert movers == [f"'{hostile}", f"'{hostile}", "10", "500"]


def test_a_label_that_is_a_formula_is_none_in_the_csv() -> None:
    decoded = decode_midi(midi_bytes(score_with(moved({"=1+1": (10, 500)}))))
    assert decoded.movers_csv().splitlines()[1] == "query,'=1+1,10,500"


def test_queries_and_pages_share_the_two_places() -> None:
    score = score_with(moved({"a": (10, 500), "b": (600, 20)}, compared({"https://a/": (50, 700)}, "page")))
    assert [(heard.mover.dimension, heard.mover.label) for heard in score.movers] == [
        ("query", "b"),
        ("page", "https://a/"),
    ]


def test_a_file_whose_movers_are_damaged_is_refused() -> None:
    content = midi_bytes(mover_score()).replace(b'"from":400', b'"from":4 0')
    with pytest.raises(NotAnEpisodeError, match="damaged"):
        decode_midi(content)


def test_a_mover_that_sounds_wrong_is_found() -> None:
    score = mover_score()
    wrong = midi_bytes(score).replace(b'"to":300', b'"to":999')
    assert fidelity(score, decode_midi(wrong)).wrong == ("the file's movers are not the score's movers",)


def test_a_score_whose_movers_go_the_wrong_way_cannot_be_built() -> None:
    heard = mover_score().movers[0]
    with pytest.raises(ValidationError, match="up or down as its clicks do"):
        type(heard).model_validate({**heard.model_dump(), "pitches": heard.pitches[::-1]})
    with pytest.raises(ValidationError, match="one bar for each mover"):
        Score.model_validate({**mover_score().model_dump(), "movers": ()})
