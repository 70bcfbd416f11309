"""The what-if of previews: the last week lies where it is wished, and nothing else moves."""

import dataclasses
import datetime as dt

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.ingest.demo_series import DEMO, HARD_SETS, demo_series
from serp_radio_pipeline.labels.calibration_period import calibration_period, metric_level
from serp_radio_pipeline.music.calibration import calibrate
from serp_radio_pipeline.music.last_week import LastWeek, LastWeekError, with_last_week
from serp_radio_pipeline.tenant import Tenant

DAY = dt.date(2026, 3, 22)
METRICS = DailyMetrics(Tenant("acme"), demo_series(DEMO, DAY))
SCALE = calibrate(METRICS.tenant, calibration_period(METRICS, DAY))
PLACES = st.none() | st.floats(0, 1)


@pytest.mark.parametrize("place", [0.0, 0.25, 0.8, 1.0])
@pytest.mark.parametrize("lane", ["clicks", "impressions", "position"])
def test_the_weeks_mean_lies_where_it_is_wished(lane: str, place: float) -> None:
    wish = LastWeek(**{lane: place})
    moved = with_last_week(METRICS, DAY, wish, SCALE).rows[-7:]
    levels = [metric_level(row, lane) for row in moved]  # type: ignore[arg-type]
    assert SCALE.lane(lane).place(sum(levels) / 7) == pytest.approx(place, abs=0.01)  # type: ignore[arg-type]


def test_a_ctr_alone_moves_clicks_and_no_impressions() -> None:
    moved = with_last_week(METRICS, DAY, LastWeek(ctr=0.9), SCALE).rows[-7:]
    assert [row.impressions for row in moved] == [row.impressions for row in METRICS.rows[-7:]]
    levels = [metric_level(row, "ctr") for row in moved]
    place = (sum(levels) / 7 - SCALE.ctr_low) / (SCALE.ctr_high - SCALE.ctr_low)  # type: ignore[arg-type]
    assert place == pytest.approx(0.9, abs=0.02)


@settings(max_examples=60, deadline=None)
@given(
    st.builds(LastWeek, clicks=PLACES, impressions=PLACES, ctr=PLACES, position=PLACES),
    st.sampled_from(sorted(HARD_SETS)),
)
def test_any_wish_gives_a_table_that_holds_and_leaves_the_days_before(wish: LastWeek, name: str) -> None:
    metrics = DailyMetrics(Tenant("acme"), demo_series(HARD_SETS[name], DAY))
    assume(any(row.impressions for row in metrics.rows if row.date > DAY - dt.timedelta(days=7)))
    scale = calibrate(metrics.tenant, calibration_period(metrics, DAY))
    moved = with_last_week(metrics, DAY, wish, scale)
    early = [row for row in metrics.rows if row.date <= DAY - dt.timedelta(days=7)]
    assert list(moved.rows[: len(early)]) == early
    assert [row.date for row in moved.rows] == [row.date for row in metrics.rows]
    assert all(row.clicks <= row.impressions for row in moved.rows)
    if not wish.places():
        assert moved == metrics


@pytest.mark.parametrize("place", [-0.01, 1.01, float("nan"), float("inf")])
def test_a_place_off_the_scale_is_refused(place: float) -> None:
    with pytest.raises(LastWeekError, match="low end"):
        LastWeek(clicks=place)


def test_a_week_without_impressions_can_not_be_moved() -> None:
    silent = tuple(dataclasses.replace(row, clicks=0, impressions=0, position=None) for row in METRICS.rows)
    with pytest.raises(LastWeekError, match="no day with impressions"):
        with_last_week(DailyMetrics(METRICS.tenant, silent), DAY, LastWeek(clicks=0.5), SCALE)
