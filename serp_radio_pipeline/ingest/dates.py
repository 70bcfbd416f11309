"""Dates as exports and spreadsheets write them.

A column has one form; `03/04/2026` is settled by a day over 12 or not at all, never by guessing a country.
"""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from serp_radio_pipeline.errors import SerpRadioError

Kind = Literal["day", "hour", "range", "month"]
Form = Literal["year first", "year last", "month name"]

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FULL_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_YEAR_FIRST = re.compile(r"(?P<y>\d{4})(?P<s>[-/]|\. ?|年)(?P<m>\d{1,2})(?:(?P=s)|月)(?P<d>\d{1,2})[日.]?", re.ASCII)
_COMPACT = re.compile(r"(?P<y>(?:19|20)\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])", re.ASCII)
_YEAR_LAST = re.compile(r"(?P<a>\d{1,2})(?P<s>[-/]|\. ?)(?P<b>\d{1,2})(?P=s)(?P<y>\d{4})\.?", re.ASCII)
_NAMED = (
    re.compile(r"(?P<name>[A-Za-z]{3,9})\.? (?P<d>\d{1,2}),? (?P<y>\d{4})", re.ASCII),
    re.compile(r"(?P<d>\d{1,2})[ -](?P<name>[A-Za-z]{3,9})\.?,?[ -](?P<y>\d{4})", re.ASCII),
)
_TIME = re.compile(
    r"(?P<day>.*\d)(?:T|\s+)(?P<time>\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?)\s?(?:Z|[AP]M|[+-]\d{2}:?\d{2})?"
)
_MONTH_ONLY = re.compile(r"(?:19|20)\d{2}[-/](?:0?[1-9]|1[0-2])|[A-Za-z]{3,9}\.? \d{4}", re.ASCII)
_RANGE = re.compile(r"(.{8,20}?)\s*(?:[-–—~]|to)\s*(.{8,20})")

TWO_WAYS = (
    "the dates are written in two ways, as when a spreadsheet took days for months; export the file again and upload "
    "it without opening it in a spreadsheet."
)


class UnreadableDatesError(SerpRadioError):
    """A column of dates that can't be read, or not in one way only; `index` is the cell that shows it."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(reason)
        self.index = index


@dataclass(frozen=True, slots=True)
class _Written:
    """A date as written: for "year last" `first` and `second` are day and month in an order not yet known."""

    form: Form
    separator: str
    year: int
    first: int
    second: int
    is_padded: tuple[bool | None, bool | None]


def _padding(*parts: str) -> tuple[bool | None, bool | None]:
    """Whether each number under 10 carries a zero; None from 10 on, where nothing shows it."""
    first, second = (len(part) == 2 if int(part) < 10 else None for part in parts)
    return first, second


def _written(cell: str) -> _Written | None:
    text = cell.strip()
    if time := _TIME.fullmatch(text):
        text = time["day"]
    if m := _YEAR_FIRST.fullmatch(text):
        return _Written("year first", m["s"], int(m["y"]), int(m["m"]), int(m["d"]), _padding(m["m"], m["d"]))
    if m := _COMPACT.fullmatch(text):
        return _Written("year first", "", int(m["y"]), int(m["m"]), int(m["d"]), (None, None))
    if m := _YEAR_LAST.fullmatch(text):
        return _Written("year last", m["s"], int(m["y"]), int(m["a"]), int(m["b"]), _padding(m["a"], m["b"]))
    for pattern in _NAMED:
        if (m := pattern.fullmatch(text)) and (month := _month(m["name"])):
            return _Written("month name", pattern.pattern, int(m["y"]), month, int(m["d"]), (None, None))
    return None


def _month(name: str) -> int | None:
    low = name.lower()
    known = low in FULL_MONTHS or low in MONTHS or low == "sept"
    return MONTHS.index(low[:3]) + 1 if known else None


def kind_of(cell: str) -> Kind | None:
    """Return what a cell says about time: a day, a time of day, a range of days, a month, or None."""
    text = cell.strip()
    if not 6 <= len(text) <= 48 or not any(c.isdigit() for c in text):
        return None
    if _written(text) is not None:
        time = _TIME.fullmatch(text)
        return "hour" if time and re.search("[1-9]", time["time"]) else "day"
    if (m := _RANGE.fullmatch(text)) and _written(m[1]) and _written(m[2]):
        return "range"
    if _MONTH_ONLY.fullmatch(text) and (text[0].isdigit() or _month(re.split("[. ]", text)[0])):
        return "month"
    return None


def read_days(cells: Sequence[str]) -> tuple[dt.date, ...]:
    """Read a column of days, all of them in one form.

    Raises:
        UnreadableDatesError: a day that no calendar has, two forms in one column, or an order of day and month that
            no day over 12 settles.
    """
    written = [_known(i, cell) for i, cell in enumerate(cells)]
    _refuse_two_forms(written)
    readings: list[tuple[dt.date, ...]] = []
    faults: list[int] = []
    for day_first in (True, False):
        days = [_calendar_day(w, day_first) for w in written]
        if None in days:
            faults.append(days.index(None))
        else:
            readings.append(tuple(day for day in days if day is not None))
    if not readings:
        if len(set(faults)) > 1:
            raise UnreadableDatesError(max(faults), TWO_WAYS)
        raise UnreadableDatesError(faults[0], "no calendar has this date; correct it or export the file again.")
    if len(set(readings)) > 1:
        index = next(i for i, (a, b) in enumerate(zip(*readings, strict=True)) if a != b)
        a, b = readings[0][index], readings[1][index]
        raise UnreadableDatesError(
            index,
            f"is this {_spoken(a)} or {_spoken(b)}? No day over 12 tells whether the day or the month comes first; "
            "write the dates as YYYY-MM-DD, or export more days.",
        )
    return readings[0]


def _spoken(day: dt.date) -> str:
    return f"{day.day} {FULL_MONTHS[day.month - 1].capitalize()}"


def _known(index: int, cell: str) -> _Written:
    written = _written(cell)
    if written is None:
        raise UnreadableDatesError(index, "this is not a date; write dates as YYYY-MM-DD.")
    return written


def _refuse_two_forms(written: Sequence[_Written]) -> None:
    """A spreadsheet that takes day for month converts the days up to 12 and leaves the rest: both forms then stand."""
    shapes: dict[int, object] = {}
    for i, w in enumerate(written):
        marks = (w.form, w.separator), *w.is_padded
        for place, mark in enumerate(marks):
            if mark is not None and shapes.setdefault(place, mark) != mark:
                raise UnreadableDatesError(i, TWO_WAYS)


def _calendar_day(w: _Written, day_first: bool) -> dt.date | None:
    month, day = w.first, w.second
    # Nobody writes the month first with full stops.
    if w.form == "year last" and (day_first or w.separator.startswith(".")):
        month, day = day, month
    try:
        return dt.date(w.year, month, day)
    except ValueError:
        return None
