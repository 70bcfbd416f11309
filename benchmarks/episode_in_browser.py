"""The episode's page in Debian's Chromium on a slow machine: seconds to its first contentful paint, and how much of it
jumps while it loads."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = Path("/usr/bin/chromium")
SLOWDOWN = 4
"""How many times slower the browser's CPU is made: a middling phone beside a laptop."""
PHONE = {"width": 390, "height": 844}
SETTLED_MS = 1500

OBSERVE = """() => {
  window.shifts = 0
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value
  }).observe({type: "layout-shift", buffered: true})
}"""
"""Cumulative layout shift as Web Vitals count it: nothing that a person's own click moved."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Seconds from opening the page to its first contentful paint, and its cumulative layout shift, a share."""

    first_paint: float
    layout_shift: float


def seen_in_browser(page: Path) -> Seen | None:
    """Open a page in a phone's window; None where there is no Chromium."""
    if not CHROMIUM.is_file():
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        seen = seen_by(browser, page, PHONE)
        browser.close()
    return seen


def seen_by(browser: "Browser", page: Path, size: Mapping[str, int]) -> Seen:
    """Open a page in a window of that size, on a CPU made slower."""
    opened = browser.new_page(viewport=dict(size))  # type: ignore[arg-type]
    opened.goto("about:blank")
    opened.context.new_cdp_session(opened).send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    opened.add_init_script(f"({OBSERVE})()")
    opened.goto(page.as_uri())
    opened.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
    opened.wait_for_timeout(SETTLED_MS)
    paint = opened.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    shift = opened.evaluate("window.shifts")
    opened.close()
    return Seen(paint / 1000, shift)
