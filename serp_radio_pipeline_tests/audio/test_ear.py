"""The ear: what it hears in a published MP3, from the file alone, is what was written."""

import datetime as dt
import io
from dataclasses import replace
from functools import cache

import pytest

from serp_radio_pipeline.audio.ear import HeardEpisode, contract_tag, day_ticks, decode_heard, hear
from serp_radio_pipeline.audio.heard_fidelity import EVENT_TOLERANCE, heard_fidelity
from serp_radio_pipeline.audio.id3 import write_tags
from serp_radio_pipeline.audio.listening import decode_mp3, measure
from serp_radio_pipeline.audio.render import render_episode
from serp_radio_pipeline.audio.soundfont import find_soundfont
from serp_radio_pipeline.labels.happenings import HAPPENING_KINDS, Happening, HappeningKind
from serp_radio_pipeline.music.compose import compose
from serp_radio_pipeline.music.contract import NotAnEpisodeError
from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.gates import MOST_EVENTS_MISSED, delivery_problems, hearing_problems
from serp_radio_pipeline.radio.tagging import tags_for
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.episodes import SUNDAY, demo_score, labels_of, metrics_of, newsroom, score_of

SERIES = ("demo", "gaps", "zero days", "brand at first place", "four weeks")


@cache
def published(series: str, lookback: str = "28d") -> tuple[Score, bytes]:
    score = demo_score(lookback, series)
    return score, render_episode(midi_bytes(score), tags_for(score), find_soundfont(None)).mp3


@cache
def heard_of(series: str) -> HeardEpisode:
    return hear(published(series)[1])


@pytest.mark.parametrize("series", SERIES)
def test_every_note_is_heard_at_its_pitch_and_none_is_imagined(series: str) -> None:
    score, _ = published(series)
    figures = heard_fidelity(score, heard_of(series))
    assert hearing_problems(figures) == []
    assert (figures.missed, figures.phantoms) == (0, 0)


@pytest.mark.parametrize("kinds", [HAPPENING_KINDS[:8], HAPPENING_KINDS[3:]])
def test_every_note_is_heard_beside_every_earcon(kinds: tuple[HappeningKind, ...]) -> None:
    evidence = (("places", 3.5), ("median of the 7 days from then on", 9.0))
    found = [
        Happening(SUNDAY - dt.timedelta(days=3 * back), kind, None, evidence, "Something.")
        for back, kind in enumerate(kinds)
    ]
    metrics = metrics_of("demo")
    score = compose(metrics, labels_of(metrics), newsroom(), "28d", happenings=found)
    assert len(score.events) == 8
    mp3 = render_episode(midi_bytes(score), tags_for(score), find_soundfont(None)).mp3
    heard = hear(mp3)
    assert hearing_problems(heard_fidelity(score, heard)) == []
    assert delivery_problems(measure(decode_mp3(mp3)), score) == []
    told, written = ({(event.date, event.kind) for event in one.events} for one in (heard, score))
    assert len(told & written) >= len(written) - MOST_EVENTS_MISSED
    begins = {event.date: score.seconds(event.tick) for event in score.events}
    assert all(abs(event.seconds - begins[event.date]) <= EVENT_TOLERANCE for event in heard.events)


def heard_late(ticks: int) -> tuple[Score, HeardEpisode]:
    """Return a score of three updates, and what is heard where their bells sound so many ticks late."""
    metrics = metrics_of("demo")
    found = [Happening(SUNDAY - dt.timedelta(days=4 * back), "search_update", None, (), "x") for back in range(3)]
    score = compose(metrics, labels_of(metrics), newsroom(), "28d", happenings=found)
    notes = [
        note.model_copy(update={"tick": note.tick + ticks}) if note.role == "earcons" else note for note in score.notes
    ]
    late = score.model_copy(update={"notes": tuple(sorted(notes, key=lambda note: note.tick))})
    return score, hear(render_episode(midi_bytes(late), tags_for(score), find_soundfont(None)).mp3)


@pytest.mark.parametrize("ticks", [0, 25, 50])
def test_an_event_is_heard_when_it_sounds_and_not_where_it_is_written(ticks: int) -> None:
    score, heard = heard_late(ticks)
    sounds = {event.date: score.seconds(event.tick + ticks) for event in score.events}
    assert {event.date for event in heard.events} == set(sounds)
    assert all(abs(event.seconds - sounds[event.date]) <= 0.025 for event in heard.events)


def test_an_event_that_sounds_a_tenth_of_a_second_late_is_missed() -> None:
    score, heard = heard_late(80)
    assert score.seconds(80) == pytest.approx(0.1)
    assert heard_fidelity(score, heard).events_found == 0


@pytest.mark.parametrize("series", SERIES)
def test_no_event_is_heard_where_none_is(series: str) -> None:
    assert heard_of(series).events == ()


def test_an_event_that_is_announced_and_does_not_sound_is_missed() -> None:
    metrics = metrics_of("demo")
    found = [Happening(SUNDAY - dt.timedelta(days=4 * back), "search_update", None, (), "x") for back in range(3)]
    score = compose(metrics, labels_of(metrics), newsroom(), "28d", happenings=found)
    silent = score.model_copy(update={"notes": tuple(note for note in score.notes if note.role != "earcons")})
    mp3 = render_episode(midi_bytes(silent), tags_for(score), find_soundfont(None)).mp3
    figures = heard_fidelity(score, hear(mp3))
    assert (figures.events, figures.events_found, figures.events_made_up) == (3, 0, 0)
    assert hearing_problems(figures) == ["only 0 of 3 events are heard"]


@pytest.mark.parametrize("series", ["demo", "four weeks"])
def test_note_lengths_are_heard_in_their_order(series: str) -> None:
    rho = heard_fidelity(published(series)[0], heard_of(series)).length_rho
    assert rho is not None
    assert rho > 0.9


@pytest.mark.parametrize("series", SERIES)
def test_the_numbers_heard_are_within_a_step_of_the_scale(series: str) -> None:
    score, _ = published(series)
    for day, heard in zip(score.days, decode_heard(heard_of(series)).days, strict=True):
        assert heard.date == day.date
        for note in day.notes:
            low, high = score.calibration.lane(note.lane).step_range(note.note.pitch)
            value = getattr(heard, note.lane)
            if note.lane == "position":
                assert 2**-high - 0.01 <= value <= 2**-low + 0.01
            else:
                assert 2**low - 1.01 <= value <= 2**high + 0.01


def test_a_missing_day_is_heard_as_missing() -> None:
    score, _ = published("gaps")
    heard = decode_heard(heard_of("gaps")).days
    missing = [day.date for day in score.days if day.is_missing]
    assert missing
    assert [day.date for day in heard if day.clicks is None] == missing


def test_what_rings_on_into_a_day_without_data_is_no_note() -> None:
    score, mp3 = published("gaps", "56d")
    assert any(not day.notes for day in score.days)
    figures = heard_fidelity(score, hear(mp3))
    assert (figures.missed, figures.phantoms) == (0, 0)


def test_days_are_found_where_the_score_has_them() -> None:
    score, mp3 = published("demo")
    assert list(day_ticks(contract_tag(mp3)).items()) == [(day.date, day.tick) for day in score.days]


def test_a_short_episode_with_a_short_key_is_heard_too() -> None:
    score, mp3 = published("demo", "3d")
    assert heard_fidelity(score, hear(mp3)).missed == 0


def test_a_counter_note_in_unison_with_the_lead_is_heard() -> None:
    score = score_of(metrics_of("small and steady", tenant=Tenant("spare")), "1w")
    assert any(len({note.note.pitch for note in day.notes}) < len(day.notes) for day in score.days)
    heard = hear(render_episode(midi_bytes(score), tags_for(score), find_soundfont(None)).mp3)
    assert hearing_problems(heard_fidelity(score, heard)) == []


def test_another_mp3_is_no_episode() -> None:
    score, mp3 = published("four weeks")
    without = replace(tags_for(score), extra=())
    with pytest.raises(NotAnEpisodeError, match="has no tag"):
        hear(write_tags(without) + mp3, name="song.mp3")
    with pytest.raises(NotAnEpisodeError, match=r"song\.mp3"):
        hear(io.BytesIO(b"\xff\xfb\x90\x00" * 400).read(), name="song.mp3")


def test_a_damaged_contract_is_said() -> None:
    score, mp3 = published("four weeks")
    damaged = replace(tags_for(score), extra=(("serp-radio/1", "{"),))
    with pytest.raises(NotAnEpisodeError, match="damaged"):
        contract_tag(write_tags(damaged) + mp3)


def test_what_was_swapped_is_heard_as_wrong() -> None:
    score, _ = published("four weeks")
    days = tuple(
        day.model_copy(update={"notes": tuple(
            note.model_copy(update={"note": note.note.model_copy(update={"pitch": note.note.pitch + 1})})
            for note in day.notes
        )})
        for day in score.days
    )  # fmt: skip
    figures = heard_fidelity(score.model_copy(update={"days": days}), heard_of("four weeks"))
    assert set(figures.exact.values()) == {0.0}
    assert len(hearing_problems(figures)) == 3
    assert days[0].date + dt.timedelta(days=27) == days[-1].date
