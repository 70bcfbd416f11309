import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serp_radio_pipeline.ingest.dates import UnreadableDatesError, kind_of, read_days

KINDS = {
    "2026-03-01": "day",
    " 2026/3/1 ": "day",
    "01.03.2026": "day",
    "2026. 03. 01.": "day",
    "2026. 3. 1": "day",
    "1. 3. 2026": "day",
    "01.03.2026.": "day",
    "3/14/2026": "day",
    "2026年3月1日": "day",
    "Mar 1, 2026": "day",
    "1 March 2026": "day",
    "2026-03-01 00:00:00": "day",
    "2026-03-01T00:00:00Z": "day",
    "2025-12-15T21:00:00": "hour",
    "2025-12-15 21:00": "hour",
    "2025-12-15T21:00:00+03:00": "hour",
    "2024-12-14 - 2024-12-31": "range",
    "2024-12-14 – 2024-12-31": "range",
    "2026-03": "month",
    "Mar 2026": "month",
    "20260301": "day",
    "20261301": None,
    "1234.5": None,
    "1.234.567": None,
    "Mai 1, 20": None,
    "radio 2026": None,
    "best of 2026-03-01": None,
    "": None,
    "12:30": None,
}


@pytest.mark.parametrize(("cell", "kind"), KINDS.items())
def test_a_cell_says_day_hour_range_month_or_nothing(cell, kind):
    assert kind_of(cell) == kind


FORMS = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%b %d, %Y",
    "%d %B %Y",
    "%Y年%m月%d日",
    "%Y. %m. %d.",
    "%d. %m. %Y",
]


@pytest.mark.parametrize("form", FORMS)
def test_a_month_of_days_is_read_in_any_form(form):
    days = tuple(dt.date(2026, 3, 1) + dt.timedelta(days=i) for i in range(31))
    assert read_days([day.strftime(form) for day in days]) == days


@given(st.lists(st.dates(dt.date(2000, 1, 1), dt.date(2030, 12, 31)), min_size=1, max_size=20), st.sampled_from(FORMS))
def test_days_are_read_as_they_were_or_refused(days, form):
    try:
        assert read_days([day.strftime(form) for day in days]) == tuple(days)
    except UnreadableDatesError:
        assert "/%Y" in form


def test_days_that_are_the_same_either_way_need_no_question():
    assert read_days(["03/03/2026", "04/04/2026"]) == (dt.date(2026, 3, 3), dt.date(2026, 4, 4))


def test_a_zero_before_one_of_the_numbers_only_is_a_steady_form():
    assert read_days(["3/04/2026", "13/04/2026", "3/11/2026"])[0] == dt.date(2026, 4, 3)


@pytest.mark.parametrize(
    ("cells", "index", "sentence"),
    [
        (["01/04/2026", "02/04/2026"], 0, "is this 1 April or 4 January"),
        (["2026-02-28", "2026-02-30"], 1, "no calendar"),
        (["2026-03-01", "02/03/2026"], 1, "two ways"),
        (["13/04/2026", "04/14/2026"], 1, "two ways"),
        (["2026-03-01", "x"], 1, "not a date"),
    ],
)
def test_unreadable_days_are_refused_with_the_cell_that_shows_it(cells, index, sentence):
    with pytest.raises(UnreadableDatesError, match=sentence) as error:
        read_days(cells)
    assert error.value.index == index
