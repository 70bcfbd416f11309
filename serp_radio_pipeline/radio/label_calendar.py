"""A year of verdicts as a calendar: a column for each week, Monday on top, the newest week last."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.radio.feed_entry import FeedEntry
from serp_radio_pipeline.radio.figures import count_of
from serp_radio_pipeline.radio.locale_format import day_and_month, month_name, short_date
from serp_radio_pipeline.radio.palette import LABEL_WORDS

WEEKS = 53
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NARROW_MONTH = 3
"""Columns under which a month's name does not fit."""


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day of the calendar: its label, None where there is no episode, and both in words."""

    date: dt.date
    label: Label | None
    words: str


@dataclass(frozen=True, slots=True)
class Month:
    """A month's name, empty where it does not fit, over the columns of the weeks that begin in it."""

    name: str
    weeks: int


@dataclass(frozen=True, slots=True)
class LabelCalendar:
    """`rows` are the weekdays, each with a cell a week, None outside the time that is shown; `summary` says it all."""

    first: dt.date
    last: dt.date
    months: tuple[Month, ...]
    rows: tuple[tuple[str, tuple[CalendarDay | None, ...]], ...]
    counts: Mapping[Label, int]
    summary: str


def label_calendar(entries: Sequence[FeedEntry]) -> LabelCalendar:
    """Return the calendar of at most 53 weeks that ends with the newest episode's.

    Raises:
        ValueError: there is no episode.
    """
    by_date = {entry.date: entry.label for entry in entries}
    last = max(by_date)
    final_monday = last - dt.timedelta(days=last.weekday())
    oldest = max(min(by_date), final_monday - dt.timedelta(weeks=WEEKS - 1))
    monday = oldest - dt.timedelta(days=oldest.weekday())
    mondays = [monday + dt.timedelta(weeks=week) for week in range((final_monday - monday).days // 7 + 1)]
    rows = tuple(
        (name, tuple(_cell(one + dt.timedelta(days=weekday), oldest, last, by_date) for one in mondays))
        for weekday, name in enumerate(WEEKDAYS)
    )
    counts = Counter(label for date, label in by_date.items() if date >= oldest)
    return LabelCalendar(oldest, last, _months(mondays), rows, counts, _summary(oldest, last, counts))


def _cell(date: dt.date, first: dt.date, last: dt.date, by_date: Mapping[dt.date, Label]) -> CalendarDay | None:
    if not first <= date <= last:
        return None
    label = by_date.get(date)
    said = LABEL_WORDS[label].lower() if label else "no episode"
    return CalendarDay(date, label, f"{day_and_month(date)}: {said}")


def _months(mondays: Sequence[dt.date]) -> tuple[Month, ...]:
    spans = Counter((monday.year, monday.month) for monday in mondays)
    return tuple(
        Month(month_name(dt.date(year, month, 1)) if weeks >= NARROW_MONTH else "", weeks)
        for (year, month), weeks in spans.items()
    )


def _summary(first: dt.date, last: dt.date, counts: Mapping[Label, int]) -> str:
    said = [f"{count_of(counts[label], 'day')} {LABEL_WORDS[label].lower()}" for label in Label if counts.get(label)]
    return f"{short_date(first)} to {short_date(last)}: {', '.join(said)}."
