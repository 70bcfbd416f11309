"""What a newer upload says differently of days that were known: day by day and metric by metric."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from serp_radio_pipeline.ingest.daily_metrics import GSC, DailyRow
from serp_radio_pipeline.ingest.metric_names import metric_names

Metric = Literal["clicks", "impressions", "position"]
METRICS: tuple[Metric, ...] = get_args(Metric)

POSITION_ROUNDING = 0.05 + 1e-9
"""Exports write positions with one decimal or two: the same day written shorter is no other word on it."""

SHOWN_CHANGES = 20


@dataclass(frozen=True, slots=True)
class Change:
    """One metric of one day, as it was known and as it is now; a position is None without impressions.

    `source` is the rows', and says what the metrics are called.
    """

    date: dt.date
    metric: Metric
    before: float | None
    now: float | None
    source: str = GSC

    @property
    def name(self) -> str:
        """What the metric is called."""
        return metric_names(self.source).of(self.metric)

    def spoken(self, value: float | None) -> str:
        """Return one of its values as people read it: whole numbers with marks, positions with two decimals."""
        if value is None:
            return "-"
        if self.metric == "clicks" and metric_names(self.source).is_ranks:
            return metric_names(self.source).plain_clicks(value)
        return f"{value:,}" if isinstance(value, int) else f"{value:.2f}"

    @property
    def in_words(self) -> str:
        """The day, the metric and both values."""
        return f"{self.date} {self.name} {self.spoken(self.before)} to {self.spoken(self.now)}"


def changes_of(before: DailyRow, now: DailyRow) -> tuple[Change, ...]:
    """Return how two rows of one day differ."""
    pairs = ((metric, getattr(before, metric), getattr(now, metric)) for metric in METRICS)
    return tuple(
        Change(now.date, metric, old, new, now.source) for metric, old, new in pairs if _differ(metric, old, new)
    )


def _differ(metric: Metric, before: float | None, now: float | None) -> bool:
    if before is None or now is None or metric != "position":
        return before != now
    return abs(before - now) > POSITION_ROUNDING


def changes_in_lines(changes: Sequence[Change]) -> list[str]:
    """Return a table of changes for people, by day; nothing where there are none."""
    if not changes:
        return []
    days = len({change.date for change in changes})
    width = max(len(name) for name in ("impressions", *(change.name for change in changes)))
    rows = [
        f"    {one.date}  {one.name:{width}}  {one.spoken(one.before):>12}  {one.spoken(one.now):>12}"
        for one in changes[:SHOWN_CHANGES]
    ]
    more = len(changes) - len(rows)
    return [
        f"  it changes {days} {'day' if days == 1 else 'days'} that earlier uploads gave:",
        f"    {'day':10}  {'metric':{width}}  {'before':>12}  {'now':>12}",
        *rows,
        *((f"    and {more:,} more",) if more else ()),
    ]
