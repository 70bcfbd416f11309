"""Which two periods are compared on a day: the newest export's, and the nearest earlier one of the same length.

Nothing is scaled: totals over 28 days say nothing about totals over 31, so only equal lengths meet.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from serp_radio_pipeline.ingest.breakdowns import DIMENSIONS, Breakdown, Comparison

FRESH_DAYS = 7
"""How many days an episode may end after a period to tell of it; later it is no news."""
SAME_WEEKDAYS_BELOW_DAYS = 56
"""Shorter periods must hold the same weekdays: three workdays for a weekend are up to 9 % of a month's clicks."""

Rank = tuple[dt.datetime, dt.datetime, str, str]
Candidate = tuple[Breakdown, Rank]
"""A breakdown with the rank of its upload: of two about the same days the higher is the newer word."""

Fit = tuple[dt.date, bool, int, Rank, Rank]


def comparisons_on(
    day: dt.date, tables: Iterable[Candidate], ready: Iterable[tuple[Comparison, Rank]] = ()
) -> tuple[Comparison, ...]:
    """Return the comparison by query and by page that an episode of `day` may tell of; none where no two periods fit.

    First the newest of the `ready` ones, made by Search Console: somebody asked for just these periods. Else, of two
    `tables` that fit, those of the latest period; then those that share no day, as near to each other as can be; else
    those that share the fewest.
    """
    known, made = list(tables), list(ready)
    found = (
        _newest(day, [one for one in made if one[0].dimension == dimension])
        or _comparison(day, [one for one in known if one[0].dimension == dimension])
        for dimension in DIMENSIONS
    )
    return tuple(comparison for comparison in found if comparison)


def _newest(day: dt.date, ready: Sequence[tuple[Comparison, Rank]]) -> Comparison | None:
    fresh = [one for one in ready if 0 <= (day - one[0].known_on).days < FRESH_DAYS]
    return max(fresh, key=lambda one: (one[0].known_on, one[1]))[0] if fresh else None


def _comparison(day: dt.date, tables: Sequence[Candidate]) -> Comparison | None:
    pairs = list(_pairs(day, tables))
    if not pairs:
        return None
    _, before, now = max(pairs, key=lambda pair: pair[0])
    return Comparison(before, now, _ends(now)[1])


def _pairs(day: dt.date, tables: Sequence[Candidate]) -> Iterator[tuple[Fit, Breakdown, Breakdown]]:
    """Yield each two tables that can be compared, with how well they suit."""
    fresh = [table for table in tables if 0 <= (day - _ends(table[0])[1]).days < FRESH_DAYS]
    for (now, now_rank), (before, before_rank) in product(fresh, tables):
        first, last = _ends(now)
        earlier_first, earlier_last = _ends(before)
        shift = (first - earlier_first).days
        if shift <= 0 or not hold_equal_days((first, last), (earlier_first, earlier_last)):
            continue
        is_apart = earlier_last < first
        yield (last, is_apart, -shift if is_apart else shift, now_rank, before_rank), before, now


def hold_equal_days(one: tuple[dt.date, dt.date], other: tuple[dt.date, dt.date]) -> bool:
    """Whether two periods, by first and last day, have the same length, and short ones the same weekdays."""
    days, shift = (one[1] - one[0]).days + 1, (one[0] - other[0]).days
    if (other[1] - other[0]).days + 1 != days:
        return False
    return days >= SAME_WEEKDAYS_BELOW_DAYS or days % 7 == 0 or shift % 7 == 0


def _ends(breakdown: Breakdown) -> tuple[dt.date, dt.date]:
    period = breakdown.period
    if period.first is None or period.last is None:
        raise ValueError("only periods whose days are known can be chosen among")
    return period.first, period.last
