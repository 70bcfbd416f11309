"""The Dagster UI in a real browser, started as a user starts it: an episode is made by hand, and a fleet looked at."""

import datetime as dt
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from serp_radio_pipeline.ingest.demo_series import DEMO, demo_series, generate_export_zip
from system_tests.browser import Viewer, browsing
from system_tests.conftest import serp_radio
from system_tests.s3_server import free_ports
from system_tests.station import PATIENCE_SECONDS, Station, answers

DAY = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=3)
FIRST_DAY = DAY - dt.timedelta(days=DEMO.days - 1)


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """A station of one's own with two tenants' exports, and two files of other hands that are none."""
    station = Station.on_this_machine(tmp_path_factory.mktemp("ui"))
    station.environment["SERP_RADIO_UNATTENDED"] = "off"
    export = station.folder / "demo.example-Performance-on-Search.zip"
    export.write_bytes(generate_export_zip(demo_series(DEMO, DAY)))
    for tenant in ("my-company", "torn"):
        serp_radio(station.environment, "upload", tenant, export)
    station.store.put("tenants/torn/uploads/notes.txt", b"call them")
    station.store.put("tenants/broken/uploads/broken.zip", b"PK\x03\x04 not a zip")
    yield station
    station.stop()


@pytest.fixture(scope="module")
def viewer(station: Station) -> Iterator[Viewer]:
    """Who looks at the station; pictures of what was seen are kept where SCREENSHOTS says."""
    (port,) = free_ports(1)
    address = f"http://127.0.0.1:{port}"
    station.start(("serp-radio", "dev", "--port", str(port)))
    station.wait_for("the UI", lambda: answers(address))
    pictures = Path(os.environ.get("SCREENSHOTS") or station.folder / "pictures")
    with browsing(address, station.folder / "profile", pictures) as viewer:
        yield viewer


def test_a_person_makes_an_episode_and_finds_what_it_says_on_every_asset(station: Station, viewer: Viewer) -> None:
    materialise(viewer, "my-company")
    assert station.store.exists(f"tenants/my-company/mp3/{DAY}.mp3")

    look_at_asset(viewer, station, "raw_metrics", "parquet")
    expect(viewer.metadata("dagster/row_count")).to_have_text(str(DEMO.days))
    expect(viewer.metadata("date range")).to_have_text(f"{FIRST_DAY} to {DAY}")
    viewer.sees_picture("clicks")
    expect(viewer.metadata("last 7 days")).to_contain_text(str(DAY))

    look_at_asset(viewer, station, "labels", "json")
    expect(viewer.metadata("label")).to_have_text("MOMENTUM_POS")
    expect(viewer.metadata("reason")).to_contain_text("clicks rising")
    expect(viewer.metadata("weeks")).to_contain_text("no other rule applies")

    look_at_asset(viewer, station, "controls", "json")
    expect(viewer.metadata("what is heard")).to_contain_text("Momentum up: clicks rising")
    viewer.sees_picture("clicks")
    viewer.metadata("piano roll").get_by_text("Show Markdown").click()
    roll = viewer.page.get_by_role("dialog").get_by_role("img", name="piano roll")
    assert roll.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    viewer.keep("piano roll")

    look_at_asset(viewer, station, "midi", "mid")
    expect(viewer.metadata("sections")).to_contain_text("cadence")

    look_at_asset(viewer, station, "mp3", "mp3")
    expect(viewer.metadata("loudness (LUFS)")).to_have_text(re.compile(r"-1[56](\.\d+)?"))
    expect(viewer.metadata("content type")).to_have_text("audio/mpeg")

    for asset, checks in {
        "raw_metrics": ("daily_table_is_sane", "every_upload_was_read"),
        "midi": ("midi_decodes_to_the_data", "midi_keeps_the_order_of_days"),
        "mp3": ("mp3_is_fit_to_publish",),
    }.items():
        for check in checks:
            look_at_check(viewer, asset, check)
            expect(viewer.page.get_by_text("Passed", exact=True)).to_be_visible()
            expect(viewer.page.get_by_text(f"{DAY}|my-company").first).to_be_visible()


def test_a_bad_tenant_is_seen_on_the_fleets_table_and_checks_and_the_others_beside_it(
    station: Station, viewer: Viewer
) -> None:
    for tenant in ("my-company", "torn"):
        serp_radio(station.environment, "sonify", tenant, "--date", DAY)
    look_at_check(viewer, "raw_metrics", "every_upload_was_read")
    expect(viewer.page.get_by_text("notes.txt: no daily table was found in it")).to_be_visible()
    expect(viewer.page.get_by_text("Failed", exact=True).last).to_be_visible()

    viewer.open("assets/tenant_overview")
    viewer.page.get_by_role("button", name="Materialize").first.click()
    station.wait_for("the overview", lambda: station.store.exists("catalog/tenant_overview.json"))
    station.wait_for("the end of its run", station.is_idle)
    viewer.open("assets/tenant_overview")
    expect(viewer.metadata("in trouble")).to_have_text("2")
    rows = viewer.metadata("all tenants").get_by_role("row")
    expect(rows.filter(has_text="broken")).to_contain_text("none")
    expect(rows.filter(has_text="torn")).to_contain_text("failed: every_upload_was_read")
    expect(rows.filter(has_text="my-company")).to_contain_text("passed")
    viewer.keep("tenant_overview")
    viewer.sees_all_of_the_metadata()
    viewer.metadata("tenants").get_by_text("Show Markdown").click()
    dialog = viewer.page.get_by_role("dialog")
    for tenant in ("broken", "torn", "my-company"):
        expect(dialog.get_by_role("row").filter(has_text=tenant).first).to_be_visible()
    expect(dialog.get_by_role("img", name="clicks")).to_have_count(2)
    viewer.keep("tenants")

    look_at_check(viewer, "tenant_overview", "every_tenant_is_fresh")
    expect(viewer.page.get_by_text("1 of 3 tenants late: broken (no episode)")).to_be_visible()


def materialise(viewer: Viewer, tenant: str) -> None:
    """Choose job `sonify`, Materialize all, the day and the tenant, as the README says, and wait for its success."""
    page = viewer.page
    viewer.open("jobs")
    page.get_by_role("link", name="sonify").first.click()
    page.get_by_role("button", name="Materialize all").click()
    dialog = page.get_by_role("dialog").first
    date = dialog.get_by_role("textbox").first
    date.fill(DAY.isoformat())
    date.press("Enter")
    dialog.get_by_text("Select a partition").click()
    page.get_by_role("menuitem", name=tenant).click()
    page.keyboard.press("Escape")
    expect(dialog.get_by_text("1 partition", exact=True)).to_be_visible()
    viewer.keep("materialize")
    dialog.get_by_role("button", name="Launch 1 run").click()
    page.get_by_text("Launched run").locator("..").get_by_role("button", name="View").or_(
        page.get_by_role("link", name="View", exact=True)
    ).first.click()
    expect(page.get_by_text("Success", exact=True).first).to_be_visible(timeout=PATIENCE_SECONDS * 1000)
    viewer.keep("run")


def look_at_asset(viewer: Viewer, station: Station, asset: str, extension: str) -> None:
    """Open an asset's page of the tenant's day; it says where the artefact lies, and shows all that it says."""
    viewer.open(f"assets/{asset}?view=partitions&partition={DAY}%7Cmy-company")
    expect(viewer.page.get_by_text("Materialized", exact=True).first).to_be_visible()
    expect(viewer.metadata("uri")).to_contain_text(station.store.uri(f"tenants/my-company/{asset}/{DAY}.{extension}"))
    viewer.keep(asset)
    viewer.sees_all_of_the_metadata()


def look_at_check(viewer: Viewer, asset: str, check: str) -> None:
    """Open a check's page, and wait for its last execution."""
    viewer.open(f"assets/{asset}?view=checks&checkDetail={check}")
    expect(viewer.page.get_by_text("Evaluation result")).to_be_visible()
    viewer.keep(check)
