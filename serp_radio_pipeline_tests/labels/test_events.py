import datetime as dt

import pytest

from serp_radio_pipeline.labels.events import EventCalendar, EventsRefusedError, SearchEvent, parse_events
from serp_radio_pipeline_tests.labels.tables import shipped_events

GOOD = """\
events:
  - name: March update
    kind: core
    start: 2026-03-27
    end: 2026-04-08
    start_utc: 2026-03-27T09:00Z
    end_utc: 2026-04-08T13:00Z
    affects: [clicks, position]
    sources: 2
    note: "Said twice: by two sources."
  - name: A launch
    kind: annotation
    start: 2026-01-05
    end: 2026-01-05
    affects: []
"""


def test_events_are_read_and_ordered_by_their_start():
    launch, update = parse_events(GOOD).events
    assert launch == SearchEvent("A launch", "annotation", dt.date(2026, 1, 5), dt.date(2026, 1, 5))
    assert update.affects == ("clicks", "position")
    assert update.start_utc == dt.datetime(2026, 3, 27, 9, 0, tzinfo=dt.UTC)
    assert (update.sources, update.note) == (2, "Said twice: by two sources.")


WRONG = [
    ("unknown kind", ("kind: core", "kind: cores"), 3, "unknown kind 'cores' (did you mean 'core'?)"),
    ("no date", ("2026-03-27\n", "27/03/2026\n"), 4, "is no date"),
    ("impossible date", ("start: 2026-01-05", "start: 2026-02-30"), 13, "is no date"),
    ("ends before it starts", ("end: 2026-04-08", "end: 2026-03-01"), 2, "before it starts"),
    ("unknown metric", ("[clicks, position]", "[clicks, rank]"), 8, "unknown metric 'rank'"),
    ("metrics not listed", ("[clicks, position]", "clicks"), 8, "must be a list"),
    ("local time", ("T09:00Z", "T09:00"), 6, "no time in UTC"),
    ("unknown field", ("note:", "nota:"), 10, "unknown field 'nota' (did you mean 'note'?)"),
    ("missing affects", ("    affects: []\n", ""), 11, "the event has no 'affects'"),
    ("sources not counted", ("sources: 2", "sources: many"), 9, "no number of sources"),
    ("week date", ("start: 2026-01-05", "start: 2026-W02-1"), 13, "is no date"),
    ("date without hyphens", ("start: 2026-01-05", "start: 20260105"), 13, "is no date"),
    ("alias", ("kind: annotation", "kind: *x"), 12, "anchors and aliases"),
]


@pytest.mark.parametrize(("change", "line", "reason"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_a_wrong_events_file_is_refused_with_line_and_reason(change, line, reason):
    assert change[0] in GOOD
    with pytest.raises(EventsRefusedError) as refused:
        parse_events(GOOD.replace(*change, 1))
    assert any(at == line and reason in why for at, why in refused.value.problems), refused.value.problems


def test_the_same_name_on_other_dates_is_another_event():
    assert len(parse_events(GOOD.replace("A launch", "March update")).events) == 2


def test_the_same_event_twice_is_refused():
    entry = GOOD.split("events:\n")[1]
    with pytest.raises(EventsRefusedError, match="listed twice; it was on line 2"):
        parse_events(GOOD + entry)


@pytest.mark.parametrize("text", ["", "events: 5", "[]", "events:\n  - 5\n", "events: []\nmore: 1\n"])
def test_what_is_no_events_file_is_refused(text):
    with pytest.raises(EventsRefusedError, match="refused"):
        parse_events(text)


def test_an_event_that_ends_before_it_starts_cannot_be_built():
    with pytest.raises(ValueError, match="before it starts"):
        SearchEvent("x", "core", dt.date(2026, 1, 2), dt.date(2026, 1, 1))


def test_the_order_of_the_file_does_not_matter():
    events = parse_events(GOOD).events
    assert EventCalendar(tuple(reversed(events))).events == events


def test_events_of_a_window_are_those_with_a_day_in_it():
    calendar = parse_events(GOOD)
    assert [e.name for e in calendar.between(dt.date(2026, 4, 8), dt.date(2026, 4, 20))] == ["March update"]
    assert calendar.between(dt.date(2026, 4, 9), dt.date(2026, 4, 20)) == ()


def test_only_the_first_and_last_day_of_an_artefact_are_boundaries():
    first, last = dt.date(2025, 5, 13), dt.date(2026, 4, 27)
    calendar = EventCalendar((SearchEvent("error", "data_artifact", first, last, ("impressions",)),))
    assert calendar.artefact_boundary("impressions", first, first)
    assert calendar.artefact_boundary("impressions", last, last + dt.timedelta(days=9))
    assert not calendar.artefact_boundary("impressions", first + dt.timedelta(days=1), last - dt.timedelta(days=1))
    assert not calendar.artefact_boundary("clicks", first, last)


def test_the_shipped_events_hold_the_two_artefacts_that_change_daily_web_search_numbers():
    calendar = shipped_events()
    distorting = [event for event in calendar.events if event.is_artefact and event.affects]
    assert [(event.start.isoformat(), event.end.isoformat()) for event in distorting] == [
        ("2025-05-13", "2026-04-27"),
        ("2025-09-10", "2025-09-14"),
    ]
    assert all(event.affects == ("impressions", "ctr", "position") for event in distorting)
    assert len(calendar.events) >= 36
    assert not any(event.affects for event in calendar.events if event.kind in {"discover", "schema_change"})
