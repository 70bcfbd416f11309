"""Clicks by query or page over a whole period, and two periods side by side: values for movers, and for nothing else.

A breakdown never sums up to the site: rare queries are anonymised, and an export stops at 1,000 rows. Reading a file's
tables lives in `breakdown_table`, choosing two periods in `comparisons`.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Literal, get_args

from serp_radio_pipeline.errors import SerpRadioError

Dimension = Literal["query", "page"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)

MOST_EXPORTED_ROWS = 1000
"""Where Search Console cuts a table; what is not in such a table has at most as many clicks as its last row."""
LAST_RANK = 10_000


class BreakdownError(SerpRadioError):
    """A breakdown, or a comparison of two, that breaks its own schema."""


@dataclass(frozen=True, slots=True)
class Period:
    """The days that a table was counted over, both ends included; None where the export only names them.

    `words` is how people call the period: "28 days to 2026-03-22", or Search Console's own "Previous 28 days".

    Raises:
        BreakdownError: no words, one end alone, or an end before the beginning.
    """

    words: str
    first: dt.date | None = None
    last: dt.date | None = None

    def __post_init__(self) -> None:
        if not self.words or (self.first is None) != (self.last is None):
            raise BreakdownError("A period has words, and both ends or none.")
        if self.first is not None and self.last is not None and self.first > self.last:
            raise BreakdownError(f"A period can't end on {self.last} and begin on {self.first}.")

    @property
    def days(self) -> int | None:
        """How many days it has; None where they are not known."""
        return None if self.first is None or self.last is None else (self.last - self.first).days + 1


def period_of(first: dt.date, last: dt.date) -> Period:
    """Return the period of these days, with plain words for it."""
    days = (last - first).days + 1
    return Period(f"{days:,} {'day' if days == 1 else 'days'} to {last}", first, last)


@dataclass(frozen=True, slots=True)
class BreakdownRow:
    """One query or page in one period. `label` is as the file writes it: untrusted text of any length.

    `position` is the mean rank (>= 1), or None without impressions.

    Raises:
        BreakdownError: no label, or numbers that can't be.
    """

    label: str
    clicks: int
    impressions: int
    position: float | None

    def __post_init__(self) -> None:
        if not self.label or not 0 <= self.clicks <= self.impressions:
            raise BreakdownError(f"A row has a label, and no more clicks than impressions: {self!r:.200}")
        if (self.impressions == 0) != (self.position is None):
            raise BreakdownError(f"A row has a position exactly where it has impressions: {self!r:.200}")
        if self.position is not None and not 1 <= self.position < LAST_RANK:
            raise BreakdownError(f"A position is a rank from 1 on: {self!r:.200}")

    @property
    def ctr(self) -> float:
        """Clicks per impression; 0 without impressions."""
        return self.clicks / self.impressions if self.impressions else 0.0


@dataclass(frozen=True)
class Breakdown:
    """One table of one period, each label once. `total_clicks` are those of the whole site, None where not known.

    Raises:
        BreakdownError: a label twice, or a query with more clicks than the site.
    """

    dimension: Dimension
    period: Period
    rows: tuple[BreakdownRow, ...]
    total_clicks: int | None = None

    def __post_init__(self) -> None:
        if self.dimension not in DIMENSIONS:
            raise BreakdownError(f"A breakdown is by query or page, not {self.dimension!r:.40}.")
        # not by `by_label`, which would be kept: a log holds hundreds of tables, of which two are compared
        if len({row.label for row in self.rows}) < len(self.rows):
            raise BreakdownError("A breakdown has each label once.")
        # a click counts for one query; a page's table counts in another way, and may add up to a little more
        counted = self.clicks if self.dimension == "query" else max((row.clicks for row in self.rows), default=0)
        if self.total_clicks is not None and counted > self.total_clicks:
            raise BreakdownError(
                f"its rows have {counted:,} clicks and the days of the export {self.total_clicks:,}, so it is a table "
                "of something else"
            )

    @cached_property
    def by_label(self) -> Mapping[str, BreakdownRow]:
        """The rows by their label."""
        return MappingProxyType({row.label: row for row in self.rows})

    @property
    def clicks(self) -> int:
        """Clicks of all rows together."""
        return sum(row.clicks for row in self.rows)

    @property
    def unlisted_share(self) -> float | None:
        """Share of the site's clicks that no row has: anonymised, or cut off. None where the total is not known."""
        return max(0.0, 1 - self.clicks / self.total_clicks) if self.total_clicks else None

    @property
    def absent_means_none(self) -> bool:
        """Whether what is not listed had no clicks, for all it says: the table is whole, or its last row had none."""
        return len(self.rows) < MOST_EXPORTED_ROWS or min(row.clicks for row in self.rows) == 0


@dataclass(frozen=True)
class Comparison:
    """The same breakdown in two periods, the earlier first. `known_on` is the first day that may tell of it.

    Raises:
        BreakdownError: the two are by different dimensions, or the first is not the earlier.
    """

    before: Breakdown
    now: Breakdown
    known_on: dt.date

    def __post_init__(self) -> None:
        if self.before.dimension != self.now.dimension:
            raise BreakdownError("Queries can't be compared with pages.")
        before, now = self.before.period.last, self.now.period.last
        if before is not None and now is not None and before >= now:
            raise BreakdownError(f"The period before ends on {before}, not before {now}.")

    @property
    def dimension(self) -> Dimension:
        """By what both break the clicks down."""
        return self.now.dimension
