"""A lesson in listening: each sound of a pack alone, low and high, then all together, on the trial episode's scale."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import mido

from serp_radio_pipeline.labels.happenings import HAPPENING_KINDS, Evidence, Happening, HappeningKind
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.music.calibration import LENGTHS, NO_CLICKS_LENGTH, LaneName
from serp_radio_pipeline.music.earcons import plan_events
from serp_radio_pipeline.music.harmony import PadVoicer, pad_notes
from serp_radio_pipeline.music.kit import day_ticks, volatility_hits
from serp_radio_pipeline.music.lanes import LANE_ROLES
from serp_radio_pipeline.music.midi_tracks import (
    BEGIN,
    SET_UP,
    TimedMessage,
    midi_file,
    note_messages,
    program,
    voice_set_up,
)
from serp_radio_pipeline.music.pack import CHANNELS, ROLES, Pack, Role
from serp_radio_pipeline.music.phrases import CADENCE_BEATS, cadence
from serp_radio_pipeline.music.score import BEATS_PER_BAR, TICKS_PER_BAR, TICKS_PER_BEAT, Note, Score
from serp_radio_pipeline.music.seeded_choice import SeededChoice

CLIMB_PLACES = tuple(0.02 + 0.16 * step for step in range(BEATS_PER_BAR))
"""Where the notes of a climb lie between the low and the high end of a lane."""
CLIMB_LENGTH = 0.85
EVENT_BEATS, TOGETHER_WEEKS = 2, 3
"""What an event has, at least, and how many weeks are heard at the end."""
CALM, TURBULENT = 0.3, 0.9
"""Quarters of volatility with two hits of the cabasa, and with eight."""
LANE_TITLES: dict[LaneName, str] = {
    "clicks": "Clicks: the lead, from few to many, then the lowest and the highest",
    "impressions": "Impressions: the bass, from few to many, then the lowest and the highest",
    "position": "Position: the counter-voice, from worse to better, then the lowest and the highest",
}
LABEL_TITLES: dict[Label, str] = {
    Label.MOMENTUM_POS: "The verdict that ends an episode: it went up, in major",
    Label.MOMENTUM_NEG: "it went down, in minor",
    Label.VOLATILE_SPIKE: "it was volatile, in Phrygian, and does not come to rest",
    Label.NEUTRAL: "it was steady, in Dorian",
}
EVIDENCE: dict[HappeningKind, Evidence] = {"rank_jump": (("places", 3),)}
"""What an earcon follows: a jump to a better rank goes up."""


@dataclass(frozen=True, slots=True)
class LessonPart:
    """One thing to hear: a name for files, what it is in words, first tick and length in ticks."""

    name: str
    title: str
    tick: int
    length: int


@dataclass(frozen=True, slots=True)
class Lesson:
    """A pack's lesson: parts one after the other, their notes, and the events' programs as (tick, program)."""

    pack: Pack
    parts: tuple[LessonPart, ...]
    notes: tuple[Note, ...]
    programs: tuple[tuple[int, int], ...]

    @property
    def end_tick(self) -> int:
        """Where the last part ends."""
        return self.parts[-1].tick + self.parts[-1].length

    def seconds(self, tick: int) -> float:
        """Return the time of a tick in seconds from the start."""
        return tick / TICKS_PER_BEAT * 60 / self.pack.tempo


@dataclass(frozen=True, slots=True)
class _Sounds:
    """What one part plays, from tick 0 of its own."""

    length: int
    notes: Sequence[Note]
    programs: tuple[tuple[int, int], ...] = ()


def lesson_of(score: Score) -> Lesson:
    """Return the lesson in the score's pack, on its scale; the same score gives the same lesson."""
    parts: list[LessonPart] = []
    notes: list[Note] = []
    programs: list[tuple[int, int]] = []
    tick = 0
    for name, title, sounds in _contents(score):
        parts.append(LessonPart(name, title, tick, sounds.length))
        notes += _moved(sounds.notes, tick)
        programs += [(tick + at, number) for at, number in sounds.programs]
        tick += sounds.length
    return Lesson(score.pack, tuple(parts), tuple(notes), tuple(programs))


def lesson_midi(lesson: Lesson) -> bytes:
    """Return the lesson as a Standard MIDI File, format 1, with a marker for each part; no series, so no contract."""
    return midi_file(_conductor(lesson), lambda role: _voice(lesson, role), lesson.end_tick)


def _contents(score: Score) -> Iterator[tuple[str, str, _Sounds]]:
    for lane, title in LANE_TITLES.items():
        yield lane, title, _climb(score, lane)
        if lane == "clicks":
            yield "ctr", "CTR: the lead's note length, from no clicks at all to many of those who saw", _lengths(score)
    yield "calm", "A week's beats, Monday first, and a cabasa that says calm", _week(score, CALM)
    yield "turbulent", "The same beats in a turbulent week", _week(score, TURBULENT)
    for label, title in LABEL_TITLES.items():
        yield f"verdict-{label.value.lower().replace('_', '-')}", title, _verdict(score, label)
    yield "motif-up", "Week against week: a motif goes up where clicks rose", _motif(score, 1)
    yield "motif-down", "and down where they fell; the more notes, the more", _motif(score, -1)
    for kind in HAPPENING_KINDS:
        yield f"event-{kind.replace('_', '-')}", f"Event: {kind.replace('_', ' ')}", _event(score, kind)
    yield "together", "All together: three weeks of an episode", _together(score)


def _climb(score: Score, lane: LaneName) -> _Sounds:
    beats = [*range(BEATS_PER_BAR), BEATS_PER_BAR, BEATS_PER_BAR + 3]
    places = [*CLIMB_PLACES, CLIMB_PLACES[0], CLIMB_PLACES[-1]]
    lengths = [CLIMB_LENGTH] * BEATS_PER_BAR + [2.5, 3.5]
    scale = score.calibration.lane(lane)
    levels = [scale.low + place * (scale.high - scale.low) for place in places]
    notes = [
        _lane_note(score, lane, level, beat, round(length * TICKS_PER_BEAT))
        for level, beat, length in zip(levels, beats, lengths, strict=True)
    ]
    return _Sounds(2 * TICKS_PER_BAR, notes)


def _lengths(score: Score) -> _Sounds:
    scale, (low, high) = score.calibration.clicks, LENGTHS["ctr"]
    rising = [low + (high - low) * step // (BEATS_PER_BAR - 2) for step in range(BEATS_PER_BAR - 1)]
    notes = [
        _lane_note(score, "clicks", (scale.low + scale.high) / 2, beat, length)
        for beat, length in enumerate([NO_CLICKS_LENGTH, *rising])
    ]
    return _Sounds(TICKS_PER_BAR, notes)


def _lane_note(score: Score, lane: LaneName, level: float, beat: int, length: int) -> Note:
    return Note(
        role=LANE_ROLES[lane],
        purpose="key",
        tick=beat * TICKS_PER_BEAT,
        length=length,
        pitch=score.calibration.lane(lane).pitch(level),
        velocity=score.calibration.velocity(lane, level),
    )


def _week(score: Score, volatility: float) -> _Sounds:
    monday = next(day.date for day in score.days if day.date.weekday() == 0 and 1 < day.date.day < 20)
    dates = [monday.replace(day=monday.day + offset) for offset in range(BEATS_PER_BAR)]
    ticks = [
        note for beat, date in enumerate(dates) for note in day_ticks(date, beat * TICKS_PER_BEAT, is_missing=False)
    ]
    return _Sounds(TICKS_PER_BAR, [*ticks, *volatility_hits(0, volatility)])


def _verdict(score: Score, label: Label) -> _Sounds:
    transposition = score.calibration.transposition
    voicer = PadVoicer(transposition, SeededChoice(score.seed))
    chords, notes = cadence(score.tenant, label, 1.0, 0, transposition, voicer)
    return _Sounds(CADENCE_BEATS * TICKS_PER_BEAT, [*pad_notes(chords, ()), *notes])


def _motif(score: Score, sign: int) -> _Sounds:
    chosen = max(score.motifs, key=lambda motif: sign * motif.change_percent)
    start = score.section(f"week {chosen.week}").tick
    return _Sounds(TICKS_PER_BAR, _excerpt(score, start, start + TICKS_PER_BAR, ("motif",)))


def _event(score: Score, kind: HappeningKind) -> _Sounds:
    day = next(day for day in score.days if not day.is_missing).model_copy(update={"tick": 0})
    happening = Happening(day.date, kind, None, EVIDENCE.get(kind, ()), kind)
    plan = plan_events([happening], [day], score.calibration, score.pack, score.tenant)
    end = max(note.tick + note.length for note in plan.notes)
    beats = max(EVENT_BEATS, -(-end // TICKS_PER_BEAT))
    return _Sounds(beats * TICKS_PER_BEAT, plan.notes, ((plan.events[0].tick, plan.events[0].program),))


def _together(score: Score) -> _Sounds:
    end = score.section("today").tick
    start = end - TOGETHER_WEEKS * TICKS_PER_BAR
    programs = tuple((event.tick - start, event.program) for event in score.events if start <= event.tick < end)
    return _Sounds(end - start, _excerpt(score, start, end, ROLES), programs)


def _excerpt(score: Score, start: int, end: int, roles: Sequence[Role]) -> list[Note]:
    """Return the notes of those roles that lie wholly between two ticks, from 0 on."""
    inside = [note for note in score.all_notes() if start <= note.tick and note.tick + note.length <= end]
    return _moved([note for note in inside if note.role in roles], -start)


def _moved(notes: Sequence[Note], ticks: int) -> list[Note]:
    return [note.model_copy(update={"tick": note.tick + ticks}) for note in notes]


def _conductor(lesson: Lesson) -> Iterator[TimedMessage]:
    yield 0, SET_UP, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(lesson.pack.tempo))
    yield 0, SET_UP, mido.MetaMessage("time_signature", numerator=BEATS_PER_BAR, denominator=4)
    for part in lesson.parts:
        yield part.tick, BEGIN, mido.MetaMessage("marker", text=part.title)


def _voice(lesson: Lesson, role: Role) -> Iterator[TimedMessage]:
    voice = lesson.pack.roles[role]
    alone = voice.level if voice.solo is None else voice.solo
    yield from voice_set_up(lesson.pack, role, [(0, alone), (lesson.parts[-1].tick, voice.level)])
    if role == "earcons":
        yield from ((tick, SET_UP, program(CHANNELS[role], number)) for tick, number in lesson.programs)
    yield from note_messages(lesson.notes, role)
