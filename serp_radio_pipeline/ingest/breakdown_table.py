"""The tables of queries and pages in an export: one period, or two side by side. Rows keep the laws of the daily table.

Search Console writes them in one order in every language: label, clicks, impressions, CTR, position; where two periods
are compared, each number twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from serp_radio_pipeline.ingest.breakdowns import Breakdown, BreakdownError, BreakdownRow, Dimension, Period
from serp_radio_pipeline.ingest.columns import (
    NUMBER_ROLES,
    Assignment,
    Column,
    best_reading,
    by_header,
    by_order,
    ctr_tolerance,
    make_column,
    row_fault,
)
from serp_radio_pipeline.ingest.numbers import first_unreadable
from serp_radio_pipeline.ingest.refusal import Closeness, shown
from serp_radio_pipeline.ingest.table import Table
from serp_radio_pipeline.ingest.vocabulary import Vocabulary, meaning, normalised

TABLES: Mapping[str, Dimension] = {"queries": "query", "pages": "page"}
"""The vocabulary's names of the breakdowns that are read."""
PERIOD_LENGTH = 60


def dimension_of(table: Table, vocabulary: Vocabulary) -> Dimension | None:
    """Return what a table breaks clicks down by, from its first header or its own name; None for any other table."""
    header = next((row for row in table.rows if any(cell.strip() for cell in row)), ())
    name = (table.member or table.file_name).replace("\\", "/").rsplit("/", 1)[-1]
    words = (header[0] if header else "", name.rsplit(".", 1)[0])
    known = [meaning(vocabulary.breakdowns, word) for word in words]
    return next((TABLES[word] for word in known if word is not None and word in TABLES), None)


def read_breakdown(
    table: Table, dimension: Dimension, period: Period, total_clicks: int | None, vocabulary: Vocabulary
) -> Breakdown:
    """Read a table of one period.

    Raises:
        ExportRefusedError: it holds another number of columns, a row breaks the laws, or a label stands there twice.
    """
    body = _body(table)
    columns = by_header(body.columns, vocabulary) or by_order(body.columns, 0)
    if columns is None or len(body.columns) != len(NUMBER_ROLES):
        raise table.refusal("it must have five columns: the label, clicks, impressions, CTR and position.")
    return _breakdown(body, columns, dimension, period, total_clicks)


def read_compared(table: Table, dimension: Dimension, vocabulary: Vocabulary) -> tuple[Breakdown, Breakdown]:
    """Read a table of two periods, as Compare writes it; the first of each two columns comes first.

    A label whose four cells of a period are blank was not shown in it, and is left out of that period's rows.

    Raises:
        ExportRefusedError: it holds another number of columns, a row breaks the laws, or a label stands there twice.
    """
    body = _body(table)
    if len(body.columns) != 2 * len(NUMBER_ROLES):
        raise table.refusal("a comparison must have nine columns: the label, and four numbers of two periods each.")
    first, second = (
        _breakdown(body.part(place), tuple(body.part(place).columns), dimension, Period(words), None)
        for place, words in enumerate(_words(body, place, vocabulary) for place in (0, 1))
    )
    if first.period == second.period:
        raise table.refusal("its columns do not say which two periods it compares; export it again.")
    return first, second


def _words(body: "_Body", place: int, vocabulary: Vocabulary) -> str:
    """Return the period's name: what stands before "Clicks" in the header of its column."""
    header = " ".join(body.columns[place].header.split())
    words = sorted(vocabulary.columns["clicks"], key=len, reverse=True)
    ending = next((word for word in words if normalised(header).endswith(f" {word}")), "")
    return shown(header[: len(header) - len(ending)], PERIOD_LENGTH) or f"period {place + 1}"


@dataclass(frozen=True)
class _Body:
    """A table below its header: labels in the first column, numbers in the others, each row with its line."""

    table: Table
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    @property
    def labels(self) -> list[str]:
        """The first column's cells."""
        return [row[0].strip() for row in self.rows]

    @cached_property
    def columns(self) -> list[Column]:
        """The columns of numbers."""
        cells = list(zip(*self.rows, strict=True)) or [()] * len(self.header)
        return [make_column(index, self.header[index], cells[index]) for index in range(1, len(self.header))]

    def part(self, place: int) -> "_Body":
        """Return one period's half of a comparison, without the rows that have nothing in it."""
        kept = [
            ((row[0], *row[1 + place :: 2]), line)
            for row, line in zip(self.rows, self.lines, strict=True)
            if any(cell.strip() for cell in row[1 + place :: 2])
        ]
        header = (self.header[0], *self.header[1 + place :: 2])
        return _Body(self.table, header, tuple(row for row, _ in kept), tuple(line for _, line in kept))


def _body(table: Table) -> _Body:
    """Part a table: the first row that is not blank is the header.

    A query may be called `Total` or begin with `#`: no row is passed over.
    """
    pairs = zip(table.rows, table.lines, strict=True)
    numbered = [(row, line) for row, line in pairs if any(cell.strip() for cell in row)]
    if not numbered:
        raise table.refusal("it has no rows.", closeness=Closeness.NOT_A_TABLE)
    (header, _), *below = numbered
    for row, line in below:
        if any(cell.strip() for cell in row[len(header) :]):
            raise table.refusal(f"there are {len(row)} cells and the header has {len(header)}.", line)
    rows = tuple((*row[: len(header)], *("",) * (len(header) - len(row))) for row, _ in below)
    return _Body(table, header, rows, tuple(line for _, line in below))


def _breakdown(
    body: _Body, columns: tuple[Column, ...], dimension: Dimension, period: Period, total_clicks: int | None
) -> Breakdown:
    if not body.labels:
        return Breakdown(dimension, period, (), total_clicks)
    rows: dict[str, BreakdownRow] = {}
    assignment = _readable(body, columns)
    for index, (label, line) in enumerate(zip(body.labels, body.lines, strict=True)):
        if not label or label in rows:
            raise body.table.refusal(f"'{shown(label)}' is {'no label' if not label else 'there twice'}.", line)
        rows[label] = _row(body, assignment, index, label, line)
    # whatever order a file has, its rows have one here
    ordered = sorted(rows.values(), key=lambda row: (-row.clicks, -row.impressions, row.label))
    try:
        return Breakdown(dimension, period, tuple(ordered), total_clicks)
    except BreakdownError as error:
        raise body.table.refusal(f"{error}.") from error


def _readable(body: _Body, columns: tuple[Column, ...]) -> Assignment:
    for column in columns:
        row = None if column.readings else first_unreadable(column.cells)
        if row is not None:
            raise body.table.refusal(
                f"'{shown(column.cells[row])}' in column '{shown(column.header)}' is not a number.", body.lines[row]
            )
    assignment = best_reading(columns)
    if assignment is None:
        raise body.table.refusal("a column holds no number at all.")
    return assignment


def _row(body: _Body, assignment: Assignment, index: int, label: str, line: int) -> BreakdownRow:
    clicks, impressions, ctr, position = (reading.values[index] for reading in assignment.readings)
    tolerance = ctr_tolerance(assignment.readings[2])
    if fault := row_fault(clicks, impressions, ctr, position, tolerance, what="a row"):
        raise body.table.refusal(f"{fault}.", line)
    return BreakdownRow(label, int(clicks or 0), int(impressions or 0), position or None)
