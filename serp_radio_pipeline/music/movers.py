"""How movers sound: after today, a bar each, every one in a timbre of its own that no voice of the pack has.

A query has far fewer clicks than its site, so its pitches are those of the clicks' scale moved to its middle: a step is
the same ratio as on any day, and which way it goes is always heard.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from serp_radio_pipeline.labels.movers import Mover
from serp_radio_pipeline.music.calibration import Calibration
from serp_radio_pipeline.music.pack import Pack, Role
from serp_radio_pipeline.music.score import TICKS_PER_BAR, TICKS_PER_BEAT, Note, ScoreMover

MOVER_VOICES = (
    (71, "Clarinet", 104),
    (26, "Jazz Guitar", 127),
    (68, "Oboe", 94),
    (107, "Koto", 127),
    (40, "Violin", 104),
    (64, "Soprano Sax", 92),
)
"""General MIDI programs (0-based) by preference, with the fader at which each is as loud as "today" is.

Blown beside plucked, so that two movers in a row are told apart.
"""
VOICES_BESIDE: tuple[Role, ...] = ("lead", "counter", "bass", "motif")
BEFORE_BEATS, NOW_BEATS = ((0.0, 1.8), (4.0, 0.45)), ((2.0, 1.8), (4.5, 2.3))
"""Onset and length in beats: before and now, held, and once more as one gesture."""


@dataclass(frozen=True, slots=True)
class MoverPlan:
    """The movers as the score has them, and their notes."""

    movers: tuple[ScoreMover, ...]
    notes: tuple[Note, ...]


def plan_movers(movers: Sequence[Mover], calibration: Calibration, pack: Pack, tick: int) -> MoverPlan:
    """Return each mover's bar, the first at `tick`."""
    voices = _voices_beside(pack)
    heard = [
        _heard(mover, calibration, tick + index * TICKS_PER_BAR, voices[index]) for index, mover in enumerate(movers)
    ]
    return MoverPlan(tuple(heard), tuple(note for one in heard for note in _notes(one, calibration)))


def _voices_beside(pack: Pack) -> list[tuple[int, str, int]]:
    taken = {pack.roles[role].program for role in VOICES_BESIDE}
    return [voice for voice in MOVER_VOICES if voice[0] not in taken]


def mover_level(clicks: int) -> float:
    """Return the level of a period's clicks, in octaves, by the law of a day's."""
    return math.log2(clicks + 0.5)


def _heard(mover: Mover, calibration: Calibration, tick: int, voice: tuple[int, str, int]) -> ScoreMover:
    program, instrument, fader = voice
    levels = mover_level(mover.before.clicks), mover_level(mover.now.clicks)
    edges = calibration.clicks.edges
    # an edge between two steps lies between both levels, so they never share a pitch
    shift = round(edges[len(edges) // 2] - sum(levels) / 2, 6)
    before, now = (calibration.clicks.pitch(level + shift) for level in levels)
    return ScoreMover(
        mover=mover,
        tick=tick,
        program=program,
        instrument=instrument,
        level=fader,
        shift=shift,
        pitches=(before, now),
    )


def _notes(heard: ScoreMover, calibration: Calibration) -> list[Note]:
    clicks = heard.mover.before.clicks, heard.mover.now.clicks
    return [
        Note(
            role="earcons",
            purpose="mover",
            tick=heard.tick + round(onset * TICKS_PER_BEAT),
            length=round(beats * TICKS_PER_BEAT),
            pitch=pitch,
            velocity=calibration.velocity("clicks", mover_level(count) + heard.shift),
        )
        for pitch, count, times in zip(heard.pitches, clicks, (BEFORE_BEATS, NOW_BEATS), strict=True)
        for onset, beats in times
    ]
