"""What happened on which day, as far as the data and the calendar say: the events that an episode announces.

Each has its numbers and a sentence. How they are found in a series lives in `labels.detectors`; how they sound, and how
many of them, is music's business. A day after an artefact of reporting is never celebrated nor mourned.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.ingest.metric_names import MetricNames, metric_names
from serp_radio_pipeline.labels.annotations import Annotation
from serp_radio_pipeline.labels.calibration_period import CLIPPING_SHARE, Metric, calibration_period
from serp_radio_pipeline.labels.daily_series import DailySeries, daily_series
from serp_radio_pipeline.labels.detectors import (
    MissingRun,
    Record,
    anomalies,
    find_jumps,
    find_records,
    find_top_crossings,
    missing_runs,
)
from serp_radio_pipeline.labels.events import EventCalendar, SearchEvent

HappeningKind = Literal[
    "record_high",
    "record_low",
    "enters_top",
    "leaves_top",
    "rank_jump",
    "anomaly",
    "search_update",
    "reporting_artefact",
    "annotation",
    "gap",
    "retune",
]
HAPPENING_KINDS: tuple[HappeningKind, ...] = get_args(HappeningKind)
"""By priority, the first first: where there is room for one, it is heard."""
Evidence = tuple[tuple[str, float | int | str], ...]

REPORTING_SETTLES_DAYS = 7
"""Days about an artefact's beginning or end on which nothing is claimed of a metric that it affects."""
LONG_ARTEFACT_DAYS = 14
"""An artefact that lasts longer is announced when it ends, too: then the numbers change back."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened on a day: its kind, the metric it is about if any, its numbers, and a sentence.

    Raises:
        ValueError: an unknown kind, no sentence, or a name of evidence that is doubled.
    """

    date: dt.date
    kind: HappeningKind
    metric: Metric | None
    evidence: Evidence
    sentence: str

    def __post_init__(self) -> None:
        if self.kind not in HAPPENING_KINDS or not self.sentence:
            raise ValueError(f"a happening needs a known kind and a sentence: {self.kind!r}")
        if len({name for name, _ in self.evidence}) < len(self.evidence):
            raise ValueError(f"each number of the evidence has a name of its own: {self.evidence}")


def happenings(
    metrics: DailyMetrics, last: dt.date, calendar: EventCalendar, annotations: Iterable[Annotation] = ()
) -> tuple[Happening, ...]:
    """Return all that happened in the history up to `last`, by date and then by priority.

    A day that is still provisional has no record, anomaly, jump or crossing; nor has a day about an artefact's
    beginning or end, on a metric that the artefact affects.

    Raises:
        NothingToCalibrateError: no day up to `last` has data.
    """
    calendar, known = calendar.of(metrics.source), metrics.up_to(last)
    found = list(_retunes(known, last))  # first: it refuses a table without a row
    first = known.rows[0].date
    series = daily_series(known, last)
    found += _records(series, calendar)
    found += _crossings(series, calendar)
    found += _jumps(series, calendar)
    found += _anomalies(series, calendar)
    found += _outside(calendar, first, last)
    found += _annotated(annotations, first, last)
    found += _gaps(series)
    return tuple(sorted(found, key=lambda one: (one.date, HAPPENING_KINDS.index(one.kind), one.sentence)))


def _is_claimable(calendar: EventCalendar, metric: Metric, date: dt.date, reach_days: int) -> bool:
    """Whether a day can be compared with the `reach_days` before it: no artefact on the metric changes in between."""
    settles = dt.timedelta(days=REPORTING_SETTLES_DAYS)
    begin = date - max(settles, dt.timedelta(days=reach_days))
    return calendar.artefact_boundary(metric, begin, date + settles) is None


def _records(series: DailySeries, calendar: EventCalendar) -> Iterator[Happening]:
    names = metric_names(series.source)
    for record in find_records(series.clicks, series.first.weekday()):
        date, began = _date(series, record.index), series.first
        if not _is_claimable(calendar, "clicks", date, (date - began).days):
            continue
        kind: HappeningKind = "record_high" if record.is_high else "record_low"
        evidence: Evidence = (
            (_unit(names), _counted(record.value, names)),
            ("record before", _counted(record.before, names)),
            ("days compared", record.days),
        )
        yield Happening(date, kind, "clicks", evidence, _record_sentence(record, names))


def _record_sentence(record: Record, names: MetricNames) -> str:
    ways = ("Highest", "Lowest") if names.is_ranks else ("Most", "Fewest")
    value, before = _amount(record.value, names), _amount(record.before, names)
    return f"{ways[not record.is_high]} {names.clicks} of {record.days:,} days: {value}; the record was {before}."


def _unit(names: MetricNames) -> str:
    """What the numbers of `_counted` are."""
    return f"{names.clicks}, percent" if names.is_ranks else names.clicks


def _counted(value: float, names: MetricNames) -> float:
    return round(value / 100, 2) if names.is_ranks else round(value)


def _amount(value: float, names: MetricNames) -> str:
    return names.plain_clicks(value) if names.is_ranks else f"{value:,.0f}"


def _crossings(series: DailySeries, calendar: EventCalendar) -> Iterator[Happening]:
    names = metric_names(series.source)
    for crossing in find_top_crossings(series.rank):
        date = _date(series, crossing.index)
        if not _is_claimable(calendar, "position", date, 14):
            continue
        kind: HappeningKind = "enters_top" if crossing.enters else "leaves_top"
        evidence: Evidence = (
            ("top", crossing.top),
            (names.position, round(float(series.rank[crossing.index]), 2)),
            ("median of the 7 days before", round(crossing.before, 2)),
            ("median of the 7 days from then on", round(crossing.after, 2)),
        )
        way = "enters" if crossing.enters else "leaves"
        moved = _moved(crossing.before, crossing.after)
        sentence = f"{names.position.capitalize()} {way} the top {crossing.top}: {moved}."
        yield Happening(date, kind, "position", evidence, sentence)


def _jumps(series: DailySeries, calendar: EventCalendar) -> Iterator[Happening]:
    for jump in find_jumps(series.rank):
        date = _date(series, jump.index)
        if not _is_claimable(calendar, "position", date, 14):
            continue
        evidence: Evidence = (
            ("places", round(jump.before - jump.after, 2)),
            ("median of the 7 days before", round(jump.before, 2)),
            ("median of the 7 days from then on", round(jump.after, 2)),
        )
        better = "better" if jump.after < jump.before else "worse"
        places = f"{abs(jump.before - jump.after):.1f} places {better}"
        name = metric_names(series.source).position.capitalize()
        sentence = f"{name} jumps {places}: {_moved(jump.before, jump.after)}."
        yield Happening(date, "rank_jump", "position", evidence, sentence)


def _moved(before: float, after: float) -> str:
    return f"from {before:.1f} to {after:.1f}, by the medians of 7 days"


def _anomalies(series: DailySeries, calendar: EventCalendar) -> Iterator[Happening]:
    for index, z in anomalies(series):
        date = _date(series, index)
        if not _is_claimable(calendar, "clicks", date, 28):
            continue
        names, clicks = metric_names(series.source), round(float(series.clicks[index]))
        evidence: Evidence = ((_unit(names), _counted(clicks, names)), ("robust z", round(z, 2)))
        ways = ("lower", "higher") if names.is_ranks else ("fewer", "more")
        sentence = f"Far {ways[z > 0]} {names.clicks} than such a weekday has: {_amount(clicks, names)} (z {z:+.1f})."
        yield Happening(date, "anomaly", "clicks", evidence, sentence)


def _outside(calendar: EventCalendar, first: dt.date, last: dt.date) -> Iterator[Happening]:
    """What the calendar lists, when it began; nothing that leaves the daily numbers of web search alone."""
    for event in calendar.between(first, last):
        if event.kind == "annotation":
            if first <= event.start <= last:
                yield _announced(event, event.start, "annotation", f"{event.name}.")
        elif event.is_artefact and event.affects:
            about = f"the reported {listed(event.affects)} changed, not the traffic"
            if first <= event.start <= last:
                yield _announced(event, event.start, "reporting_artefact", f"{event.name}: {about}.")
            after = event.end + dt.timedelta(days=1)
            is_long = (event.end - event.start).days >= LONG_ARTEFACT_DAYS
            if is_long and first <= after <= last:
                yield _announced(event, after, "reporting_artefact", f"{event.name} is over: {about}.")
        elif event.affects and first <= event.start <= last:
            yield _announced(event, event.start, "search_update", f"{event.name} begins, to end on {event.end}.")


def _announced(event: SearchEvent, date: dt.date, kind: HappeningKind, sentence: str) -> Happening:
    evidence: Evidence = (
        ("name", event.name),
        ("start", event.start.isoformat()),
        ("end", event.end.isoformat()),
        ("affects", ", ".join(event.affects)),
    )
    return Happening(date, kind, None, evidence, sentence)


def listed(names: Sequence[str]) -> str:
    """Return one or more names as people list them: "a, b and c"."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _annotated(annotations: Iterable[Annotation], first: dt.date, last: dt.date) -> Iterator[Happening]:
    for annotation in annotations:
        if first <= annotation.date <= last:
            text = annotation.text
            yield Happening(annotation.date, "annotation", None, (("text", text),), f"Your note: {text}")


def _gaps(series: DailySeries) -> Iterator[Happening]:
    for run in missing_runs(series.present):
        yield Happening(_date(series, run.end), "gap", None, _gap_evidence(series, run), _gap_sentence(run))


def _gap_evidence(series: DailySeries, run: MissingRun) -> Evidence:
    return (
        ("missing days", run.end - run.start),
        ("first missing", _date(series, run.start).isoformat()),
        ("last missing", _date(series, run.end - 1).isoformat()),
    )


def _gap_sentence(run: MissingRun) -> str:
    days = run.end - run.start
    return f"Data again, after {days} {'day' if days == 1 else 'days'} without."


def _retunes(metrics: DailyMetrics, last: dt.date) -> Iterator[Happening]:
    """The day on which the scale in force on `last` took effect, if another one was in force the day before."""
    period = calibration_period(metrics, last)
    if period.reason == "all days so far":
        return  # it moves with every day
    date = last.replace(day=1)
    if period.reason == "re-tuned":
        # the first Monday by which the days known made this very scale
        date = period.last + dt.timedelta(days=7 - period.last.weekday())
        while calibration_period(metrics, date) != period:
            date += dt.timedelta(days=7)
    day_before = date - dt.timedelta(days=1)
    earlier = metrics.up_to(day_before)
    if not earlier.rows or calibration_period(earlier, day_before).ranges == period.ranges:
        return
    reasons = {
        "before this month": "a new month: the scale is made from the 13 weeks before it",
        "re-tuned": f"more than {CLIPPING_SHARE:.0%} of the last 4 weeks lay beyond the scale",
    }
    evidence: Evidence = (
        ("reason", period.reason),
        ("made from", period.first.isoformat()),
        ("made up to", period.last.isoformat()),
        ("days", period.days),
    )
    yield Happening(date, "retune", None, evidence, f"The scale is re-tuned: {reasons[period.reason]}.")


def _date(series: DailySeries, index: int) -> dt.date:
    return series.first + dt.timedelta(days=index)
