"""The tenant's and the fleet's page in a real browser, from their files: heard, sorted by keyboard, for everybody."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from serp_radio_pipeline.ingest.demo_series import DEMO, demo_series, generate_export_zip
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.radio.feed_entry import FeedEntry
from serp_radio_pipeline.radio.fleet_page import fleet_page
from serp_radio_pipeline.radio.overview import Overview, TenantState
from serp_radio_pipeline.storage.tenant_feed import write_feed_and_page
from serp_radio_pipeline.tenant import Tenant
from system_tests.browser import FLAGS, PATIENCE_MS, PROGRAMS, SIZES, check_accessible
from system_tests.conftest import serp_radio
from system_tests.debian_packages import install
from system_tests.station import Station

TENANT = Tenant("my-company")
DAY = dt.date(2026, 3, 22)
DAYS_MADE = (0, 7)
"""How long before that day are the days whose episodes are really made."""
NAMES = (
    "acme",
    "bakery-on-the-corner",
    "cycle-works",
    "dentist",
    "fjord-cabins",
    "green-grocers",
    "hotel",
    "jazz-club",
)


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """A station with two episodes, and a year of entries whose sounds are gone."""
    station = Station.on_this_machine(tmp_path_factory.mktemp("pages"))
    series = demo_series(DEMO, DAY)
    export = station.folder / "demo.example-Performance-on-Search.zip"
    export.write_bytes(generate_export_zip(series))
    serp_radio(station.environment, "upload", TENANT, export)
    for days_ago in DAYS_MADE:
        serp_radio(station.environment, "sonify", TENANT, "--date", DAY - dt.timedelta(days=days_ago))
    made = FeedEntry.from_json(station.store.get(f"tenants/{TENANT}/feed/{DAY}.json"))
    labels = list(Label)
    for row in series:
        key = f"tenants/{TENANT}/feed/{row.date}.json"
        if not station.store.exists(key):
            figures = {"clicks": row.clicks, "impressions": row.impressions, "ctr": row.ctr, "position": row.position}
            label = labels[row.date.isocalendar().week % 4]
            entry = replace(made, date=row.date, label=label, figures={k: v and float(v) for k, v in figures.items()})
            station.store.put(key, entry.to_json())
    # its sound is listed when the page is made, and gone when somebody wants to hear it
    gone = f"tenants/{TENANT}/mp3/{DAY - dt.timedelta(days=1)}.mp3"
    station.store.put(gone, b"ID3")
    write_feed_and_page(station.store, TENANT, "", 100)
    (station.folder / "store" / gone).unlink()
    yield station
    station.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    install(PROGRAMS)
    with sync_playwright() as playwright:
        flags = [*FLAGS, "--autoplay-policy=no-user-gesture-required"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, file: Path) -> Iterator[Page]:
    """Open a page from its file; whatever it asks of the network, or complains of, fails the test that looks last."""
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url) if request.url.startswith("http") else None)
    page.goto(file.as_uri())
    yield page
    assert complaints == []


@pytest.fixture(scope="module")
def tenant(station: Station, browser: Browser) -> Iterator[Page]:
    """The tenant's page, opened where it lies in the store."""
    with opened(browser, station.folder / "store" / "tenants" / TENANT.slug / "index.html") as page:
        yield page


@pytest.fixture(scope="module")
def fleet(station: Station, browser: Browser) -> Iterator[Page]:
    """The fleet's page: tenants of every label, one without an episode, one whose check failed."""
    labels = list(Label)
    states = [
        TenantState(
            Tenant(name), True, DAY, labels[index % 4], "passed", tuple(range(100 + 9 * index, 128 + 9 * index))
        )
        for index, name in enumerate(NAMES)
    ]
    states[3] = TenantState(Tenant(NAMES[3]), True, checks="run failed")
    states[4] = replace(states[4], checks="failed: every_upload_was_read")
    file = station.folder / "fleet.html"
    file.write_bytes(fleet_page(Overview(dt.datetime(2026, 3, 25, 7, tzinfo=dt.UTC), tuple(states))))
    with opened(browser, file) as page:
        yield page


def column(page: Page, number: int) -> list[str]:
    """What stands in a column of the sortable table, from top to bottom."""
    rows = page.locator(".sortable tbody tr").all()
    return [row.locator("th, td").nth(number).inner_text() for row in rows]


def sort_by_keyboard(page: Page, heading: str) -> None:
    page.get_by_role("columnheader", name=heading).get_by_role("button").focus()
    page.keyboard.press("Enter")


def test_two_days_play_in_turn_and_switching_stays_at_the_same_place(tenant: Page) -> None:
    tenant.locator("#day-a").select_option(label="2026-03-22 Sun: momentum up")
    tenant.locator("#day-b").select_option(index=2)
    tenant.locator("#turn").focus()
    tenant.keyboard.press("Space")
    tenant.wait_for_function(
        "() => !document.querySelector('#sound-a').paused && document.querySelector('#sound-a').currentTime > 0.5"
    )
    expect(tenant.locator("#now")).to_have_text("First: 2026-03-22, momentum up")
    tenant.evaluate("document.querySelector('#sound-a').currentTime = 20")
    tenant.keyboard.press("Tab")
    tenant.keyboard.press("Enter")
    tenant.wait_for_function(
        "() => !document.querySelector('#sound-b').paused && document.querySelector('#sound-b').currentTime > 20"
    )
    assert tenant.evaluate("document.querySelector('#sound-a').paused")
    tenant.keyboard.press("Enter")
    tenant.wait_for_function("() => !document.querySelector('#sound-a').paused")
    # the first one's end is the second one's beginning
    tenant.evaluate(
        "document.querySelector('#sound-a').currentTime = document.querySelector('#sound-a').duration - 0.3"
    )
    tenant.wait_for_function(
        "() => !document.querySelector('#sound-b').paused && document.querySelector('#sound-b').currentTime < 15"
    )
    expect(tenant.locator("#now")).to_contain_text("Second: 2026-03-15")
    tenant.locator("#turn").click()
    assert tenant.evaluate("document.querySelector('#sound-b').paused")
    expect(tenant.locator("#turn-word")).to_have_text("Play in turn")


def test_a_sound_that_is_absent_is_said_and_the_other_plays(tenant: Page) -> None:
    tenant.locator("#day-a").select_option(index=1)
    tenant.locator("#day-b").select_option(index=0)
    tenant.locator("#turn").click()
    expect(tenant.locator("#gone-a")).to_contain_text("The sound of 2026-03-21 is not there: mp3/2026-03-21.mp3")
    tenant.wait_for_function("() => !document.querySelector('#sound-b').paused")
    tenant.locator("#turn").click()


def test_a_click_on_the_calendar_chooses_a_day(tenant: Page) -> None:
    tenant.locator("[data-date='2026-03-15']").click()
    expect(tenant.locator("#side-a")).to_contain_text("2026-03-15")
    expect(tenant.locator(".calendar .chosen")).to_have_count(2)


def test_the_calendar_is_read_out_as_words(tenant: Page) -> None:
    words = tenant.locator(".calendar [data-date]").all_inner_texts()
    assert len(words) == 210
    assert words.count("") == 0
    assert "22 March 2026: momentum up" in words


def test_every_number_of_an_episode_stands_in_the_table(tenant: Page, station: Station) -> None:
    row = tenant.locator(".sortable tbody tr").filter(has=tenant.locator(f"time[datetime='{DAY}']"))
    entry = FeedEntry.from_json(station.store.get(f"tenants/{TENANT}/feed/{DAY}.json"))
    cells = row.locator("th, td").all_inner_texts()
    assert cells[0] == str(DAY)
    assert float(cells[2].replace(",", "")) == entry.figures["clicks"]
    assert row.get_by_role("link").get_attribute("href") == f"episode/{DAY}.html"


def test_the_episodes_are_sorted_by_keyboard(tenant: Page) -> None:
    sort_by_keyboard(tenant, "Clicks")
    numbers = [int(text.replace(",", "")) for text in column(tenant, 2) if text != "none"]
    assert numbers == sorted(numbers)
    sort_by_keyboard(tenant, "Clicks")
    assert [int(text.replace(",", "")) for text in column(tenant, 2) if text != "none"] == numbers[::-1]
    heading = tenant.get_by_role("columnheader", name="Clicks")
    assert heading.get_attribute("aria-sort") == "descending"
    expect(tenant.locator("#sorted")).to_have_text("Sorted by Clicks, descending")
    sort_by_keyboard(tenant, "Day")
    sort_by_keyboard(tenant, "Day")


def test_the_fleet_is_worst_first_and_sorted_by_keyboard(fleet: Page) -> None:
    assert column(fleet, 0)[:2] == ["dentist", "fjord-cabins"]
    sort_by_keyboard(fleet, "Tenant")
    assert column(fleet, 0) == sorted(NAMES)
    sort_by_keyboard(fleet, "Clicks, 7 days")
    assert column(fleet, 2)[-1] == ""  # nobody knows: last, whichever way
    sort_by_keyboard(fleet, "Verdict")
    assert column(fleet, 0)[:2] == ["dentist", "fjord-cabins"]


def test_a_tenant_is_found_by_typing(fleet: Page) -> None:
    fleet.get_by_label("Find").fill("hotel")
    expect(fleet.locator(".sortable tbody tr:visible")).to_have_count(1)
    expect(fleet.locator("#sorted")).to_have_text("1 shown")
    fleet.get_by_label("Find").fill("")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["tenant", "fleet"])
def test_pages_are_accessible_and_fit_at_every_size_by_day_and_by_night(
    tenant: Page, fleet: Page, name: str, size: str, scheme: str
) -> None:
    check_accessible({"tenant": tenant, "fleet": fleet}[name], name, size, scheme)
