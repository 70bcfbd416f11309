"""A tenant whose exports of two periods hold queries and pages: what tests of movers are made from."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from serp_radio_pipeline.ingest.breakdowns import Breakdown, BreakdownRow, Comparison, Dimension, period_of
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.labels.movers import Movement, movement
from serp_radio_pipeline.music.compose import compose
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline_tests.episodes import SUNDAY, events, labels_of, metrics_of, newsroom

Clicks = Mapping[str, tuple[int, int]]
UP_AND_DOWN: Clicks = {"radio, live": (120, 300), "sonification": (400, 90), "demo": (900, 905)}


def compared(clicks: Clicks, dimension: Dimension = "query") -> Comparison:
    """Two periods of 28 days, up to the usual Sunday; clicks before and now by label."""
    before, now = (
        Breakdown(
            dimension,
            period_of(last - dt.timedelta(days=27), last),
            tuple(BreakdownRow(label, both[place], 25 * both[place] + 40, 8.5) for label, both in clicks.items()),
            10_000_000,
        )
        for place, last in enumerate((SUNDAY - dt.timedelta(days=28), SUNDAY))
    )
    return Comparison(before, now, SUNDAY)


def moved(clicks: Clicks = UP_AND_DOWN, *more: Comparison) -> Movement:
    """How those queries moved, and what else is given."""
    found = movement([compared(clicks), *more], events())
    assert found is not None
    return found


def score_with(found: Movement | None, metrics: DailyMetrics | None = None) -> Score:
    """The demo's score with those movers."""
    metrics = metrics or metrics_of("demo")
    return compose(metrics, labels_of(metrics), newsroom(), "8w", movement=found)


@cache
def mover_score() -> Score:
    """The demo's score with one query that rose and one that fell."""
    return score_with(moved())


def metrics_with(clicks: Clicks = UP_AND_DOWN) -> DailyMetrics:
    """The demo's table that knows of those queries."""
    return replace(metrics_of("demo"), comparisons=(compared(clicks),))
