"""Which days a tenant's scale is made from, and the range of each metric on it.

A scale is a pure function of the history, never a stored state: the same history and day give the same one. Pitch
registers and transposition are added in `music.calibration`; this module knows numbers only.
"""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics, DailyRow

Metric = Literal["clicks", "impressions", "ctr", "position"]
METRICS: tuple[Metric, ...] = get_args(Metric)

CALIBRATION_DAYS = 91
"""A scale looks back 13 weeks, the longest window that can be heard. Over 16 months, a site that grew or fell leaves
today's window only a few of the register's steps: on a real year of data, position kept 4 of 11 (rank correlation 0.91
from pitch alone, against 0.99 with 13 weeks) at the same share of clipped days."""
MINIMUM_DAYS = 28
CLIPPING_LOOKBACK_DAYS = 28
CLIPPING_SHARE = 0.05
LOW_QUANTILE, HIGH_QUANTILE = 0.02, 0.98
WIDENING = 0.10
MINIMUM_SPANS: Mapping[Metric, float] = {"clicks": 0.5, "impressions": 0.5, "ctr": 0.25, "position": 0.25}
"""Narrowest range, in octaves of the value: a flat series sits in the middle of its register and does not tremble."""


class NothingToCalibrateError(SerpRadioError):
    """A history without a single day of data."""


def metric_level(row: DailyRow, metric: Metric) -> float | None:
    """Return the metric on its own law, in octaves, or None where the day has no value for it.

    clicks and impressions: log2(x + 0.5), so that zero has a place. ctr: log2(clicks / impressions), not for no clicks.
    position: -log2(rank), so that a better rank is higher; this is the one place where rank is inverted.
    """
    if metric == "clicks":
        return math.log2(row.clicks + 0.5)
    if metric == "impressions":
        return math.log2(row.impressions + 0.5)
    if metric == "position":
        return None if row.position is None else -math.log2(row.position)
    return math.log2(row.clicks / row.impressions) if row.clicks and row.impressions else None


@dataclass(frozen=True, slots=True)
class MetricRange:
    """Where a metric usually lies, in octaves (see `metric_level`): `low` < `high`."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"a range must rise: {self.low} to {self.high}")

    def place(self, level: float) -> float:
        """Return where `level` lies: 0 at `low`, 1 at `high`, beyond them outside 0-1."""
        return (level - self.low) / (self.high - self.low)

    def clips(self, level: float) -> bool:
        """Whether `level` lies outside the range."""
        return not self.low <= level <= self.high


@dataclass(frozen=True, slots=True)
class CalibrationPeriod:
    """The days a scale is made from (`first` to `last`, `days` of them with data), why, and the resulting ranges.

    `levels` are the days' own levels of each metric, ascending, in octaves; a day without a value has none.
    """

    first: dt.date
    last: dt.date
    days: int
    reason: Literal["all days so far", "before this month", "re-tuned"]
    ranges: Mapping[Metric, MetricRange]
    levels: Mapping[Metric, tuple[float, ...]]


def calibration_period(metrics: DailyMetrics, day: dt.date) -> CalibrationPeriod:
    """Return the scale in force on `day`, from that tenant's history alone.

    It is made from the days before the first of `day`'s month; from all days so far while those are fewer than 28; or
    from the days before the first Monday in that month by which more than 5 % of the last 28 days clip. Of those days
    the last 91 count. Provisional days have no say while there is any other.

    Raises:
        NothingToCalibrateError: no day of the history has data.
    """
    rows = metrics.up_to(day).rows
    history = tuple(row for row in rows if not row.is_provisional) or rows
    if not history:
        raise NothingToCalibrateError(
            f"{metrics.tenant} has no data up to {day}: upload an export that covers that day."
        )
    month_start = day.replace(day=1)
    before = tuple(row for row in history if row.date < month_start)
    if len(before) < MINIMUM_DAYS:
        return _period(history, "all days so far")
    period = _period(before, "before this month")
    monday = month_start + dt.timedelta(days=-month_start.weekday() % 7)
    while monday <= day:
        known = tuple(row for row in history if row.date < monday)
        recent = [row for row in known if row.date >= monday - dt.timedelta(days=CLIPPING_LOOKBACK_DAYS)]
        if recent and sum(clips(row, period.ranges) for row in recent) > CLIPPING_SHARE * len(recent):
            return _period(known, "re-tuned")
        monday += dt.timedelta(days=7)
    return period


def clips(row: DailyRow, ranges: Mapping[Metric, MetricRange]) -> bool:
    """Whether any pitched metric of the day (clicks, impressions, position) lies outside its range."""
    levels = {metric: metric_level(row, metric) for metric in ("clicks", "impressions", "position")}
    return any(level is not None and ranges[metric].clips(level) for metric, level in levels.items())  # type: ignore[index]


def _period(
    known: tuple[DailyRow, ...], reason: Literal["all days so far", "before this month", "re-tuned"]
) -> CalibrationPeriod:
    first = known[-1].date - dt.timedelta(days=CALIBRATION_DAYS - 1)
    rows = tuple(row for row in known if row.date >= first)
    levels = {metric: _levels(metric, rows) for metric in METRICS}
    ranges = {metric: _metric_range(metric, levels[metric]) for metric in METRICS}
    return CalibrationPeriod(rows[0].date, rows[-1].date, len(rows), reason, ranges, levels)


def _levels(metric: Metric, rows: tuple[DailyRow, ...]) -> tuple[float, ...]:
    levels = (metric_level(row, metric) for row in rows)
    return tuple(sorted(round(level, 6) for level in levels if level is not None))


def _metric_range(metric: Metric, levels: tuple[float, ...]) -> MetricRange:
    narrowest = MINIMUM_SPANS[metric]
    if not levels:
        return MetricRange(-narrowest / 2, narrowest / 2)
    low, high = (float(value) for value in np.quantile(np.array(levels), [LOW_QUANTILE, HIGH_QUANTILE]))
    margin = max(WIDENING * (high - low), narrowest - (high - low)) / 2
    # nothing ranks above 1: where a site is that good, rank 1 is the top of the range
    top = min(high + margin, 0.0) if metric == "position" else high + margin
    return MetricRange(round(low - margin, 6), round(top, 6))
