"""Rows of an answer in pages: which places were given, which names, and which names are still missing.

Rows come by clicks, and those with as many clicks in any order, another one at each request. So one of them may stand
on two pages and another on none. How many are missing is known all the same: a place holds one row, a name counts once.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from serp_radio_pipeline.console.answers import detail_of, key_of
from serp_radio_pipeline.ingest.breakdowns import BreakdownRow


class RankedRows:
    """What was given so far: places with their clicks, and rows by their names."""

    def __init__(self) -> None:
        self._rows: dict[str, BreakdownRow] = {}
        self._places: dict[int, int] = {}

    def take(self, start: int, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take over one page, whose first row has place `start`.

        Raises:
            ConsoleAnswerError: a row says what can't be.
        """
        for place, row in enumerate(rows, start):
            found = self._rows.setdefault(key_of(row), detail_of(row))
            self._places.setdefault(place, found.clicks)

    @property
    def rows(self) -> tuple[BreakdownRow, ...]:
        """The rows that have a name, most clicks first."""
        return tuple(sorted(self._rows.values(), key=lambda row: (-row.clicks, -row.impressions, row.label)))

    @property
    def count(self) -> int:
        """How many rows there are, those without a name among them."""
        return len(self._places)

    @property
    def clicks(self) -> int:
        """Clicks of all rows, those without a name among them."""
        return sum(self._places.values())

    def missing(self, most: int) -> Mapping[int, int]:
        """Return how many rows have no name, by their clicks, where one of them may be among the first `most`."""
        places = Counter(self._places.values())
        unnamed = places - Counter(row.clicks for row in self._rows.values())
        return {clicks: count for clicks, count in unnamed.items() if self._first(clicks) < most}

    def places_to_ask(self, most: int, rows_a_page: int) -> list[int]:
        """Return where pages begin that hold all rows with as many clicks as a missing one: often a single page."""
        starts: list[int] = []
        for clicks in self.missing(most):
            last = max(place for place, found in self._places.items() if found == clicks)
            starts += range(self._first(clicks), last + 1, rows_a_page)
        return sorted(starts)

    def _first(self, clicks: int) -> int:
        return min(place for place, found in self._places.items() if found == clicks)
