"""Events in the score and in the file: the budget, the figures, and that no data note knows of them."""

import datetime as dt
import io
from itertools import pairwise

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.labels.happenings import HAPPENING_KINDS, Happening, HappeningKind, happenings
from serp_radio_pipeline.music.compose import compose
from serp_radio_pipeline.music.contract import NotAnEpisodeError
from serp_radio_pipeline.music.decode import decode_midi
from serp_radio_pipeline.music.earcons import EARCONS, EVENT_OFFSET
from serp_radio_pipeline.music.fidelity import fidelity
from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline.music.phrases import ident_steps
from serp_radio_pipeline.music.score import EVENT_BUDGET, TICKS_PER_BEAT, Score
from serp_radio_pipeline.music.theory import DIATONIC
from serp_radio_pipeline_tests.episodes import SUNDAY, events, labels_of, metrics_of, newsroom

DEMO = metrics_of("demo")
LABELS = labels_of(DEMO)
RANKS = (("top", 10), ("places", 3.5), ("median of the 7 days from then on", 9.0))


def happening(kind: HappeningKind, back: int, text: str = "Something.") -> Happening:
    return Happening(SUNDAY - dt.timedelta(days=back), kind, None, RANKS, text)


def piece(*found: Happening) -> Score:
    return compose(DEMO, LABELS, newsroom(), "28d", happenings=found)


def figure(score: Score) -> list[int]:
    return [note.pitch - score.calibration.transposition for note in score.notes if note.role == "earcons"]


any_happenings = st.lists(
    st.builds(happening, st.sampled_from(HAPPENING_KINDS), st.integers(0, 40), st.sampled_from(["One.", "Two."])),
    max_size=25,
)
BARE = piece()


@settings(max_examples=25, deadline=None)
@given(any_happenings)
def test_every_event_keeps_to_the_budget_reads_back_and_touches_no_other_note(found: list[Happening]) -> None:
    score = piece(*found)
    assert score == piece(*reversed(found))
    assert Score.from_json(score.to_json()) == score
    assert [note for note in score.notes if note.role != "earcons"] == list(BARE.notes)
    assert score.days == BARE.days
    tracks, bare = ({track.name: list(track) for track in midi_of(one).tracks} for one in (score, BARE))
    assert all(tracks[name] == bare[name] for name in tracks if name != "earcons")
    seconds = [score.seconds(event.tick) for event in score.events]
    assert len(seconds) <= EVENT_BUDGET.events
    assert all(later - earlier > 1.2 - 1e-9 for earlier, later in pairwise(seconds))
    inside = [one for one in found if score.first_date <= one.date]
    assert len(score.events) + len(score.left_out) == len(inside)
    figures = fidelity(score, decode_midi(midi_bytes(score)))
    assert (figures.wrong, figures.events_found) == ((), len(score.events))


def midi_of(score: Score) -> mido.MidiFile:
    return mido.MidiFile(file=io.BytesIO(midi_bytes(score)), charset="utf-8")


def test_what_matters_more_goes_first_and_what_is_left_out_says_why() -> None:
    score = piece(happening("gap", 3), happening("record_high", 2), happening("annotation", 2))
    assert [event.kind for event in score.events] == ["record_high"]
    near = f"too near to record_high on {SUNDAY - dt.timedelta(days=2)}"
    assert [(one.kind, one.reason) for one in score.left_out] == [("annotation", near), ("gap", near)]
    crowd = piece(*(happening("anomaly", 3 * number) for number in range(9)), happening("gap", 26))
    assert len(crowd.events) == 8
    assert [one.reason for one in crowd.left_out] == ["8 others go first"] * 2
    assert crowd.left_out[0].date == SUNDAY - dt.timedelta(days=24)  # of one kind the later go first


def test_an_earcon_begins_on_the_sixteenth_after_its_days_beat() -> None:
    score = piece(happening("record_high", 4))
    (event,) = score.events
    day = next(day for day in score.days if day.date == event.date)
    first = next(note for note in score.notes if note.role == "earcons")
    assert first.tick == event.tick == day.tick + EVENT_OFFSET
    assert score.seconds(event.tick) - score.seconds(day.tick) == pytest.approx(0.15)


@pytest.mark.parametrize(
    ("kind", "intervals", "program"),
    [
        ("record_high", [0, 4, 7, 12], 9),
        ("record_low", [0, -5, -8, -12], 60),
        ("anomaly", [0, 0], 116),
        ("search_update", [0], 14),
        ("annotation", [0, 5], 11),
        ("gap", [0], 119),
    ],
)
def test_each_event_has_its_figure_and_instrument(kind: HappeningKind, intervals: list[int], program: int) -> None:
    score = piece(happening(kind, 4))
    pitches = figure(score)
    assert [pitch - pitches[0] for pitch in pitches] == intervals
    assert score.events[0].program == program
    (track,) = (track for track in midi_of(score).tracks if track.name == "earcons")
    assert [message.program for message in track if message.type == "program_change"][-1] == program


@pytest.mark.parametrize(("kind", "count", "sign"), [("enters_top", 6, 1), ("leaves_top", 6, -1), ("rank_jump", 3, 1)])
def test_a_change_of_rank_ends_on_the_days_own_position_note(kind: HappeningKind, count: int, sign: int) -> None:
    score = piece(happening(kind, 4))
    day = next(day for day in score.days if day.date == score.events[0].date)
    (own,) = (note.note.pitch for note in day.notes if note.lane == "position")
    pitches = [note.pitch for note in score.notes if note.role == "earcons"]
    assert (len(pitches), pitches[-1]) == (count, own)
    assert all((later - earlier) * sign > 0 for earlier, later in pairwise(pitches))


def test_a_retune_turns_the_head_of_the_ident_over() -> None:
    score = piece(happening("retune", 4))
    head = [step for _, step in ident_steps(score.tenant)[:4]]
    turned = [60 + 12 * ((2 * head[0] - step) // 7) + DIATONIC[(2 * head[0] - step) % 7] for step in head]
    assert figure(score) == turned
    assert score.events[0].program == newsroom().roles["motif"].program


def test_every_kind_has_an_earcon_within_its_beat() -> None:
    assert set(EARCONS) == set(HAPPENING_KINDS)
    for kind in HAPPENING_KINDS:
        score = piece(happening(kind, 4))
        onsets = [note.tick - score.events[0].tick for note in score.notes if note.role == "earcons"]
        assert onsets[0] == 0
        assert EVENT_OFFSET + onsets[-1] < TICKS_PER_BEAT


def test_the_kit_fills_exactly_where_the_label_changes() -> None:
    series_tick = next(section.tick for section in BARE.sections if section.marker.startswith("week "))
    for series in ("demo", "step down", "flat", "noisy"):
        metrics = metrics_of(series)
        score = compose(metrics, labels_of(metrics), newsroom(), "91d")
        labels = [week.label for week in score.weeks]
        changes = [index for index in range(1, len(labels)) if labels[index] != labels[index - 1]]
        fills = [note.tick for note in score.notes if note.purpose == "fill"]
        bars = sorted({(tick - series_tick) // (7 * TICKS_PER_BEAT) + 1 for tick in fills})
        assert bars == changes
        assert len(fills) == 3 * len(changes)


def test_events_of_a_real_chain_read_back_as_csv() -> None:
    found = happenings(DEMO, SUNDAY, events())
    score = compose(DEMO, LABELS, newsroom(), "56d", happenings=found)
    lines = decode_midi(midi_bytes(score)).events_csv().splitlines()
    assert lines == ["date,event,metric", *(f"{e.date},{e.kind},{e.metric or ''}" for e in score.events)]
    assert "2026-03-12,record_high,clicks" in lines


def test_a_damaged_event_is_no_episode() -> None:
    content = midi_bytes(piece(happening("gap", 4)))
    with pytest.raises(NotAnEpisodeError, match="damaged"):
        decode_midi(content.replace(b"event gap - 2026-", b"event gap - 2O26-"))


def test_a_score_refuses_a_ninth_event_and_two_that_are_too_near() -> None:
    score = piece(happening("gap", 4))
    (event,) = score.events
    content = score.model_dump()
    near = {**event.model_dump(), "tick": event.tick + TICKS_PER_BEAT, "date": event.date + dt.timedelta(days=1)}
    with pytest.raises(ValueError, match="seconds apart"):
        Score.model_validate({**content, "events": [event.model_dump(), near]})
    with pytest.raises(ValueError, match="on its day"):
        Score.model_validate({**content, "events": [{**event.model_dump(), "tick": event.tick + 3 * TICKS_PER_BEAT}]})
