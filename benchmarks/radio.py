"""What listeners open, in CPU seconds and kilobytes: words, pictures and pages, and a feed of a thousand episodes."""

import dataclasses
import datetime as dt
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.episode_in_browser import SLOWDOWN, Seen, seen_in_browser
from benchmarks.episodes import LAST_DAY, TENANT, composed, labelled
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.ingest.demo_series import DEMO, demo_series
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.cover import cover_png
from serp_radio_pipeline.radio.episode import make_episode
from serp_radio_pipeline.radio.episode_page import episode_page
from serp_radio_pipeline.radio.feed import feed_xml
from serp_radio_pipeline.radio.feed_entry import FeedEntry, feed_entry
from serp_radio_pipeline.radio.first_edition import first_edition
from serp_radio_pipeline.radio.fleet_page import fleet_page
from serp_radio_pipeline.radio.links import IN_STORE
from serp_radio_pipeline.radio.overview import Overview, TenantState
from serp_radio_pipeline.radio.piano_roll import piano_roll_svg
from serp_radio_pipeline.radio.tagging import tags_for
from serp_radio_pipeline.radio.tenant_page import MOST_EPISODES, tenant_page
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.storage.tenant_feed import list_episodes, write_feed_and_page
from serp_radio_pipeline.tenant import Tenant

REPETITIONS = 5
MP3 = bytes(1_340_000)
"""As long as a minute at 192 kbit/s."""
FEED_EPISODES, MANY_EPISODES, MANY_TENANTS = 100, 1000, 1000
EPISODE_GATE, FEED_GATE, PAGE_GATE_KB, PAINT_GATE_S = 0.3, 0.5, 400, 1.0


def run() -> bool:
    """Print the tables; return whether every gate holds."""
    metrics = DailyMetrics(TENANT, demo_series(DEMO, LAST_DAY))
    score = composed(metrics, labelled(metrics))
    entry = feed_entry(score, MP3, first_edition(score, MP3))
    entries = tuple(dataclasses.replace(entry, date=LAST_DAY - dt.timedelta(days=day)) for day in range(MANY_EPISODES))
    with tempfile.TemporaryDirectory() as folder:
        store = _stored(LocalStore(Path(folder)), entries)
        an_episode = _an_episode(store, score)
        a_feed = _seconds(lambda: feed_xml(TENANT, list_episodes(store, TENANT, MANY_EPISODES).entries, IN_STORE))
    print(f"{f'Feed of {MANY_EPISODES:,} episodes, read and built':<46}{a_feed:>8.3f}")
    pages = _pages(score, entries)
    seen = _in_browser(score)
    gates = {
        f"an episode's words, pictures, pages and feed under {EPISODE_GATE} CPU s": an_episode < EPISODE_GATE,
        f"a feed of {MANY_EPISODES:,} episodes under {FEED_GATE} CPU s": a_feed < FEED_GATE,
        **(
            {
                f"an episode's page is painted in under {PAINT_GATE_S:g} s on a CPU {SLOWDOWN} times slower": (
                    seen.first_paint < PAINT_GATE_S
                ),
                "nothing on it jumps while it loads": seen.layout_shift == 0,
            }
            if seen
            else {}
        ),
        f"episode's and tenant's page without sound under {PAGE_GATE_KB} KB": max(pages) < PAGE_GATE_KB * 1000,
    }
    for gate, holds in gates.items():
        print(f"{gate[:1].upper()}{gate[1:]}: {'yes' if holds else 'NO'}.")
    return all(gates.values())


def _stored(store: LocalStore, entries: tuple[FeedEntry, ...]) -> LocalStore:
    for entry in entries:
        store.put(f"tenants/{TENANT}/feed/{entry.date}.json", entry.to_json())
        store.put(f"tenants/{TENANT}/mp3/{entry.date}.mp3", b"ID3")
    return store


def _an_episode(store: LocalStore, score: Score) -> float:
    """Print what a run spends on an episode of a tenant with a year of them; return the sum."""
    first = first_edition(score, MP3)
    entry = feed_entry(score, MP3, first)
    write_feed_and_page(store, TENANT, "", FEED_EPISODES)
    parts: dict[str, Callable[[], object]] = {
        "page, transcript, chapters, notes, cover, card": lambda: make_episode(score, MP3),
        "tags, with the cover again": lambda: tags_for(score),
        "piano roll": lambda: piano_roll_svg(score),
        "feed entry": lambda: feed_entry(score, MP3, first),
        f"feed of {FEED_EPISODES}, page of {MOST_EPISODES} episodes": lambda: write_feed_and_page(
            store, TENANT, "", FEED_EPISODES, entry
        ),
    }
    print(f"{'What listeners open, CPU s':<46}{'median':>8}")
    total = 0.0
    for name, part in parts.items():
        seconds = _seconds(part)
        total += seconds
        print(f"{name:<46}{seconds:>8.3f}")
    print(f"{'together':<46}{total:>8.3f}")
    print(f"{'of these, a cover':<46}{_seconds(lambda: cover_png(score)):>8.3f}")
    return total


def _pages(score: Score, entries: tuple[FeedEntry, ...]) -> tuple[int, int]:
    """Print the pages' sizes without sound; return those of the episode's and the tenant's."""
    label, clicks = entries[0].label, tuple(day.clicks for day in score.days[-28:])
    states = [
        TenantState(Tenant(f"tenant-{number}"), True, LAST_DAY, label, "passed", clicks)
        for number in range(MANY_TENANTS)
    ]
    episode = len(episode_page(score, None))
    tenant = len(tenant_page(TENANT, entries[:MOST_EPISODES], (), IN_STORE))
    fleet = len(fleet_page(Overview(dt.datetime(2026, 3, 25, tzinfo=dt.UTC), tuple(states))))
    print(f"{'Page without sound, KB':<46}")
    for name, size in (
        ("episode", episode),
        (f"tenant, {MOST_EPISODES} episodes", tenant),
        (f"fleet, {MANY_TENANTS:,} tenants", fleet),
    ):
        print(f"{name:<46}{size / 1000:>8.0f}")
    return episode, tenant


def _in_browser(score: Score) -> Seen | None:
    """Print how a browser on a slow machine sees the episode's page, sound and all; None where there is none."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "episode.html"
        page.write_bytes(episode_page(score, MP3))
        seen = seen_in_browser(page)
    if seen is None:
        print("The page in a browser: not measured, there is no /usr/bin/chromium.")
    else:
        print(f"{f'First contentful paint, CPU {SLOWDOWN} times slower, s':<46}{seen.first_paint:>8.3f}")
        print(f"{'Cumulative layout shift':<46}{seen.layout_shift:>8.3f}")
    return seen


def _seconds(action: Callable[[], object]) -> float:
    """Return the median CPU seconds of a warm process."""
    action()
    taken = []
    for _ in range(REPETITIONS):
        start = time.process_time()
        action()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


if __name__ == "__main__":
    run()
