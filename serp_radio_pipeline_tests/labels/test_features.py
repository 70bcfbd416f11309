import datetime as dt
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.labels.calibration_period import calibration_period
from serp_radio_pipeline.labels.daily_series import (
    above_own_week,
    deseasonalised,
    ending_at,
    kendall_tau,
    percentile_rank,
    row_medians,
    row_spreads,
    theil_sen_slope,
    trailing,
)
from serp_radio_pipeline.labels.events import EventCalendar, SearchEvent
from serp_radio_pipeline.labels.features import (
    FEATURES,
    Features,
    FeaturesError,
    daily_volatility,
    features_at,
    overall_horizon_days,
    robust_z,
)
from serp_radio_pipeline_tests.labels.tables import NO_EVENTS, day, features, table, wobbly

COUNTS = st.lists(st.integers(0, 5000), min_size=14, max_size=90)


def at(
    metrics: DailyMetrics, date: dt.date | None = None, horizon: int = 7, events: EventCalendar = NO_EVENTS
) -> Features:
    date = date or metrics.rows[-1].date
    return features_at(metrics, date, calibration_period(metrics, date), events, horizon_days=horizon)


# --- the statistics ---


def test_row_medians_and_spreads_skip_unknown_values_and_agree_with_numpy():
    rows = np.array([[1.0, 5.0, np.nan, 3.0], [4.0, np.nan, np.nan, 2.0], [np.nan, np.nan, np.nan, 7.0]])
    assert row_medians(rows).tolist() == [np.nanmedian(row) for row in rows]
    assert math.isnan(row_medians(rows, at_least=2)[2])
    assert row_spreads(rows).tolist() == pytest.approx([1.4826 * 2, 1.4826 * 1, 0.0])


def test_windows_end_at_their_day_and_are_unknown_before_the_beginning():
    values = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(trailing(values, 2), [[np.nan, 1], [1, 2], [2, 3]])
    np.testing.assert_array_equal(ending_at(values, 1, 3), [np.nan, 1, 2])
    np.testing.assert_array_equal(ending_at(values, 4, 3), [3, np.nan, np.nan])
    np.testing.assert_array_equal(ending_at(values, -5, 2), [np.nan, np.nan])


@given(st.floats(-2, 2), st.floats(-1, 1), st.sets(st.integers(0, 27), max_size=10))
def test_theil_sen_finds_the_slope_of_a_line_with_gaps(start, slope, gaps):
    line = start + slope * np.arange(28.0)
    line[sorted(gaps)] = np.nan
    assert theil_sen_slope(line) == pytest.approx(slope, abs=1e-9)


@given(st.lists(st.integers(-99, 99), min_size=2, max_size=30))
def test_kendall_tau_changes_sign_when_time_runs_backwards(values):
    forward = np.array(values, dtype=float)
    assert kendall_tau(forward) == pytest.approx(-kendall_tau(forward[::-1]))


def test_kendall_tau_is_1_for_what_only_rises_and_skips_unknown_days():
    assert kendall_tau(np.array([1.0, np.nan, 2.0, 9.0])) == 1
    assert kendall_tau(np.array([3.0, 3.0, 3.0])) == 0
    assert kendall_tau(np.array([1.0, 3.0, 2.0])) == pytest.approx(1 / 3)


def test_percentile_rank_counts_ties_half():
    assert percentile_rank(2.0, np.array([1.0, 2.0, 2.0, 3.0])) == 0.5
    assert percentile_rank(9.0, np.array([1.0, 2.0])) == 1.0
    assert percentile_rank(0.0, np.array([1.0, 2.0])) == 0.0


@given(st.lists(st.floats(-2, 2), min_size=7, max_size=7), st.floats(-0.1, 0.1))
def test_deseasonalising_a_trend_with_weekdays_leaves_the_trend(weekdays, slope):
    y = slope * np.arange(70.0) + np.array(weekdays * 10)
    cleaned = deseasonalised(y, above_own_week(y), 69, 28)
    assert np.diff(cleaned).tolist() == pytest.approx([slope] * 27, abs=1e-9)


def test_weekdays_are_not_evened_out_before_four_weeks():
    y = np.arange(40.0)
    assert deseasonalised(y, above_own_week(y), 24, 14) is None
    assert deseasonalised(y, above_own_week(y), 27, 14) is not None


# --- the features ---


def test_momentum_is_the_log_ratio_of_a_week_to_the_week_before():
    assert at(table([10] * 7 + [20] * 7))["momentum"] == pytest.approx(math.log(141 / 71), abs=1e-6)


@settings(deadline=None)
@given(COUNTS, st.integers(2, 1000))
def test_multiplying_all_clicks_leaves_momentum_nearly_unchanged(clicks, factor):
    clicks = [count + 200 for count in clicks]
    once, often = at(table(clicks))["momentum"], at(table([factor * c for c in clicks]))["momentum"]
    assert once == pytest.approx(often, abs=0.01)


@settings(deadline=None)
@given(COUNTS)
def test_momentum_of_reversed_halves_is_its_opposite(clicks):
    clicks = clicks[:14]
    swapped = clicks[7:] + clicks[:7]
    assert at(table(clicks))["momentum"] == pytest.approx(-at(table(swapped))["momentum"], abs=2e-6)


def test_momentum_compares_only_weekdays_known_in_both_weeks_and_needs_four():
    clicks = [10] * 14
    clicks[8], clicks[3] = None, 900  # the second Tuesday is unknown; the first Thursday has no partner once removed
    clicks[10] = None
    assert at(table(clicks))["momentum"] == 0.0
    clicks[11] = clicks[12] = None
    assert at(table(clicks))["momentum"] is None


def test_provisional_days_give_no_verdict():
    clicks = wobbly(98)
    crashed = [*clicks[:-3], 0, 0, 0]
    settled, provisional = at(table(clicks[:-3]), day(97)), at(table(crashed, provisional=3))
    for name in ("momentum", "slope", "trend", "z", "abs_z", "volatility", "clicks"):
        assert provisional[name] == settled[name], name
    assert provisional["abs_z"] < 3.5 < at(table(crashed))["abs_z"]
    values = robust_z(table(crashed, provisional=3))
    assert [values[day(n)] for n in (95, 96, 97)] == [None, None, None]
    assert at(table([5] * 14, provisional=14))["momentum"] is None


def test_z_needs_42_days_and_finds_the_one_day_that_stands_out():
    clicks = wobbly(84, weekend=0.4)
    clicks[80] = 4 * clicks[80]
    z = robust_z(table(clicks))
    assert z[day(40)] is None
    assert z[day(41)] is not None
    assert [date for date, value in z.items() if value is not None and abs(value) > 3.5] == [day(80)]
    assert at(table(clicks))["z"] == z[day(80)] == at(table(clicks))["abs_z"]


def test_later_days_never_change_a_z():
    clicks = wobbly(120, weekend=0.5)
    whole, part = robust_z(table(clicks)), robust_z(table(clicks[:90]))
    assert all(whole[date] == value for date, value in part.items())


def test_volatility_is_a_percentile_and_highest_in_the_turbulent_week():
    clicks = wobbly(112)
    for n in range(98, 105):
        clicks[n] = clicks[n] * (3 if n % 2 else 1)
    metrics = table(clicks)
    period = calibration_period(metrics, day(111))
    ranks = daily_volatility(metrics, period)
    assert ranks[day(3)] is None
    assert all(0 <= rank <= 1 for rank in ranks.values() if rank is not None)
    assert ranks[day(104)] == max(rank for rank in ranks.values() if rank is not None)
    assert features_at(metrics, day(104), period, NO_EVENTS, horizon_days=7)["volatility"] == ranks[day(104)]


def test_a_weekday_pattern_alone_is_no_volatility():
    clicks = [4000, 4100, 4200, 4100, 3900, 1000, 900] * 12
    assert at(table(clicks))["volatility"] == 0.5  # every day alike: the middle of its own history


def test_small_noisy_beginnings_are_ranked_among_themselves_and_not_against_a_calmer_today():
    noisy, calm = wobbly(200, noise=0.5), wobbly(200, noise=0.02)
    metrics = table(noisy + calm)
    ranks = daily_volatility(metrics, calibration_period(metrics, day(399)))
    early = [ranks[day(n)] for n in range(100, 190)]
    assert 0.3 < sum(early) / len(early) < 0.7


def test_position_counts_only_from_50_impressions_a_day():
    assert at(table([1] * 60, impressions=49))["position"] is None
    assert at(table([1] * 60, impressions=50))["position"] is not None


def test_a_better_rank_places_higher():
    better = at(table([50] * 60, position=[20.0] * 30 + [5.0] * 30))["position"]
    worse = at(table([50] * 60, position=[5.0] * 30 + [20.0] * 30))["position"]
    assert worse < 0.5 < better


def test_levels_stay_between_0_and_1_outside_the_calibration_range():
    metrics = table([100] * 85 + [100_000] * 5)
    period = calibration_period(table([100] * 80), day(79))
    assert features_at(metrics, day(89), period, NO_EVENTS, horizon_days=7)["clicks"] == 1.0


@pytest.mark.parametrize(("boundary", "rests"), [(69, True), (56, True), (55, False)])
def test_verdicts_on_distorted_metrics_rest_around_an_artefact_and_clicks_do_not(boundary, rests):
    artefact = SearchEvent("error", "data_artifact", day(boundary), day(400), ("impressions", "ctr", "position"))
    seen = at(table(wobbly(70)), events=EventCalendar((artefact,)))
    for name in ("impressions", "ctr", "position", "position_volatility"):
        assert (seen[name] is None) == rests, name
    for name in ("momentum", "slope", "trend", "z", "volatility", "clicks"):
        assert seen[name] is not None, name


def test_an_update_of_the_search_engine_rests_nothing():
    update = SearchEvent("core", "core", day(60), day(65), ("clicks", "impressions", "ctr", "position"))
    assert at(table(wobbly(70)), events=EventCalendar((update,))) == at(table(wobbly(70)))


@pytest.mark.parametrize(("days", "horizon"), [(500, 28), (56, 28), (55, 21), (42, 21), (28, 14), (14, 7), (3, 7)])
def test_the_overall_horizon_shrinks_with_the_history(days, horizon):
    assert overall_horizon_days(days) == horizon


@settings(deadline=None)
@given(COUNTS, st.lists(st.integers(0, 5000), max_size=40))
def test_features_of_a_day_do_not_depend_on_later_days(clicks, later):
    metrics = table(clicks)
    date = metrics.rows[-1].date
    period = calibration_period(metrics, date)
    more = table(clicks + later)
    assert features_at(more, date, period, NO_EVENTS, horizon_days=7) == at(metrics)


def test_a_day_before_the_table_or_an_empty_table_has_no_features():
    metrics = table([1] * 60)
    period = calibration_period(metrics, day(59))
    for empty in (metrics, DailyMetrics(metrics.tenant, ())):
        assert set(features_at(empty, day(-1), period, NO_EVENTS, horizon_days=7).values.values()) == {None}
    assert robust_z(DailyMetrics(metrics.tenant, ())) == {}


@pytest.mark.parametrize("horizon", [0, 6, 10, -7])
def test_a_horizon_that_is_not_whole_weeks_is_refused(horizon):
    with pytest.raises(FeaturesError, match="whole weeks"):
        at(table([1] * 60), horizon=horizon)


@settings(deadline=None)
@given(COUNTS)
def test_features_come_back_from_json_exactly(clicks):
    seen = at(table(clicks))
    assert Features.from_json(json.loads(json.dumps(seen.to_json()))) == seen


@pytest.mark.parametrize(
    "change",
    [
        {"momentum": math.nan},
        {"trend": 1.5},
        {"volatility": -0.1},
        {"z": "high"},
        {"z": True},
        {"extra": 1.0},
        {"source": 3},
    ],
)
def test_impossible_features_cannot_be_built(change):
    with pytest.raises(FeaturesError):
        Features.from_json({**features().to_json(), **change})


def test_every_feature_is_described():
    for name, meaning in FEATURES.items():
        assert meaning.meaning, name
        assert meaning.unit, name
        assert meaning.scale > 0, name
        assert meaning.low < meaning.high, name
