import dataclasses
import datetime as dt
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics, DailyMetricsError
from serp_radio_pipeline.labels.calibration_period import NothingToCalibrateError
from serp_radio_pipeline.labels.corrections import Correction
from serp_radio_pipeline.labels.events import EventCalendar, SearchEvent
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.labels.week_labels import WeekLabel, WeekLabels, WeekLabelsError, label_weeks, week_name
from serp_radio_pipeline_tests.labels.tables import (
    MONDAY,
    NO_EVENTS,
    day,
    rules_of,
    shipped_events,
    shipped_rules,
    table,
    wobbly,
)

RULES = shipped_rules()


def labels_of(metrics: DailyMetrics, as_of: dt.date | None = None) -> WeekLabels:
    return label_weeks(metrics, as_of or metrics.rows[-1].date, RULES, NO_EVENTS)


def moods(labels: WeekLabels) -> list[Label]:
    return [week.decision.label for week in labels.weeks]


def test_every_iso_week_with_a_day_gets_a_label_and_the_running_one_ends_on_the_day():
    clicks = [None, None, *wobbly(40)]
    clicks[14:21] = [None] * 7
    labels = labels_of(table(clicks))
    assert [(w.week, w.days) for w in labels.weeks] == [
        ("2024-W01", 5),
        ("2024-W02", 7),
        ("2024-W04", 7),
        ("2024-W05", 7),
        ("2024-W06", 7),
    ]
    assert all(w.first.weekday() == 0 and w.last.weekday() == 6 for w in labels.weeks)
    running = labels_of(table(clicks), day(37))
    assert (running.weeks[-1].days, running.weeks[-1].last) == (3, day(37))


def test_weeks_are_named_by_iso_year():
    assert week_name(dt.date(2024, 12, 30)) == "2025-W01"
    assert week_name(dt.date(2027, 1, 1)) == "2026-W53"


@pytest.mark.parametrize(
    ("noise", "weekend", "level"), [(0.02, 0.25, 5000), (0.1, 0.9, 500), (0.3, 1.0, 60), (0.4, 1.3, 4)]
)
def test_a_steady_site_is_mostly_neutral(noise, weekend, level):
    labels = labels_of(table(wobbly(364, level=level, weekend=weekend, noise=noise)))
    assert moods(labels).count(Label.NEUTRAL) >= 0.9 * len(labels.weeks)
    assert labels.overall.label is Label.NEUTRAL


def test_a_growing_site_is_positive_and_a_shrinking_one_negative():
    for growth, mood, opposite in [
        (0.012, Label.MOMENTUM_POS, Label.MOMENTUM_NEG),
        (-0.012, Label.MOMENTUM_NEG, Label.MOMENTUM_POS),
    ]:
        labels = labels_of(table(wobbly(182, level=3000, growth=growth, weekend=0.5)))
        settled = moods(labels)[4:]
        assert labels.overall.label is mood
        assert settled.count(mood) >= 0.7 * len(settled)
        assert opposite not in settled


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 400), min_size=30, max_size=120), st.integers(1, 50))
def test_a_strictly_rising_site_is_never_negative_and_its_mirror_never_positive(steps, start):
    rising = [start]
    for step in steps:
        rising.append(rising[-1] + step)
    up, down = labels_of(table(rising)), labels_of(table(rising[::-1]))
    assert Label.MOMENTUM_NEG not in [*moods(up), up.overall.label]
    assert Label.MOMENTUM_POS not in [*moods(down), down.overall.label]


def test_a_viral_day_is_a_spike_in_its_week_only():
    clicks = wobbly(182, weekend=0.6)
    clicks[150] *= 5
    spiked = [w.week for w in labels_of(table(clicks)).weeks if w.decision.label is Label.VOLATILE_SPIKE]
    assert spiked == [week_name(day(150))]


def test_an_outage_is_a_spike_and_a_public_holiday_is_nothing():
    for share, expected in [(0.0, Label.VOLATILE_SPIKE), (0.45, Label.NEUTRAL)]:
        clicks = wobbly(182, level=5000, weekend=0.3)
        clicks[150] = round(clicks[150] * share)
        labels = labels_of(table(clicks))
        by_week = {week.week: week.decision.label for week in labels.weeks}
        assert by_week[week_name(day(150))] is expected, share
        assert by_week[week_name(day(157))] is Label.NEUTRAL, share


def test_a_step_up_is_growth_and_not_a_lasting_spike():
    clicks = [round(count * (1.8 if n >= 147 else 1)) for n, count in enumerate(wobbly(182))]
    after = moods(labels_of(table(clicks)))[21:24]
    assert after.count(Label.MOMENTUM_POS) >= 2
    assert Label.MOMENTUM_NEG not in after


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 3000), min_size=1, max_size=100), st.lists(st.integers(0, 3000), max_size=60))
def test_labels_do_not_depend_on_days_after_the_day(clicks, later):
    as_of = day(len(clicks) - 1)
    assert labels_of(table(clicks + later), as_of) == labels_of(table(clicks), as_of)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.none() | st.integers(0, 3000), min_size=1, max_size=100), st.integers(0, 5))
def test_labels_come_back_from_json_exactly(clicks, provisional):
    metrics = table([*clicks, 7], provisional=provisional)
    labels = labels_of(metrics)
    text = json.dumps(labels.to_json())
    assert WeekLabels.from_json(json.loads(text)) == labels
    assert json.dumps(WeekLabels.from_json(json.loads(text)).to_json()) == text
    assert labels == labels_of(metrics)


@given(st.permutations(range(5)))
def test_rows_in_another_order_cannot_reach_the_rules(order):
    rows = table([1, 2, 3, 4, 5]).rows
    shuffled = tuple(rows[n] for n in order)
    if shuffled == rows:
        return
    with pytest.raises(DailyMetricsError):
        DailyMetrics(table([1]).tenant, shuffled)


def test_provisional_days_do_not_move_a_label():
    clicks = wobbly(182)
    crashed = [*clicks[:-3], 0, 0, 0]
    assert labels_of(table(crashed)).weeks[-1].decision.label is Label.VOLATILE_SPIKE
    provisional = labels_of(table(crashed, provisional=3))
    assert provisional.weeks[-1].decision.label is Label.NEUTRAL
    assert provisional.overall.label is Label.NEUTRAL
    assert provisional.weeks[-1].days == 7


def test_an_artefact_rests_the_verdict_on_position():
    rules = rules_of(("position >= 0", "MOMENTUM_POS"))
    metrics = table(wobbly(84))
    artefact = SearchEvent("counting", "data_artifact", day(60), day(61), ("impressions", "ctr", "position"))
    labels = label_weeks(metrics, day(83), rules, EventCalendar((artefact,)))
    resting = [week.week for week in labels.weeks if week.decision.label is Label.NEUTRAL]
    assert resting == [week_name(day(60)), week_name(day(67))]
    assert (
        labels.weeks[8].decision.reason == "too little data: none of the features that the rules test has a value yet"
    )
    assert labels.overall.label is Label.NEUTRAL  # 56 days hold the boundary


def test_a_short_history_is_neutral_with_even_odds():
    labels = labels_of(table([5, 900]))
    assert (labels.overall.label, labels.overall.confidence) == (Label.NEUTRAL, 0.5)
    assert labels.overall.reason.startswith("too little data")


def test_a_day_before_all_data_is_an_error_that_says_what_to_do():
    with pytest.raises(NothingToCalibrateError, match="upload"):
        labels_of(table([1, 2, 3]), MONDAY - dt.timedelta(days=1))


def test_sixteen_months_are_labelled_in_a_fraction_of_a_second():
    metrics, events = table(wobbly(486, weekend=0.5)), shipped_events()
    label_weeks(metrics, day(485), RULES, events)
    begun = time.process_time()
    labels = label_weeks(metrics, day(485), RULES, events)
    assert time.process_time() - begun < 0.15
    assert len(labels.weeks) == 70


GOOD = labels_of(table(wobbly(60)))


@pytest.mark.parametrize(
    "change",
    [
        {"rules_sha256": "abc"},
        {"weeks": ()},
        {"weeks": GOOD.weeks[::-1]},
        {"weeks": GOOD.weeks[:2] + GOOD.weeks[:1]},
        {"as_of": day(30)},
    ],
)
def test_wrong_labels_cannot_be_built(change):
    with pytest.raises(WeekLabelsError):
        dataclasses.replace(GOOD, **change)


@pytest.mark.parametrize(
    ("week", "first", "last", "days"),
    [
        ("2024-W02", day(0), day(6), 7),
        ("2024-W01", day(1), day(6), 5),
        ("2024-W01", day(0), day(7), 8),
        ("2024-W01", day(0), day(6), 0),
        ("2024-W01", day(0), day(2), 4),
    ],
)
def test_a_wrong_week_cannot_be_built(week, first, last, days):
    with pytest.raises(WeekLabelsError):
        WeekLabel(week, first, last, days, GOOD.overall)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", "other"),
        ("tenant", 5),
        ("as_of", "yesterday"),
        ("weeks", [{}]),
        ("weeks", 3),
        ("overall", {}),
        ("overall", {**GOOD.overall.to_json(), "label": "FINE"}),
        ("overall", {**GOOD.overall.to_json(), "confidence": True}),
        ("period", {**GOOD.to_json()["period"], "reason": "because"}),
        ("rules_name", None),
    ],
)
def test_json_that_is_no_week_labels_is_refused(field, value):
    with pytest.raises(WeekLabelsError):
        WeekLabels.from_json({**GOOD.to_json(), field: value})


def test_labels_name_the_version_of_their_rules_and_those_of_before_there_were_versions_still_read():
    rules = dataclasses.replace(RULES, version=3)
    labels = label_weeks(table(wobbly(70)), day(69), rules, NO_EVENTS)
    assert labels.rules_version == 3
    written = labels.to_json()
    assert WeekLabels.from_json(written) == labels
    del written["rules_version"]
    assert WeekLabels.from_json(written) == dataclasses.replace(labels, rules_version=0)
    for wrong in (-1, "3", None, True):
        with pytest.raises(WeekLabelsError):
            WeekLabels.from_json({**written, "rules_version": wrong})


def test_a_week_that_a_person_corrected_has_that_label_and_no_other_week_changes():
    metrics = table(wobbly(70))
    said = Correction("2024-W05", Label.VOLATILE_SPIKE, "site was down", dt.datetime(2024, 3, 1, tzinfo=dt.UTC))
    before = label_weeks(metrics, day(69), RULES, NO_EVENTS)
    after = label_weeks(metrics, day(69), RULES, NO_EVENTS, {said.week: said})
    changed = [new for old, new in zip(before.weeks, after.weeks, strict=True) if old != new]
    assert [(week.week, week.decision.label) for week in changed] == [("2024-W05", Label.VOLATILE_SPIKE)]
    assert "site was down" in changed[0].decision.reason
    assert after.overall == before.overall
