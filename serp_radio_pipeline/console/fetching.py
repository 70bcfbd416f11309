"""One fetch: the days of a span, and of final days that the log has no details of yet, their queries and pages."""

import datetime as dt
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from serp_radio_pipeline.console.client import DetailAnswer, SearchConsole
from serp_radio_pipeline.console.errors import ConsoleAnswerError, ConsoleUnavailableError, QuotaError
from serp_radio_pipeline.console.source import Source
from serp_radio_pipeline.console.spans import Span
from serp_radio_pipeline.ingest.breakdowns import DIMENSIONS, Dimension
from serp_radio_pipeline.ingest.console_fetch import ConsoleFetch
from serp_radio_pipeline.ingest.daily_metrics import DailyRow
from serp_radio_pipeline.ingest.day_details import DayDetails
from serp_radio_pipeline.ingest.detail_periods import COMPARED_DAYS

MOST_DETAILS = 5_000
"""Rows kept of a day: what ranks below them every day is not among the 1,000 of 28 days that are compared."""

MISSING = "Queries and pages of some days are still missing, and the next fetch asks again: {error}"

UNNAMED = (
    "Of {rows:,} rows Search Console gave no query or page: rows with as many clicks come in any order, and these were "
    "on none of its pages."
)

Detailed = AbstractSet[tuple[Dimension, dt.date]]
"""The days whose details are known already."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one fetch brought, None where Search Console has no day; `trouble` says why details are missing."""

    fetch: ConsoleFetch | None
    trouble: str = ""


def fetch_days(
    console: SearchConsole,
    source: Source,
    span: Span,
    now: dt.datetime,
    known: Mapping[dt.date, DailyRow],
    detailed: Detailed,
) -> Fetched:
    """Ask for the days of a span, and for the details of its final days that are not `detailed` yet.

    `known` are the days that the log holds, for the totals beside details. Where details can't be had now, the days
    are kept, and those details that came: the next fetch goes on from there.

    Raises:
        ConsoleError: the days could not be asked for, or no details before a person has done something.
    """
    answer = console.days(source.property, source.search_type, span.first, span.last)
    if not answer.days:
        return Fetched(None)
    fetch = ConsoleFetch(
        source.property, source.search_type, span.first, span.last, now, answer.first_incomplete, answer.days
    )
    if not source.details:
        return Fetched(fetch)
    totals = {**known, **{row.date: row for row in fetch.daily_rows()}}
    details, trouble, unnamed = list[DayDetails](), "", 0
    try:
        for day in _final_days(fetch, totals):
            wanted = [dimension for dimension in DIMENSIONS if (dimension, day) not in detailed]
            try:
                for dimension in wanted:
                    found, missing = _details(console, source, totals[day], dimension)
                    details.append(found)
                    unnamed += missing
            except ConsoleAnswerError as error:
                trouble = MISSING.format(error=error)  # that day's alone
    except (QuotaError, ConsoleUnavailableError) as error:
        trouble = MISSING.format(error=error)
    said = [trouble, UNNAMED.format(rows=unnamed) if unnamed else ""]
    return Fetched(replace(fetch, details=tuple(details)), " ".join(filter(None, said)))


def _final_days(fetch: ConsoleFetch, totals: Iterable[dt.date]) -> list[dt.date]:
    """Return the last final days, as many as two periods need: each is asked for once, when nothing changes it."""
    final = [row.date for row in fetch.daily_rows() if not row.is_provisional]
    if not final:
        return []
    first = final[-1] - dt.timedelta(days=COMPARED_DAYS - 1)
    return sorted(day for day in totals if first <= day <= final[-1])


def _details(console: SearchConsole, source: Source, day: DailyRow, dimension: Dimension) -> tuple[DayDetails, int]:
    """Return a day's details, and how many of their rows have no name."""
    answer = DetailAnswer()
    if day.impressions:  # else nothing was shown on that day, and nothing has to be asked
        answer = console.details(source.property, source.search_type, day.date, dimension, MOST_DETAILS)
    left_out = answer.count - len(answer.rows)
    found = DayDetails.of(day.date, dimension, answer.rows, day.clicks, left_out, named_clicks=answer.clicks)
    return found, answer.missing
