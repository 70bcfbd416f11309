"""`make pictures`: the pictures of README and docs, drawn anew from episodes of made-up sites.

It makes the episodes as a user does, opens the page and the Dagster UI in Debian's Chromium, and listens to the MP3.
"""

import datetime as dt
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from pictures.spectrogram import spectrogram_png
from serp_radio_pipeline.audio.listening import decode_mp3
from serp_radio_pipeline.ingest.demo_series import (
    DEMO,
    HARD_SETS,
    demo_series,
    generate_export_csv,
    generate_export_zip,
)
from serp_radio_pipeline.music.score import Score
from system_tests.browser import FLAGS, PATIENCE_MS, PROGRAMS
from system_tests.conftest import serp_radio
from system_tests.debian_packages import install
from system_tests.s3_server import free_ports
from system_tests.station import Station, answers

DAY = dt.date(2026, 3, 22)
TENANT = "my-company"
FLEET = ("rising", "falling", "gaps", "update", "weekend site", "office week", "spikes")
"""Sets of the generator that stand for an agency's other sites."""
FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
EPISODES_BEFORE = 6
"""Weekly episodes before the last, for the tenant's page to show."""
LISTENING_AT = 30.0
"""Second of the episode at which the page is shown."""
SETTLES_MS = 4000
COLOURS = 128


def main() -> None:
    """Draw every picture into docs/pictures."""
    install(PROGRAMS)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        station = Station.on_this_machine(Path(folder))
        station.environment["SERP_RADIO_UNATTENDED"] = "off"
        _make_episodes(station)
        _spectrogram(station)
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path="/usr/bin/chromium",
                    args=[*FLAGS, "--autoplay-policy=no-user-gesture-required"],
                )
                for scheme in ("light", "dark"):
                    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
                    _episode_page(station, page, f"episode-{scheme}")
                phone = browser.new_page(viewport={"width": 390, "height": 844}, device_scale_factor=2)
                _episode_page(station, phone, "episode-phone")
                _dagster(station, browser.new_page(viewport={"width": 1500, "height": 1000}))
                _pages(station, browser.new_page(viewport={"width": 1280, "height": 1000}))
                browser.close()
        finally:
            station.stop()
    for path in sorted(FOLDER.glob("*.png")):
        print(f"{path.name}: {path.stat().st_size // 1000} kB")


def _make_episodes(station: Station) -> None:
    export = station.folder / f"{TENANT}-Performance-on-Search.zip"
    export.write_bytes(generate_export_zip(demo_series(DEMO, DAY)))
    serp_radio(station.environment, "upload", TENANT, export)
    for name in FLEET:
        export = station.folder / f"{name.replace(' ', '-')}.csv"
        export.write_bytes(generate_export_csv(demo_series(HARD_SETS[name], DAY)))
        serp_radio(station.environment, "upload", f"{name.replace(' ', '-')}-site", export)
    for weeks in range(EPISODES_BEFORE, 0, -1):
        serp_radio(station.environment, "sonify", TENANT, "--date", DAY - dt.timedelta(weeks=weeks))
    serp_radio(station.environment, "sonify", "--all", "--date", DAY)


def _spectrogram(station: Station) -> None:
    score = Score.from_json(station.store.get(f"tenants/{TENANT}/controls/{DAY}.json"))
    parts = [(score.seconds(part.tick), part.marker.removeprefix("week 2026-")) for part in score.sections]
    audio = decode_mp3(station.store.get(f"tenants/{TENANT}/mp3/{DAY}.mp3"))
    spectrogram_png(audio, parts, str(FOLDER / "spectrogram.png"))


def _episode_page(station: Station, page: Page, name: str) -> None:
    file = station.folder / "episode.html"
    file.write_bytes(station.store.get(f"tenants/{TENANT}/episode/{DAY}.html"))
    page.goto(file.as_uri())
    page.keyboard.press("Space")
    page.evaluate("second => { audio.currentTime = second }", LISTENING_AT)
    page.wait_for_function("second => audio.currentTime > second + 0.3", arg=LISTENING_AT)
    page.keyboard.press("Space")
    _keep(page, name)


def _dagster(station: Station, page: Page) -> None:
    (port,) = free_ports(1)
    address = f"http://127.0.0.1:{port}"
    station.start(("serp-radio", "dev", "--port", str(port)))
    station.wait_for("the UI", lambda: answers(address))
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{address}/asset-groups")
    page.get_by_text("ingest").first.wait_for()
    page.wait_for_timeout(SETTLES_MS)
    page.mouse.move(900, 500)
    page.keyboard.press("Alt+e")  # opens every group
    page.get_by_text("raw_metrics").first.wait_for()
    page.wait_for_timeout(SETTLES_MS)
    _keep(page, "asset-graph")
    page.goto(f"{address}/assets/controls?view=partitions&partition={DAY}%7C{TENANT}")
    page.get_by_role("cell", name="what is heard", exact=True).wait_for()
    page.wait_for_timeout(SETTLES_MS)
    _keep(page, "controls")
    page.goto(f"{address}/assets/tenant_overview")
    page.get_by_role("button", name="Materialize").first.click()
    station.wait_for("the overview", lambda: station.store.exists("catalog/fleet.html"))
    station.wait_for("the end of its run", station.is_idle)


def _pages(station: Station, page: Page) -> None:
    """The tenant's and the fleet's page, as they lie in the store: beside the sounds that they name."""
    store = Path(station.environment["SERP_RADIO_STORE"])
    for name, key in (("tenant", f"tenants/{TENANT}/index.html"), ("fleet", "catalog/fleet.html")):
        page.goto((store / key).as_uri())
        page.wait_for_timeout(SETTLES_MS // 4)
        _keep(page, name)


def _keep(page: Page, name: str) -> None:
    """Keep what is seen, in few colours: a page has no more, and the file is a quarter as large."""
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path)
    with Image.open(path) as image:
        image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
