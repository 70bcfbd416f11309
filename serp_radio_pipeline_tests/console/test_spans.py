"""Which days a fetch asks for, by the fetches before it."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serp_radio_pipeline.console.spans import next_span
from serp_radio_pipeline.ingest.console_fetch import ConsoleFetch
from serp_radio_pipeline.ingest.daily_metrics import DailyRow

NOW = dt.datetime(2026, 3, 25, 5, tzinfo=dt.UTC)
YESTERDAY = dt.date(2026, 3, 23)
"""In California it is still the 24th."""


def fetched(days_ago: int, days: int) -> ConsoleFetch:
    """A fetch of so many days, made so many days ago at the same hour."""
    last = YESTERDAY - dt.timedelta(days=days_ago)
    first = last - dt.timedelta(days=days - 1)
    moment = NOW - dt.timedelta(days=days_ago)
    return ConsoleFetch("sc-domain:a.example", "web", first, last, moment, None, (DailyRow(last, 1, 1, 1.0),))


@pytest.mark.parametrize(
    ("fetches", "first"),
    [
        ([], dt.date(2024, 11, 24)),
        ([fetched(1, 480)], dt.date(2026, 3, 19)),
        ([fetched(6, 480)], dt.date(2026, 3, 14)),
        ([fetched(7, 480), fetched(1, 5)], dt.date(2026, 2, 17)),
        ([fetched(20, 480), fetched(3, 35), fetched(1, 5)], dt.date(2026, 3, 19)),
        ([fetched(50, 480)], dt.date(2026, 1, 29)),
        ([fetched(900, 480)], dt.date(2024, 11, 24)),
    ],
    ids=[
        "first time: 16 months",
        "daily: 5 days",
        "after six days away: back to what was not final",
        "weekly: 35 days",
        "daily after a weekly one",
        "after fifty days away",
        "never more than 16 months",
    ],
)
def test_a_fetch_asks_for_what_is_due(fetches: list[ConsoleFetch], first: dt.date) -> None:
    span = next_span(fetches, NOW)
    assert (span.first, span.last) == (first, YESTERDAY)


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(1, 480)), min_size=1, max_size=6))
def test_no_day_is_ever_left_out_and_the_last_ones_are_asked_for_again(past: list[tuple[int, int]]) -> None:
    fetches = [fetched(*one) for one in past]
    span = next_span(fetches, NOW)
    assert span.last == YESTERDAY
    assert span.days >= 5
    newest = max(one.last for one in fetches)
    assert span.first <= max(newest - dt.timedelta(days=3), next_span([], NOW).first)
    assert next_span(fetches[::-1], NOW) == span
