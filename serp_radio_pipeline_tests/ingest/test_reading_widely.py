"""A wider law of reading: whatever a table came through, it reads back as it was or is refused, and never wrongly.

Here a table is a container, an encoding and a quoting, numbers and days in some style, columns and rows in any order,
with what people and tools put around and between them.
"""

import csv
import io
from dataclasses import dataclass

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.ingest.export import ExportRefusedError
from serp_radio_pipeline_tests.ingest.export_files import archive, numbers, read, workbook
from serp_radio_pipeline_tests.ingest.grammars import typed_parquet, typed_workbook
from serp_radio_pipeline_tests.ingest.source_matrix import LANGUAGES
from serp_radio_pipeline_tests.ingest.test_reading_properties import days
from serp_radio_pipeline_tests.ingest.tool_files import as_parquet

LAW = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
DATES = {
    "iso": lambda day: day.isoformat(),
    "iso with midnight": lambda day: f"{day} 00:00:00",
    "iso with T": lambda day: f"{day}T00:00:00Z",
    "compact": lambda day: f"{day:%Y%m%d}",
    "slashes, year first": lambda day: f"{day:%Y/%m/%d}",
    "slashes without zeros, year first": lambda day: f"{day.year}/{day.month}/{day.day}",
    "full stops": lambda day: f"{day:%d.%m.%Y}",
    "full stops without zeros": lambda day: f"{day.day}.{day.month}.{day.year}",
    "full stops and blanks": lambda day: f"{day.day}. {day.month}. {day.year}",
    "full stops and blanks, year first": lambda day: f"{day:%Y. %m. %d.}",
    "day first": lambda day: f"{day:%d/%m/%Y}",
    "month first": lambda day: f"{day:%m/%d/%Y}",
    "month first without zeros": lambda day: f"{day.month}/{day.day}/{day.year}",
    "dashes, day first": lambda day: f"{day:%d-%m-%Y}",
    "Japanese": lambda day: f"{day.year}年{day.month}月{day.day}日",
    "month's name": lambda day: f"{day:%b} {day.day}, {day.year}",
    "month's name last": lambda day: f"{day.day} {day:%B} {day.year}",
}
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
HEADERS = [*(one.headers for one in LANGUAGES.values()), ("Foo", "Bar", "Baz", "Qux", "Quux")]
PREAMBLES = [(), (), (), ("# exported",), ("Performance on Search", "2026"), ("a;b",)]
TEXT_CONTAINERS = ["csv", "zip"]
CELL_CONTAINERS = ["xlsx", "parquet of texts"]
TYPED_CONTAINERS = ["xlsx, typed", "parquet, typed"]


@dataclass(frozen=True)
class Style:
    """How one table is written, from its cells to its container."""

    container: str
    encoding: str
    delimiter: str
    quoting: int
    line_end: str
    date: str
    decimal: str
    groups: str
    ctr: str
    places: int
    header: tuple[str, ...]
    columns: tuple[str, ...]
    preamble: tuple[str, ...]
    last: str
    blank_lines: bool
    trailing: bool


@st.composite
def styles(draw):
    container = draw(st.sampled_from([*TEXT_CONTAINERS * 2, *CELL_CONTAINERS, *TYPED_CONTAINERS]))
    typed = container in TYPED_CONTAINERS
    is_plain = container == "parquet, typed"  # a column has one type there, so nothing stands above or below
    decimal = "." if typed else draw(st.sampled_from([".", ","]))
    groups = ["", "\u00a0", "\u202f", " ", "’", "'", {".": ",", ",": "."}[decimal]]
    columns = ["date", "clicks", "impressions", "ctr", "position"]
    if draw(st.integers(0, 3)) == 0:
        columns.remove(draw(st.sampled_from(["ctr", "position"])))
    if draw(st.integers(0, 2)) == 0:
        columns += draw(st.lists(st.sampled_from(["number", "constant", "zeros", "text"]), min_size=1, max_size=2))
    return Style(
        container=container,
        encoding=draw(st.sampled_from(ENCODINGS)),
        delimiter=draw(st.sampled_from([",", ";", "\t", "|"])),
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])),
        line_end=draw(st.sampled_from(["\n", "\r\n", "\r"])),
        date="iso" if typed else draw(st.sampled_from(list(DATES))),
        decimal=decimal,
        groups="" if typed else draw(st.sampled_from(groups)),
        ctr="fraction" if typed else draw(st.sampled_from(["percent", "spaced percent", "whole percent", "fraction"])),
        places=draw(st.sampled_from([2, 3])),
        header=draw(st.sampled_from(HEADERS)),
        columns=tuple(draw(st.permutations(columns))),
        preamble=() if is_plain else draw(st.sampled_from(PREAMBLES)),
        last="" if is_plain else draw(st.sampled_from(["", "", "Total", "Gesamt", "合計"])),
        blank_lines=draw(st.booleans()) if container in TEXT_CONTAINERS else False,
        trailing=draw(st.integers(0, 5)) == 0,
    )


def cells_of(row, style, place):
    """One day's cells by the name of their column."""

    def fraction(value, places):
        text = f"{value:.{places}f}"
        return (text.rstrip("0").rstrip(".") if style.places == 2 and places else text).replace(".", style.decimal)

    def whole(value):
        return f"{value:,}".replace(",", style.groups)

    ctr = row.ctr or 0
    return {
        "date": DATES[style.date](row.date),
        "clicks": whole(row.clicks),
        "impressions": whole(row.impressions),
        "ctr": {
            "percent": fraction(100 * ctr, 2) + "%",
            "spaced percent": fraction(100 * ctr, 2) + "\u00a0%",
            "whole percent": fraction(100 * ctr, 0) + "%",
            "fraction": fraction(ctr, 4),
        }[style.ctr],
        "position": "" if row.position is None else fraction(row.position, style.places),
        "number": str(place + 1),
        "constant": "United Kingdom",
        "zeros": "0",
        "text": f"row {place}",
    }


def table_of(rows, style):
    names = dict(zip(("date", "clicks", "impressions", "ctr", "position"), style.header, strict=True))
    trailing = [""] * style.trailing
    table = [[line] for line in style.preamble]
    table.append([*(names.get(column, column.title()) for column in style.columns), *trailing])
    for place, row in enumerate(rows):
        cells = cells_of(row, style, place)
        table.append([*(cells[column] for column in style.columns), *trailing])
        if style.blank_lines and place % 5 == 0:
            table.append([])
    if style.last:
        total = cells_of(rows[0], style, 0)
        sums = {
            "date": style.last,
            "clicks": f"{sum(row.clicks for row in rows):,}".replace(",", style.groups),
            "impressions": f"{sum(row.impressions for row in rows):,}".replace(",", style.groups),
        }
        table.append([{**total, **sums}[column] for column in style.columns])
    return table


def file_of(rows, style):
    table = table_of(rows, style)
    width = max(map(len, table))
    full = [[*row, *[""] * (width - len(row))] for row in table if row]
    if style.container == "xlsx":
        return "table.xlsx", workbook({"Sheet": full})
    if style.container == "parquet of texts":
        return "table.parquet", as_parquet(full, as_written=True)
    if style.container == "xlsx, typed":
        return "table.xlsx", typed_workbook(full)
    if style.container == "parquet, typed":
        return "table.parquet", typed_parquet(full)
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=style.delimiter, lineterminator=style.line_end, quoting=style.quoting).writerows(table)
    try:
        data = out.getvalue().encode(style.encoding)
    except UnicodeEncodeError:
        data = out.getvalue().encode()  # Windows-1252 has no such letters
    return ("table.zip", archive({"Chart.csv": data})) if style.container == "zip" else ("table.csv", data)


@st.composite
def shuffled(draw):
    """Days in any order, some of them missing."""
    rows = [row for row in draw(days(most=40, least=2)) if draw(st.integers(0, 9))]
    return draw(st.permutations(rows))


def unlike(found, wanted, style):
    """Whether a reading says something that the table did not."""
    if "position" in style.columns:
        return found != wanted
    return [row[:3] for row in found] != [row[:3] for row in wanted]


@LAW
@given(shuffled(), styles())
def test_any_table_is_read_as_it_was_or_refused(rows, style):
    try:
        name, data = file_of(rows, style) if rows else ("table.csv", b"Date")
        found = numbers(read(name, data))
    except ExportRefusedError:
        event("refused")
        return
    event(f"read from {style.container}")
    assert not unlike(found, sorted(numbers(rows)), style)


@LAW
@given(days(least=32, most=45), styles())
def test_a_whole_month_with_all_its_columns_and_known_names_is_always_read(rows, style):
    assume(sum(row.clicks > 0 for row in rows) >= 3)
    assume(any(row.position and row.position % 1 for row in rows))
    assume({"ctr", "position"} <= set(style.columns) and style.header != HEADERS[-1] and style.ctr != "whole percent")
    name, data = file_of(rows, style)
    assert numbers(read(name, data)) == numbers(rows)
