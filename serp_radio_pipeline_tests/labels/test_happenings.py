"""What is announced of a series: each detector on made-up series, and what rests across artefacts."""

import datetime as dt
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.ingest.demo_series import HARD_SETS
from serp_radio_pipeline.labels.annotations import Annotation
from serp_radio_pipeline.labels.events import EventCalendar, SearchEvent
from serp_radio_pipeline.labels.happenings import HAPPENING_KINDS, Happening, happenings
from serp_radio_pipeline_tests.episodes import metrics_of
from serp_radio_pipeline_tests.labels.tables import NO_EVENTS, day, shipped_events, table, wobbly


def found(
    metrics: DailyMetrics, *kinds: str, events: EventCalendar = NO_EVENTS, annotations: tuple[Annotation, ...] = ()
) -> list[tuple[str, dt.date]]:
    """Kind and date of what is found of those kinds, or of all but re-tunes."""
    last = metrics.rows[-1].date
    return [
        (one.kind, one.date)
        for one in happenings(metrics, last, events, annotations)
        if (one.kind in kinds if kinds else one.kind != "retune")
    ]


def wave(days: int, level: float = 100.0) -> list[int]:
    """Clicks that repeat themselves weekly, so that nothing is a record after the first week."""
    return [round(level * (1 + 0.1 * math.sin(t * 2 * math.pi / 7))) for t in range(days)]


def artefact(first: int, last: int, *metrics: str) -> EventCalendar:
    return EventCalendar((SearchEvent("counted otherwise", "data_artifact", day(first), day(last), metrics),))  # type: ignore[arg-type]


def test_a_series_that_repeats_itself_has_no_event() -> None:
    assert found(table(wave(120))) == []


def test_a_record_is_a_day_beyond_all_before_it() -> None:
    clicks = wave(60)
    clicks[40], clicks[50] = 125, 60
    metrics = table(clicks)
    assert found(metrics, "record_high", "record_low") == [("record_high", day(40)), ("record_low", day(50))]
    high = next(one for one in happenings(metrics, day(59), NO_EVENTS) if one.kind == "record_high")
    assert dict(high.evidence) == {"clicks": 125, "record before": 110, "days compared": 40}
    assert high.sentence == "Most clicks of 40 days: 125; the record was 110."


def test_a_record_needs_28_days_before_it_and_is_strictly_beyond() -> None:
    clicks = wave(60)
    clicks[27], clicks[35] = 200, 200
    assert found(table(clicks), "record_high") == []
    clicks[27] = 100
    assert found(table(clicks), "record_high") == [("record_high", day(35))]


def test_of_several_records_in_a_week_the_last_stands() -> None:
    clicks = wave(60)
    clicks[42:46] = [130, 140, 150, 145]  # day 42 is a Monday
    assert found(table(clicks), "record_high") == [("record_high", day(44))]


def test_a_provisional_day_has_no_verdict() -> None:
    clicks = wave(60)
    clicks[59] = 900
    assert found(table(clicks, provisional=2)) == []
    assert ("record_high", day(59)) in found(table(clicks))


def test_a_rank_enters_and_leaves_the_top_10() -> None:
    ranks = [12.0] * 30 + [8.0] * 30 + [13.0] * 30
    crossings = found(table(wave(90), position=ranks), "enters_top", "leaves_top")
    assert crossings == [("enters_top", day(30)), ("leaves_top", day(60))]


def test_a_rank_that_wobbles_about_10_is_silent() -> None:
    ranks = [10.0 + 0.4 * math.sin(t * 2.1) for t in range(120)]
    assert found(table(wave(120), position=ranks), "enters_top", "leaves_top") == []


def test_a_rank_enters_the_top_3_and_says_so_in_numbers() -> None:
    ranks = [4.2] * 30 + [2.5] * 30
    (entry,) = [
        one for one in happenings(table(wave(60), position=ranks), day(59), NO_EVENTS) if one.kind == "enters_top"
    ]
    assert (entry.date, dict(entry.evidence)["top"], entry.metric) == (day(30), 3, "position")
    assert entry.sentence == "Position enters the top 3: from 4.2 to 2.5, by the medians of 7 days."


def test_one_stray_day_is_neither_a_crossing_nor_a_jump() -> None:
    ranks = [12.0] * 60
    ranks[30] = 2.0
    assert found(table(wave(60), position=ranks), "enters_top", "leaves_top", "rank_jump") == []


def test_a_rank_jumps_where_its_step_is() -> None:
    ranks = [20.0 + 0.3 * (t % 3) for t in range(30)] + [14.0 + 0.3 * (t % 3) for t in range(30)]
    assert found(table(wave(60), position=ranks), "rank_jump") == [("rank_jump", day(30))]


def test_a_small_step_and_a_slow_walk_are_no_jump() -> None:
    small = [20.0] * 30 + [17.5] * 30
    slow = [40.0 - 0.15 * t for t in range(120)]
    assert found(table(wave(60), position=small), "rank_jump") == []
    assert found(table(wave(120), position=slow), "rank_jump") == []


def test_a_rank_of_few_impressions_says_nothing() -> None:
    ranks = [20.0] * 30 + [8.0] * 30
    assert found(table([2] * 60, impressions=20, position=ranks)) == []


def test_an_anomaly_is_said_once_where_it_begins() -> None:
    clicks = wobbly(90, weekend=0.5)
    clicks[70:73] = [clicks[70] // 3, clicks[71] // 3, clicks[72] // 3]
    assert found(table(clicks), "anomaly") == [("anomaly", day(70))]


def test_nothing_is_claimed_of_a_metric_about_an_artefact_that_affects_it() -> None:
    clicks, ranks = wave(90), [20.0] * 60 + [8.0] * 30
    clicks[58] = 300
    metrics = table(clicks, position=ranks)
    everything = found(metrics)
    assert {kind for kind, _ in everything} == {"record_high", "anomaly", "enters_top", "rank_jump"}
    on_position = found(metrics, events=artefact(57, 60, "impressions", "position"))
    assert on_position == [("reporting_artefact", day(57)), ("record_high", day(58)), ("anomaly", day(58))]
    assert found(metrics, events=artefact(57, 60, "clicks", "position")) == [("reporting_artefact", day(57))]
    assert found(metrics, events=artefact(57, 60)) == everything  # of another report: nothing to announce either


def test_a_long_artefact_is_announced_when_it_ends_too() -> None:
    said = found(table(wave(90)), events=artefact(10, 60, "impressions"))
    assert said == [("reporting_artefact", day(10)), ("reporting_artefact", day(61))]


def test_an_update_rings_on_its_first_day_if_it_touches_web_search() -> None:
    events = EventCalendar(
        (
            SearchEvent("core", "core", day(10), day(20), ("clicks",)),
            SearchEvent("Discover only", "discover", day(12), day(20)),
            SearchEvent("before the history", "core", day(-5), day(3), ("clicks",)),
            SearchEvent("our launch", "annotation", day(15), day(15)),
        )
    )
    assert found(table(wave(60)), events=events) == [("search_update", day(10)), ("annotation", day(15))]


def test_annotations_within_the_history_are_said() -> None:
    said = (Annotation(day(5), "relaunch"), Annotation(day(80), "in the future"))
    (one,) = [h for h in happenings(table(wave(60)), day(59), NO_EVENTS, said) if h.kind == "annotation"]
    assert (one.date, one.sentence, one.evidence) == (day(5), "Your note: relaunch", (("text", "relaunch"),))


def test_a_gap_is_said_on_the_day_that_ends_it() -> None:
    clicks: list[int | None] = [*wave(60)]
    clicks[20:23] = [None] * 3
    assert found(table(clicks)) == [("gap", day(23))]  # type: ignore[arg-type]


def test_a_retune_has_the_calibrations_reason_and_its_day() -> None:
    metrics = metrics_of("step up")
    (one,) = [h for h in happenings(metrics, metrics.rows[-1].date, NO_EVENTS) if h.kind == "retune"]
    assert (one.date, dict(one.evidence)["reason"]) == (dt.date(2026, 3, 1), "before this month")
    assert not [h for h in happenings(metrics_of("four weeks"), dt.date(2026, 3, 22), NO_EVENTS) if h.kind == "retune"]


@pytest.mark.parametrize("series", sorted(HARD_SETS))
def test_made_up_sites_have_few_events_a_week_and_each_has_a_sentence(series: str) -> None:
    metrics = metrics_of(series)
    all_found = happenings(metrics, metrics.rows[-1].date, NO_EVENTS)
    assert len(all_found) <= len(metrics.rows) / 10
    assert all(one.sentence.endswith(".") and one.evidence for one in all_found)


@settings(max_examples=20, deadline=None)
@given(st.integers(40, 119), st.sampled_from(["demo", "spikes", "falling", "zero days", "noisy"]))
def test_an_anomaly_stays_one_as_days_are_added(days: int, series: str) -> None:
    metrics = metrics_of(series)
    early, late = (
        [one for one in happenings(metrics, metrics.rows[last].date, NO_EVENTS) if one.kind == "anomaly"]
        for last in (days, -1)
    )
    assert early == late[: len(early)]


def test_the_same_history_has_the_same_events_in_priority_order() -> None:
    metrics = metrics_of("update")
    one, other = (happenings(metrics, metrics.rows[-1].date, shipped_events()) for _ in range(2))
    assert one == other
    assert list(one) == sorted(one, key=lambda h: (h.date, HAPPENING_KINDS.index(h.kind), h.sentence))


def test_a_happening_cant_be_without_kind_or_words() -> None:
    with pytest.raises(ValueError, match="known kind"):
        Happening(day(1), "party", None, (), "Hooray.")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="known kind"):
        Happening(day(1), "gap", None, (), "")
