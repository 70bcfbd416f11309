"""The columns of Search Console's bulk export from BigQuery: their names, and their cells as texts and numbers."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from serp_radio_pipeline.ingest.table import Table

if TYPE_CHECKING:
    import pyarrow as pa

NEEDED = ("data_date", "clicks", "impressions")
POSITIONS = ("sum_top_position", "sum_position")
OPTIONAL = ("site_url", "search_type", "is_anonymized_query", "country", "device")
LABELS = ("query", "url")
BATCH_ROWS = 50_000
NOTHING = ""
NULLS = ("null", "NULL")
"""How an empty number may be written."""

Batches = Callable[[Sequence[str]], "Iterator[pa.RecordBatch]"]
"""Reads a bulk export from its beginning, each time it is called: the columns of these names, as in its header."""


def is_bulk_export(header: Sequence[str]) -> bool:
    """Whether a table's header is that of a bulk export."""
    names = names_of(header)
    return names.issuperset(NEEDED) and not names.isdisjoint(POSITIONS)


def names_of(header: Sequence[str]) -> set[str]:
    """Return the names in a header, in small letters."""
    return {cell.strip().lower() for cell in header}


def position_name(header: Sequence[str]) -> str:
    """Return the header of the sum of positions: by property where the table has both."""
    names = names_of(header)
    return next(name for name in POSITIONS if name in names)


def columns_to_read(header: Sequence[str]) -> list[str]:
    """Return those columns of a header that count for days, as they are written there."""
    return written_as(header, {*NEEDED, position_name(header), *OPTIONAL})


def detail_columns(header: Sequence[str]) -> list[str]:
    """Return those columns of a header that count for queries and pages, as they are written there."""
    wanted = {*NEEDED, position_name(header), "search_type", "is_anonymized_query", *LABELS}
    return written_as(header, wanted)


def written_as(header: Sequence[str], names: set[str]) -> list[str]:
    """Return the cells of a header that have these names."""
    return [cell for cell in header if cell.strip().lower() in names]


def batches_of(table: Table) -> Batches:
    """Return what reads a table of raw cells; the header is its first row."""
    header, *rows = [row for row in table.rows if any(cell.strip() for cell in row)]

    def batches(names: Sequence[str]) -> "Iterator[pa.RecordBatch]":
        import pyarrow as pa  # noqa: PLC0415 - few files are bulk exports

        places = [place for place, name in enumerate(header) if name in names]
        for start in range(0, len(rows), BATCH_ROWS):
            body = [(*row, *("",) * len(header)) for row in rows[start : start + BATCH_ROWS]]
            columns = [pa.array([str(row[place]) or None for row in body], pa.string()) for place in places]
            yield pa.RecordBatch.from_arrays(columns, names=[header[place] for place in places])

    return batches


def cells_of(batch: "pa.RecordBatch") -> "Mapping[str, pa.Array]":
    """Return a batch's columns by their names in small letters."""
    return dict(zip((name.strip().lower() for name in batch.schema.names), batch.columns, strict=True))


def texts_of(batch: "pa.RecordBatch", name: str) -> "pa.Array":
    """Return a column as texts without blanks around them; an absent column, and an empty cell, are the empty text."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute  # noqa: PLC0415

    cells = cells_of(batch).get(name)
    if cells is None:
        return pa.array([NOTHING] * batch.num_rows, pa.string())
    return pyarrow.compute.utf8_trim_whitespace(cells.cast(pa.string()).fill_null(NOTHING))


def is_anonymised(batch: "pa.RecordBatch") -> "pa.Array":
    """Return for each row whether its query is kept secret."""
    import pyarrow.compute as pc  # noqa: PLC0415

    return pc.equal(pc.utf8_lower(texts_of(batch, "is_anonymized_query")), "true")


def whole_numbers(table: Table, name: str, cells: "pa.Array", rows_before: int) -> "pa.Array":
    """Return a column as whole numbers of 0 or more; empty cells stay empty.

    Raises:
        ExportRefusedError: a cell is none.
    """
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute  # noqa: PLC0415

    if pa.types.is_string(cells.type):
        is_null = pyarrow.compute.is_in(cells, value_set=pa.array(NULLS))
        cells = pyarrow.compute.if_else(is_null, pa.scalar(None, pa.string()), cells)
    with contextlib.suppress(pa.ArrowInvalid, pa.ArrowNotImplementedError):
        numbers = cells.cast(pa.int64())
        least = pyarrow.compute.min(numbers).as_py()
        if least is None or least >= 0:
            return numbers
    values = cells.to_pylist()
    row = next((i for i, value in enumerate(values) if value is not None and not str(value).isdigit()), 0)
    raise table.refusal(
        f"'{str(values[row])[:40]}' in column '{name}' is not a whole number of 0 or more; export the table from "
        "BigQuery again, without a spreadsheet between.",
        rows_before + row + 2,
    )
