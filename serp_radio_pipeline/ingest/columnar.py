"""Parquet files, and text tables of millions of rows: what is read in batches instead of as one table of raw cells."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from serp_radio_pipeline.ingest.bulk_cells import BATCH_ROWS, LABELS, NULLS, Batches, is_bulk_export, names_of
from serp_radio_pipeline.ingest.limits import IF_RIGHT, ReadingLimits
from serp_radio_pipeline.ingest.refusal import ExportRefusedError, shown
from serp_radio_pipeline.ingest.table import Table, TypedNumber

if TYPE_CHECKING:
    import pyarrow as pa

PARQUET_MAGIC = b"PAR1"
BLOCK_BYTES = 2**20
LONGEST_HEADER = 10_000
MOST_COLUMNS = 200
DAMAGE = (OSError, ValueError, OverflowError)
"""What Arrow raises of a damaged file beside its own errors: names that are no UTF-8, days before the year 1."""


@dataclass(frozen=True)
class BulkFile:
    """A bulk export as a file: `table` names it and has no rows, `read` gives them."""

    table: Table
    header: tuple[str, ...]
    read: Batches


def load_libraries() -> None:
    """Import what large tables are read with: a server does it once, and its first such file takes no more than others.

    Where Arrow was not loaded before, it takes its memory from the system, which gets it back: its own allocator keeps
    40 MB of a 50 MB file for the next.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    import pandas as pd  # noqa: F401, PLC0415 - Arrow asks for it when it hands cells over
    import pyarrow.acero  # noqa: PLC0415 - what groups rows
    import pyarrow.compute  # noqa: PLC0415
    import pyarrow.csv  # noqa: PLC0415
    import pyarrow.parquet  # noqa: F401, PLC0415


def is_parquet(data: bytes) -> bool:
    """Whether bytes are a Parquet file."""
    return data.startswith(PARQUET_MAGIC)


def open_bulk(file_name: str, data: bytes, limits: ReadingLimits) -> BulkFile | None:
    """Return a bulk export to be read in batches; None where the file is none, or is no plain text or Parquet file."""
    return _bulk_parquet(file_name, data, limits) if is_parquet(data) else _bulk_text(file_name, data)


def read_parquet(file_name: str, data: bytes, limits: ReadingLimits) -> Table:
    """Read a Parquet file as a table of raw cells: dates as ISO text, numbers as `TypedNumber`s.

    Raises:
        ExportRefusedError: it is damaged, or larger than the limits.
    """
    import pyarrow as pa  # noqa: PLC0415

    file = _parquet(file_name, data)
    if file.metadata.num_rows > limits.max_rows or file.metadata.num_columns > MOST_COLUMNS:
        raise ExportRefusedError(
            f"{shown(file_name, 80)} has {file.metadata.num_rows:,} rows and {file.metadata.num_columns:,} columns, "
            f"far more than a daily export; {IF_RIGHT}."
        )
    try:
        columns = [column.to_pylist() for column in file.read().columns]
    except (pa.ArrowException, *DAMAGE) as error:
        raise _damaged(file_name) from error
    rows = [tuple(file.schema_arrow.names)]
    rows += [tuple(_raw(cell) for cell in row) for row in zip(*columns, strict=True)]
    return Table(file_name, None, "parquet", "parquet", None, tuple(rows), tuple(range(len(rows))))


def _raw(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        whole = isinstance(cell, int) or cell.is_integer()
        return TypedNumber(int(cell) if whole else format(Decimal(repr(cell)), "f"))
    if isinstance(cell, Decimal):
        return TypedNumber(format(cell, "f"))
    return str(cell)


def _parquet(file_name: str, data: bytes) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - few files are Parquet
    import pyarrow.parquet  # noqa: PLC0415

    try:
        return pyarrow.parquet.ParquetFile(pa.BufferReader(data))
    except (pa.ArrowException, *DAMAGE) as error:
        raise _damaged(file_name) from error


def _damaged(file_name: str) -> ExportRefusedError:
    return ExportRefusedError(f"{shown(file_name, 80)} is a damaged Parquet file; export it again.")


def _bulk_parquet(file_name: str, data: bytes, limits: ReadingLimits) -> BulkFile | None:
    file = _parquet(file_name, data)
    header = tuple(file.schema_arrow.names)
    if not is_bulk_export(header):
        return None
    if file.metadata.num_rows > limits.max_bulk_rows:
        raise _too_long(file_name, limits)
    table = Table(file_name, None, "parquet", "parquet", None, (), ())

    def read(names: Sequence[str]) -> "Iterator[pa.RecordBatch]":
        import pyarrow as pa  # noqa: PLC0415

        try:
            for batch in file.iter_batches(BATCH_ROWS, columns=list(names)):
                batch.validate(full=True)  # texts that are no UTF-8
                yield batch
        except (pa.ArrowException, *DAMAGE) as error:
            raise _damaged(file_name) from error

    return BulkFile(table, header, read)


def _too_long(file_name: str, limits: ReadingLimits) -> ExportRefusedError:
    return ExportRefusedError(
        f"{shown(file_name, 80)} has more than {limits.max_bulk_rows:,} rows; export fewer days at a time."
    )


def _bulk_text(file_name: str, data: bytes) -> BulkFile | None:
    try:
        first = data[:LONGEST_HEADER].split(b"\n", 1)[0].decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return None
    for delimiter in (",", "\t", ";", "|"):
        header = tuple(cell.strip().strip('"') for cell in first.split(delimiter))
        if is_bulk_export(header):
            table = Table(file_name, None, "csv", "utf-8", delimiter, (), ())
            return BulkFile(table, header, _text_reader(table, header, data, delimiter))
    return None


def _text_reader(table: Table, header: tuple[str, ...], data: bytes, delimiter: str) -> Batches:
    def read(names: Sequence[str]) -> "Iterator[pa.RecordBatch]":
        import pyarrow as pa  # noqa: PLC0415
        from pyarrow import csv  # noqa: PLC0415

        try:
            with csv.open_csv(
                pa.BufferReader(data),
                csv.ReadOptions(block_size=BLOCK_BYTES, column_names=list(header), skip_rows=1),
                csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
                csv.ConvertOptions(
                    include_columns=list(names),
                    column_types={name: pa.string() for name in names},
                    strings_can_be_null=True,
                    null_values=[""] if names_of(names) & set(LABELS) else ["", *NULLS],  # people search for "null"
                ),
            ) as reader:
                yield from reader
        except (pa.ArrowException, OSError) as error:
            raise table.refusal(
                f"the rows can't be read ({shown(str(error), 120)}); export the table again."
            ) from error

    return read
