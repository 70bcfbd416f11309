"""A daily table as gap-free arrays, and the robust statistics that are taken over them.

Every array has one entry per calendar day; NaN stands for a day that gives no verdict: absent, still provisional, or
(for position) with too few impressions to mean anything. What the numbers say about a week lives in `labels.features`.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.ingest.vocabulary import SERP
from serp_radio_pipeline.labels.calibration_period import (
    CALIBRATION_DAYS,
    METRICS,
    CalibrationPeriod,
    Metric,
    metric_level,
)

FloatArray = NDArray[np.float64]

MINIMUM_IMPRESSIONS_FOR_POSITION = 50
"""A mean rank over fewer impressions jumps by tens of places from day to day."""

MAD_TO_SIGMA = 1.4826
"""Makes a median absolute deviation comparable with a standard deviation, for normally distributed values."""

Z_HISTORY_DAYS = 42
Z_REFERENCE_WEEKS = 4
Z_WINDOW_DAYS = 28
Z_SMALLEST_SPREAD = 0.02
VOLATILITY_WINDOW_DAYS = 7
TREND_DAYS = 28
SEASONALITY_DAYS = 56
DEEPEST_RANK = 101
"""A rank tracker stops looking at 100: whatever lies beyond counts as 101."""


@dataclass(frozen=True)
class DailySeries:
    """A tenant's settled days from `first` on, one array entry per calendar day.

    `clicks` are counts, `levels` are octaves (see `metric_level`), `rank` is the mean position; `present` counts
    provisional days too. `sources` are the kinds of source, "" where a day has no verdict.
    """

    first: dt.date
    present: NDArray[np.bool_]
    clicks: FloatArray
    rank: FloatArray
    levels: Mapping[Metric, FloatArray]
    sources: tuple[str, ...]

    @property
    def days(self) -> int:
        """Number of calendar days."""
        return len(self.clicks)

    @property
    def source(self) -> str:
        """The kind of source of the newest settled day; "" where there is none."""
        return next((source for source in reversed(self.sources) if source), "")

    def index(self, day: dt.date) -> int:
        """The array index of `day`; it may lie outside the arrays."""
        return (day - self.first).days

    def reference(self, values: FloatArray, period: CalibrationPeriod, end: int) -> FloatArray:
        """The known values that the day at index `end` is ranked among: those of the calibration period.

        A day before that period is ranked among the 91 days up to it, or the first 91: a site's noise falls as it
        grows, and against today's every week of its small beginnings would look turbulent.
        """
        start, stop = max(0, self.index(period.first)), self.index(period.last) + 1
        if end < start:
            start = max(0, end - CALIBRATION_DAYS + 1)
            stop = start + CALIBRATION_DAYS
        chosen = values[start:stop]
        return chosen[~np.isnan(chosen)]


def daily_series(metrics: DailyMetrics, last: dt.date) -> DailySeries:
    """Lay the table's days out from its first row to `last`, with NaN where a day gives no verdict.

    Rows after `last` are left out; `metrics` must have a row on or before it.
    """
    rows = [row for row in metrics.rows if row.date <= last]
    first = rows[0].date
    days = (last - first).days + 1
    present = np.zeros(days, dtype=np.bool_)
    clicks, rank = np.full(days, np.nan), np.full(days, np.nan)
    levels: dict[Metric, FloatArray] = {metric: np.full(days, np.nan) for metric in METRICS}
    sources = [""] * days
    for row in rows:
        i = (row.date - first).days
        present[i] = True
        if row.is_provisional:
            continue
        clicks[i], sources[i] = row.clicks, row.source
        # a tracker's average is over a list of keywords, and as good with ten of them
        trusted = row.source == SERP or row.impressions >= MINIMUM_IMPRESSIONS_FOR_POSITION
        if trusted and row.position is not None:
            rank[i] = min(row.position, DEEPEST_RANK)
        for metric in METRICS:
            level = metric_level(row, metric)
            if level is not None and (trusted or metric != "position"):
                levels[metric][i] = level
    return DailySeries(first, present, clicks, rank, levels, tuple(sources))


def trailing(values: FloatArray, length: int) -> FloatArray:
    """Row i holds the `length` values that end with values[i], oldest first, NaN before the beginning."""
    padded = np.concatenate([np.full(length - 1, np.nan), values])
    return np.lib.stride_tricks.sliding_window_view(padded, length)


def ending_at(values: FloatArray, end: int, length: int) -> FloatArray:
    """The `length` values that end with values[end], NaN outside the array."""
    window = np.full(length, np.nan)
    start = end - length + 1
    known = values[max(0, start) : max(0, end + 1)]
    offset = max(0, -start)
    window[offset : offset + len(known)] = known
    return window


def row_medians(table: FloatArray, *, at_least: int = 1) -> FloatArray:
    """The median of each row's known values, NaN where fewer than `at_least` are known."""
    ordered = np.sort(table, axis=1)  # NaN sorts to the end
    known = np.sum(~np.isnan(table), axis=1)
    last = np.maximum(known - 1, 0)
    rows = np.arange(len(table))
    medians = (ordered[rows, last // 2] + ordered[rows, (last + 1) // 2]) / 2
    return np.where(known >= at_least, medians, np.nan)


def row_spreads(table: FloatArray, *, at_least: int = 1) -> FloatArray:
    """1.4826 MAD of each row's known values about their own median, NaN where too few are known."""
    centres = row_medians(table, at_least=at_least)
    return MAD_TO_SIGMA * row_medians(np.abs(table - centres[:, None]), at_least=at_least)


def shifted(values: FloatArray, days: int) -> FloatArray:
    """The values `days` earlier, NaN before the beginning."""
    return np.concatenate([np.full(min(days, len(values)), np.nan), values[: max(0, len(values) - days)]])


def robust_z_values(series: DailySeries) -> FloatArray:
    """How far each day's clicks lie from their weekday's usual level, in robust standard deviations.

    With y = log1p(clicks), r = y - median(y 7, 14, 21 and 28 days before), of which three must be known; z is r less
    its median over the 28 days up to the day, by the largest of 1.4826 MAD(r), the counting noise 1/sqrt(median clicks)
    and 0.02. NaN with fewer than 42 settled days so far. It looks back only: later days never change it.
    """
    y = np.log1p(series.clicks)
    before = np.stack([shifted(y, 7 * week) for week in range(1, Z_REFERENCE_WEEKS + 1)], axis=1)
    residual = y - row_medians(before, at_least=Z_REFERENCE_WEEKS - 1)
    window = trailing(residual, Z_WINDOW_DAYS)
    centre = row_medians(window, at_least=Z_WINDOW_DAYS // 2)
    spread = row_spreads(window, at_least=Z_WINDOW_DAYS // 2)
    usual_clicks = np.maximum(1.0, row_medians(trailing(series.clicks, Z_WINDOW_DAYS)))
    scale = np.maximum(np.maximum(spread, 1 / np.sqrt(usual_clicks)), Z_SMALLEST_SPREAD)
    enough = np.cumsum(~np.isnan(series.clicks)) >= Z_HISTORY_DAYS
    return np.where(enough, (residual - centre) / scale, np.nan)


def volatility_values(series: DailySeries, period: CalibrationPeriod) -> FloatArray:
    """1.4826 MAD over 7 days (4 of them known) of the daily change of log1p(clicks), less its weekday's usual change.

    The usual change is the weekday's median over the calibration period, at least three weeks of it: the scale is
    frozen with the calibration, so that the same turbulence always counts the same.
    """
    y = np.log1p(series.clicks)
    changes = y - shifted(y, 1)
    weekday = (series.first.weekday() + np.arange(series.days)) % 7
    start, stop = max(0, series.index(period.first)), max(0, series.index(period.last) + 1)
    within = (np.arange(series.days) >= start) & (np.arange(series.days) < stop)
    calm = np.full(series.days, np.nan)
    for day in range(7):
        usual = changes[within & (weekday == day)][None, :]
        if usual.size:
            chosen = weekday == day
            calm[chosen] = changes[chosen] - row_medians(usual, at_least=3)[0]
    return row_spreads(trailing(calm, VOLATILITY_WINDOW_DAYS), at_least=VOLATILITY_WINDOW_DAYS // 2 + 1)


def position_volatility_values(series: DailySeries) -> FloatArray:
    """1.4826 MAD over 7 days (4 of them known) of the daily change of the mean position, in ranks."""
    changes = series.rank - shifted(series.rank, 1)
    return row_spreads(trailing(changes, VOLATILITY_WINDOW_DAYS), at_least=VOLATILITY_WINDOW_DAYS // 2 + 1)


def percentile_rank(value: float, reference: FloatArray) -> float:
    """Share of `reference` below `value`, ties counted half: 0-1."""
    return float((np.sum(reference < value) + np.sum(reference <= value)) / (2 * len(reference)))


def above_own_week(y: FloatArray) -> FloatArray:
    """Each value less the mean of the 7 days centred on it, so that a trend leaves no trace; else NaN."""
    centred = np.full(len(y), np.nan)
    if len(y) >= 7:
        centred[3:-3] = np.lib.stride_tricks.sliding_window_view(y, 7).mean(axis=1)
    deviations: FloatArray = y - centred
    return deviations


def deseasonalised(y: FloatArray, deviations: FloatArray, end: int, length: int) -> FloatArray | None:
    """The `length` values of y that end at `end`, less their weekdays' usual deviation over the 8 weeks so far.

    `deviations` come from `above_own_week(y)`; only those whose own week has ended by `end` count. Returns None while
    a weekday has fewer than three of them, that is with under about four weeks of days.
    """
    recent = ending_at(deviations[: max(0, end - 2)], end, SEASONALITY_DAYS)
    slots = recent.reshape(-1, 7).T  # slot k holds the days 6 - k days before `end`, modulo 7
    usual = row_medians(slots, at_least=3)
    if np.isnan(usual).any():
        return None
    slot_of_day = (6 - np.arange(length - 1, -1, -1)) % 7
    return ending_at(y, end, length) - usual[slot_of_day]


def theil_sen_slope(y: FloatArray) -> float:
    """The median of the slopes between all pairs of known values, per step."""
    steps = np.flatnonzero(~np.isnan(y))
    earlier, later = np.triu_indices(len(steps), k=1)
    slopes = (y[steps[later]] - y[steps[earlier]]) / (steps[later] - steps[earlier])
    return float(np.median(slopes))


def kendall_tau(y: FloatArray) -> float:
    """Pairs of known values that rise less those that fall, over all pairs: -1 (always falls) to 1 (always rises)."""
    known = np.round(y[~np.isnan(y)], 9)
    earlier, later = np.triu_indices(len(known), k=1)
    return float(np.mean(np.sign(known[later] - known[earlier])))
