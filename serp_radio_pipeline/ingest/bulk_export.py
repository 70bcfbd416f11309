"""Search Console's bulk export from BigQuery, in bounded memory: `searchdata_site_impression`, `..._url_impression`.

Its schema is fixed, so its columns are known by name. A row is one key of many a day, keys repeat, and the sum of
positions counts from zero: position = sum / impressions + 1.
"""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from serp_radio_pipeline.ingest import bulk_cells
from serp_radio_pipeline.ingest.bulk_details import BulkSeries, bulk_details
from serp_radio_pipeline.ingest.daily_metrics import SeriesIdentity
from serp_radio_pipeline.ingest.grouped_days import COUNTED_BY_PAGE, Day, Grouped, site_of
from serp_radio_pipeline.ingest.recognition import ColumnMapping
from serp_radio_pipeline.ingest.refusal import Closeness
from serp_radio_pipeline.ingest.table import Table
from serp_radio_pipeline.ingest.vocabulary import Role

if TYPE_CHECKING:
    import pyarrow as pa

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T]00:00:00(?:\.0+)?(?: UTC|Z|\+00:00)?)?", re.ASCII)

Key = tuple[str, str, str]
"""Day, property and search type, as written."""


@dataclass
class _Sums:
    """Whole numbers of one key; `unplaced` are impressions of rows without a position."""

    clicks: int = 0
    impressions: int = 0
    position: int = 0
    unplaced: int = 0
    rows: int = 0

    def add(self, other: "_Sums") -> None:
        """Count the other's rows too."""
        self.clicks += other.clicks
        self.impressions += other.impressions
        self.position += other.position
        self.unplaced += other.unplaced
        self.rows += other.rows


@dataclass
class _Tally:
    """`values` are up to two values of each column that may have been filtered to one."""

    keys: dict[Key, _Sums] = field(default_factory=dict)
    anonymised: int = 0
    rows: int = 0
    values: dict[str, set[str]] = field(default_factory=lambda: {"country": set(), "device": set()})


def group_bulk(table: Table, header: Sequence[str], read: bulk_cells.Batches, today: dt.date) -> Grouped:
    """Sum a bulk export up to days, and its last days to queries and pages; `table` is the place that refusals name.

    Raises:
        ExportRefusedError: a cell is no number, several properties, or rare queries were filtered out.
    """
    tally = _Tally()
    for batch in read(bulk_cells.columns_to_read(header)):
        _add(table, tally, batch, bulk_cells.position_name(header))
    if not tally.rows:
        raise table.refusal("there is a header and no rows under it; export a period with data.")
    if "is_anonymized_query" in bulk_cells.names_of(header) and not tally.anonymised:
        raise table.refusal(
            "it has no row of anonymised queries, so they were filtered out and the days would be too small; export "
            "the table without a filter on is_anonymized_query."
        )
    site, search_type, notes = _one_series(table, tally)
    dates, sums = _days(table, tally, (site, search_type), today)
    days = tuple(_day(table, date, sums[date]) for date in sorted(sums))
    identity = SeriesIdentity(
        site_of(site) if site else None, search_type.lower().replace("_", " ") or None, _filters(header, tally)
    )
    series = BulkSeries(table, header, read, dates, search_type, {day.date: day.clicks for day in days})
    details, said = bulk_details(series)
    notes = (f"{tally.rows:,} rows were summed up to {len(days):,} days.", *notes, *said)
    return Grouped(days, identity, (), notes, details)


def _filters(header: Sequence[str], tally: _Tally) -> tuple[tuple[str, str], ...] | None:
    """Return what the table counts: by page, the whole property, or not known, where a country or device stands alone.

    To say that nothing was filtered keeps a table by property apart from those by page.
    """
    if bulk_cells.position_name(header) == "sum_position":
        return (COUNTED_BY_PAGE,)
    return () if all(len(values) > 1 for values in tally.values.values()) else None


def _days(
    table: Table, tally: _Tally, series: tuple[str, str], today: dt.date
) -> tuple[dict[str, dt.date], dict[dt.date, _Sums]]:
    """Return a series' dates as written, with what they say, and the sums of each day."""
    dates: dict[str, dt.date] = {}
    days: dict[dt.date, _Sums] = {}
    for (text, *of), sums in tally.keys.items():
        if tuple(of) == series:
            dates[text] = _date(table, text, today)
            days.setdefault(dates[text], _Sums()).add(sums)
    return dates, days


def mapping_of(header: Sequence[str]) -> tuple[ColumnMapping, ...]:
    """Return which columns of a bulk export say what."""
    places = {cell.strip().lower(): index for index, cell in enumerate(header)}
    position = bulk_cells.position_name(header)
    roles: tuple[tuple[Role, str, str], ...] = (
        ("date", "data_date", "the bulk export's own name"),
        ("clicks", "clicks", "the bulk export's own name; summed up by day"),
        ("impressions", "impressions", "the bulk export's own name; summed up by day"),
        ("position", position, "the bulk export's own name; sum / impressions + 1, for it counts from zero"),
    )
    return tuple(ColumnMapping(role, name, places[name], evidence) for role, name, evidence in roles)


def _add(table: Table, tally: _Tally, batch: "pa.RecordBatch", position: str) -> None:
    import pyarrow as pa  # noqa: PLC0415 - few files are bulk exports
    import pyarrow.compute  # noqa: PLC0415

    cells = bulk_cells.cells_of(batch)
    keys = {name: bulk_cells.texts_of(batch, name) for name in ("data_date", "site_url", "search_type")}
    numbers = {
        name: bulk_cells.whole_numbers(table, name, cells[name], tally.rows)
        for name in ("clicks", "impressions", position)
    }
    if numbers["clicks"].null_count or numbers["impressions"].null_count:
        raise table.refusal("clicks or impressions are missing on a row; export the table again.")
    grouped = pa.table(
        {
            **keys,
            "clicks": numbers["clicks"],
            "impressions": numbers["impressions"],
            "position": numbers[position].fill_null(0),
            "unplaced": pa.compute.if_else(numbers[position].is_null(), numbers["impressions"], 0),
        }
    ).group_by(list(keys))
    figures = ("clicks", "impressions", "position", "unplaced")
    summed = grouped.aggregate([*((name, "sum") for name in figures), ([], "count_all")])
    for row in summed.to_pylist():
        sums = tally.keys.setdefault((row["data_date"], row["site_url"], row["search_type"]), _Sums())
        sums.add(_Sums(**{name: row[f"{name}_sum"] for name in figures}, rows=row["count_all"]))
    tally.anonymised += pa.compute.sum(bulk_cells.is_anonymised(batch)).as_py() or 0
    tally.rows += batch.num_rows
    for name, known in tally.values.items():
        if len(known) < 2:
            known |= set(pa.compute.unique(bulk_cells.texts_of(batch, name)).to_pylist()[:2])


def _one_series(table: Table, tally: _Tally) -> tuple[str, str, tuple[str, ...]]:
    """Return the property and search type that are read: web search where the table holds several."""
    sites = sorted({site for _, site, _ in tally.keys})
    if len(sites) > 1:
        raise table.refusal(
            f"it holds several properties ({', '.join(sites[:3])}); export one of them (WHERE site_url = ...)."
        )
    rows: dict[str, int] = {}
    for (_, _, kind), sums in tally.keys.items():
        rows[kind] = rows.get(kind, 0) + sums.rows
    chosen = next((kind for kind in rows if kind.lower() == "web"), None) or (
        next(iter(rows)) if len(rows) == 1 else None
    )
    if chosen is None:
        raise table.refusal(
            f"it holds several search types and no web search ({', '.join(sorted(rows))}); export one of them "
            "(WHERE search_type = ...)."
        )
    if chosen.lower() in ("discover", "google_news"):
        raise table.refusal(
            "these rows are of Discover or Google News, which have no position; export search_type WEB.",
            closeness=Closeness.OTHER_REPORT,
        )
    notes = tuple(
        f"{rows[kind]:,} rows of search type {kind[:40] or '(none)'} were left out."
        for kind in sorted(rows)
        if kind != chosen
    )
    return sites[0], chosen, notes


def _date(table: Table, text: str, today: dt.date) -> dt.date:
    match = _DAY.fullmatch(text)
    try:
        day = dt.date(*map(int, match.groups())) if match else None
    except ValueError:
        day = None
    if day is None or day > today:
        raise table.refusal(f"'{text[:40]}' in column 'data_date' is no day that can be known; it must be YYYY-MM-DD.")
    return day


def _day(table: Table, day: dt.date, sums: _Sums) -> Day:
    if sums.unplaced:
        raise table.refusal(f"{day} has impressions without a position; export the table again.")
    if sums.clicks > sums.impressions:
        raise table.refusal(f"{day}: there are more clicks ({sums.clicks}) than impressions ({sums.impressions}).")
    return Day(day, sums.clicks, sums.impressions, sums.position / sums.impressions + 1 if sums.impressions else None)
