"""Feed entries for tests: as many as wanted, and with whatever words."""

import datetime as dt

from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.radio.feed_entry import FeedEntry
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.episodes import SUNDAY

LABELS = tuple(Label)


def entry_of(
    days_ago: int = 0,
    reason: str = "Clicks rising.",
    corrected: tuple[dt.date, ...] = (),
    tenant: str = "demo",
    clicks: float | None = 259.0,
    label: Label | None = None,
) -> FeedEntry:
    """The entry of the episode of so many days before the last Sunday; labels take turns by week."""
    return FeedEntry(
        Tenant(tenant),
        SUNDAY - dt.timedelta(days=days_ago),
        label or LABELS[(days_ago // 7) % len(LABELS)],
        reason,
        (reason, "56 days from 2026-01-26 to 2026-03-22."),
        {"clicks": clicks, "impressions": 9000.0, "ctr": 0.0288, "position": 7.5},
        False,
        55.8,
        1_340_000,
        "0" * 64,
        corrected,
    )


def year_of_entries(days: int) -> tuple[FeedEntry, ...]:
    """So many entries, newest first, with a wave in their clicks."""
    return tuple(entry_of(day, clicks=200.0 + (day * 37) % 90) for day in range(days))
