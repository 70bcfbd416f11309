"""Where a scale's steps lie: even, and bent only where even steps would lose the order of a site's days."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from serp_radio_pipeline.labels.calibration_period import MINIMUM_SPANS, Metric, MetricRange
from serp_radio_pipeline.music.rank_correlation import rank_correlation
from serp_radio_pipeline.music.scale_steps import PITCH_RHO_GATES, step_edges

STEPS = 15
SPREAD = tuple(day / 8 for day in range(80))
"""Days spread over ten octaves as evenly as can be."""


def two_kinds(days_an_octave: int) -> tuple[float, ...]:
    """Workdays and weekends: two groups four octaves apart, the narrower the more days lie within an octave."""
    workdays, weekends = ((5, 65), (9, 26))
    return tuple(start + day / days_an_octave for start, days in (workdays, weekends) for day in range(days))


TWO_KINDS = two_kinds(60)


def range_of(levels: tuple[float, ...]) -> MetricRange:
    return MetricRange(levels[0] - 0.01, levels[-1] + 0.01)


def order_heard(levels: tuple[float, ...], edges: tuple[float, ...]) -> float:
    rho = rank_correlation(levels, [float(sum(edge <= level for edge in edges)) for level in levels])
    assert rho is not None
    return rho


def even(metric_range: MetricRange) -> list[float]:
    width = (metric_range.high - metric_range.low) / STEPS
    return [pytest.approx(metric_range.low + step * width, abs=1e-5) for step in range(1, STEPS)]


@pytest.mark.parametrize("metric", sorted(PITCH_RHO_GATES))
def test_steps_are_even_where_even_steps_tell_the_days_apart(metric: Metric) -> None:
    edges = step_edges(metric, range_of(SPREAD), STEPS, SPREAD)
    assert list(edges) == even(range_of(SPREAD))


@pytest.mark.parametrize(("metric", "days_an_octave"), [("clicks", 60), ("impressions", 200), ("position", 200)])
def test_two_kinds_of_days_bend_the_steps_until_their_order_is_heard(metric: Metric, days_an_octave: int) -> None:
    days = two_kinds(days_an_octave)
    lost = tuple(place.expected for place in even(range_of(days)))
    assert order_heard(days, lost) < PITCH_RHO_GATES[metric]
    assert order_heard(days, step_edges(metric, range_of(days), STEPS, days)) >= PITCH_RHO_GATES[metric]


def test_a_flat_series_keeps_even_steps_and_does_not_tremble() -> None:
    wide = MetricRange(0, 6)
    nearly_flat = tuple(3 + day * MINIMUM_SPANS["impressions"] / 100 for day in range(91))
    assert list(step_edges("impressions", wide, STEPS, nearly_flat)) == even(wide)


def test_too_few_days_for_a_verdict_keep_even_steps() -> None:
    few = TWO_KINDS[-20:]
    assert list(step_edges("clicks", range_of(TWO_KINDS), STEPS, few)) == even(range_of(TWO_KINDS))


@given(st.lists(st.floats(-10, 25), min_size=1, max_size=91).map(sorted), st.sampled_from(sorted(PITCH_RHO_GATES)))
def test_edges_always_rise_inside_the_range(days: list[float], metric: Metric) -> None:
    assume(days[-1] - days[0] > MINIMUM_SPANS[metric])
    metric_range = MetricRange(days[0], days[-1])
    edges = step_edges(metric, metric_range, STEPS, tuple(days))
    assert len(edges) == STEPS - 1
    assert [metric_range.low, *edges, metric_range.high] == sorted({metric_range.low, *edges, metric_range.high})
