"""One day's clicks by query or by page, as the Search Console API or a bulk export gave them; unread until they are
compared.

Summing days up to periods lives in `detail_periods`.
"""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.breakdowns import DIMENSIONS, BreakdownError, BreakdownRow, Dimension


class DayDetailsError(SerpRadioError):
    """Details that break their own schema."""


@dataclass(frozen=True, slots=True)
class DayDetails:
    """A final day's queries or pages. `line` holds the rows as JSON, most clicks first: `[[label, clicks, ...], ...]`.

    They stay a line because a year of them is most of a tenant's log, of which a run compares 56 days. `site_clicks`
    are the whole site's, `named_clicks` those of all rows; `left_out` rows were given beyond those kept.

    Raises:
        DayDetailsError: an unknown dimension, or a count below zero.
    """

    date: dt.date
    dimension: Dimension
    line: bytes
    site_clicks: int
    named_clicks: int
    left_out: int = 0

    def __post_init__(self) -> None:
        if self.dimension not in DIMENSIONS:
            raise DayDetailsError(f"details are by query or page, not {self.dimension!r:.40}")
        if min(self.site_clicks, self.named_clicks, self.left_out) < 0:
            raise DayDetailsError(f"details of {self.date} count less than nothing")

    @classmethod
    def of(
        cls,
        date: dt.date,
        dimension: Dimension,
        rows: Sequence[BreakdownRow],
        site_clicks: int,
        left_out: int = 0,
        *,
        named_clicks: int | None = None,
    ) -> "DayDetails":
        """Return the details of these rows; `named_clicks` are theirs where nothing is said.

        Raises:
            DayDetailsError: a label twice.
        """
        cells = [[row.label, row.clicks, row.impressions, row.position] for row in rows]
        line = json.dumps(cells, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        named = sum(row.clicks for row in rows) if named_clicks is None else named_clicks
        details = cls(date, dimension, line, site_clicks, named, left_out)
        details.rows()
        return details

    def rows(self) -> tuple[BreakdownRow, ...]:
        """Read the rows.

        Raises:
            DayDetailsError: the line is damaged, holds what can't be, or a label twice.
        """
        try:
            cells = json.loads(self.line.decode("utf-8", "surrogatepass"))
            rows = tuple(
                BreakdownRow(text(label), count(clicks), count(impressions), rank(position))
                for label, clicks, impressions, position in cells
            )
        except (BreakdownError, ValueError, TypeError, RecursionError) as error:
            raise DayDetailsError(f"details of {self.date} by {self.dimension} can't be read") from error
        if len({row.label for row in rows}) < len(rows):
            raise DayDetailsError(f"details of {self.date} hold a {self.dimension} twice")
        return rows


def named_share(details: Sequence[DayDetails]) -> tuple[str, ...]:
    """Say how much of the clicks the queries hold, nothing where there are none: rare ones are anonymised."""
    queries = [one for one in details if one.dimension == "query"]
    clicks = sum(one.site_clicks for one in queries)
    if not clicks:
        return ()
    share = min(1.0, sum(one.named_clicks for one in queries) / clicks)
    return (f"Queries by name hold {share:.0%} of the clicks of their days; the rest is anonymised.",)


def text(value: object) -> str:
    """Return a value that is a text, and not an empty one.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, str) or not value:
        raise TypeError("a text is missing")
    return value


def count(value: object) -> int:
    """Return a value that is a whole number.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("a count is no whole number")
    return value


def rank(value: object) -> float | None:
    """Return a value that is a number, or None.

    Raises:
        TypeError: it is neither.
    """
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError("a position is no number")
    return float(value)
