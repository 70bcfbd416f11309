"""Movers: a change is taken apart without a rest, noise is no mover, and mix is told apart from movement."""

import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serp_radio_pipeline.ingest.breakdowns import Breakdown, BreakdownRow, Comparison, Dimension, Period, period_of
from serp_radio_pipeline.labels.decomposition import Parts, how_ctr_falls, mix_of, parts_of
from serp_radio_pipeline.labels.events import EventCalendar, parse_events
from serp_radio_pipeline.labels.movers import deviations_for, is_movement, movement, movers_of

LAST = dt.date(2026, 3, 22)
QUIET = EventCalendar((), "")


@st.composite
def any_row(draw: st.DrawFn, label: str = "radio") -> BreakdownRow:
    impressions = draw(st.integers(0, 10**7))
    position = draw(st.floats(1, 200)) if impressions else None
    return BreakdownRow(label, draw(st.integers(0, impressions)), impressions, position)


@st.composite
def any_rows(draw: st.DrawFn) -> list[BreakdownRow]:
    labels = draw(st.sets(st.sampled_from("abcdef"), min_size=1))
    return [draw(any_row(label)) for label in sorted(labels)]


@given(any_row(), any_row(), st.none() | st.floats(0, 3))
def test_demand_rank_and_ctr_add_up_to_the_change(before: BreakdownRow, now: BreakdownRow, falls: float | None) -> None:
    parts = parts_of(before, now, falls)
    scale = 1 + abs(parts.demand) + abs(parts.rank) + abs(parts.ctr)
    assert parts.demand + parts.rank + parts.ctr == pytest.approx(now.clicks - before.clicks, abs=1e-9 * scale)


@given(any_row(), any_row(), st.floats(0, 3))
def test_back_again_every_part_is_turned_round(before: BreakdownRow, now: BreakdownRow, falls: float) -> None:
    there, back = parts_of(before, now, falls), parts_of(now, before, falls)
    for name in ("demand", "rank", "ctr"):
        # what one order of change cannot hide: the scale of all parts
        scale = 1 + sum(abs(getattr(there, other)) + abs(getattr(back, other)) for other in ("demand", "rank", "ctr"))
        if before.position and now.position:
            assert getattr(there, name) == pytest.approx(-getattr(back, name), abs=1e-6 * scale)


@pytest.mark.parametrize(
    ("now", "only"),
    [
        (BreakdownRow("a", 200, 2000, 8.0), "demand"),
        (BreakdownRow("a", 200, 1000, 4.0), "rank"),
        (BreakdownRow("a", 200, 1000, 8.0), "ctr"),
        (BreakdownRow("a", 0, 0, None), "demand"),
    ],
)
def test_what_alone_changed_has_the_whole_change(now: BreakdownRow, only: str) -> None:
    parts = parts_of(BreakdownRow("a", 100, 1000, 8.0), now, 1.0)
    change = now.clicks - 100
    assert parts == Parts(**{name: pytest.approx(change * (name == only)) for name in ("demand", "rank", "ctr")})


def test_without_knowing_how_ctr_falls_rank_has_no_part() -> None:
    parts = parts_of(BreakdownRow("a", 100, 1000, 8.0), BreakdownRow("a", 200, 1000, 4.0), None)
    assert (parts.rank, parts.ctr) == (0, 100)


@given(any_rows(), any_rows(), st.sampled_from(["position", "ctr"]))
def test_within_and_between_add_up_to_an_averages_change(before, now, metric) -> None:  # type: ignore[no-untyped-def]
    mix = mix_of(metric, before, now)
    if mix is None:
        assert 0 in (sum(row.impressions for row in rows) for rows in (before, now))
        return
    assert mix.within + mix.between == pytest.approx(mix.now - mix.before, abs=1e-9 * (1 + mix.before + mix.now))


def test_a_new_query_of_weak_rank_is_mix_and_no_movement() -> None:
    before = [BreakdownRow("a", 50, 1000, 3.0), BreakdownRow("b", 40, 1000, 5.0)]
    mix = mix_of("position", before, [*before, BreakdownRow("new", 0, 2000, 60.0)])
    assert mix is not None
    assert (mix.before, mix.now) == (4.0, 32.0)
    assert (mix.within, mix.between) == (0.0, pytest.approx(28.0))
    assert (mix.is_mostly_mix, mix.most_by) == (True, "new")


def test_queries_that_all_fall_alike_are_movement_and_no_mix() -> None:
    before = [BreakdownRow("a", 50, 1000, 3.0), BreakdownRow("b", 40, 3000, 5.0)]
    mix = mix_of("position", before, [BreakdownRow("a", 50, 1000, 6.0), BreakdownRow("b", 40, 3000, 8.0)])
    assert mix is not None
    assert (mix.within, mix.between) == (pytest.approx(3.0), pytest.approx(0.0))
    assert not mix.is_mostly_mix


def test_how_ctr_falls_is_read_from_a_sites_own_rows() -> None:
    rows = [BreakdownRow(str(rank), round(40_000 / rank**1.2), 100_000, float(rank)) for rank in range(1, 60)]
    assert how_ctr_falls(rows) == pytest.approx(1.2, abs=0.02)
    assert how_ctr_falls(rows[:3]) is None
    assert how_ctr_falls([BreakdownRow("a", 1, 100, 3.0)] * 3) is None


@pytest.mark.parametrize(
    ("before", "now", "moves"),
    [(0, 9, False), (0, 10, True), (10, 25, False), (10, 32, True), (10_000, 10_499, False), (10_000, 10_600, True)],
)
def test_noise_and_trifles_are_no_movement(before: int, now: int, moves: bool) -> None:
    assert is_movement(before, now) is moves
    assert is_movement(now, before) is moves


def test_among_many_rows_one_must_stand_out_further() -> None:
    assert deviations_for(1) == deviations_for(10) == 3
    assert deviations_for(100) == pytest.approx(3.48, abs=0.01)
    assert deviations_for(1000) == pytest.approx(4.06, abs=0.01)


def test_chance_alone_seldom_makes_a_mover() -> None:
    rng = np.random.default_rng(20260322)
    expected = rng.pareto(1.1, 500) * 3
    alarms = 0
    for _ in range(60):
        before, now = ({f"q{i}": int(n) for i, n in enumerate(rng.poisson(expected))} for _ in range(2))
        alarms += bool(movers_of(compared(before, now), is_parted=False))
    assert alarms <= 6


def table(dimension: Dimension, period: Period, clicks: dict[str, int], total: int) -> Breakdown:
    rows = tuple(BreakdownRow(label, count, 20 * count + 10, 9.0) for label, count in clicks.items())
    return Breakdown(dimension, period, rows, total)


def compared(
    before: dict[str, int], now: dict[str, int], dimension: Dimension = "query", last: dt.date = LAST
) -> Comparison:
    week, four_weeks = dt.timedelta(days=1), dt.timedelta(days=28)
    late, early = period_of(last - four_weeks + week, last), period_of(last - 2 * four_weeks + week, last - four_weeks)
    return Comparison(table(dimension, early, before, 60_000), table(dimension, late, now, 70_000), last)


def test_the_largest_query_and_the_largest_page_move() -> None:
    queries = compared({"a": 100, "b": 100, "c": 500}, {"a": 300, "b": 20, "c": 510})
    pages = compared({"/": 400, "/x": 90}, {"/": 700, "/x": 10}, "page")
    found = movement([queries, pages], QUIET)
    assert found is not None
    assert [(mover.dimension, mover.label, mover.change) for mover in found.movers] == [
        ("query", "a", 200),
        ("page", "/", 300),
    ]
    assert found.unlisted == (1 - 700 / 60_000, 1 - 830 / 70_000)


def test_of_queries_alone_the_two_largest_move_of_equals_by_name() -> None:
    found = movement([compared({"b": 0, "a": 0, "c": 0}, {"b": 50, "a": 50, "c": 50})], QUIET)
    assert found is not None
    assert [mover.label for mover in found.movers] == ["a", "b"]
    assert [mover.before.is_listed for mover in found.movers] == [True, True]


def test_what_a_cut_table_does_not_name_is_not_taken_for_nothing() -> None:
    many = {f"q{index:04}": 5 for index in range(1000)}
    assert movers_of(compared(many, {"new": 400}), is_parted=True) == ()
    whole = movers_of(compared({"q": 5}, {"new": 400}), is_parted=True)
    assert [(mover.label, mover.before.is_listed) for mover in whole] == [("new", False)]


def test_nothing_is_said_without_a_comparison_and_little_where_nothing_moved() -> None:
    assert movement([], QUIET) is None
    found = movement([compared({"a": 100}, {"a": 104})], QUIET)
    assert found is not None
    assert found.movers == ()
    assert [mix.metric for mix in found.mixes] == ["position", "ctr"]


def artefact(affects: str) -> EventCalendar:
    return parse_events(
        "events:\n  - name: counted otherwise\n    kind: data_artifact\n    start: 2026-03-01\n"
        f"    end: 2026-03-03\n    affects: [{affects}]\n"
    )


def test_where_the_way_of_counting_changed_clicks_are_told_and_nothing_is_explained() -> None:
    moved = compared({"a": 100}, {"a": 300})
    found = movement([moved], artefact("impressions, position"))
    assert found is not None
    assert [mover.parts for mover in found.movers] == [None]
    assert found.mixes == ()
    assert movement([moved], artefact("clicks")) is None


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("\u202eevil\u202c \x07query", "evil query"),
        ("two\nlines\tand   more", "two lines and more"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("חיפוש", "חיפוש"),
        ("\u200e\u200f", "(nothing that can be shown)"),
        ("x" * 10_000, "x" * 79 + "…"),
    ],
)
def test_a_label_is_one_bounded_line_without_control_or_direction_marks(label: str, said: str) -> None:
    found = movement([compared({label: 100}, {label: 300})], QUIET)
    assert found is not None
    assert found.movers[0].label == said
    assert found.mixes[0].most_by == said


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_change_and_its_reverse_are_movement_alike(before: int, now: int) -> None:
    assert is_movement(before, now) == is_movement(now, before)
    assert not is_movement(before, before)
    if is_movement(before, now):
        assert abs(now - before) / math.sqrt(before + now) > 3
