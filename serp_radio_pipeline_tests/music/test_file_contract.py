"""The file contract: what anyone may rely on in an episode's MIDI."""

import contextlib
import datetime as dt
import io
import json

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.ingest.daily_metrics import DailyRow
from serp_radio_pipeline.music.decode import NotAnEpisodeError, decode_midi
from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline.music.pack import ROLES
from serp_radio_pipeline.music.score import TICKS_PER_BAR, Score
from serp_radio_pipeline_tests.episodes import SUNDAY, demo_score, metrics_of, score_of


def timed(track: mido.MidiTrack) -> list[tuple[int, mido.Message]]:
    now, messages = 0, []
    for message in track:
        now += message.time
        messages.append((now, message))
    return messages


def parsed(score: Score) -> mido.MidiFile:
    return mido.MidiFile(file=io.BytesIO(midi_bytes(score)))


def test_tracks_are_named_by_role() -> None:
    assert [track.name for track in parsed(demo_score()).tracks] == ["conductor", *ROLES]


def test_markers_tell_the_form_in_order() -> None:
    markers = [m.text for _, m in timed(parsed(demo_score("4w")).tracks[0]) if m.type == "marker"]
    weeks = ["week 2026-W09", "week 2026-W10", "week 2026-W11", "week 2026-W12"]
    assert markers == ["ident", "key", *weeks, "today", "cadence", "end"]


def test_each_day_has_its_date_as_a_lyric_at_its_beat() -> None:
    score = demo_score()
    lyrics = {m.text: tick for tick, m in timed(parsed(score).tracks[0]) if m.type == "lyrics"}
    assert lyrics == {day.date.isoformat(): day.tick for day in score.days}


def test_a_week_is_a_bar_and_monday_comes_first() -> None:
    score = demo_score("30d")
    series_tick = score.section("week 2026-W08").tick
    for day in score.days:
        assert (day.tick - series_tick) % TICKS_PER_BAR == day.date.weekday() * 480


def test_anyone_can_decode_the_series_with_ten_lines_of_mido() -> None:
    score = demo_score()
    midi = parsed(score)
    contract = json.loads(next(m.text for m in midi.tracks[0] if m.type == "text").split(" ", 1)[1])
    lane = contract["lanes"]["impressions"]
    notes = {t: m.note for t, m in timed(midi.tracks[1 + list(ROLES).index(lane["track"])]) if m.type == "note_on"}
    width = (lane["high"] - lane["low"]) / len(lane["pitches"])
    heard = {}
    for tick, message in timed(midi.tracks[0]):
        if message.type == "lyrics" and tick in notes:
            step = lane["pitches"].index(notes[tick])
            heard[message.text] = 2 ** (lane["low"] + (step + 0.5) * width) - 0.5
    for day in score.days:
        if not day.notes[1].clipped:
            assert heard[day.date.isoformat()] == pytest.approx(day.impressions, rel=2 ** (width / 2) - 1 + 0.001)


def gap_and_provisional() -> Score:
    rows = [
        DailyRow(SUNDAY - dt.timedelta(days=back), 40 + back % 7, 900, 9.0, is_provisional=back == 0)
        for back in range(59, -1, -1)
        if back not in (3, 4)
    ]
    return score_of(metrics_of(tuple(rows)), "14d")


def test_a_missing_day_has_its_lyric_no_data_notes_and_the_side_stick() -> None:
    score = gap_and_provisional()
    missing = [day for day in score.days if day.is_missing]
    assert len(missing) == 2
    sticks = {note.tick for note in score.notes if note.role == "kit" and note.pitch == 37}
    for day in missing:
        assert day.notes == ()
        assert day.tick in sticks
    decoded = decode_midi(midi_bytes(score))
    assert [day.date for day in decoded.days] == [day.date for day in score.days]
    assert [day.clicks is None for day in decoded.days] == [day.is_missing for day in score.days]
    assert decoded.to_csv().splitlines()[10] == f"{missing[0].date},,,,"


def test_a_provisional_day_keeps_its_pitch_is_softer_and_has_a_ghost_echo() -> None:
    score = gap_and_provisional()
    today = score.days[-1]
    same = next(day for day in score.days if day.clicks == today.clicks and not day.is_provisional)
    assert [n.note.pitch for n in today.notes] == [n.note.pitch for n in same.notes]
    for soft, full in zip(today.notes, same.notes, strict=True):
        assert soft.note.velocity == pytest.approx(0.6 * full.note.velocity, abs=1)
    assert [note.pitch for note in score.notes if note.purpose == "ghost"] == [today.notes[0].note.pitch]
    assert decode_midi(midi_bytes(score)).days[-1].clicks == pytest.approx(today.clicks, rel=0.05)


def test_a_clipped_value_has_a_grace_note_an_octave_beyond() -> None:
    score = demo_score(series="spikes")
    clipped = [note for day in score.days for note in day.notes if note.clipped]
    assert clipped
    graces = {(note.role, note.tick, note.pitch) for note in score.notes if note.purpose == "grace"}
    assert graces == {(n.note.role, n.note.tick - 60, n.note.pitch + 12 * n.clipped) for n in clipped}


def test_the_contract_names_tenant_window_calibration_lanes_pack_and_labels() -> None:
    contract = decode_midi(midi_bytes(demo_score())).contract
    assert {"tenant", "window", "calibration", "lanes", "pack", "labels"} <= contract.keys()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_file_is_decoded_or_refused_and_never_crashes(data: st.DataObject) -> None:
    content = bytearray(midi_bytes(demo_score("7d")))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(NotAnEpisodeError):
        decode_midi(bytes(content))


def test_a_file_whose_tenant_is_no_name_is_refused_as_damaged() -> None:
    content = midi_bytes(demo_score("7d")).replace(b'"tenant":"demo"', b'"tenant":"..//"')
    with pytest.raises(NotAnEpisodeError, match="damaged"):
        decode_midi(content)


def other_midi() -> bytes:
    midi = mido.MidiFile()
    midi.tracks.append(mido.MidiTrack([mido.Message("note_on", note=60), mido.Message("note_off", note=60, time=9)]))
    buffer = io.BytesIO()
    midi.save(file=buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a readable MIDI file"),
        (b"Date,Clicks\n2026-01-01,5", "not a readable MIDI file"),
        (midi_bytes(demo_score())[:600], "not a readable MIDI file"),
        (other_midi(), "no SERP Radio episode"),
        (midi_bytes(demo_score()).replace(b'"lanes"', b'"lines"'), "damaged"),
        (midi_bytes(demo_score()).replace(b'{"tenant"', b'{"tenant:'), "damaged"),
    ],
)
def test_what_is_no_episode_is_refused_in_a_sentence(content: bytes, says: str) -> None:
    with pytest.raises(NotAnEpisodeError, match=says) as refusal:
        decode_midi(content, name="mine.mid")
    assert str(refusal.value).startswith("mine.mid ")
