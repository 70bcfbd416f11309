"""What a test's Search Console knows of a property; and the made-up site, its positions in full, queries and pages."""

import datetime as dt
from dataclasses import dataclass, field

from serp_radio_pipeline.ingest.demo_breakdowns import PAGES, QUERIES, Slice
from serp_radio_pipeline.ingest.demo_series import DEMO, demo_series

PROVISIONAL_DAYS = 2
Row = tuple[str, int, int, float]
"""Key, clicks, impressions, position."""


@dataclass
class Site:
    """What Search Console knows of one property; a day without a row is left out of every answer."""

    permission: str = "siteFullUser"
    days: dict[dt.date, Row] = field(default_factory=dict)
    queries: dict[dt.date, list[Row]] = field(default_factory=dict)
    pages: dict[dt.date, list[Row]] = field(default_factory=dict)
    first_incomplete: dt.date | None = None

    def say(self, day: dt.date, clicks: int, impressions: int, position: float) -> None:
        self.days[day] = (day.isoformat(), clicks, impressions, position)


def made_up_site(last_day: dt.date) -> Site:
    """Return the site of the demo series up to that day, of which the last two are provisional."""
    site = Site(first_incomplete=last_day - dt.timedelta(days=PROVISIONAL_DAYS - 1))
    for row in demo_series(DEMO, last_day):
        if not row.impressions or row.position is None:
            continue
        position = row.position + 1 / 3  # digits to the last, as the API gives them
        site.say(row.date, row.clicks, row.impressions, position)
        site.queries[row.date] = _slices(QUERIES, row.date, row.clicks, row.impressions, position)
        site.pages[row.date] = _slices(PAGES, row.date, row.clicks, row.impressions, position)
    return site


def _slices(slices: tuple[Slice, ...], date: dt.date, clicks: int, impressions: int, position: float) -> list[Row]:
    rows = []
    for one in slices:
        share = one.share_on(date)
        clicked = int(clicks * share)
        seen = max(clicked, int(impressions * share / one.ctr))
        if seen:
            rows.append((one.label, clicked, seen, max(1.0, position * one.rank)))
    return rows
