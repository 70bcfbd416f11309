"""A what-if for previews: the last week moved to where somebody wishes it on the tenant's own scale.

Nothing that becomes an episode comes through here.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics, DailyRow
from serp_radio_pipeline.ingest.metric_names import metric_names
from serp_radio_pipeline.labels.calibration_period import METRICS, Metric, metric_level
from serp_radio_pipeline.music.calibration import Calibration

DAYS = 7
WORST_POSITION = 9_999.0


class LastWeekError(SerpRadioError):
    """A wish that is no place on a scale, or a week without a day to move."""


@dataclass(frozen=True, slots=True)
class LastWeek:
    """Where the last week's mean shall lie on each scale: 0 at its low end, 1 at its high end; None: where it is.

    A better position is higher. Where clicks and impressions are both wished for, the CTR follows from them, so that a
    wish for it says nothing more.

    Raises:
        LastWeekError: a place outside 0-1.
    """

    clicks: float | None = None
    impressions: float | None = None
    ctr: float | None = None
    position: float | None = None

    def __post_init__(self) -> None:
        for metric, place in self.places().items():
            if not 0 <= place <= 1:
                raise LastWeekError(f"{metric} can't be moved to {place}: 0 is the scale's low end and 1 its high end.")

    def places(self) -> Mapping[Metric, float]:
        """Return what is wished for."""
        wishes: dict[Metric, float | None] = {metric: getattr(self, metric) for metric in METRICS}
        return {metric: place for metric, place in wishes.items() if place is not None}


def with_last_week(metrics: DailyMetrics, day: dt.date, wish: LastWeek, calibration: Calibration) -> DailyMetrics:
    """Return the table with the seven days up to `day` moved as one: how they differ from each other stays.

    Raises:
        LastWeekError: none of these days has impressions.
    """
    first = day - dt.timedelta(days=DAYS - 1)
    week = [row for row in metrics.rows if first <= row.date <= day and row.impressions]
    if not week:
        raise LastWeekError(f"{metrics.tenant} has no day with impressions from {first} to {day} that could be moved.")
    ways = {metric: _way(metric, place, week, calibration) for metric, place in wish.places().items()}
    moved = {row.date: _moved(row, ways) for row in week}
    return replace(metrics, rows=tuple(moved.get(row.date, row) for row in metrics.rows))


def _way(metric: Metric, place: float, week: Sequence[DailyRow], calibration: Calibration) -> float:
    """Return by how many octaves the week moves."""
    if metric == "ctr":
        low, high = calibration.ctr_low, calibration.ctr_high
    else:
        lane = calibration.lane(metric)
        low, high = lane.low, lane.high
    levels = [level for row in week if (level := metric_level(row, metric)) is not None]
    return low + place * (high - low) - sum(levels) / len(levels) if levels else 0.0


def _moved(row: DailyRow, ways: Mapping[Metric, float]) -> DailyRow:
    factor = {metric: 2.0**way for metric, way in ways.items()}
    impressions = _moved_count(row.impressions, factor.get("impressions", 1.0))
    clicks = _moved_count(row.clicks, factor.get("clicks", 1.0))
    if "clicks" not in ways and "ctr" in ways:
        clicks = round(impressions * row.clicks / row.impressions * factor["ctr"])
    if not metric_names(row.source).is_ranks:
        clicks = min(clicks, impressions)
    if not impressions:
        return replace(row, clicks=0, impressions=0, position=None)
    position = None if row.position is None else row.position / factor.get("position", 1.0)
    return replace(
        row,
        clicks=clicks,
        impressions=impressions,
        position=None if position is None else min(max(position, 1.0), WORST_POSITION),
    )


def _moved_count(count: int, factor: float) -> int:
    # levels are log2(x + 0.5)
    return max(0, round((count + 0.5) * factor - 0.5))
