"""The fleet on one page, for those who look after many tenants: those that need a look come first."""

import datetime as dt
import statistics
from dataclasses import dataclass
from urllib.parse import quote

from serp_radio_pipeline.ingest.metric_names import metric_names
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.radio.figures import count_of, metrics_of
from serp_radio_pipeline.radio.html_page import render_page
from serp_radio_pipeline.radio.locale_format import HOUSE, long_date, percent, short_date, written_in
from serp_radio_pipeline.radio.overview import Overview, TenantState
from serp_radio_pipeline.radio.palette import LABEL_WORDS
from serp_radio_pipeline.radio.plain_text import plain_line
from serp_radio_pipeline.radio.sparkline import HEIGHT, STEP, sparkline_path

WORST_FIRST = (Label.MOMENTUM_NEG, Label.VOLATILE_SPIKE, Label.NEUTRAL, Label.MOMENTUM_POS)
WEEK, FEWEST_DAYS = 7, 4
"""Days of a week, and how many of them a sum needs to be compared."""
FROM_CATALOG = "../tenants/{tenant}/index.html"
"""A tenant's page, as seen from `catalog/fleet.html` in the store."""


@dataclass(frozen=True, slots=True)
class FleetRow:
    """A tenant as the page shows it: its place in order, `clicks` of 7 days, their `change` against the 7 before.

    A rank tracker's visibility is no sum but the mean of the 7 days; `said_clicks` is either in words.

    `path` is a line over `width` x 40 units.
    """

    state: TenantState
    place: int
    clicks: float | None
    said_clicks: str
    change: float | None
    path: str
    width: int
    page: str
    said: str


def fleet_page(overview: Overview, page_link: str = FROM_CATALOG, locale: str = HOUSE) -> bytes:
    """Return the page of every tenant as UTF-8 HTML, numbers and dates as in that locale.

    `page_link` leads to a tenant's own page, `{tenant}` in it.
    """
    with written_in(locale):
        return _page(overview, page_link)


def _page(overview: Overview, page_link: str) -> bytes:
    rows = fleet_rows(overview, page_link)
    labels = [row.state.label for row in rows if not row.state.is_in_trouble]
    return render_page(
        "fleet",
        media="'none'",
        made_at=overview.made_at.astimezone(dt.UTC),
        rows=rows,
        mood=None,
        tenants=count_of(len(rows), "tenant"),
        in_trouble=sum(row.state.is_in_trouble for row in rows),
        counts=[(label, LABEL_WORDS[label], labels.count(label)) for label in WORST_FIRST],
        words=LABEL_WORDS,
        height=HEIGHT,
        percent=percent,
        long_date=long_date,
        short_date=short_date,
    )


def fleet_rows(overview: Overview, page_link: str = FROM_CATALOG) -> tuple[FleetRow, ...]:
    """Return a row per tenant: those in trouble, then by label from down to up, by how much clicks fell, by name."""
    compared = [(state, *_weeks(state)) for state in overview.tenants]
    compared.sort(key=lambda one: (*_severity(one[0]), 0.0 if one[2] is None else one[2], one[0].tenant))
    return tuple(
        FleetRow(
            state,
            place,
            clicks,
            _said_clicks(state, clicks),
            change,
            sparkline_path(state.clicks),
            STEP * max(0, len(state.clicks) - 1) + 8,
            page_link.replace("{tenant}", quote(state.tenant.slug)) if state.last_day else "",
            plain_line(state.checks, 200),
        )
        for place, (state, clicks, change) in enumerate(compared)
    )


def _severity(state: TenantState) -> tuple[bool, int]:
    if state.label is None:
        return not state.is_in_trouble, -1 if state.is_in_trouble else len(WORST_FIRST)
    return not state.is_in_trouble, WORST_FIRST.index(state.label)


def _said_clicks(state: TenantState, clicks: float | None) -> str:
    if clicks is None:
        return ""
    metric = metrics_of(state.source)["clicks"]
    return metric.said(clicks) if metric_names(state.source).is_ranks else metric.write(clicks)


def _weeks(state: TenantState) -> tuple[float | None, float | None]:
    """Return the clicks of the last 7 days, and their mean a day against that of the 7 before; None where too few."""
    clicks = state.clicks
    last, before = ([one for one in week if one is not None] for week in (clicks[-WEEK:], clicks[-2 * WEEK : -WEEK]))
    total = (statistics.fmean(last) if metric_names(state.source).is_ranks else sum(last)) if last else None
    if len(last) < FEWEST_DAYS or len(before) < FEWEST_DAYS or not sum(before):
        return total, None
    return total, (sum(last) / len(last)) / (sum(before) / len(before)) - 1
