"""Search Console's answers as values: rows of days, queries and pages. A row that can't be is an error, never zero."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from serp_radio_pipeline.console.errors import ConsoleAnswerError
from serp_radio_pipeline.ingest.breakdowns import BreakdownError, BreakdownRow
from serp_radio_pipeline.ingest.daily_metrics import DailyMetricsError, DailyRow

Answer = Mapping[str, Any]


def rows_of(answer: Answer) -> Sequence[Mapping[str, Any]]:
    """Return the rows of an answer, none where it has none.

    Raises:
        ConsoleAnswerError: they are no list of rows.
    """
    rows = answer.get("rows", []) if isinstance(answer, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise ConsoleAnswerError("Search Console's answer has no rows as its documentation describes them.")
    return rows


def key_of(row: Mapping[str, Any]) -> str:
    """Return a row's single key.

    Raises:
        ConsoleAnswerError: it has none, or several.
    """
    match row.get("keys"):
        case [str(key)] if key:
            return key.encode(errors="replace").decode()  # half a surrogate pair is legal JSON, and no text
    raise ConsoleAnswerError("A row of Search Console's answer has no key.")


def first_incomplete(answer: Answer) -> dt.date | None:
    """Return the first day that is not final; the documentation writes its name in two ways.

    Raises:
        ConsoleAnswerError: what stands there is no date.
    """
    metadata = answer.get("metadata") or {}
    if not isinstance(metadata, Mapping):
        raise ConsoleAnswerError("The metadata of Search Console's answer can't be read.")
    said = metadata.get("first_incomplete_date", metadata.get("firstIncompleteDate"))
    return None if said is None else _date(said)


def day_of(row: Mapping[str, Any]) -> DailyRow:
    """Return a row that is keyed by date.

    Raises:
        ConsoleAnswerError: it says what can't be.
    """
    clicks, impressions, position = _numbers(row)
    try:
        return DailyRow(_date(key_of(row)), clicks, impressions, position)
    except DailyMetricsError as error:
        raise ConsoleAnswerError(f"Search Console's answer can't be: {error}") from None


def detail_of(row: Mapping[str, Any]) -> BreakdownRow:
    """Return a row that is keyed by a query or a page.

    Raises:
        ConsoleAnswerError: it says what can't be.
    """
    try:
        return BreakdownRow(key_of(row), *_numbers(row))
    except BreakdownError as error:
        raise ConsoleAnswerError(f"Search Console's answer can't be: {error}") from None


def _numbers(row: Mapping[str, Any]) -> tuple[int, int, float | None]:
    impressions = _count(row.get("impressions"), "impressions")
    position = row.get("position")
    if not impressions:
        return _count(row.get("clicks"), "clicks"), 0, None  # the API writes position 0 there
    if not isinstance(position, int | float) or isinstance(position, bool):
        raise ConsoleAnswerError("A row of Search Console's answer has no position.")
    return _count(row.get("clicks"), "clicks"), impressions, float(position)


def _count(value: object, name: str) -> int:
    """Return a count; the API writes it as a floating-point number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1 or value < 0:
        raise ConsoleAnswerError(f"A row of Search Console's answer has {name} that are no whole number.")
    return int(value)


def _date(text: object) -> dt.date:
    try:
        return dt.datetime.strptime(str(text), "%Y-%m-%d").date()  # noqa: DTZ007 - a calendar day has no zone
    except ValueError:
        raise ConsoleAnswerError("A day in Search Console's answer is no date.") from None
