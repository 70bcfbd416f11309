"""The episode's page in a real browser, from its file: it plays, its cursor follows, its keys work for everybody."""

import datetime as dt
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.episode_in_browser import seen_by
from serp_radio_pipeline.ingest.demo_series import DEMO, demo_series, generate_export_zip
from serp_radio_pipeline.music.score import TICKS_PER_BEAT, Score
from system_tests.browser import FLAGS, PATIENCE_MS, PROGRAMS, SIZES, check_accessible
from system_tests.conftest import serp_radio
from system_tests.debian_packages import install
from system_tests.station import Station

DAY = dt.date(2026, 3, 22)
CURSOR = "document.querySelector('#lane-clicks .cursor').transform.baseVal[0].matrix.e / 10"
"""Where the cursor stands, in days of the window."""


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """A station with one episode."""
    station = Station.on_this_machine(tmp_path_factory.mktemp("page"))
    export = station.folder / "demo.example-Performance-on-Search.zip"
    export.write_bytes(generate_export_zip(demo_series(DEMO, DAY)))
    serp_radio(station.environment, "upload", "my-company", export)
    serp_radio(station.environment, "sonify", "my-company", "--date", DAY)
    yield station
    station.stop()


@pytest.fixture(scope="module")
def score(station: Station) -> Score:
    return Score.from_json(station.store.get(f"tenants/my-company/controls/{DAY}.json"))


@pytest.fixture(scope="module")
def page(station: Station) -> Iterator[Page]:
    """The page as a browser has it, opened from a file; whatever it complains of fails the test that looks."""
    install(PROGRAMS)
    file = station.folder / "episode.html"
    file.write_bytes(station.store.get(f"tenants/my-company/episode/{DAY}.html"))
    with sync_playwright() as playwright:
        flags = [*FLAGS, "--autoplay-policy=no-user-gesture-required"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        opened = browser.new_page()
        opened.set_default_timeout(PATIENCE_MS)
        complaints: list[str] = []
        opened.on("console", lambda message: complaints.append(message.text))
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.on("request", lambda request: complaints.append(request.url) if request.url.startswith("http") else None)
        opened.goto(file.as_uri())
        yield opened
        browser.close()
    assert complaints == []


def series_start(score: Score) -> float:
    return score.seconds(score.days[0].tick)


def beat(score: Score) -> float:
    return score.seconds(TICKS_PER_BEAT)


def test_the_cursor_follows_the_sound(page: Page, score: Score) -> None:
    page.keyboard.press("Space")
    expect(page.locator("#play-word")).to_have_text("Pause")
    for second in (15.0, 30.0, 44.0):
        page.evaluate("second => { audio.currentTime = second }", second)
        page.wait_for_function("second => audio.currentTime > second + 0.3", arg=second)
        # both in one breath, or the sound goes on between them
        now, day = page.evaluate(f"() => [audio.currentTime, {CURSOR}]")
        expected = (now - series_start(score)) / beat(score)
        assert abs(day - expected) * beat(score) < 0.1
    page.keyboard.press("Space")
    expect(page.locator("#play-word")).to_have_text("Play")


def test_nothing_jumps_while_the_page_loads(station: Station, page: Page) -> None:
    file = station.folder / "episode still loading.html"
    file.write_bytes(station.store.get(f"tenants/my-company/episode/{DAY}.html"))
    browser = page.context.browser
    assert browser is not None
    for width, height in SIZES.values():
        assert seen_by(browser, file, {"width": width, "height": height}).layout_shift == 0


def test_every_key_does_what_the_page_says(page: Page, score: Score) -> None:
    page.evaluate("second => jump(second)", series_start(score) + 10.5 * beat(score))
    for key, day in (("ArrowRight", 11), ("ArrowRight", 12), ("ArrowLeft", 11)):
        page.keyboard.press(key)
        assert page.evaluate("audio.currentTime") == pytest.approx(series_start(score) + day * beat(score), abs=0.05)
        expect(page.locator("#said")).to_contain_text(score.days[day].date.isoformat())
    for key, lane in (("PageDown", "clicks"), ("PageDown", "impressions"), ("PageUp", "clicks")):
        page.keyboard.press(key)
        expect(page.locator(".lane.chosen")).to_have_id(f"lane-{lane}")
    for key, speed in (("]", 1.25), ("]", 1.5), ("[", 1.25), ("[", 1)):
        page.keyboard.press(key)
        assert page.evaluate("audio.playbackRate") == speed


def test_every_event_week_and_line_of_the_transcript_leads_to_its_place(page: Page, score: Score) -> None:
    for details in page.locator("details").all():
        details.evaluate("one => { one.open = true }")
    buttons = page.locator("[data-seek]")
    assert buttons.count() >= len(score.weeks) + len(score.sections) + len(score.events)
    for button in buttons.all():
        button.evaluate("one => one.click()")
        assert page.evaluate("audio.currentTime") == pytest.approx(
            float(button.get_attribute("data-seek") or -1), abs=0.05
        )
    for event in score.events:
        assert page.get_by_role("button", name=event.sentence).count() >= 1


def test_the_table_holds_the_scores_numbers(page: Page, score: Score) -> None:
    rows = page.locator(".scroll tbody tr")
    assert rows.count() == len(score.days)
    for row, day in zip(rows.all(), reversed(score.days), strict=True):
        cells = row.locator("th, td").all_inner_texts()
        assert cells[0] == day.date.isoformat()
        assert int(cells[1].replace(",", "")) == day.clicks
        assert int(cells[2].replace(",", "")) == day.impressions


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_it_is_accessible_and_fits_at_every_size_by_day_and_by_night(page: Page, size: str, scheme: str) -> None:
    check_accessible(page, "episode", size, scheme)
