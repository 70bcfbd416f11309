"""The API as a person and a program meet it: with its daemon, in a real browser, until the sound is there."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from serp_radio_pipeline.radio.palette import LABEL_WORDS
from system_tests.browser import SIZES, Viewer, browsing, check_accessible
from system_tests.served import Served
from system_tests.station import LAST_DAY, PATIENCE_SECONDS, Station, answers, export_until

DOCUMENT = (Path(__file__).parents[1] / "docs" / "api.md").read_text(encoding="utf-8")
SHOWN_ADDRESS = "http://127.0.0.1:8080"


def shown(language: str) -> str:
    """Return the example that docs/api.md shows in that language."""
    (block,) = re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)
    return str(block)


HEARD = """() => new Promise(heard => {
  const audio = document.getElementById('audio')
  audio.addEventListener('timeupdate', () => audio.currentTime > 0.5 && heard(true))
})"""


def address_of(viewer: Viewer) -> str:
    return viewer.page.url.rstrip("/")


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    """Who looks at the page of a station of one's own: API, UI and daemon, started by one command."""
    served = Served(Station.on_this_machine(tmp_path_factory.mktemp("api")))
    station = served.station
    try:
        served.start()
        pictures = Path(os.environ.get("SCREENSHOTS") or station.folder / "pictures")
        with browsing(served.address, station.folder / "profile", pictures) as viewer:
            yield viewer
    finally:
        station.stop()
        # it stopped what it had started
        assert not answers(f"http://127.0.0.1:{served.ui_port}")


def test_the_program_of_another_page_works_as_it_is(viewer: Viewer) -> None:
    viewer.open("")
    program = shown("js").replace("console.log(", "return JSON.stringify(job); (")
    job: dict[str, Any] = json.loads(viewer.page.evaluate(f"async () => {{ {program} }}"))
    assert (job["status"], job["kind"], job["error"]) == ("done", "preview", None)
    assert job["label_summary"]
    with urllib.request.urlopen(address_of(viewer) + job["midi_url"]) as midi:  # noqa: S310 - our own server
        assert midi.read(4) == b"MThd"


def test_the_examples_of_the_documentation_run(viewer: Viewer, tmp_path: Path) -> None:
    viewer.open("")
    (tmp_path / "Chart.csv").write_bytes(export_until(LAST_DAY))
    for command, language in ((["bash", "-e"], "bash"), ([sys.executable], "python")):
        example = shown(language).replace(SHOWN_ADDRESS, address_of(viewer))
        ended = subprocess.run(
            command, input=example, capture_output=True, text=True, cwd=tmp_path, check=True, timeout=PATIENCE_SECONDS
        )
        assert '"error":"' not in ended.stdout, ended.stdout
    assert ended.stdout.startswith("done "), ended.stdout
    assert json.loads((tmp_path / "preview.json").read_text())["status"] == "done"


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
    heading = viewer.page.locator("#label")
    assert heading.text_content() in LABEL_WORDS.values()
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


def test_the_question_which_column_is_which_is_answered_on_the_page(viewer: Viewer, tmp_path: Path) -> None:
    viewer.open("")
    viewer.page.get_by_label("Name of the site").fill("asked")
    ranks = tmp_path / "x.csv"
    ranks.write_text("Word,2026-03-01,2026-03-02\nshoes,3,4\nblue hats,12,11\n")
    viewer.page.get_by_label("An export").set_input_files(ranks)
    expect(viewer.page.get_by_label("Answer")).to_have_value("keyword=Word,rank=*")
    viewer.page.get_by_role("button", name="Read it so").click()
    expect(viewer.page.get_by_role("cell", name="Word", exact=True)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", sorted(SIZES))
def test_the_page_can_be_used_by_everybody(viewer: Viewer, size: str, scheme: str) -> None:
    viewer.open("")
    check_accessible(viewer.page, "front page", size, scheme)
