"""Search Console's bulk export from BigQuery, in bounded memory: `searchdata_site_impression`, `..._url_impression`.

Its schema is fixed, so its columns are known by name. A row is one key of many a day, keys repeat, and the sum of
positions counts from zero: position = sum / impressions + 1.
"""

import contextlib
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from serp_radio_pipeline.ingest.daily_metrics import SeriesIdentity
from serp_radio_pipeline.ingest.grouped_days import COUNTED_BY_PAGE, Day, Grouped, site_of
from serp_radio_pipeline.ingest.recognition import ColumnMapping
from serp_radio_pipeline.ingest.refusal import Closeness, ExportRefusedError
from serp_radio_pipeline.ingest.table import Table
from serp_radio_pipeline.ingest.vocabulary import Role

if TYPE_CHECKING:
    import pyarrow as pa

NEEDED = ("data_date", "clicks", "impressions")
POSITIONS = ("sum_top_position", "sum_position")
OPTIONAL = ("site_url", "search_type", "is_anonymized_query")
BATCH_ROWS = 50_000

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T]00:00:00(?:\.0+)?(?: UTC|Z|\+00:00)?)?", re.ASCII)
NOTHING = ""

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


@dataclass
class _Tally:
    keys: dict[Key, _Sums] = field(default_factory=dict)
    anonymised: int = 0
    rows: int = 0


def is_bulk_export(header: Sequence[str]) -> bool:
    """Whether a table's header is that of a bulk export."""
    names = {cell.strip().lower() for cell in header}
    return names.issuperset(NEEDED) and not names.isdisjoint(POSITIONS)


def position_name(header: Sequence[str]) -> str:
    """Return the header of the sum of positions: by property where the table has both."""
    names = {cell.strip().lower() for cell in header}
    return next(name for name in POSITIONS if name in names)


def columns_to_read(header: Sequence[str]) -> list[str]:
    """Return those columns of a header that count, as they are written there."""
    wanted = {*NEEDED, position_name(header), *OPTIONAL}
    return [cell for cell in header if cell.strip().lower() in wanted]


def batches_of(table: Table) -> "Iterator[pa.RecordBatch]":
    """Yield the rows of a table of raw cells; the header is its first row."""
    import pyarrow as pa  # noqa: PLC0415 - few files are bulk exports

    header, *rows = [row for row in table.rows if any(cell.strip() for cell in row)]
    for start in range(0, len(rows), BATCH_ROWS):
        body = [(*row, *("",) * len(header))[: len(header)] for row in rows[start : start + BATCH_ROWS]]
        columns = [[str(cell) or None for cell in cells] for cells in zip(*body, strict=True)]
        yield pa.RecordBatch.from_arrays([pa.array(cells, pa.string()) for cells in columns], names=list(header))


def group_bulk(table: Table, header: Sequence[str], batches: "Iterable[pa.RecordBatch]", today: dt.date) -> Grouped:
    """Sum a bulk export up to days; `table` is the place that refusals name.

    Raises:
        ExportRefusedError: a cell is no number, several properties, or rare queries were filtered out.
    """
    tally = _Tally()
    is_by_page = position_name(header) == "sum_position"
    has_flag = "is_anonymized_query" in {cell.strip().lower() for cell in header}
    for batch in batches:
        _add(table, tally, batch, position_name(header))
    if not tally.rows:
        raise table.refusal("there is a header and no rows under it; export a period with data.")
    if has_flag and not tally.anonymised:
        raise table.refusal(
            "it has no row of anonymised queries, so they were filtered out and the days would be too small; export "
            "the table without a filter on is_anonymized_query."
        )
    site, search_type, notes = _one_series(table, tally)
    days = tuple(
        _day(table, date, sums, today)
        for (date, of, kind), sums in sorted(tally.keys.items())
        if (of, kind) == (site, search_type)
    )
    identity = SeriesIdentity(
        site_of(site) if site else None,
        search_type.lower().replace("_", " ") or None,
        (COUNTED_BY_PAGE,) if is_by_page else None,
    )
    return Grouped(days, identity, (), (f"{tally.rows:,} rows were summed up to {len(days):,} days.", *notes))


def mapping_of(header: Sequence[str]) -> tuple[ColumnMapping, ...]:
    """Return which columns of a bulk export say what."""
    places = {cell.strip().lower(): index for index, cell in enumerate(header)}
    position = position_name(header)
    roles: tuple[tuple[Role, str, str], ...] = (
        ("date", "data_date", "the bulk export's own name"),
        ("clicks", "clicks", "the bulk export's own name; summed up by day"),
        ("impressions", "impressions", "the bulk export's own name; summed up by day"),
        ("position", position, "the bulk export's own name; sum / impressions + 1, for it counts from zero"),
    )
    return tuple(ColumnMapping(role, name, places[name], evidence) for role, name, evidence in roles)


def _add(table: Table, tally: _Tally, batch: "pa.RecordBatch", position: str) -> None:
    import pyarrow as pa  # noqa: PLC0415

    names = [name.strip().lower() for name in batch.schema.names]
    cells = dict(zip(names, batch.columns, strict=True))
    count = batch.num_rows
    texts = {
        name: cells[name].cast(pa.string()).fill_null(NOTHING) if name in cells else pa.array([NOTHING] * count)
        for name in ("data_date", *OPTIONAL)
    }
    numbers = {name: _whole(table, name, cells[name], tally.rows) for name in ("clicks", "impressions", position)}
    if numbers["clicks"].null_count or numbers["impressions"].null_count:
        raise table.refusal("clicks or impressions are missing on a row; export the table again.")
    grouped = pa.table(
        {
            **{name: texts[name] for name in ("data_date", "site_url", "search_type")},
            "clicks": numbers["clicks"],
            "impressions": numbers["impressions"],
            "position": numbers[position].fill_null(0),
            "unplaced": pa.compute.if_else(numbers[position].is_null(), numbers["impressions"], 0),
        }
    ).group_by(["data_date", "site_url", "search_type"])
    figures = ("clicks", "impressions", "position", "unplaced")
    summed = grouped.aggregate([*((name, "sum") for name in figures), ([], "count_all")])
    for row in summed.to_pylist():
        sums = tally.keys.setdefault((row["data_date"], row["site_url"].strip(), row["search_type"].strip()), _Sums())
        sums.clicks += row["clicks_sum"]
        sums.impressions += row["impressions_sum"]
        sums.position += row["position_sum"]
        sums.unplaced += row["unplaced_sum"]
        sums.rows += row["count_all"]
    flags = pa.compute.utf8_lower(texts["is_anonymized_query"])
    tally.anonymised += pa.compute.sum(pa.compute.equal(flags, "true")).as_py() or 0
    tally.rows += count


def _whole(table: Table, name: str, cells: "pa.Array", rows_before: int) -> "pa.Array":
    """Return a column as whole numbers of 0 or more."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute  # noqa: PLC0415

    with contextlib.suppress(pa.ArrowInvalid, pa.ArrowNotImplementedError):
        numbers = cells.cast(pa.int64())
        least = pyarrow.compute.min(numbers).as_py()
        if least is None or least >= 0:
            return numbers
    values = cells.to_pylist()
    row = next((i for i, value in enumerate(values) if value is not None and not _is_whole(value)), 0)
    raise table.refusal(
        f"'{str(values[row])[:40]}' in column '{name}' is not a whole number of 0 or more; export the table from "
        "BigQuery again, without a spreadsheet between.",
        rows_before + row + 2,
    )


def _is_whole(value: object) -> bool:
    return str(value).isdigit()


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


def _day(table: Table, date: str, sums: _Sums, today: dt.date) -> Day:
    match = _DAY.fullmatch(date)
    try:
        day = dt.date(*map(int, match.groups())) if match else None
    except ValueError:
        day = None
    if day is None or day > today:
        raise _bad_date(table, date)
    if sums.unplaced:
        raise table.refusal(f"{day} has impressions without a position; export the table again.")
    if sums.clicks > sums.impressions:
        raise table.refusal(f"{day}: there are more clicks ({sums.clicks}) than impressions ({sums.impressions}).")
    return Day(day, sums.clicks, sums.impressions, sums.position / sums.impressions + 1 if sums.impressions else None)


def _bad_date(table: Table, date: str) -> ExportRefusedError:
    return table.refusal(f"'{date[:40]}' in column 'data_date' is no day that can be known; it must be YYYY-MM-DD.")
