"""Earcons: how an event sounds, and which events a piece has room for. What happened is for `labels.happenings` to say.

One at a time, on the sixteenth after the day's beat; by priority, at most 8 a piece, at least 1.2 seconds apart.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from serp_radio_pipeline.labels.happenings import HAPPENING_KINDS, Happening, HappeningKind
from serp_radio_pipeline.music.calibration import Calibration
from serp_radio_pipeline.music.pack import Pack
from serp_radio_pipeline.music.phrases import ident_steps
from serp_radio_pipeline.music.score import EVENT_BUDGET, TICKS_PER_BEAT, Day, LeftOutEvent, Note, ScoreEvent
from serp_radio_pipeline.music.theory import DIATONIC, MAJOR_PENTATONIC, collection_pitches

EVENT_OFFSET = TICKS_PER_BEAT // 4
"""Ticks from the day's beat to its earcon: the half beat is the counter-voice's."""
GLISSANDO_NOTES, JUMP_NOTES, IDENT_HEAD_NOTES = 6, 3, 4


@dataclass(frozen=True, slots=True)
class Earcon:
    """An event's sound: General MIDI program (0-based), home pitch in C, and its notes.

    `steps` are those of the collection above the home pitch; empty where the event itself decides its pitches.
    `spacing` are ticks between onsets, `length` those of a note.
    """

    name: str
    program: int
    home: int
    steps: tuple[int, ...]
    spacing: int
    length: int
    velocity: int


EARCONS: Mapping[HappeningKind, Earcon] = {
    "record_high": Earcon("glockenspiel 1-3-5-8", 9, 84, (0, 2, 4, 7), 60, 80, 88),
    "record_low": Earcon("horn 8-5-3-1", 60, 60, (7, 4, 2, 0), 60, 55, 86),
    "enters_top": Earcon("kalimba glissando up to the new position", 108, 72, (), 24, 50, 64),
    "leaves_top": Earcon("kalimba glissando down to the new position", 108, 72, (), 24, 50, 64),
    "rank_jump": Earcon("kalimba, 3 notes to the new position", 108, 72, (), 60, 60, 78),
    "anomaly": Earcon("two taiko hits", 116, 48, (0, 0), 90, 80, 82),
    "search_update": Earcon("tubular bell", 14, 67, (0,), 240, 260, 88),
    "reporting_artefact": Earcon("tubular bell, an octave lower", 14, 55, (0,), 240, 260, 82),
    "annotation": Earcon("vibraphone 5-8", 11, 72, (4, 7), 90, 150, 92),
    "gap": Earcon("reverse cymbal", 119, 60, (0,), 240, 960, 122),
    "retune": Earcon("head of the ident, inverted", 12, 60, (), 80, 70, 80),
}
"""All end within their day's beat. The re-tune's program is that of the pack's motif, which plays the ident.

The kalimba stands where a harp might: from C6 on, where many positions lie, FluidR3's harp is 10 to 18 dB softer.
"""


@dataclass(frozen=True, slots=True)
class EventPlan:
    """What is heard, in order of time; what is not, and why; and the notes."""

    events: tuple[ScoreEvent, ...]
    left_out: tuple[LeftOutEvent, ...]
    notes: tuple[Note, ...]


def plan_events(
    happenings: Sequence[Happening], days: Sequence[Day], calibration: Calibration, pack: Pack, tenant: str
) -> EventPlan:
    """Choose among what happened in the window: by priority, then the later day first; the rest is left out."""
    by_date = {day.date: day for day in days}
    wanted = sorted(
        (one for one in happenings if one.date in by_date),
        key=lambda one: (HAPPENING_KINDS.index(one.kind), -one.date.toordinal(), one.sentence),
    )
    apart = EVENT_BUDGET.ticks_apart(pack.tempo)
    chosen: list[ScoreEvent] = []
    left_out: list[LeftOutEvent] = []
    notes: list[Note] = []
    for one in wanted:
        tick = by_date[one.date].tick + EVENT_OFFSET
        near = [event for event in chosen if abs(event.tick - tick) < apart]
        if near or len(chosen) == EVENT_BUDGET.events:
            reason = (
                f"too near to {near[0].kind} on {near[0].date}" if near else f"{EVENT_BUDGET.events} others go first"
            )
            left_out.append(LeftOutEvent(**_said(one), reason=reason))
            continue
        event_notes = _notes(one, by_date[one.date], tick, calibration, tenant)
        chosen.append(
            ScoreEvent(**_said(one), tick=tick, program=_program(one.kind, pack), earcon=EARCONS[one.kind].name)
        )
        notes += event_notes
    return EventPlan(tuple(sorted(chosen, key=lambda event: event.tick)), tuple(left_out), tuple(notes))


def possible_pitches(
    kind: HappeningKind, calibration: Calibration, tenant: str, counter: int | None
) -> tuple[tuple[int, ...], ...]:
    """Return every run of pitches that an event of that kind can have, on a day with that counter note, if any."""
    if kind in ("enters_top", "leaves_top"):
        return () if counter is None else (_run_to(counter, GLISSANDO_NOTES, kind == "enters_top", calibration),)
    if kind == "rank_jump":
        directions = () if counter is None else (True, False)
        return tuple(_run_to(counter or 0, JUMP_NOTES, is_rising, calibration) for is_rising in directions)
    return (_own_pitches(kind, calibration, tenant),)


def _said(one: Happening) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "metric": one.metric,
        "date": one.date,
        "evidence": dict(one.evidence),
        "sentence": one.sentence,
    }


def _program(kind: HappeningKind, pack: Pack) -> int:
    return pack.roles["motif"].program if kind == "retune" else EARCONS[kind].program


def _notes(one: Happening, day: Day, tick: int, calibration: Calibration, tenant: str) -> list[Note]:
    earcon = EARCONS[one.kind]
    return [
        Note(
            role="earcons",
            purpose="earcon",
            tick=tick + index * earcon.spacing,
            length=earcon.length,
            pitch=pitch,
            velocity=earcon.velocity,
        )
        for index, pitch in enumerate(_pitches(one, day, calibration, tenant))
    ]


def _pitches(one: Happening, day: Day, calibration: Calibration, tenant: str) -> tuple[int, ...]:
    if one.kind in ("enters_top", "leaves_top"):
        return _run_to(_position_pitch(one, day, calibration), GLISSANDO_NOTES, one.kind == "enters_top", calibration)
    if one.kind == "rank_jump":
        is_better = float(dict(one.evidence)["places"]) > 0
        return _run_to(_position_pitch(one, day, calibration), JUMP_NOTES, is_better, calibration)
    return _own_pitches(one.kind, calibration, tenant)


def _own_pitches(kind: HappeningKind, calibration: Calibration, tenant: str) -> tuple[int, ...]:
    """Return the pitches of a kind that the day's numbers don't decide."""
    earcon, steps = EARCONS[kind], EARCONS[kind].steps
    if kind == "retune":
        (_, first), *_ = head = ident_steps(tenant)[:IDENT_HEAD_NOTES]
        steps = tuple(2 * first - step for _, step in head)
    return tuple(_pitch(earcon.home, step) + calibration.transposition for step in steps)


def _position_pitch(one: Happening, day: Day, calibration: Calibration) -> int:
    """The day's own counter note; where it has none, that of the median from then on."""
    for day_note in day.notes:
        if day_note.lane == "position":
            return day_note.note.pitch
    return calibration.position.pitch(-math.log2(float(dict(one.evidence)["median of the 7 days from then on"])))


def _run_to(target: int, count: int, is_rising: bool, calibration: Calibration) -> tuple[int, ...]:
    """Return a run of the counter-voice's five-note scale that ends on `target`, from below or from above."""
    around = collection_pitches(0, 120, MAJOR_PENTATONIC, calibration.transposition)
    index = around.index(target)
    return around[index - count + 1 : index + 1] if is_rising else around[index + count - 1 : index - 1 : -1]


def _pitch(home: int, step: int) -> int:
    """Return the pitch so many steps of the collection above (or below) one of its notes."""
    octave, within = divmod(DIATONIC.index(home % 12) + step, len(DIATONIC))
    return home - home % 12 + 12 * octave + DIATONIC[within]
