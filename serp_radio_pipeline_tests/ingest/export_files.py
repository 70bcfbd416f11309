"""Files for the tests of reading, made on the spot: tables in any dialect, archives, workbooks."""

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from serp_radio_pipeline.ingest.daily_metrics import DailyRow
from serp_radio_pipeline.ingest.demo_series import HARD_SETS, demo_series, generate_export_csv
from serp_radio_pipeline.ingest.export import Export, read_export

TODAY = dt.date(2026, 11, 1)
LAST_DATE = dt.date(2026, 10, 29)
HEADER = ("Date", "Clicks", "Impressions", "CTR", "Position")


def read(name: str, data: bytes | str, **options: object) -> Export:
    raw = data.encode() if isinstance(data, str) else data
    return read_export(name, raw, today=TODAY, **options)  # type: ignore[arg-type]


def series(name: str = "small and steady", last_date: dt.date = LAST_DATE) -> tuple[DailyRow, ...]:
    return demo_series(HARD_SETS[name], last_date)


def chart(name: str = "small and steady") -> str:
    return generate_export_csv(series(name)).decode()


def table(*lines: str, header: str = ",".join(HEADER)) -> str:
    """A chart of a few plain days, with `lines` after them."""
    days = ("2026-03-01,10,400,2.5%,8.1", "2026-03-02,12,410,2.93%,7.9", "2026-03-03,9,390,2.31%,8.4")
    return "\n".join((header, *days, *lines))


def numbers(export: Export | Sequence[DailyRow]) -> list[tuple[dt.date, int, int, float | None]]:
    rows = export.rows if isinstance(export, Export) else export
    return [(row.date, row.clicks, row.impressions, row.position) for row in rows]


def archive(members: Mapping[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as zipped:
        for name, part in members.items():
            # a ZipInfo keeps the name as it is, hostile or not
            info = zipfile.ZipInfo("x")
            info.filename = name
            info.compress_type = compression
            zipped.writestr(info, part)
    return buffer.getvalue()


def workbook(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    from openpyxl import Workbook  # noqa: PLC0415

    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@dataclass(frozen=True)
class Dialect:
    """How a table is written; `date` is a strftime pattern, `order` the columns' order, `groups` parts thousands."""

    delimiter: str = ","
    encoding: str = "utf-8"
    decimal: str = "."
    groups: str = ""
    date: str = "%Y-%m-%d"
    order: tuple[int, ...] = (0, 1, 2, 3, 4)
    header: tuple[str, ...] = HEADER
    ctr: str = "percent"
    line_end: str = "\n"
    is_descending: bool = False
    empty: tuple[str, str] = ("", "")


def write_dialect(rows: Sequence[DailyRow], dialect: Dialect) -> bytes:
    """Write days in a dialect, quoting where it must."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=dialect.delimiter, lineterminator=dialect.line_end)
    writer.writerow([dialect.header[i] for i in dialect.order])
    for row in reversed(rows) if dialect.is_descending else rows:
        cells = _cells(row, dialect)
        writer.writerow([cells[i] for i in dialect.order])
    return out.getvalue().encode(dialect.encoding)


def _cells(row: DailyRow, dialect: Dialect) -> list[str]:
    def whole(value: int) -> str:
        return f"{value:,}".replace(",", dialect.groups)

    def fraction(value: float, places: int) -> str:
        text = f"{value:.{places}f}"
        return (text.rstrip("0").rstrip(".") if places else text).replace(".", dialect.decimal)

    day = row.date.strftime(dialect.date)
    if row.position is None or row.ctr is None:
        return [day, "0", "0", *dialect.empty]
    ctr = {
        "percent": fraction(100 * row.ctr, 2) + "%",
        "spaced percent": fraction(100 * row.ctr, 2) + "\u00a0%",
        "whole percent": fraction(100 * row.ctr, 0) + "%",
        "fraction": fraction(row.ctr, 4),
        "float": str(row.ctr).replace(".", dialect.decimal) if row.ctr >= 1e-4 else fraction(row.ctr, 6),
    }[dialect.ctr]
    return [day, whole(row.clicks), whole(row.impressions), ctr, fraction(row.position, 2)]
