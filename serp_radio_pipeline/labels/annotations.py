"""What people say happened on a day: an annotation is a date and a line of text, from a CSV file or said one by one.

Where they lie is storage's business; what they sound like is music's.
"""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from serp_radio_pipeline.errors import SerpRadioError

LONGEST_TEXT = 200
MOST_LINES = 10_000
COLUMNS = ["date", "text"]
EARLIEST = dt.date(2000, 1, 1)


class AnnotationError(SerpRadioError):
    """An annotation that can't be: no date, or a text that is empty, too long or not one line."""


@dataclass(frozen=True, slots=True, order=True)
class Annotation:
    """What happened on a day, in one line of at most 200 characters.

    Raises:
        AnnotationError: the text is empty, too long or not one printable line, or the date is before 2000.
    """

    date: dt.date
    text: str

    def __post_init__(self) -> None:
        if not self.text.strip() or len(self.text) > LONGEST_TEXT or not self.text.isprintable():
            raise AnnotationError(f"An annotation's text is one line of 1 to {LONGEST_TEXT} characters.")
        if self.date < EARLIEST:
            raise AnnotationError(f"{self.date} is before {EARLIEST}, so no search performance can be there.")

    def to_json(self) -> dict[str, str]:
        """Return a JSON object; `from_json` undoes it."""
        return {"date": self.date.isoformat(), "text": self.text}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Annotation":
        """Undo `to_json`.

        Raises:
            AnnotationError: a field is missing or impossible.
        """
        try:
            return cls(parse_date(data["date"]), data["text"].strip())
        except (KeyError, TypeError, AttributeError) as error:
            raise AnnotationError(f"This is not an annotation: {type(error).__name__}: {error}.") from error


@dataclass(frozen=True, slots=True)
class UnreadAnnotation:
    """What is no annotation: where it stands, such as "annotations.csv, line 7", and why it was left out."""

    place: str
    reason: str


def parse_date(text: str) -> dt.date:
    """Return the date written as 2026-03-31.

    Raises:
        AnnotationError: it is not written so, or there is no such day.
    """
    try:
        if len(text) == len("2026-03-31"):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    raise AnnotationError(f"{text!r:.40} is not a date: write it as 2026-03-31.")


def read_annotations_csv(content: bytes, *, name: str) -> tuple[list[Annotation], list[UnreadAnnotation]]:
    """Read a CSV file with the columns `date,text`, in UTF-8; a bad line is named and left out, never the others."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [], [UnreadAnnotation(name, "it is not UTF-8 text; save it as CSV UTF-8")]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    found: list[Annotation] = []
    unread: list[UnreadAnnotation] = []
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        if header != COLUMNS:
            return [], [UnreadAnnotation(f"{name}, line 1", "the columns must be 'date,text'")]
        for cells in reader:
            place = f"{name}, line {reader.line_num}"
            if reader.line_num > MOST_LINES:
                return found, [*unread, UnreadAnnotation(place, f"only the first {MOST_LINES} lines are read")]
            if not any(cell.strip() for cell in cells):
                continue
            try:
                found.append(_annotation(cells))
            except AnnotationError as error:
                unread.append(UnreadAnnotation(place, str(error).rstrip(".")))
    except csv.Error as error:
        unread.append(UnreadAnnotation(f"{name}, line {reader.line_num}", f"it is not CSV from here on: {error}"))
    return found, unread


def _annotation(cells: list[str]) -> Annotation:
    if len(cells) != len(COLUMNS):
        raise AnnotationError(f"it has {len(cells)} fields instead of 2; put a text with commas in double quotes")
    return Annotation(parse_date(cells[0].strip()), cells[1].strip())


def fold_annotations(annotations: Iterable[Annotation]) -> tuple[Annotation, ...]:
    """Return each annotation once, by date and text: the same in any order."""
    return tuple(sorted(set(annotations)))
