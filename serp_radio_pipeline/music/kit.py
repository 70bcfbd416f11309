"""The kit keeps the calendar (which weekday a beat is), plays volatility as cabasa hits, and fills into new labels."""

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

from serp_radio_pipeline.music.score import TICKS_PER_BEAT, Day, Note, Purpose

KICK, CLOSED_HAT, SIDE_STICK, MARACAS, CABASA, OPEN_TRIANGLE = 36, 42, 37, 70, 69, 81
HIGH_TOM, MIDDLE_TOM, LOW_TOM = 50, 47, 43
"""General MIDI percussion keys."""

WEEKDAY_TICKS = ((KICK, 82), *[(CLOSED_HAT, 70)] * 4, *[(MARACAS, 62)] * 2)
"""Key and velocity of the tick for Monday to Sunday."""
MISSING_TICK = (SIDE_STICK, 58)
FIRST_OF_MONTH = (OPEN_TRIANGLE, 80)
CABASA_VELOCITY = 70
HIT_LENGTH = 60
FILL = ((HIGH_TOM, -140), (MIDDLE_TOM, -90), (LOW_TOM, -40))
"""Keys of a fill and their ticks before the bar with the new label: after the last note of the week's data."""
FILL_VELOCITY = 72

_LAST_SIXTEENTH, _SECOND_SIXTEENTH = 360, 120
CABASA_HITS: tuple[tuple[int, ...], ...] = (
    (),
    tuple(day * TICKS_PER_BEAT + _LAST_SIXTEENTH for day in (1, 4)),
    tuple(day * TICKS_PER_BEAT + _LAST_SIXTEENTH for day in (0, 2, 4, 6)),
    (*(day * TICKS_PER_BEAT + _LAST_SIXTEENTH for day in range(7)), 3 * TICKS_PER_BEAT + _SECOND_SIXTEENTH),
)
"""Onsets in a week's bar for the four quarters of the tenant's own volatility: never on a data note's onset."""


def day_ticks(date: dt.date, tick: int, *, is_missing: bool) -> tuple[Note, ...]:
    """Return one beat's kit notes: the weekday's tick, or the side stick; a triangle on the first of a month."""
    ticks = [_hit(*(MISSING_TICK if is_missing else WEEKDAY_TICKS[date.weekday()]), tick, "tick")]
    if date.day == 1:
        ticks.append(_hit(*FIRST_OF_MONTH, tick, "tick"))
    return tuple(ticks)


def side_stick(tick: int) -> Note:
    """Return the sound of a missing value."""
    return _hit(*MISSING_TICK, tick, "tick")


def series_ticks(days: tuple[Day, ...]) -> tuple[Note, ...]:
    """Return every beat's tick in the series' bars, also for days of the first and last week outside the window."""
    first, last = days[0], days[-1]
    before = [first.date - dt.timedelta(days=back) for back in range(first.date.weekday(), 0, -1)]
    after = [last.date + dt.timedelta(days=ahead) for ahead in range(1, 7 - last.date.weekday())]
    beats = [(date, False) for date in before] + [(d.date, d.is_missing) for d in days] + [(d, False) for d in after]
    start = first.tick - first.date.weekday() * TICKS_PER_BEAT
    return tuple(
        note
        for index, (date, is_missing) in enumerate(beats)
        for note in day_ticks(date, start + index * TICKS_PER_BEAT, is_missing=is_missing)
    )


def volatility_hits(bar_tick: int, volatility: float | None) -> tuple[Note, ...]:
    """Return a week's cabasa hits: 0, 2, 4 or 8 for the quarters of `volatility` (0-1); none where it is unknown."""
    quarter = 0 if volatility is None else min(int(volatility * 4), 3)
    return tuple(_hit(CABASA, CABASA_VELOCITY, bar_tick + offset, "volatility") for offset in CABASA_HITS[quarter])


def label_fills(bars: Sequence[tuple[int, str]]) -> tuple[Note, ...]:
    """Return a fill into each bar whose label is not that of the bar before; `bars` are first ticks and labels."""
    return tuple(
        _hit(key, FILL_VELOCITY, tick + offset, "fill")
        for (_, before), (tick, label) in pairwise(bars)
        if label != before
        for key, offset in FILL
    )


def _hit(pitch: int, velocity: int, tick: int, purpose: Purpose) -> Note:
    return Note(role="kit", purpose=purpose, tick=tick, length=HIT_LENGTH, pitch=pitch, velocity=velocity)
