"""A tenant's page: all its episodes, a year of verdicts, its metrics over time, and two days to compare by ear.

One HTML file; the sounds it plays lie beside it, and it says so where one does not.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from serp_radio_pipeline.radio.charts import Chart, series_chart
from serp_radio_pipeline.radio.feed import EmptyFeedError, correction_in_words
from serp_radio_pipeline.radio.feed_entry import FeedEntry
from serp_radio_pipeline.radio.figures import LEVEL, Metric, metrics_of
from serp_radio_pipeline.radio.html_page import ARROWS, clock, json_inside_html, render_page
from serp_radio_pipeline.radio.label_calendar import LabelCalendar, label_calendar
from serp_radio_pipeline.radio.links import FEED_NAME, Links
from serp_radio_pipeline.radio.locale_format import HOUSE, decimal, long_date, percent, short_date, written_in
from serp_radio_pipeline.radio.palette import LABEL_WORDS
from serp_radio_pipeline.tenant import Tenant

MOST_EPISODES = 371
"""53 weeks: what the calendar holds."""
WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class WeekOnWeek:
    """A metric on the newest episode's day beside the same weekday a week before, and whether that is good."""

    title: str
    value: str
    words: str
    direction: str


def tenant_page(
    tenant: Tenant,
    entries: Sequence[FeedEntry],
    silent: Sequence[FeedEntry],
    links: Links,
    left_out: Sequence[tuple[dt.date, str]] = (),
    locale: str = HOUSE,
    *,
    notice: str = "",
) -> bytes:
    """Return the page of these episodes as UTF-8 HTML; of the silent ones the sound is gone.

    `left_out` are days with an episode that can't be listed, and why; numbers and dates are as in that locale;
    `notice` is what else a reader should know.

    Raises:
        EmptyFeedError: there is no episode.
    """
    shown = sorted((*entries, *silent), key=lambda entry: entry.date, reverse=True)[:MOST_EPISODES]
    if not shown:
        raise EmptyFeedError(f"{tenant} has no episode to show yet: make one with 'serp-radio sonify {tenant}'.")
    with written_in(locale):
        return _page(tenant, shown, {entry.date for entry in entries}, links, left_out, notice)


def _page(
    tenant: Tenant,
    shown: Sequence[FeedEntry],
    audible: set[dt.date],
    links: Links,
    left_out: Sequence[tuple[dt.date, str]],
    notice: str,
) -> bytes:
    newest, calendar = shown[0], label_calendar(shown)
    return render_page(
        "tenant",
        media="'self' file:",
        tenant=tenant,
        newest=newest,
        mood=newest.label,
        arrow=ARROWS[newest.label],
        words=LABEL_WORDS,
        figures=_week_on_week(newest, {entry.date: entry for entry in shown}),
        calendar=calendar,
        charts=_charts(shown, calendar),
        metrics=metrics_of(newest.source),
        shown=shown,
        audible=audible,
        links=links,
        left_out=left_out,
        notice=notice,
        corrections=[(entry.date, correction_in_words(entry)) for entry in shown if entry.corrected],
        said=_said,
        clock=clock,
        long_date=long_date,
        short_date=short_date,
        feed_name=FEED_NAME,
        data=json_inside_html([_episode(entry, links) for entry in shown if entry.date in audible]),
    )


def _episode(entry: FeedEntry, links: Links) -> dict[str, Any]:
    """Return what the script needs to play an episode beside another."""
    return {
        "date": entry.date.isoformat(),
        "day": f"{short_date(entry.date)} {entry.date:%a}",
        "mood": entry.label,
        "verdict": LABEL_WORDS[entry.label],
        "reason": entry.reason,
        "seconds": entry.seconds,
        "sound": links.of(links.mp3, entry.date),
        "figures": [_said(metric, entry) for metric in metrics_of(entry.source).values()],
    }


def _said(metric: Metric, entry: FeedEntry) -> str:
    value = entry.figures[metric.name]
    return "none" if value is None else metric.write(value)


def _week_on_week(newest: FeedEntry, by_date: Mapping[dt.date, FeedEntry]) -> list[WeekOnWeek]:
    before = by_date.get(newest.date - WEEK)
    found = []
    for metric in metrics_of(newest.source).values():
        now, then = newest.figures[metric.name], before.figures[metric.name] if before else None
        words, direction = _change(metric, now, then, f"{newest.date:%A}")
        found.append(WeekOnWeek(metric.title, _said(metric, newest), words, direction))
    return found


def _change(metric: Metric, now: float | None, then: float | None, weekday: str) -> tuple[str, str]:
    if now is None or not then:
        return f"no {weekday} before it", "unknown"
    change = now / then - 1
    if abs(change) < LEVEL:
        return f"as the {weekday} before", "level"
    is_better = (change < 0) == metric.lower_is_better
    if metric.lower_is_better:
        return f"{decimal(abs(now - then))} {'better' if is_better else 'worse'}", "better" if is_better else "worse"
    return f"{percent(abs(change))} {'above' if change > 0 else 'below'}", "better" if is_better else "worse"


def _charts(shown: Sequence[FeedEntry], calendar: LabelCalendar) -> list[Chart]:
    days = [calendar.first + dt.timedelta(days=day) for day in range((calendar.last - calendar.first).days + 1)]
    by_date = {entry.date: entry for entry in shown}
    episodes = [by_date.get(day) for day in days]
    return [
        series_chart(
            metric,
            [episode.figures[metric.name] if episode else None for episode in episodes],
            [bool(episode and episode.is_provisional) for episode in episodes],
            (calendar.first, calendar.last),
            "",
        )
        for metric in metrics_of(shown[0].source).values()
    ]
