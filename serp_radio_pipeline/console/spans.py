"""Which days the next fetch asks for: decided from the moment and the fetches that the log holds, by nothing else."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from serp_radio_pipeline.ingest.console_fetch import ConsoleFetch
from serp_radio_pipeline.ingest.daily_metrics import HISTORY_MONTHS, SEARCH_CONSOLE_TIMEZONE, months_before

DAILY_DAYS = 5
"""Search Console finishes a day within two or three."""
WEEKLY_DAYS = 35
"""Once a week: finished days are restated now and then."""
WEEK = dt.timedelta(days=6, hours=12)
"""Half a day short: of daily fetches at one hour, the seventh may begin a moment before the week is over."""
_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `first` to `last`, both included."""

    first: dt.date
    last: dt.date

    @property
    def days(self) -> int:
        """How many they are."""
        return (self.last - self.first).days + 1


def newest_days(now: dt.datetime, days: int) -> Span:
    """Return the last so many days that are over where Search Console counts days."""
    last = now.astimezone(ZoneInfo(SEARCH_CONSOLE_TIMEZONE)).date() - _ONE_DAY
    return Span(last - _ONE_DAY * (days - 1), last)


def next_span(fetches: Sequence[ConsoleFetch], now: dt.datetime) -> Span:
    """Return what to ask for at that moment: 16 months the first time, 35 days once a week, else 5 days.

    After a pause it begins where the last fetch was not final yet, so that no day is left out.
    """
    last = newest_days(now, 1).last
    oldest = months_before(last, HISTORY_MONTHS) + _ONE_DAY
    if not fetches:
        return Span(oldest, last)
    is_week_over = not any(_is_weekly(fetch) and now - fetch.fetched_at < WEEK for fetch in fetches)
    due = newest_days(now, WEEKLY_DAYS if is_week_over else DAILY_DAYS)
    newest = max(fetches, key=lambda fetch: (fetch.last, fetch.fetched_at))
    unsettled = newest.last - _ONE_DAY * (DAILY_DAYS - 2)
    if newest.first_incomplete is not None:
        unsettled = min(unsettled, newest.first_incomplete)
    return Span(max(oldest, min(due.first, unsettled)), last)


def _is_weekly(fetch: ConsoleFetch) -> bool:
    return (fetch.last - fetch.first).days + 1 >= WEEKLY_DAYS
