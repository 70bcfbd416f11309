"""A lesson: what it lets be heard, in which order, and that one sound is heard at a time."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import pytest

from serp_radio_pipeline.labels.happenings import HAPPENING_KINDS
from serp_radio_pipeline.motifs.library import shipped_catalogue
from serp_radio_pipeline.music.lanes import LANE_ROLES
from serp_radio_pipeline.music.lesson import Lesson, LessonPart, lesson_midi, lesson_of
from serp_radio_pipeline.music.pack import pack_names, read_pack
from serp_radio_pipeline.music.score import Note, Score
from serp_radio_pipeline.music.trial_score import trial_score
from serp_radio_pipeline_tests.episodes import RULES, events, rules


@cache
def score(pack: str = "newsroom") -> Score:
    return trial_score(read_pack(RULES, pack), rules(), events(), shipped_catalogue(RULES / "motifs"))


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return lesson_of(score())


def sounds_of(lesson: Lesson, name: str) -> tuple[LessonPart, list[Note]]:
    (part,) = [part for part in lesson.parts if part.name == name]
    return part, [note for note in lesson.notes if part.tick <= note.tick < part.tick + part.length]


@pytest.mark.parametrize("lane", ["clicks", "impressions", "position"])
def test_each_lane_climbs_alone_from_its_lowest_pitch_to_its_highest(lesson: Lesson, lane: str) -> None:
    _, notes = sounds_of(lesson, lane)
    assert {note.role for note in notes} == {LANE_ROLES[lane]}  # type: ignore[index]
    pitches = [note.pitch for note in notes]
    *climb, low, high = pitches
    scale = score().calibration.lane(lane)  # type: ignore[arg-type]
    assert climb == sorted(set(climb))
    assert (low, high) == (climb[0], climb[-1]) == (scale.pitches[0], scale.pitches[-1])


def test_ctr_is_the_same_pitch_longer_and_longer(lesson: Lesson) -> None:
    _, notes = sounds_of(lesson, "ctr")
    assert len({note.pitch for note in notes}) == 1
    lengths = [note.length for note in notes]
    assert lengths == sorted(set(lengths))
    assert lengths[-1] > 4 * lengths[0]


def test_a_turbulent_week_has_more_hits_than_a_calm_one(lesson: Lesson) -> None:
    calm, turbulent = (sounds_of(lesson, name)[1] for name in ("calm", "turbulent"))
    hits = [sum(note.purpose == "volatility" for note in notes) for notes in (calm, turbulent)]
    assert hits == [2, 8]


def test_every_event_and_every_verdict_is_heard_once(lesson: Lesson) -> None:
    names = [part.name for part in lesson.parts]
    assert [name for name in names if name.startswith("event-")] == [
        f"event-{kind.replace('_', '-')}" for kind in HAPPENING_KINDS
    ]
    assert sum(name.startswith("verdict-") for name in names) == 4
    for kind in HAPPENING_KINDS:
        _, notes = sounds_of(lesson, f"event-{kind.replace('_', '-')}")
        assert {note.role for note in notes} == {"earcons"}


def test_motifs_go_up_and_down(lesson: Lesson) -> None:
    def contour(notes: Sequence[Note]) -> int:
        pitches = [note.pitch for note in notes]
        return pitches[-1] - pitches[0]

    assert contour(sounds_of(lesson, "motif-up")[1]) > 0
    assert contour(sounds_of(lesson, "motif-down")[1]) < 0


def test_parts_follow_each_other_and_no_note_rings_into_the_next(lesson: Lesson) -> None:
    assert lesson.parts[0].tick == 0
    assert all(one.tick + one.length == other.tick for one, other in pairwise(lesson.parts))
    for part in lesson.parts:
        _, notes = sounds_of(lesson, part.name)
        assert notes
        assert all(note.tick + note.length <= part.tick + part.length for note in notes)


@pytest.mark.parametrize("name", pack_names(RULES))
def test_a_lesson_lasts_about_a_minute_and_a_half_in_every_pack(name: str) -> None:
    lesson = lesson_of(score(name))
    assert 85 < lesson.seconds(lesson.end_tick) < 105
    assert lesson_midi(lesson) == lesson_midi(lesson_of(score(name)))
