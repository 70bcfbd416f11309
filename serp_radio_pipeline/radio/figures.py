"""The figures that an episode is read by: each metric's last day against that weekday's normal, as people write."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from serp_radio_pipeline.music.pack import Role
from serp_radio_pipeline.music.score import Day, Score
from serp_radio_pipeline.radio.locale_format import decimal, percent, whole

MetricName = Literal["clicks", "impressions", "ctr", "position"]
FEWEST_WEEKS = 3
"""Weekdays of the window before the last day: a median of fewer is no normal."""
LEVEL = 0.02
"""A change under this share is called level: nobody hears it."""


@dataclass(frozen=True, slots=True)
class Metric:
    """How a metric is called, which role plays it and how, how values are written, whether a smaller one is better."""

    name: MetricName
    title: str
    role: Role
    sounds: str
    write: Callable[[float], str]
    lower_is_better: bool = False

    def of(self, day: Day) -> float | None:
        """The day's value, None where there is none."""
        value: float | None = getattr(day, self.name)
        return value


METRICS: Mapping[MetricName, Metric] = {
    "clicks": Metric("clicks", "Clicks", "lead", "higher is more", whole),
    "impressions": Metric("impressions", "Impressions", "bass", "higher is more", whole),
    "ctr": Metric("ctr", "CTR", "lead", "longer notes are more", lambda value: percent(value, 2)),
    "position": Metric("position", "Position", "counter", "between the beats: higher is better", decimal, True),
}


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
    return tuple(_today(metric, score) for metric in METRICS.values())


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


def count_of(count: int | None, noun: str) -> str:
    """Return a count with its noun in the right number: 1 day, 1,234 days."""
    return f"1 {noun}" if count == 1 else f"{whole(count or 0)} {noun}s"
