"""Several rows a day to one: which columns part the rows of a day, whether they add up to it, and what they count."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum

from serp_radio_pipeline.ingest.columns import Assignment, Column
from serp_radio_pipeline.ingest.daily_metrics import FIRST_DATE, SeriesIdentity
from serp_radio_pipeline.ingest.day_details import DayDetails
from serp_radio_pipeline.ingest.recognition import DatedColumns
from serp_radio_pipeline.ingest.refusal import shown
from serp_radio_pipeline.ingest.table_body import SkippedRow
from serp_radio_pipeline.ingest.vocabulary import Vocabulary, meaning

COUNTED_BY_PAGE = ("counted by", "page")
"""Search Console counts an impression once a property and once a page: by page there are more of them."""

MOST_DAYS = 10_000

PARTIAL = {
    "query": "rare queries are anonymised and left out, so the queries of a day don't add up to it",
    "search appearance": "one result may have several appearances or none, so they don't add up to a day",
}


@dataclass(frozen=True, slots=True)
class Day:
    """One day as a file states it; `position` is None without impressions."""

    date: dt.date
    clicks: int
    impressions: int
    position: float | None


def summed(date: dt.date, parts: Iterable[Day]) -> Day:
    """Return the whole of a day's parts; its position is their mean, weighted by impressions, in whatever order."""
    known = list(parts)
    impressions = sum(part.impressions for part in known)
    weighted = fsum(part.position * part.impressions for part in known if part.position is not None)
    clicks = sum(part.clicks for part in known)
    return Day(date, clicks, impressions, weighted / impressions if impressions else None)


@dataclass(frozen=True)
class Grouped:
    """The days of a table, what its other columns say of the series, what a reader should know, and what a bulk export
    says of queries and pages.
    """

    days: tuple[Day, ...]
    identity: SeriesIdentity
    skipped: tuple[SkippedRow, ...] = ()
    notes: tuple[str, ...] = ()
    details: tuple[DayDetails, ...] = ()


def group_days(
    dated: DatedColumns, dates: Sequence[dt.date], assignment: Assignment, vocabulary: Vocabulary
) -> Grouped:
    """Return one row a day.

    Raises:
        ExportRefusedError: two rows of a day disagree, or what parts them does not add up to the day.
    """
    others = [column for column in dated.columns if column not in assignment.columns]
    meanings = {column.index: meaning(vocabulary.dimensions, column.header) for column in others}
    parting = [column for column in others if not column.readings or meanings[column.index]]
    if len(dates) > MOST_DAYS and not parting:
        raise dated.table.refusal(
            f"there are {len(dates):,} rows with a day, more than days since {FIRST_DATE}; "
            "upload a table with one row a day."
        )
    identity, notes = _stated(dated, parting, meanings, vocabulary)
    unread = [column.header or f"column {column.index + 1}" for column in others if column not in parting]
    if unread:
        notes = (*notes, f"Not used: {', '.join(map(shown, unread))}.")
    seen: dict[tuple[dt.date, tuple[str, ...]], tuple[Day, int]] = {}
    repeated = []
    numbers = zip(*assignment.numbers, strict=True)
    for row, (date, (clicks, impressions, position)) in enumerate(zip(dates, numbers, strict=True)):
        day, line = Day(date, int(clicks or 0), int(impressions or 0), position), dated.lines[row]
        known, known_line = seen.setdefault((date, tuple(c.cells[row] for c in parting)), (day, line))
        if known != day:
            raise dated.table.refusal(
                f"{date} stands there already on line {known_line} with other numbers; keep one of the two, or export "
                "the file again.",
                line,
            )
        if known_line != line:
            repeated.append(SkippedRow(line, f"repeats {date} of line {known_line}"))
    parts: dict[dt.date, list[Day]] = {}
    for (date, _), (day, _) in seen.items():
        parts.setdefault(date, []).append(day)
    if len(parts) < len(seen):
        notes = (*notes, _summing(dated, parting, meanings))
    days = tuple(parts[date][0] if len(parts[date]) == 1 else summed(date, parts[date]) for date in sorted(parts))
    return Grouped(days, identity, tuple(repeated), notes)


def _stated(
    dated: DatedColumns, parting: Sequence[Column], meanings: dict[int, str | None], vocabulary: Vocabulary
) -> tuple[SeriesIdentity, tuple[str, ...]]:
    """Return what columns say of the whole series: a property, a search type, a filter where a column never changes."""
    site = search_type = None
    filters, ignored = [], []
    for column in parting:
        name, values = meanings[column.index], sorted({cell.strip() for cell in column.cells})
        if name in ("site", "search type") and len(values) > 1:
            raise dated.table.refusal(
                f"it holds several values of '{shown(column.header)}' ({', '.join(map(shown, values[:3]))}); "
                f"filter it to one {'property' if name == 'site' else name} and export again."
            )
        if name in PARTIAL and len(values) > 1:
            raise dated.table.refusal(
                f"its rows are parted by '{shown(column.header)}', and {PARTIAL[name]}; "
                "leave that column out and export again."
            )
        if name == "site":
            site = site_of(values[0])
        elif name == "search type":
            search_type = meaning(vocabulary.search_types, values[0]) or shown(values[0])
        elif name == "page" and len(values) > 1:
            filters.append(COUNTED_BY_PAGE)
        elif name is not None and len(values) == 1:
            filters.append((name, shown(values[0], 200)))
        elif name is None:
            ignored.append(column.header)
    names = ", ".join(f"'{shown(header)}'" for header in ignored)
    notes = (f"Not used: {names}.",) if ignored else ()
    return SeriesIdentity(site, search_type, tuple(sorted(filters)) if filters else None), notes


def _summing(dated: DatedColumns, parting: Sequence[Column], meanings: dict[int, str | None]) -> str:
    """Say by what the rows of days were summed up, and refuse where nobody knows what parts them."""
    varying = [column for column in parting if len({cell.strip() for cell in column.cells}) > 1]
    unknown = next((column for column in varying if meanings[column.index] is None), None)
    if unknown is not None:
        raise dated.table.refusal(
            f"there are several rows a day, and what parts them, '{shown(unknown.header)}', is not known, so they may "
            "not add up to the day; leave that column out, or name it Country, Device or Page if it is that."
        )
    by = " and ".join(f"'{shown(column.header)}'" for column in varying)
    return f"There are several rows a day, by {by}; they were summed up, positions weighted by impressions."


def site_of(written: str) -> str:
    """Return a property as Search Console spells it, the host in small letters."""
    text = shown(written, 300)
    if text.lower().startswith("sc-domain:"):
        return text.lower()
    scheme, mark, rest = text.partition("://")
    if not mark:
        return text
    host, _, path = rest.partition("/")
    return f"{scheme.lower()}://{host.lower()}/{path}"
