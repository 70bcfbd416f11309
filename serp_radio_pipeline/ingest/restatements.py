"""What a newer upload says differently of days that were known: day by day and metric by metric."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from serp_radio_pipeline.ingest.daily_metrics import DailyRow

Metric = Literal["clicks", "impressions", "position"]
METRICS: tuple[Metric, ...] = get_args(Metric)

POSITION_ROUNDING = 0.05 + 1e-9
"""Exports write positions with one decimal or two: the same day written shorter is no other word on it."""

SHOWN_CHANGES = 20


@dataclass(frozen=True, slots=True)
class Change:
    """One metric of one day, as it was known and as it is now; a position is None without impressions."""

    date: dt.date
    metric: Metric
    before: float | None
    now: float | None


def changes_of(before: DailyRow, now: DailyRow) -> tuple[Change, ...]:
    """Return how two rows of one day differ."""
    pairs = ((metric, getattr(before, metric), getattr(now, metric)) for metric in METRICS)
    return tuple(Change(now.date, metric, old, new) for metric, old, new in pairs if _differ(metric, old, new))


def _differ(metric: Metric, before: float | None, now: float | None) -> bool:
    if before is None or now is None or metric != "position":
        return before != now
    return abs(before - now) > POSITION_ROUNDING


def spoken(value: float | None) -> str:
    """Return a metric's value as people read it: whole numbers with marks, positions with two decimals."""
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:.2f}"


def changes_in_lines(changes: Sequence[Change]) -> list[str]:
    """Return a table of changes for people, by day; nothing where there are none."""
    if not changes:
        return []
    days = len({change.date for change in changes})
    rows = [
        f"    {change.date}  {change.metric:11}  {spoken(change.before):>12}  {spoken(change.now):>12}"
        for change in changes[:SHOWN_CHANGES]
    ]
    more = len(changes) - len(rows)
    return [
        f"  it changes {days} {'day' if days == 1 else 'days'} that earlier uploads gave:",
        f"    {'day':10}  {'metric':11}  {'before':>12}  {'now':>12}",
        *rows,
        *((f"    and {more:,} more",) if more else ()),
    ]
