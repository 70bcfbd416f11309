"""Fetches in a tenant's log: what the folded table is, what a second fetch changes, and what becomes of faults."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import feedparser
import pytest

from serp_radio_pipeline.console.client import SearchConsole
from serp_radio_pipeline.console.errors import (
    ConsoleUnavailableError,
    PropertyRefusedError,
    QuotaError,
    ReconnectError,
)
from serp_radio_pipeline.console.source import Source, SourceError, make_source
from serp_radio_pipeline.ingest.demo_series import DEMO, demo_series, generate_export_zip
from serp_radio_pipeline.ingest.export import ExportRefusedError, ReadingLimits
from serp_radio_pipeline.ingest.restatements import Change
from serp_radio_pipeline.storage.console_log import LoggedFetch, fetch_tenant
from serp_radio_pipeline.storage.source_trouble import read_trouble
from serp_radio_pipeline.storage.sources import NotConnectedError, write_source
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.storage.tenant_feed import write_feed_and_page_if_any
from serp_radio_pipeline.storage.upload_log import UploadLog
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.console.clients import client_of
from serp_radio_pipeline_tests.console.console_server import ConsoleServer, Fault, console_server
from serp_radio_pipeline_tests.console.made_up_site import Site, made_up_site
from serp_radio_pipeline_tests.radio.page_reading import Page
from serp_radio_pipeline_tests.storage.test_tenant_feed import put_episode

TENANT = Tenant("my-company")
SITE = "sc-domain:demo.example"
YESTERDAY = dt.date(2026, 3, 23)
NOW = dt.datetime(2026, 3, 25, 5, tzinfo=dt.UTC)
"""In California it is still the 24th."""


class Desk:
    """A store with one connected tenant, and a Search Console that knows the made-up site."""

    def __init__(self, folder: Path, server: ConsoleServer) -> None:
        self.server, self.store = server, LocalStore(folder)
        self.log = UploadLog(self.store, ReadingLimits())
        self.page_writes = 0
        server.sites[SITE] = made_up_site(YESTERDAY)
        self.connect()

    @property
    def site(self) -> Site:
        return self.server.sites[SITE]

    def connect(self, *, details: bool = True) -> None:
        write_source(self.store, TENANT, make_source(SITE, "env:SECRET", details=details))

    def fetch(self, days_later: int = 0, console_of: Callable[[Source], SearchConsole] | None = None) -> LoggedFetch:
        def say_on_page() -> None:
            self.page_writes += 1
            write_feed_and_page_if_any(self.store, TENANT, "", 10, locale="en")

        client = console_of or (lambda source: client_of(self.server, []))
        return fetch_tenant(self.log, TENANT, client, NOW + dt.timedelta(days=days_later), say_on_page)

    def rows(self) -> dict[dt.date, tuple[int, int, float | None, bool]]:
        rows = self.log.history(TENANT).metrics.rows
        return {row.date: (row.clicks, row.impressions, row.position, row.is_provisional) for row in rows}

    def rows_of_server(self) -> dict[dt.date, tuple[int, int, float | None, bool]]:
        incomplete = self.site.first_incomplete or dt.date.max
        return {date: (*numbers, date >= incomplete) for date, (_, *numbers) in self.site.days.items()}  # type: ignore[misc]

    def uploads(self) -> list[str]:
        return [entry.name for entry in self.log.entries(TENANT)]

    def page(self) -> str:
        return " ".join(Page(self.store.get(f"tenants/{TENANT}/index.html")).words)

    def description(self) -> str:
        return str(feedparser.parse(self.store.get(f"tenants/{TENANT}/feed.xml")).feed.description)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with console_server(tmp_path / "server") as server:
        yield Desk(tmp_path / "store", server)


def test_the_first_fetch_holds_every_day_to_the_last_digit(desk: Desk) -> None:
    found = desk.fetch()
    assert desk.rows() == desk.rows_of_server()
    assert (found.span.first, found.span.last) == (dt.date(2024, 11, 24), YESTERDAY)
    assert desk.uploads() == ["search-console-api-2024-11-24-to-2026-03-23.jsonl"]
    assert found.in_lines() == [
        "sc-domain:demo.example, 2024-11-24 to 2026-03-23: 210 days from 2025-08-26 to 2026-03-23, 2 of them "
        "provisional; queries and pages of 56 days"
    ]


def test_a_second_fetch_changes_nothing_that_was_not_restated(desk: Desk) -> None:
    desk.fetch()
    before = desk.log.history(TENANT)
    asked = len(desk.server.asked)
    found = desk.fetch()
    after = desk.log.history(TENANT)
    assert found.span.days == 5
    assert found.added is not None
    assert found.added.changes == ()
    assert after.metrics.data_version() == before.metrics.data_version()
    assert after.known_on(YESTERDAY).data_version() == before.known_on(YESTERDAY).data_version()
    assert {tuple(body["dimensions"]) for body in desk.server.asked[asked:]} == {("date",)}  # details were all there


def test_what_was_restated_is_taken_over_and_said(desk: Desk) -> None:
    desk.fetch()
    day = YESTERDAY - dt.timedelta(days=1)
    _, clicks, impressions, position = desk.site.days[day]
    desk.site.say(day, clicks + 7, impressions, position)
    desk.site.first_incomplete = None
    found = desk.fetch()
    assert found.added is not None
    assert found.added.changes == (Change(day, "clicks", clicks, clicks + 7),)
    assert desk.rows() == desk.rows_of_server()


def test_once_a_week_35_days_are_asked_for(desk: Desk) -> None:
    desk.server.sites[SITE] = made_up_site(YESTERDAY + dt.timedelta(days=9))
    desk.site.first_incomplete = None
    spans = [desk.fetch(day).span.days for day in (0, 1, 2, 7, 8, 9)]
    assert spans == [485, 5, 5, 35, 5, 5]


def test_a_day_that_had_nothing_is_zero_inside_and_unknown_outside(desk: Desk) -> None:
    gap, end = YESTERDAY - dt.timedelta(days=10), YESTERDAY
    del desk.site.days[gap]
    del desk.site.days[end]
    desk.fetch()
    assert desk.rows()[gap] == (0, 0, None, False)
    assert end not in desk.rows()
    assert {date: row for date, row in desk.rows().items() if date != gap} == desk.rows_of_server()


def test_a_site_without_data_adds_nothing(desk: Desk) -> None:
    desk.site.days.clear()
    found = desk.fetch()
    assert found.added is None
    assert found.in_lines() == [f"{SITE} has no day with data from 2024-11-24 to 2026-03-23."]
    assert desk.uploads() == []


def test_queries_and_pages_of_28_days_are_compared_with_those_before(desk: Desk) -> None:
    desk.fetch()
    final = YESTERDAY - dt.timedelta(days=2)
    queries, pages = desk.log.history(TENANT).known_on(final).comparisons
    assert (queries.dimension, pages.dimension, queries.known_on) == ("query", "page", final)
    days = [final - dt.timedelta(days=back) for back in range(28)]
    for row in queries.now.rows:
        given = [found for day in days for found in desk.site.queries[day] if found[0] == row.label]
        assert row.clicks == sum(found[1] for found in given)
        assert row.impressions == sum(found[2] for found in given)
        assert row.position == pytest.approx(sum(found[2] * found[3] for found in given) / row.impressions)
    assert queries.now.total_clicks == sum(desk.site.days[day][1] for day in days)
    assert queries.now.unlisted_share is not None
    assert 0.3 < queries.now.unlisted_share < 0.6


def test_without_details_only_days_are_asked_for_and_they_are_fetched_once_switched_on(desk: Desk) -> None:
    desk.connect(details=False)
    desk.fetch()
    assert {tuple(body["dimensions"]) for body in desk.server.asked} == {("date",)}
    assert desk.log.history(TENANT).details == {}
    desk.connect()
    desk.fetch()
    assert len(desk.log.history(TENANT).details) == 2 * 56


def test_each_day_of_details_is_asked_for_alone_and_once(desk: Desk) -> None:
    desk.fetch()
    desk.site.first_incomplete = None
    desk.fetch()
    asked = [body for body in desk.server.asked if body["dimensions"] == ["query"] and body["startRow"] == 0]
    assert all(body["startDate"] == body["endDate"] for body in asked)
    days = [body["startDate"] for body in asked]
    assert len(days) == len(set(days)) == 58


def test_a_quota_that_ends_among_details_keeps_the_days_and_goes_on_next_time(desk: Desk) -> None:
    whole = desk.server.query

    def until_used_up(name: str, body: dict[str, object]) -> object:
        if len(desk.server.asked) > 20:
            return 429, {"error": {"errors": [{"reason": "quotaExceeded"}]}}
        return whole(name, body)  # type: ignore[arg-type]

    desk.server.query = until_used_up  # type: ignore[method-assign, assignment]
    found = desk.fetch()
    assert "still missing, and the next fetch asks again" in found.in_lines()[1]
    assert desk.rows() == desk.rows_of_server()
    some = len(desk.log.history(TENANT).details)
    assert 0 < some < 112
    desk.server.query = whole  # type: ignore[method-assign]
    assert desk.fetch().fetched.trouble == ""
    assert len(desk.log.history(TENANT).details) == 112


def test_a_day_whose_details_cant_be_leaves_the_others_and_is_asked_for_again(desk: Desk) -> None:
    day = YESTERDAY - dt.timedelta(days=5)
    good = desk.site.queries[day]
    desk.site.queries[day] = [("more clicks than impressions", 5, 4, 1.0)]
    assert "still missing" in desk.fetch().fetched.trouble
    assert len(desk.log.history(TENANT).details) == 110
    desk.site.queries[day] = good
    assert desk.fetch().fetched.trouble == ""
    assert len(desk.log.history(TENANT).details) == 112


def test_uploads_and_fetches_of_one_property_are_one_series(desk: Desk) -> None:
    days = demo_series(DEMO, YESTERDAY)[:-2]
    desk.log.add(TENANT, "demo.example-Performance-on-Search-2026-03-24.zip", generate_export_zip(days), NOW)
    found = desk.fetch(1)
    assert desk.rows() | desk.rows_of_server() == desk.rows()
    assert found.added is not None
    assert {change.metric for change in found.added.changes} == {"position"}  # which an export rounds
    assert desk.log.history(TENANT).refused == ()


def test_another_property_than_the_uploads_is_refused_and_nothing_is_written(desk: Desk) -> None:
    days = demo_series(DEMO, YESTERDAY)[:-2]
    desk.log.add(TENANT, "other.example-Performance-on-Search-2026-03-24.zip", generate_export_zip(days), NOW)
    with pytest.raises(ExportRefusedError, match="counts another property"):
        desk.fetch()
    assert len(desk.uploads()) == 1


def test_another_scale_than_the_uploads_is_refused(desk: Desk) -> None:
    for day, (_, clicks, impressions, position) in list(desk.site.days.items()):
        desk.site.say(day, clicks // 3, impressions // 3 or 1, position)
    desk.log.add(TENANT, "Chart.zip", generate_export_zip(demo_series(DEMO, YESTERDAY)), NOW)
    with pytest.raises(ExportRefusedError, match="times as many, so it counts something else"):
        desk.fetch(1)


@pytest.mark.parametrize(
    ("fault", "kind"), [(Fault(500), ConsoleUnavailableError), (Fault(429, "quotaExceeded"), QuotaError)], ids=str
)
def test_what_may_pass_writes_nothing_and_is_no_reason_to_reconnect(
    desk: Desk, fault: Fault, kind: type[Exception]
) -> None:
    desk.server.faults.extend([fault] * 9)
    with pytest.raises(kind):
        desk.fetch()
    assert desk.uploads() == []
    assert read_trouble(desk.store, TENANT) is None
    assert desk.page_writes == 0


def test_revoked_credentials_are_on_page_and_feed_until_the_next_good_fetch(desk: Desk) -> None:
    put_episode(desk.store, 0, tenant=TENANT.slug)
    desk.fetch()
    desk.server.fault_of_tokens = "invalid_grant"
    for day in (1, 2):
        with pytest.raises(ReconnectError, match="reconnect"):
            desk.fetch(day)
    notice = "Since 2026-03-26, Search Console lets nothing be fetched: it must be connected again."
    assert notice in desk.page()
    assert desk.description().endswith(notice)
    assert desk.page_writes == 1
    desk.server.fault_of_tokens = ""
    desk.fetch(3)
    assert read_trouble(desk.store, TENANT) is None
    assert "Search Console" not in desk.page()
    assert "Search Console" not in desk.description()
    assert desk.page_writes == 2


def test_a_property_that_may_not_be_read_any_more_is_marked(desk: Desk) -> None:
    desk.site.permission = "siteUnverifiedUser"
    with pytest.raises(PropertyRefusedError):
        desk.fetch()
    trouble = read_trouble(desk.store, TENANT)
    assert trouble is not None
    assert "may not read the property" in trouble.sentence


def test_a_source_that_was_damaged_is_marked(desk: Desk) -> None:
    desk.store.put(f"tenants/{TENANT}/sources.yaml", b"property: x\n")
    with pytest.raises(SourceError, match=r"my-company's sources.yaml: 'property' can't be used"):
        desk.fetch()
    assert read_trouble(desk.store, TENANT) is not None


def test_a_tenant_without_a_source_gets_no_folder(desk: Desk) -> None:
    with pytest.raises(NotConnectedError, match="'serp-radio connect nobody"):
        fetch_tenant(desk.log, Tenant("nobody"), lambda source: client_of(desk.server, []), NOW, lambda: None)
    assert desk.store.folders("tenants/") == (TENANT.slug,)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"trouble": 5}', b'{"trouble": {"since": "soon"}}'])
def test_a_damaged_mark_is_none(desk: Desk, content: bytes) -> None:
    desk.store.put(f"tenants/{TENANT}/source_trouble.json", content)
    assert read_trouble(desk.store, TENANT) is None


def test_nothing_secret_is_in_the_store(desk: Desk) -> None:
    desk.fetch()
    desk.server.fault_of_tokens = "invalid_grant"
    with pytest.raises(ReconnectError):
        desk.fetch(1)
    kept = b"".join(desk.store.get(stored.key) for stored in desk.store.list(""))
    assert [secret for secret in desk.server.unspeakable if secret.encode() in kept] == []
