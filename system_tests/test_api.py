"""The API as a person and a program meet it: with its daemon, in a real browser, until the sound is there."""

import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from system_tests.browser import SIZES, Viewer, browsing, check_accessible
from system_tests.s3_server import free_ports
from system_tests.station import LAST_DAY, Station, export_until

PROGRAM = """async () => {
  const answer = await fetch('/api/sonify', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({tenant: 'my-company', source: 'demo', use_training: true, momentum: true, override_metrics: {ctr: 0.75, impressions: 0.8, position: 0.9, clicks: 0.7}})})
  const { job_id } = await answer.json()
  for (;;) {
    const job = await (await fetch('/api/jobs/' + job_id)).json()
    if (job.status === 'done') return {...job, midi: (await (await fetch(job.midi_url)).arrayBuffer()).byteLength}
    if (job.status === 'error') throw new Error(job.error)
    await new Promise(resume => setTimeout(resume, 500))
  }
}"""  # noqa: E501 - as a page elsewhere has it

HEARD = """() => new Promise(heard => {
  const audio = document.getElementById('audio')
  audio.addEventListener('timeupdate', () => audio.currentTime > 0.5 && heard(true))
})"""


def lives(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:  # noqa: S310 - our own server
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    """Who looks at the page of a station of one's own: API, UI and daemon, started by one command."""
    station = Station.on_this_machine(tmp_path_factory.mktemp("api"))
    api_port, ui_port = free_ports(2)
    station.environment |= {"SERP_RADIO_UNATTENDED": "off", "SERP_RADIO_API_PORT": str(api_port)}
    address = f"http://127.0.0.1:{api_port}"
    station.start(("serp-radio", "serve", "--with-dagster", "--dagster-port", str(ui_port)))
    try:
        station.wait_for("the API", lambda: lives(address))
        pictures = Path(os.environ.get("SCREENSHOTS") or station.folder / "pictures")
        with browsing(address, station.folder / "profile", pictures) as viewer:
            yield viewer
    finally:
        station.stop()


def test_the_program_of_another_page_works_as_it_is(viewer: Viewer) -> None:
    viewer.open("")
    job: dict[str, Any] = viewer.page.evaluate(PROGRAM)
    assert job["label_summary"]
    assert job["midi"] > 1000
    assert job["kind"] == "preview"


def test_a_file_is_dropped_recognised_and_heard_by_keyboard_alone(viewer: Viewer, tmp_path: Path) -> None:
    asked: list[str] = []
    viewer.page.on("request", lambda request: asked.append(request.url))
    faults: list[str] = []
    viewer.page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    viewer.open("")
    export = tmp_path / "Chart.csv"
    export.write_bytes(export_until(LAST_DAY))
    viewer.page.get_by_label("An export").set_input_files(export)
    expect(viewer.page.get_by_role("cell", name="Clicks", exact=True)).to_be_visible()
    play = viewer.page.get_by_role("button", name="Play the site")
    expect(play).to_be_enabled()
    play.focus()
    viewer.page.keyboard.press("Enter")
    expect(viewer.page.get_by_role("status")).to_contain_text("Ready")
    # it is heard: the sound's own clock runs
    assert viewer.page.evaluate(HEARD)
    assert viewer.page.evaluate("document.getElementById('audio').duration") > 30
    assert all(url.startswith(viewer.page.url) for url in asked), asked
    assert faults == []


def test_what_is_wrong_is_said(viewer: Viewer, tmp_path: Path) -> None:
    viewer.open("")
    wrong = tmp_path / "notes.csv"
    wrong.write_text("call,them\n1,2\n")
    viewer.page.get_by_label("An export").set_input_files(wrong)
    expect(viewer.page.get_by_role("status")).to_contain_text("notes.csv")
    expect(viewer.page.get_by_role("button", name="Play the site")).to_be_disabled()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", sorted(SIZES))
def test_the_page_can_be_used_by_everybody(viewer: Viewer, size: str, scheme: str) -> None:
    viewer.open("")
    check_accessible(viewer.page, "front page", size, scheme)
