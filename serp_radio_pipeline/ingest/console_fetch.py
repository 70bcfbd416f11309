"""What one fetch from the Search Console API brought, as it lies in the log, and is read back to the last digit.

It is JSON Lines: first what was asked for and the days, then a line for each day's queries or pages, which the first
line lists. Fetching lives in `console`; here is only the document, and what its days are.
"""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.breakdowns import Dimension
from serp_radio_pipeline.ingest.daily_metrics import DailyMetricsError, DailyRow
from serp_radio_pipeline.ingest.day_details import DayDetails, DayDetailsError, count, rank, text
from serp_radio_pipeline.ingest.refusal import Closeness, ExportRefusedError, shown

FORMAT = "serp-radio-search-console-fetch"
VERSION = 1
SOURCE = "gsc"
_BEGINNING = re.compile(rb'\s*\{\s*"format"\s*:\s*"' + FORMAT.encode() + b'"')
_ONE_DAY = dt.timedelta(days=1)


class ConsoleFetchError(SerpRadioError):
    """A fetch that breaks its own schema."""


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
        return f"search-console-api-{self.first}-to-{self.last}.jsonl"

    def to_lines(self) -> bytes:
        """Return the document; the same fetch gives the same bytes, and `parse_console_fetch` the same fetch."""
        below = b"\n".join(one.line for one in self.details)
        head = {
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
                [one.date.isoformat(), one.dimension, one.site_clicks, one.named_clicks, one.left_out]
                for one in self.details
            ],
            "details_sha256": hashlib.sha256(below).hexdigest(),
        }
        first_line = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        return first_line + b"\n" + below


def is_console_fetch(data: bytes) -> bool:
    """Whether these bytes say of themselves that they are such a document."""
    return _BEGINNING.match(data[:200]) is not None


def parse_console_fetch(file_name: str, data: bytes, *, today: dt.date) -> ConsoleFetch:
    """Read a document; `today` is the last day that can have data.

    Raises:
        ExportRefusedError: it is damaged, of another version, or says what can't be.
    """
    try:
        first_line, _, below = data.partition(b"\n")
        fetch = _fetch(json.loads(first_line.decode("utf-8", "surrogatepass")), below)
        if fetch.days[-1].date > today:
            raise ConsoleFetchError(f"{fetch.days[-1].date} lies in the future")
    except (ConsoleFetchError, DailyMetricsError, DayDetailsError) as error:
        raise _refusal(file_name, str(error).rstrip(".")) from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _refusal(file_name, "it is damaged") from error
    return fetch


def _fetch(head: Mapping[str, Any], below: bytes) -> ConsoleFetch:
    if (head["format"], head["version"]) != (FORMAT, VERSION):
        raise ConsoleFetchError(f"it is of version {head['version']!r:.20}, and this program reads {VERSION}")
    if head["filters"] != [] or head["aggregation"] != "byProperty":
        raise ConsoleFetchError("it was counted under filters, or not by property")
    # the lines are read when they are compared: that they are whole is known now
    if hashlib.sha256(below).hexdigest() != head["details_sha256"]:
        raise ConsoleFetchError("its queries and pages are damaged")
    incomplete = head["first_incomplete_date"]
    lines = below.split(b"\n") if head["details"] else []
    return ConsoleFetch(
        text(head["property"]),
        text(head["search_type"]),
        dt.date.fromisoformat(head["first"]),
        dt.date.fromisoformat(head["last"]),
        dt.datetime.fromisoformat(head["fetched_at"]),
        None if incomplete is None else dt.date.fromisoformat(incomplete),
        tuple(_day(*cells) for cells in head["days"]),
        tuple(_details(*cells, line=line) for cells, line in zip(head["details"], lines, strict=True)),
    )


def _day(date: str, clicks: int, impressions: int, position: float | None) -> DailyRow:
    return DailyRow(dt.date.fromisoformat(date), count(clicks), count(impressions), rank(position))


def _details(
    date: str, dimension: Dimension, site_clicks: int, named_clicks: int, left_out: int, *, line: bytes
) -> DayDetails:
    counts = count(site_clicks), count(named_clicks), count(left_out)
    return DayDetails(dt.date.fromisoformat(date), dimension, line, *counts)


def _refusal(file_name: str, fault: str) -> ExportRefusedError:
    return ExportRefusedError(
        f"{shown(file_name, 80)} is no fetch from Search Console that can be used: {shown(fault, 200)}; fetch again.",
        Closeness.FAULTY,
    )
