"""Daily details from the API, summed up to the two periods that movers compare: 28 days and the 28 before them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from math import fsum

from serp_radio_pipeline.ingest.breakdowns import (
    DIMENSIONS,
    LAST_RANK,
    MOST_EXPORTED_ROWS,
    Breakdown,
    BreakdownRow,
    Dimension,
    period_of,
)
from serp_radio_pipeline.ingest.comparisons import FRESH_DAYS, Candidate, Rank
from serp_radio_pipeline.ingest.day_details import DayDetails, DayDetailsError

PERIOD_DAYS = 28
COMPARED_DAYS = 2 * PERIOD_DAYS
_ONE_DAY = dt.timedelta(days=1)

Known = Mapping[tuple[Dimension, dt.date], tuple[Rank, DayDetails]]
"""A day's details by dimension and day, each with the rank of the fetch that brought them."""


def tables_on(day: dt.date, known: Known) -> list[Candidate]:
    """Return, by query and by page, the last whole 56 days that an episode of `day` may tell of, in two tables each."""
    tables = []
    for dimension in DIMENSIONS:
        for last in (day - _ONE_DAY * back for back in range(FRESH_DAYS)):
            days = [last - _ONE_DAY * back for back in reversed(range(COMPARED_DAYS))]
            if all((dimension, one) in known for one in days):
                halves = days[:PERIOD_DAYS], days[PERIOD_DAYS:]
                # what other hands wrote into a fetch is not compared, and stops nothing else
                with suppress(DayDetailsError):
                    tables += [_table(dimension, [known[dimension, one] for one in half]) for half in halves]
                    break
    return tables


def _table(dimension: Dimension, found: Sequence[tuple[Rank, DayDetails]]) -> Candidate:
    details = [one for _, one in found]
    by_label = defaultdict[str, list[BreakdownRow]](list)
    for one in details:
        for row in one.rows():
            by_label[row.label].append(row)
    rows = sorted(
        (_summed(label, parts) for label, parts in by_label.items()),
        key=lambda row: (-row.clicks, -row.impressions, row.label),
    )
    clicks = [row.clicks for row in rows]
    listed = sum(clicks) if dimension == "query" else max(clicks, default=0)
    # a day's total is counted apart from its queries, and may be a click behind them
    total = max(sum(one.site_clicks for one in details), listed)
    # cut where an export is: then what is not listed has at most the last row's clicks, as every comparison takes it
    period = period_of(details[0].date, details[-1].date)
    return Breakdown(dimension, period, tuple(rows[:MOST_EXPORTED_ROWS]), total), max(rank for rank, _ in found)


def _summed(label: str, parts: Sequence[BreakdownRow]) -> BreakdownRow:
    clicks, impressions = sum(row.clicks for row in parts), sum(row.impressions for row in parts)
    if not impressions:
        return BreakdownRow(label, clicks, 0, None)
    # fsum: the same whatever the order of the days
    position = fsum(row.position * row.impressions for row in parts if row.position is not None) / impressions
    return BreakdownRow(label, clicks, impressions, min(max(position, 1.0), LAST_RANK - 1.0))
