"""Bytes of a text file to raw cells: encoding, delimiter, quoting. Nothing here knows what a cell means."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from serp_radio_pipeline.ingest.dates import kind_of
from serp_radio_pipeline.ingest.limits import IF_RIGHT, ReadingLimits
from serp_radio_pipeline.ingest.refusal import ExportRefusedError, shown
from serp_radio_pipeline.ingest.table import ContainerKind, Table

DELIMITERS = (",", "\t", ";", "|")
SAMPLE_ROWS = 200
LONGEST_LINE = 100_000
CONTROL_SHARE = 0.01
"""Search queries may hold a stray control character; a file of them is no text."""

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_NOT_TEXT = (
    "is not a text table (its bytes are no UTF-8, UTF-16 or Windows-1252 text); upload the .zip, .xlsx or .csv as "
    "Search Console wrote it."
)


class _LongLineError(csv.Error):
    """A line that is longer than a table's may be."""


def decode(data: bytes, place: str) -> tuple[str, str]:
    """Return the text of `data` and the name of its encoding.

    Raises:
        ExportRefusedError: it is no text.
    """
    encoding = _marked_encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        encoding = "cp1252"
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            raise ExportRefusedError(f"{place} {_NOT_TEXT}") from None
    controls = len(_CONTROL.findall(text))
    if "\x00" in text or controls > CONTROL_SHARE * len(text):
        raise ExportRefusedError(f"{place} {_NOT_TEXT}")
    return text, encoding


def _marked_encoding(data: bytes) -> str:
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = data[:2000]
    # UTF-16 without a mark: in a table of digits and separators every other byte is zero.
    for first_zero, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        half = head[first_zero::2]
        if len(half) > 4 and half.count(0) > 0.5 * len(half) and not head[1 - first_zero :: 2].count(0):
            return encoding
    return "utf-8"


def _lines(text: str) -> Iterator[str]:
    for match in _LINE.finditer(text):
        if match.end() - match.start() > LONGEST_LINE:
            raise _LongLineError
        yield match[0]


def _rows(text: str, delimiter: str) -> Iterator[tuple[list[str], int]]:
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    for row in reader:
        yield row, reader.line_num


def _score(text: str, delimiter: str) -> tuple[int, int, int]:
    """Rank a delimiter: rows that begin to look like days, rows of the commonest width, that width."""
    try:
        rows = [row for row, _ in islice(_rows(text, delimiter), SAMPLE_ROWS)]
    except csv.Error:
        return (0, 0, 0)
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return (0, 0, 0)
    width, alike = widths.most_common(1)[0]
    dated = sum(any(kind_of(cell) for cell in row) for row in rows if len(row) > 1)
    return (dated, alike, width)


def read_delimited(
    file_name: str, member: str | None, container: ContainerKind, data: bytes, limits: ReadingLimits
) -> Table:
    """Read one text table.

    Raises:
        ExportRefusedError: it is no text, has no delimiter, breaks its own quoting, or is larger than the limits.
    """
    place = shown(file_name, 80) + (f", {shown(member)}" if member is not None else "")
    if len(data) > limits.max_table_bytes:
        raise ExportRefusedError(
            f"{place} has {len(data):,} bytes and a table may have {limits.max_table_bytes:,}; "
            f"a daily export is far smaller, so {IF_RIGHT}."
        )
    text, encoding = decode(data, place)
    scores = {delimiter: _score(text, delimiter) for delimiter in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda d: scores[d])
    rows, lines = _numbered_rows(text, delimiter, place, limits)
    notes: tuple[str, ...] = ()
    if encoding == "cp1252":
        notes = ("The text is not UTF-8 and was read as Windows-1252; names may show wrong letters.",)
    found = delimiter if scores[delimiter] != (0, 0, 0) else None
    return Table(file_name, member, container, encoding, found, rows, lines, notes)


def _numbered_rows(
    text: str, delimiter: str, place: str, limits: ReadingLimits
) -> tuple[tuple[tuple[str, ...], ...], tuple[int, ...]]:
    """Return the rows, and the line at which each ends.

    Raises:
        ExportRefusedError: there are too many, a line is too long, or the quoting is broken.
    """
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    try:
        for row, line in _rows(text, delimiter):
            if len(rows) >= limits.max_rows:
                raise ExportRefusedError(
                    f"{place} has more than {limits.max_rows:,} lines; a daily export has one line a day, so "
                    f"{IF_RIGHT}."
                )
            rows.append(tuple(row))
            lines.append(line)
    except _LongLineError:
        raise ExportRefusedError(
            f"{place}, line {(lines[-1] if lines else 0) + 1}: the line has more than {LONGEST_LINE:,} characters, and "
            "a table's may have no more; export fewer days or columns, or check that its rows stand in lines of their "
            "own."
        ) from None
    except csv.Error as error:
        raise ExportRefusedError(
            f"{place}, line {(lines[-1] if lines else 0) + 1}: the quotation marks or line ends are broken "
            f"({error}); export the file again."
        ) from None
    return tuple(rows), tuple(lines)
