"""How events are found in a series: records, crossings of a top, jumps, anomalies and gaps, as indices into arrays.

Arrays are those of `labels.daily_series`: one entry per calendar day, NaN where a day gives no verdict. What may be
claimed of them, and in which words, lives in `labels.happenings`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serp_radio_pipeline.labels.daily_series import DailySeries, FloatArray, robust_z_values, row_medians, row_spreads

RECORD_HISTORY_DAYS = 28
"""Settled days that a record must be compared with."""
TOPS = (3, 10)
HYSTERESIS = 0.05
"""Share of a top's rank by which the median must lie beyond it: half a place at 10."""
MEDIAN_DAYS, MEDIAN_AT_LEAST = 7, 4
JUMP_PLACES = 3.0
JUMP_SHARE = 0.15
"""Of the rank it starts from: at rank 50 a mean moves by 3 places for nothing."""
JUMP_SPREADS = 2.0
"""Robust standard deviations of the 7 days before, or of those from the day on, that a jump must be beyond."""
ANOMALY_Z = 3.5
ANOMALY_RESTS_DAYS = 7
"""A level shift is a step and not a spike: the same sign within a week is the same anomaly."""


@dataclass(frozen=True, slots=True)
class Record:
    """A day beyond all days before it: index and value, the record before, how many days it was held against."""

    index: int
    is_high: bool
    value: float
    before: float
    days: int


@dataclass(frozen=True, slots=True)
class RankChange:
    """A day on which the rank changed to stay: the medians of the 7 days before it and of the 7 from it on."""

    index: int
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class TopCrossing(RankChange):
    """A day on which the rank enters or leaves the top 3 or top 10."""

    top: int
    enters: bool


@dataclass(frozen=True, slots=True)
class MissingRun:
    """Days that are missing: indices `start` to `end`, the latter excluded and present again."""

    start: int
    end: int


def find_records(values: FloatArray, first_weekday: int) -> Iterator[Record]:
    """Yield the days strictly beyond all known days before them, at least 28: of each ISO week the last one only.

    `first_weekday` is that of values[0], Monday 0. A growing site breaks its record several times a week; what
    stands at the end of it is the news.
    """
    for is_high in (True, False):
        by_week: dict[int, Record] = {}
        extreme, known = np.nan, 0
        for index, value in enumerate(values):
            if np.isnan(value):
                continue
            if known >= RECORD_HISTORY_DAYS and (value > extreme if is_high else value < extreme):
                record = Record(index, is_high, float(value), float(extreme), known)
                by_week[(index + first_weekday) // 7] = record
            extreme = np.fmax(extreme, value) if is_high else np.fmin(extreme, value)
            known += 1
        yield from by_week.values()


def medians_about(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return, for each day, the median of the 7 days before it and of the 7 from it on; NaN where under 4 are known."""
    return _about(row_medians(_weeks(values), at_least=MEDIAN_AT_LEAST), len(values))


def _weeks(values: FloatArray) -> FloatArray:
    """Row i holds the 7 days before values[i], row i + 7 the 7 days from it on."""
    edge = np.full(MEDIAN_DAYS, np.nan)
    return np.lib.stride_tricks.sliding_window_view(np.concatenate([edge, values, edge]), MEDIAN_DAYS)


def _about(of_weeks: FloatArray, days: int) -> tuple[FloatArray, FloatArray]:
    return of_weeks[:days], of_weeks[MEDIAN_DAYS : MEDIAN_DAYS + days]


def find_top_crossings(rank: FloatArray) -> Iterator[TopCrossing]:
    """Yield the days on which the rank enters or leaves a top, to stay: by the median of the 7 days from it on.

    That median must lie 5 % beyond the top's rank, and the day itself on the same side of it.
    """
    before, after = medians_about(rank)
    for top in TOPS:
        is_in: bool | None = None
        for index, median in enumerate(after):
            if np.isnan(median) or np.isnan(rank[index]):
                continue
            if is_in is None:
                is_in = bool(median <= top)
            crosses = (
                median >= top * (1 + HYSTERESIS) and rank[index] > top
                if is_in
                else median <= top * (1 - HYSTERESIS) and rank[index] <= top
            )
            if crosses:
                is_in = not is_in
                if not np.isnan(before[index]):
                    yield TopCrossing(index, float(before[index]), float(median), top, is_in)


def find_jumps(rank: FloatArray) -> Iterator[RankChange]:
    """Yield the days on which the median rank of 7 days changes by 3 places or more, and by 15 % of where it was.

    It must change by twice the spread of those days, too: a rank that always jumps about does not jump. Such days of
    one direction within a week are one jump, on the day with the largest step from the day before.
    """
    before, after = medians_about(rank)
    spread = np.fmax(*_about(row_spreads(_weeks(rank), at_least=MEDIAN_AT_LEAST), len(rank)))
    change = after - before
    smallest = np.maximum(np.maximum(JUMP_PLACES, JUMP_SHARE * before), JUMP_SPREADS * spread)
    step = np.nan_to_num(rank - np.concatenate([[np.nan], rank[:-1]]))
    with np.errstate(invalid="ignore"):
        jumps = np.flatnonzero(np.abs(change) >= smallest)
    runs: list[list[int]] = []
    for index in jumps.tolist():
        if runs and index - runs[-1][-1] <= MEDIAN_DAYS and change[index] * change[runs[-1][-1]] > 0:
            runs[-1].append(index)
        else:
            runs.append([index])
    for run in runs:
        steps = step[run] * np.sign(change[run[0]])
        best = run[int(np.argmax(steps))]
        yield RankChange(best, float(before[best]), float(after[best]))


def anomalies(series: DailySeries) -> Iterator[tuple[int, float]]:
    """Yield the days on which the robust z of clicks is beyond 3.5, with it; once a week for each sign."""
    last = {1: -ANOMALY_RESTS_DAYS - 1, -1: -ANOMALY_RESTS_DAYS - 1}
    for index, z in enumerate(robust_z_values(series)):
        if np.isnan(z) or abs(z) <= ANOMALY_Z:
            continue
        sign = 1 if z > 0 else -1
        is_new = index - last[sign] > ANOMALY_RESTS_DAYS
        last[sign] = index
        if is_new:
            yield index, float(z)


def missing_runs(present: NDArray[np.bool_]) -> Iterator[MissingRun]:
    """Yield each run of missing days that has ended, between two days with data."""
    start: int | None = None
    for index, is_present in enumerate(present):
        if is_present and start is not None:
            yield MissingRun(start, index)
            start = None
        elif not is_present and start is None:
            start = index
