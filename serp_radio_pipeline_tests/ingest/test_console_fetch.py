"""A fetch as the log keeps it: it reads back to the last digit or is refused; its days and its details."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serp_radio_pipeline.ingest.breakdowns import DIMENSIONS, BreakdownRow
from serp_radio_pipeline.ingest.console_fetch import (
    ConsoleFetch,
    is_console_fetch,
    parse_console_fetch,
)
from serp_radio_pipeline.ingest.daily_metrics import DailyRow
from serp_radio_pipeline.ingest.day_details import DayDetails, DayDetailsError
from serp_radio_pipeline.ingest.detail_periods import COMPARED_DAYS, tables_on
from serp_radio_pipeline.ingest.export import Export, ExportRefusedError
from serp_radio_pipeline.ingest.uploaded_file import read_upload

MONDAY = dt.date(2026, 3, 2)
NOW = dt.datetime(2026, 3, 10, 5, tzinfo=dt.UTC)
TODAY = NOW.date()


def day(offset: int) -> dt.date:
    return MONDAY + dt.timedelta(days=offset)


def fetch_of(*rows: DailyRow, incomplete: int | None = None, details: tuple[DayDetails, ...] = ()) -> ConsoleFetch:
    first_incomplete = None if incomplete is None else day(incomplete)
    return ConsoleFetch("sc-domain:a.example", "web", day(0), day(7), NOW, first_incomplete, rows, details)


def read(fetch: ConsoleFetch) -> Export:
    export = read_upload(fetch.file_name, fetch.to_lines(), today=TODAY)
    assert isinstance(export, Export)
    return export


positions = st.floats(1, 9_999, exclude_max=True)
counts = st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)).map(sorted)
detail_rows = st.builds(
    lambda label, numbers, position: BreakdownRow(label, *numbers, position if numbers[1] else None),
    st.text(min_size=1, max_size=20),
    counts,
    positions,
)
fetches = st.builds(
    lambda rows, incomplete, details: fetch_of(
        *(DailyRow(day(n), *row[0], row[1] if row[0][1] else None) for n, row in sorted(rows.items())),
        incomplete=incomplete,
        details=tuple(DayDetails.of(day(0), dimension, tuple(found), 5, 2) for dimension, found in details.items()),
    ),
    st.dictionaries(st.integers(0, 7), st.tuples(counts, positions), min_size=1),
    st.none() | st.integers(0, 7),
    st.dictionaries(
        st.sampled_from(DIMENSIONS), st.lists(detail_rows, max_size=4, unique_by=lambda row: row.label), max_size=2
    ),
)


@given(fetches)
def test_a_fetch_reads_back_to_the_last_digit(fetch: ConsoleFetch) -> None:
    content = fetch.to_lines()
    assert is_console_fetch(content)
    assert parse_console_fetch("x.jsonl", content, today=TODAY) == fetch
    assert parse_console_fetch("x.jsonl", content, today=TODAY).to_lines() == content


def test_days_left_out_inside_are_zero_and_those_outside_unknown() -> None:
    export = read(fetch_of(DailyRow(day(2), 5, 50, 3.25), DailyRow(day(4), 6, 60, 4.5), incomplete=4))
    assert [(row.date, row.clicks, row.impressions, row.position, row.is_provisional) for row in export.rows] == [
        (day(2), 5, 50, 3.25, False),
        (day(3), 0, 0, None, False),
        (day(4), 6, 60, 4.5, True),
    ]
    assert {(row.source, row.observed_at) for row in export.rows} == {("gsc", NOW)}


def test_a_fetch_says_what_it_counts() -> None:
    export = read(fetch_of(DailyRow(day(2), 5, 50, 3.25)))
    assert (export.identity.site, export.identity.search_type, export.identity.filters) == (
        "sc-domain:a.example",
        "web",
        (),
    )
    assert "a daily Search Console table (json)" in export.explain()


def test_the_share_of_anonymised_clicks_is_stated() -> None:
    details = DayDetails.of(day(2), "query", (BreakdownRow("a", 3, 9, 1.0),), 5)
    assert read(fetch_of(DailyRow(day(2), 5, 50, 3.25), details=(details,))).notes == (
        "Queries by name hold 60% of the clicks of their days; the rest is anonymised.",
    )


DAMAGES: dict[str, tuple[str, Any]] = {
    "another version": ("version", 2),
    "no property": ("property", ""),
    "filters": ("filters", ["country"]),
    "by page": ("aggregation", "byPage"),
    "no days": ("days", []),
    "days out of order": ("days", [["2026-03-04", 1, 1, 1.0], ["2026-03-03", 1, 1, 1.0]]),
    "a day twice": ("days", [["2026-03-03", 1, 1, 1.0], ["2026-03-03", 1, 1, 1.0]]),
    "a day that was not asked for": ("days", [["2026-03-30", 1, 1, 1.0]]),
    "half a click": ("days", [["2026-03-03", 1.5, 2, 1.0]]),
    "a count as text": ("days", [["2026-03-03", "1", 2, 1.0]]),
    "a count that is a word": ("days", [["2026-03-03", True, 2, 1.0]]),
    "no position": ("days", [["2026-03-03", 1, 2, None]]),
    "a position above the first": ("days", [["2026-03-03", 1, 2, 0.5]]),
    "a position that is none": ("days", [["2026-03-03", 1, 2, float("nan")]]),
    "no date": ("days", [["soon", 1, 2, 1.0]]),
    "no time zone": ("fetched_at", "2026-03-10T05:00:00"),
    "details that are nothing": ("details", [None]),
    "days that are nothing": ("days", None),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_fetch_is_refused_in_a_sentence(damage: str) -> None:
    name, value = DAMAGES[damage]
    content = json.dumps({**json.loads(fetch_of(DailyRow(day(2), 5, 50, 3.25)).to_lines()), name: value}).encode()
    with pytest.raises(ExportRefusedError, match="no fetch from Search Console that can be used"):
        read_upload("x.jsonl", content, today=TODAY)


@pytest.mark.parametrize("length", [60, 200, -1, -30])
def test_a_fetch_that_was_cut_off_is_refused(length: int) -> None:
    content = fetch_of(DailyRow(day(2), 5, 50, 3.25), details=tuple(one for _, one in known(1).values())).to_lines()
    with pytest.raises(ExportRefusedError, match=r"(it is|queries and pages are) damaged"):
        read_upload("x.jsonl", content[:length], today=TODAY)


def test_every_line_is_json_and_the_first_says_what_the_others_are() -> None:
    fetch = fetch_of(DailyRow(day(2), 5, 50, 3.25), details=tuple(one for _, one in known(2).values()))
    head, *below = [json.loads(line) for line in fetch.to_lines().split(b"\n")]
    assert [one[:2] for one in head["details"]] == [
        [day(n).isoformat(), dimension] for dimension in DIMENSIONS for n in (0, 1)
    ]
    assert below == [[["a", 2, 10, 2.0], ["b", 1, 30, 4.0]]] * 4


@pytest.mark.parametrize("line", [b"", b"{", b"[[]]", b'[["a", 2, 1, 1.0]]', b'[["", 1, 1, 1.0]]', b"[5]", b"5"])
def test_details_that_other_hands_wrote_are_not_compared_and_stop_nothing(line: bytes) -> None:
    found = known(COMPARED_DAYS)
    rank, details = found["query", day(30)]
    found["query", day(30)] = (rank, replace(details, line=line))
    assert [table.dimension for table, _ in tables_on(day(55), found)] == ["page", "page"]


def test_a_day_in_the_future_is_refused() -> None:
    with pytest.raises(ExportRefusedError, match="lies in the future"):
        parse_console_fetch("x", fetch_of(DailyRow(day(2), 5, 50, 3.25)).to_lines(), today=day(1))


def test_details_that_hold_a_label_twice_cant_be() -> None:
    row = BreakdownRow("a", 1, 1, 1.0)
    with pytest.raises(DayDetailsError, match="twice"):
        DayDetails.of(MONDAY, "query", (row, row), 5)


def known(days: int) -> Any:
    rank = (NOW, NOW, "", "")
    return {
        (dimension, day(n)): (
            rank,
            DayDetails.of(
                day(n),
                dimension,
                (BreakdownRow("a", 2, 10, 2.0), BreakdownRow("b" if n < 28 else "c", 1, 30, 4.0)),
                9,
            ),
        )
        for dimension in DIMENSIONS
        for n in range(days)
    }


def test_days_of_details_sum_up_to_two_periods_of_28_days() -> None:
    before, now, *pages = (table for table, _ in tables_on(day(55), known(COMPARED_DAYS)))
    assert [(one.period.first, one.period.last) for one in (before, now)] == [
        (day(0), day(27)),
        (day(28), day(55)),
    ]
    assert [(row.label, row.clicks, row.impressions, row.position) for row in now.rows] == [
        ("a", 56, 280, 2.0),
        ("c", 28, 840, 4.0),
    ]
    assert [row.label for row in before.rows] == ["a", "b"]
    assert (now.total_clicks, now.unlisted_share) == (9 * 28, 1 - 84 / 252)
    assert [page.dimension for page in pages] == ["page", "page"]


@pytest.mark.parametrize(("days_later", "tables"), [(0, 4), (6, 4), (7, 0), (-1, 0)])
def test_periods_are_told_of_while_they_are_news(days_later: int, tables: int) -> None:
    assert len(tables_on(day(55 + days_later), known(COMPARED_DAYS))) == tables


def test_a_day_without_details_leaves_no_period() -> None:
    found = known(COMPARED_DAYS)
    del found["query", day(30)]
    assert [table.dimension for table, _ in tables_on(day(55), found)] == ["page", "page"]
