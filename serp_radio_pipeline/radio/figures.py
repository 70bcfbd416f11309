"""The figures that an episode is read by: each metric's last day against that weekday's normal, as people write."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from serp_radio_pipeline.ingest.daily_ranks import VISIBILITY_UNITS
from serp_radio_pipeline.ingest.metric_names import MetricName, metric_names
from serp_radio_pipeline.music.pack import Role
from serp_radio_pipeline.music.score import Day, Score
from serp_radio_pipeline.radio.locale_format import decimal, percent, whole

FEWEST_WEEKS = 3
"""Weekdays of the window before the last day: a median of fewer is no normal."""
LEVEL = 0.02
"""A change under this share is called level: nobody hears it."""


@dataclass(frozen=True, slots=True)
class Metric:
    """How a metric is called, which role plays it and how, how values are written, whether a smaller one is better.

    `said` is a value with the metric's name, in the middle of a sentence.
    """

    name: MetricName
    title: str
    role: Role
    sounds: str
    write: Callable[[float], str]
    said: Callable[[float], str]
    lower_is_better: bool = False

    def of(self, day: Day) -> float | None:
        """The day's value, None where there is none."""
        value: float | None = getattr(day, self.name)
        return value


def count_of(count: float | None, noun: str) -> str:
    """Return a count with its noun in the right number: 1 day, 1,234 days."""
    return f"1 {noun}" if count == 1 else f"{whole(count or 0)} {noun}s"


def _counted(noun: str) -> Callable[[float], str]:
    return lambda value: count_of(value, noun)


def _named(name: str, write: Callable[[float], str]) -> Callable[[float], str]:
    return lambda value: f"{name} {write(value)}"


def _metric(
    name: MetricName,
    title: str,
    role: Role,
    sounds: str,
    write: Callable[[float], str],
    said: Callable[[float], str] | None = None,
    *,
    lower_is_better: bool = False,
) -> Metric:
    in_a_sentence = title if title.isupper() else title.lower()
    return Metric(name, title, role, sounds, write, said or _named(in_a_sentence, write), lower_is_better)


def _share(value: float) -> str:
    return percent(value, 2)


def _visibility(hundredths: float) -> str:
    return percent(hundredths / VISIBILITY_UNITS, 2)


def _visibility_each(hundredths: float) -> str:
    return percent(hundredths / VISIBILITY_UNITS, 3)


BETWEEN = "between the beats: higher is better"
METRICS: Mapping[MetricName, Metric] = {
    "clicks": _metric("clicks", "Clicks", "lead", "higher is more", whole, _counted("click")),
    "impressions": _metric("impressions", "Impressions", "bass", "higher is more", whole, _counted("impression")),
    "ctr": _metric("ctr", "CTR", "lead", "longer notes are more", _share),
    "position": _metric("position", "Position", "counter", BETWEEN, decimal, lower_is_better=True),
}
"""The four metrics of searches."""

RANK_METRICS: Mapping[MetricName, Metric] = {
    "clicks": _metric("clicks", "Visibility", "lead", "higher is more", _visibility),
    "impressions": _metric(
        "impressions",
        "Ranked keywords",
        "bass",
        "higher is more",
        whole,
        _counted("ranked keyword"),
    ),
    "ctr": _metric("ctr", "Visibility per ranked keyword", "lead", "longer notes are more", _visibility_each),
    "position": _metric("position", "Average rank", "counter", BETWEEN, decimal, lower_is_better=True),
}
"""The same four of a rank tracker: see `DailyRow`."""


def metrics_of(source: str) -> Mapping[MetricName, Metric]:
    """Return the four metrics of rows of that `source`."""
    return RANK_METRICS if metric_names(source).is_ranks else METRICS


@dataclass(frozen=True, slots=True)
class Today:
    """One metric on the episode's last day: `change` is its share above (or below) `normal`, None where unknown.

    `direction` says whether that is good, bad or level for the site, whatever the metric's own sense.
    """

    metric: Metric
    value: float | None
    normal: float | None
    change: float | None
    direction: Literal["better", "worse", "level", "unknown"]

    @property
    def words(self) -> str:
        """The change in words: "12 % above a usual Sunday" without the weekday."""
        if self.change is None or self.value is None or self.normal is None:
            return "no normal yet"
        if self.direction == "level":
            return "as usual"
        if self.metric.name == "position":
            return f"{decimal(abs(self.value - self.normal))} {'better' if self.direction == 'better' else 'worse'}"
        return f"{percent(abs(self.change))} {'above' if self.change > 0 else 'below'}"


def todays_figures(score: Score) -> tuple[Today, ...]:
    """Return the last day's figures, in the order of `METRICS`."""
    return tuple(_today(metric, score) for metric in metrics_of(score.source).values())


def _today(metric: Metric, score: Score) -> Today:
    last = score.days[-1]
    value = metric.of(last)
    before = [metric.of(day) for day in score.days[:-1] if day.date.weekday() == last.date.weekday()]
    known = [one for one in before if one is not None]
    normal = statistics.median(known) if len(known) >= FEWEST_WEEKS else None
    if value is None or not normal:
        return Today(metric, value, normal, None, "unknown")
    change = value / normal - 1
    if abs(change) < LEVEL:
        return Today(metric, value, normal, change, "level")
    return Today(metric, value, normal, change, "better" if (change < 0) == metric.lower_is_better else "worse")
