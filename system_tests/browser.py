"""Debian's Chromium, driven by Playwright: the Dagster UI as a person sees it, found by what stands on it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect, sync_playwright

from system_tests.debian_packages import install

PATIENCE_MS = 90_000
"""How long a page may take to show something, on a machine that others use too."""

PROGRAMS = {"chromium": "chromium"}
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""What a container without a screen needs; and that the browser talks to nobody but the page."""

LAPTOP = {"width": 1400, "height": 1600}
"""As wide as a laptop's window, and high enough for a screenshot to show what a person would scroll to."""

CUT_OFF = """table => {
    let around = table.parentElement
    while (around && getComputedStyle(around).overflowX === 'visible') around = around.parentElement
    const edge = (around || document.body).getBoundingClientRect().right + 1
    const cells = [...table.querySelectorAll('td')].filter(cell => cell.getBoundingClientRect().right > edge)
    return cells.map(cell => cell.innerText.slice(0, 80))
}"""


SIZES = {"desktop": (1280, 900), "tablet": (820, 1100), "phone": (390, 844)}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def check_accessible(page: Page, name: str, size: str, scheme: str) -> None:
    """Check by axe that a page breaks no rule of WCAG 2.2 AA and is no wider than the window, at a size, light or dark.

    A picture is kept where SCREENSHOTS says.
    """
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.evaluate("scrollTo(0, 0)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page, options={"runOnly": WCAG})
    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found.response["violations"]] == []
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name} {size} {scheme}.png", full_page=True)


class Viewer:
    """A person at the UI: goes to its pages, reads their metadata, and keeps pictures of them."""

    def __init__(self, page: Page, address: str, pictures: Path) -> None:
        self.page, self._address, self._pictures = page, address, pictures

    def open(self, path: str) -> None:
        """Go to a page of the UI."""
        self.page.goto(f"{self._address}/{path}")

    def keep(self, name: str) -> None:
        """Keep a picture of what is seen."""
        self.page.screenshot(path=self._pictures / f"{name}.png")

    def metadata(self, key: str) -> Locator:
        """Return the cell beside a key of the page's metadata."""
        named = self.page.get_by_role("cell", name=key, exact=True)
        # a value may hold a table with rows of its own: the first row is the outer one; some views end it with nothing
        return self.page.get_by_role("row").filter(has=named).first.locator("> td:not(:empty)").last

    def sees_picture(self, key: str) -> None:
        """Check that the value beside a key is a picture that the browser could draw."""
        picture = self.metadata(key).get_by_role("img").first
        expect(picture).to_be_visible()
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0

    def sees_all_of_the_metadata(self) -> None:
        """Check that nothing of the metadata is cut off by the pane that it is in."""
        assert self.page.get_by_role("table").first.evaluate(CUT_OFF) == []


@contextmanager
def browsing(address: str, profile: Path, pictures: Path) -> Iterator[Viewer]:
    """Open a browser on the UI at an address, with a profile of its own."""
    install(PROGRAMS)
    expect.set_options(timeout=PATIENCE_MS)
    pictures.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path="/usr/bin/chromium", args=FLAGS, viewport=LAPTOP
        )
        context.set_default_timeout(PATIENCE_MS)
        viewer = Viewer(context.pages[0], address, pictures)
        try:
            yield viewer
        finally:
            # also of a failure
            viewer.keep("last seen")
            context.close()
