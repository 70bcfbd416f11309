"""Sheets of an .xlsx workbook to raw cells. Dates become ISO text, numbers `TypedNumber`s with a decimal point."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Mapping
from decimal import Decimal

from serp_radio_pipeline.ingest.limits import IF_RIGHT, ReadingLimits
from serp_radio_pipeline.ingest.refusal import ExportRefusedError, shown
from serp_radio_pipeline.ingest.table import Table, TypedNumber

MOST_COLUMNS = 1000
MOST_TEXT_BYTES = 256 * 2**20
"""Of all cells together, if each held the longest shared text."""

_REFERENCE = re.compile(rb"""<(?:\w+:)?(?:c|row)\s[^>]*?\br\s*=\s*["']([A-Za-z]*)0*(\d+)["']""")
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_SHARED = re.compile(rb"</(?:\w+:)?si\s*>")

Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta


def read_workbook(file_name: str, data: bytes, parts: Mapping[str, bytes], limits: ReadingLimits) -> tuple[Table, ...]:
    """Read every sheet that has cells; `parts` are the workbook's unpacked members by name.

    Raises:
        ExportRefusedError: the workbook is damaged, or a sheet is larger than the limits.
    """
    _refuse_swollen(file_name, parts, limits)
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415 - most files are no workbooks

    damaged = ExportRefusedError(
        f"{shown(file_name, 80)} is a damaged workbook or no .xlsx; "
        "export it again, or save it as .xlsx without a password."
    )
    tables: list[Table] = []
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            for name in book.sheet_names:
                rows = _sheet_rows(book.get_sheet_by_name(name).to_python(skip_empty_area=False))
                tables.append(Table(file_name, name, "xlsx", "xlsx", None, rows, tuple(range(1, len(rows) + 1))))
    except (CalamineError, OSError, ValueError, LookupError):
        raise damaged from None
    except BaseException as error:
        # A bug in the Rust reader surfaces as PanicException, which is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise damaged from None
    return tuple(table for table in tables if table.rows)


def _refuse_swollen(file_name: str, parts: Mapping[str, bytes], limits: ReadingLimits) -> None:
    """Refuse sheets that would swell in memory: the reader lays out every cell up to the farthest one."""
    # A sheet may lie under any name, so every part is looked at.
    longest = max((len(text) for part in parts.values() for text in _SHARED.split(part)[:-1]), default=0)
    for sheet in parts.values():
        rows = columns = 0
        for match in _REFERENCE.finditer(sheet):
            rows = max(rows, int(match[2][:9]))
            columns = max(columns, _column_number(match[1]))
        cells = sum(1 for _ in _CELL.finditer(sheet))
        if (
            rows > limits.max_rows
            or columns > MOST_COLUMNS
            or cells > 20 * limits.max_rows
            or rows * columns > 40 * limits.max_rows
            or cells * longest > MOST_TEXT_BYTES
        ):
            raise ExportRefusedError(
                f"{shown(file_name, 80)} has a sheet of {max(rows, 1):,} rows and {max(columns, 1):,} columns, "
                f"far more than a daily export; {IF_RIGHT}."
            )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters[:4].upper():
        number = number * 26 + letter - 64
    return number


def _sheet_rows(rows: list[list[Cell]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(_raw(cell) for cell in row) for row in rows)


def _raw(cell: Cell) -> str:
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, int | float):
        whole = isinstance(cell, int) or cell.is_integer()
        return TypedNumber(int(cell) if whole else format(Decimal(repr(cell)), "f"))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat()
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return str(cell)


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Whether an opened zip archive is an .xlsx workbook."""
    return any(name.lower() == "xl/workbook.xml" for name in archive.namelist())
