"""The parts of a daily table: header, rows of days, and the rows that are neither (preamble, comments, totals)."""

from collections.abc import Sequence
from dataclasses import dataclass

from serp_radio_pipeline.ingest.dates import kind_of
from serp_radio_pipeline.ingest.refusal import shown
from serp_radio_pipeline.ingest.table import Table
from serp_radio_pipeline.ingest.vocabulary import Vocabulary, normalised


@dataclass(frozen=True)
class SkippedRow:
    """A row of the file that is not in the daily table, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class TableBody:
    """The rows that begin with a day, all as wide as the header; without a header its cells are empty texts."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    skipped: tuple[SkippedRow, ...]


def find_body(table: Table, date_index: int, vocabulary: Vocabulary) -> TableBody:
    """Part a table whose days stand in column `date_index`; at least one row has one.

    Raises:
        ExportRefusedError: a row below the header is no day and nothing that may be skipped, or is too wide.
    """
    numbered = [
        (row, line) for row, line in zip(table.rows, table.lines, strict=True) if any(cell.strip() for cell in row)
    ]
    first = next(i for i, (row, _) in enumerate(numbered) if _is_day(row, date_index))
    skipped = [
        SkippedRow(line, _reason(row, date_index, vocabulary) or "above the header") for row, line in numbered[:first]
    ]
    headers = [i for i, skip in enumerate(skipped) if skip.reason == "above the header"]
    header: tuple[str, ...] = ()
    if headers and len(_trimmed(numbered[headers[-1]][0])) > 1:
        header = _trimmed(numbered[headers[-1]][0])
        del skipped[headers[-1]]
    width = len(header) or max(len(_trimmed(row)) for row, _ in numbered[first:])
    rows, lines = [], []
    for row, line in numbered[first:]:
        cells = _trimmed(row)
        reason = _reason(row, date_index, vocabulary)
        if reason is not None:
            skipped.append(SkippedRow(line, reason))
            continue
        _refuse_stray(table, line, cells, date_index, width)
        rows.append((*cells, *("",) * (width - len(cells))))
        lines.append(line)
    if not rows:
        raise table.refusal("no day has any number; export a period in which the site was seen in search.")
    return TableBody(header or ("",) * width, tuple(rows), tuple(lines), tuple(skipped))


def _reason(row: Sequence[str], date_index: int, vocabulary: Vocabulary) -> str | None:
    """Return why a row is no day, by its own cells; None where it may be one, or the header."""
    first = next(cell for cell in row if cell.strip())
    if first.lstrip().startswith("#"):
        return "comment"
    if _is_day(row, date_index):
        is_alone = not any(cell.strip() for i, cell in enumerate(row) if i != date_index)
        return "no numbers; the day stays unknown" if is_alone else None
    words = {normalised(first), *(normalised(cell) for cell in row[date_index : date_index + 1])}
    return "total row" if words & vocabulary.total_rows else None


def _refuse_stray(table: Table, line: int, cells: Sequence[str], date_index: int, width: int) -> None:
    if len(cells) > width:
        raise table.refusal(
            f"there are {len(cells)} cells and the header has {width}; commas inside numbers need quotes or another "
            "delimiter.",
            line,
        )
    if not _is_day(cells, date_index):
        cell = cells[date_index] if date_index < len(cells) else ""
        raise table.refusal(
            f"'{shown(cell)}' is not a day like those of the other rows; correct it or export the file again.", line
        )


def _is_day(row: Sequence[str], date_index: int) -> bool:
    return len(row) > date_index and kind_of(row[date_index]) == "day"


def _trimmed(row: Sequence[str]) -> tuple[str, ...]:
    """Return a row without the empty cells at its end."""
    width = len(row)
    while width and not row[width - 1].strip():
        width -= 1
    return tuple(row[:width])
