"""What one fetch from the Search Console API brought, as it lies in the log: JSON that is read back to the last digit.

Fetching lives in `console`; here is only the document, and what its days are.
"""

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.breakdowns import DIMENSIONS, BreakdownError, BreakdownRow, Dimension
from serp_radio_pipeline.ingest.daily_metrics import DailyMetricsError, DailyRow
from serp_radio_pipeline.ingest.refusal import Closeness, ExportRefusedError, shown

FORMAT = "serp-radio-search-console-fetch"
VERSION = 1
SOURCE = "gsc"
_BEGINNING = re.compile(rb'\s*\{\s*"format"\s*:\s*"' + FORMAT.encode() + b'"')
_ONE_DAY = dt.timedelta(days=1)


class ConsoleFetchError(SerpRadioError):
    """A fetch that breaks its own schema."""


@dataclass(frozen=True, slots=True)
class DayDetails:
    """One final day's clicks by query or by page, most clicks first; `site_clicks` are the whole site's.

    `left_out` says how many rows Search Console gave beyond those kept.

    Raises:
        ConsoleFetchError: a label twice, or an unknown dimension.
    """

    date: dt.date
    dimension: Dimension
    rows: tuple[BreakdownRow, ...]
    site_clicks: int
    left_out: int = 0

    def __post_init__(self) -> None:
        if self.dimension not in DIMENSIONS:
            raise ConsoleFetchError(f"details are by query or page, not {self.dimension!r:.40}")
        if len({row.label for row in self.rows}) < len(self.rows):
            raise ConsoleFetchError(f"details of {self.date} hold a {self.dimension} twice")
        if self.site_clicks < 0 or self.left_out < 0:
            raise ConsoleFetchError(f"details of {self.date} count less than nothing")


@dataclass(frozen=True, slots=True)
class ConsoleFetch:
    """The days of one property and search type from `first` to `last`, both included, as the API gave them.

    `days` ascend and hold no day that the API left out. From `first_incomplete` on days are provisional; None where
    all are final. `fetched_at` is when (UTC).

    Raises:
        ConsoleFetchError: no day at all, days out of order or outside the range, or a moment without a time zone.
    """

    site: str
    search_type: str
    first: dt.date
    last: dt.date
    fetched_at: dt.datetime
    first_incomplete: dt.date | None
    days: tuple[DailyRow, ...]
    details: tuple[DayDetails, ...] = ()

    def __post_init__(self) -> None:
        dates = [day.date for day in self.days]
        if not dates:
            raise ConsoleFetchError("it holds no day")
        if dates != sorted(set(dates)) or not self.first <= dates[0] <= dates[-1] <= self.last:
            raise ConsoleFetchError("its days are out of order, or outside the days that were asked for")
        if self.fetched_at.utcoffset() is None:
            raise ConsoleFetchError("the moment of the fetch has no time zone")

    def is_provisional(self, date: dt.date) -> bool:
        """Whether Search Console still counts that day."""
        return self.first_incomplete is not None and date >= self.first_incomplete

    def daily_rows(self) -> tuple[DailyRow, ...]:
        """Return a row for each day from the first to the last that was given: one left out between them had nothing.

        Days before the first and after the last stay unknown.
        """
        given = {day.date: day for day in self.days}
        first, last = self.days[0].date, self.days[-1].date
        dates = (first + _ONE_DAY * step for step in range((last - first).days + 1))
        return tuple(self._row(date, given.get(date)) for date in dates)

    def _row(self, date: dt.date, given: DailyRow | None) -> DailyRow:
        clicks, impressions = (given.clicks, given.impressions) if given else (0, 0)
        position = given.position if given else None
        return DailyRow(date, clicks, impressions, position, self.is_provisional(date), SOURCE, self.fetched_at)

    @property
    def file_name(self) -> str:
        """The name under which the log keeps it."""
        return f"search-console-api-{self.first}-to-{self.last}.json"

    def to_json(self) -> bytes:
        """Return the document; the same fetch gives the same bytes, and `parse_console_fetch` the same fetch."""
        document = {
            "format": FORMAT,
            "version": VERSION,
            "property": self.site,
            "search_type": self.search_type,
            "filters": [],
            "aggregation": "byProperty",
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "fetched_at": self.fetched_at.astimezone(dt.UTC).isoformat(),
            "first_incomplete_date": None if self.first_incomplete is None else self.first_incomplete.isoformat(),
            "days": [[day.date.isoformat(), day.clicks, day.impressions, day.position] for day in self.days],
            "details": [
                {
                    "date": one.date.isoformat(),
                    "dimension": one.dimension,
                    "site_clicks": one.site_clicks,
                    "left_out": one.left_out,
                    "rows": [[row.label, row.clicks, row.impressions, row.position] for row in one.rows],
                }
                for one in self.details
            ],
        }
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def is_console_fetch(data: bytes) -> bool:
    """Whether these bytes say of themselves that they are such a document."""
    return _BEGINNING.match(data[:200]) is not None


def parse_console_fetch(file_name: str, data: bytes, *, today: dt.date) -> ConsoleFetch:
    """Read a document; `today` is the last day that can have data.

    Raises:
        ExportRefusedError: it is damaged, of another version, or says what can't be.
    """
    try:
        fetch = _fetch(json.loads(data.decode("utf-8", "surrogatepass")))
        if fetch.days[-1].date > today:
            raise ConsoleFetchError(f"{fetch.days[-1].date} lies in the future")
    except (ConsoleFetchError, DailyMetricsError, BreakdownError) as error:
        raise _refusal(file_name, str(error).rstrip(".")) from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _refusal(file_name, "it is damaged") from error
    return fetch


def _fetch(document: Mapping[str, Any]) -> ConsoleFetch:
    if (document["format"], document["version"]) != (FORMAT, VERSION):
        raise ConsoleFetchError(f"it is of version {document['version']!r:.20}, and this program reads {VERSION}")
    if document["filters"] != [] or document["aggregation"] != "byProperty":
        raise ConsoleFetchError("it was counted under filters, or not by property")
    incomplete = document["first_incomplete_date"]
    return ConsoleFetch(
        _text(document["property"]),
        _text(document["search_type"]),
        dt.date.fromisoformat(document["first"]),
        dt.date.fromisoformat(document["last"]),
        dt.datetime.fromisoformat(document["fetched_at"]),
        None if incomplete is None else dt.date.fromisoformat(incomplete),
        tuple(_day(*cells) for cells in document["days"]),
        tuple(_details(one) for one in document["details"]),
    )


def _day(date: str, clicks: int, impressions: int, position: float | None) -> DailyRow:
    return DailyRow(dt.date.fromisoformat(date), _count(clicks), _count(impressions), _rank(position))


def _details(one: Mapping[str, Any]) -> DayDetails:
    rows = tuple(
        BreakdownRow(_text(label), _count(clicks), _count(impressions), _rank(position))
        for label, clicks, impressions, position in one["rows"]
    )
    date = dt.date.fromisoformat(one["date"])
    return DayDetails(date, one["dimension"], rows, _count(one["site_clicks"]), _count(one["left_out"]))


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("a text is missing")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("a count is no whole number")
    return value


def _rank(value: object) -> float | None:
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError("a position is no number")
    return float(value)


def _refusal(file_name: str, fault: str) -> ExportRefusedError:
    return ExportRefusedError(
        f"{shown(file_name, 80)} is no fetch from Search Console that can be used: {shown(fault, 200)}; fetch again.",
        Closeness.FAULTY,
    )
