"""Changes taken apart without a rest: clicks into demand, rank and CTR; averages into movement and mix.

Shapley's value of a product (the mean over all orders in which its factors may change) adds up exactly and, unlike
logarithmic means, lives with zeros. Averages are parted by shares, as in a shift-share analysis.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from serp_radio_pipeline.ingest.breakdowns import BreakdownRow

Average = Literal["position", "ctr"]

FEWEST_OCTAVES, FEWEST_CLICKS = 3, 10
"""Octaves of rank with so many clicks each, below which nobody can tell how a site's CTR falls with rank."""
STEEPEST = 3.0


@dataclass(frozen=True, slots=True)
class Parts:
    """A change of clicks as the sum of what demand, rank, and CTR at that rank did. All three are clicks."""

    demand: float
    rank: float
    ctr: float


@dataclass(frozen=True, slots=True)
class Mix:
    """How an average over rows, weighted by impressions, changed: by rows that moved, and by other rows being shown.

    `within` and `between` add up to `now - before`. `most_by` is the label of the row that did most of `between`.
    """

    metric: Average
    before: float
    now: float
    within: float
    between: float
    most_by: str

    @property
    def is_mostly_mix(self) -> bool:
        """Whether the average changed mainly since other rows were shown."""
        return abs(self.between) > abs(self.within)


def parts_of(before: BreakdownRow, now: BreakdownRow, falls: float | None) -> Parts:
    """Return why a row's clicks changed; `falls` is the power by which CTR falls with rank, None where not known.

    Without it rank has no part of its own. What was not shown at all in one period had no rank: that is demand alone.
    """
    if before.position is None or now.position is None:
        return Parts(float(now.clicks - before.clicks), 0.0, 0.0)
    by_rank = 1.0 if falls is None else (now.position / before.position) ** -falls
    impressions = before.impressions, now.impressions
    rank = 1.0, by_rank
    ctr = before.ctr, now.ctr / by_rank
    return Parts(demand=_by(impressions, rank, ctr), rank=_by(rank, impressions, ctr), ctr=_by(ctr, impressions, rank))


def _by(factor: tuple[float, float], one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return what the change of one factor adds to a product of three, over all orders of change."""
    alike = one[0] * other[0] + one[1] * other[1]
    mixed = one[0] * other[1] + one[1] * other[0]
    return (factor[1] - factor[0]) * (2 * alike + mixed) / 6


def how_ctr_falls(rows: Iterable[BreakdownRow]) -> float | None:
    """Return the power by which CTR falls with rank over a site's own rows, 0 to 3; None where they don't tell.

    Rows are summed up by octave of rank, since most have no click; a line through the octaves' logs, by clicks.
    """
    octaves: dict[int, list[BreakdownRow]] = defaultdict(list)
    for row in rows:
        if row.position is not None:
            octaves[int(math.log2(row.position))].append(row)
    points = []
    for octave in sorted(octaves):
        clicks, impressions = (sum(getattr(row, name) for row in octaves[octave]) for name in ("clicks", "impressions"))
        if clicks >= FEWEST_CLICKS:
            logs = sum(math.log(row.position or 1) * row.impressions for row in octaves[octave]) / impressions
            points.append((logs, math.log(clicks / impressions), clicks))
    return min(max(-_slope(points), 0.0), STEEPEST) if len(points) >= FEWEST_OCTAVES else None


def _slope(points: Sequence[tuple[float, float, int]]) -> float:
    """Return the slope of the weighted least-squares line through (x, y, weight)."""
    total = sum(weight for _, _, weight in points)
    mean_x, mean_y = (sum(point[axis] * point[2] for point in points) / total for axis in (0, 1))
    across = sum(weight * (x - mean_x) * (y - mean_y) for x, y, weight in points)
    return across / sum(weight * (x - mean_x) ** 2 for x, _, weight in points)


def mix_of(metric: Average, before: Sequence[BreakdownRow], now: Sequence[BreakdownRow]) -> Mix | None:
    """Return how the rows' average changed; None where one period has no impressions."""
    shown_before, shown_now = (sum(row.impressions for row in rows) for rows in (before, now))
    if not shown_before or not shown_now:
        return None
    earlier, later = ({row.label: row for row in rows if row.impressions} for rows in (before, now))
    mean_before, mean_now = (
        sum(_value(metric, row) * row.impressions for row in rows.values()) / shown
        for rows, shown in ((earlier, shown_before), (later, shown_now))
    )
    middle = (mean_before + mean_now) / 2
    within, between = 0.0, dict[str, float]()
    for label in sorted(earlier.keys() | later.keys()):
        old, new = earlier.get(label), later.get(label)
        share_before, share_now = (
            row.impressions / shown if row else 0.0 for row, shown in ((old, shown_before), (new, shown_now))
        )
        # a row that is shown in one period alone can't have moved
        values = [_value(metric, row) for row in (old, new) if row]
        between[label] = (sum(values) / len(values) - middle) * (share_now - share_before)
        within += (values[-1] - values[0]) * (share_before + share_now) / 2
    most_by = max(between, key=lambda label: (abs(between[label]), label))
    return Mix(metric, mean_before, mean_now, within, math.fsum(between.values()), most_by)


def _value(metric: Average, row: BreakdownRow) -> float:
    return row.ctr if metric == "ctr" else row.position or 0.0
