"""The value that leaves this room: a label per ISO week and one overall, each with its rule, features and reason.

How a label is decided lives in `labels.decision`; here the weeks are laid out, checked, and written to JSON and back.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.labels.calibration_period import (
    METRICS,
    CalibrationPeriod,
    MetricRange,
    calibration_period,
)
from serp_radio_pipeline.labels.corrections import Correction
from serp_radio_pipeline.labels.daily_series import daily_series
from serp_radio_pipeline.labels.decision import LabelDecision, decide
from serp_radio_pipeline.labels.events import EventCalendar
from serp_radio_pipeline.labels.features import WEEK_DAYS, FeatureReader, Features, overall_horizon_days
from serp_radio_pipeline.labels.rules import Label, RuleSet
from serp_radio_pipeline.tenant import Tenant

__all__ = ["LabelDecision", "WeekLabel", "WeekLabels", "WeekLabelsError", "label_weeks", "week_name"]

FORMAT = "serp-radio week labels 1"
PERIOD_REASONS = ("all days so far", "before this month", "re-tuned")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class WeekLabelsError(SerpRadioError):
    """Labels that break their own schema."""


def week_name(day: dt.date) -> str:
    """The ISO week that `day` lies in, such as "2026-W14"."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


@dataclass(frozen=True, slots=True)
class WeekLabel:
    """The label of one ISO week as of `last`: from its Monday to its Sunday, or to the day the labels end on.

    `days` of them are in the daily table (1-7, provisional ones included).

    Raises:
        WeekLabelsError: days that are not that week's.
    """

    week: str
    first: dt.date
    last: dt.date
    days: int
    decision: LabelDecision

    def __post_init__(self) -> None:
        if self.first.weekday() != 0 or week_name(self.first) != self.week:
            raise WeekLabelsError(f"{self.week} does not begin on {self.first}.")
        if not 1 <= self.days <= (self.last - self.first).days + 1 <= WEEK_DAYS:
            raise WeekLabelsError(f"{self.week} can't have {self.days} days from {self.first} to {self.last}.")


@dataclass(frozen=True, slots=True)
class WeekLabels:
    """All labels of a tenant as of a day; weeks ascend, and weeks without a day in the table are left out.

    Raises:
        WeekLabelsError: weeks out of order or after `as_of`, or a hash that is none.
    """

    tenant: Tenant
    as_of: dt.date
    rules_sha256: str
    rules_name: str
    weeks: tuple[WeekLabel, ...]
    overall: LabelDecision
    period: CalibrationPeriod
    rules_version: int = 0

    def __post_init__(self) -> None:
        if self.rules_version < 0:
            raise WeekLabelsError(f"{self.rules_version} is no version of rules.")
        if not _SHA256.fullmatch(self.rules_sha256):
            raise WeekLabelsError(f"{self.rules_sha256!r:.80} is not a SHA-256.")
        if not self.weeks:
            raise WeekLabelsError(f"{self.tenant} has no week to label up to {self.as_of}.")
        for earlier, later in zip(self.weeks, self.weeks[1:], strict=False):
            if earlier.first >= later.first:
                raise WeekLabelsError(f"{later.week} does not come after {earlier.week}.")
        for week in self.weeks:
            sunday = week.first + dt.timedelta(days=6)
            if week.last != min(sunday, self.as_of):
                raise WeekLabelsError(f"{week.week} can't end on {week.last} in labels as of {self.as_of}.")

    def to_json(self) -> dict[str, object]:
        """A JSON object; `from_json` undoes it exactly."""
        return {
            "format": FORMAT,
            "tenant": self.tenant.slug,
            "as_of": self.as_of.isoformat(),
            "rules_sha256": self.rules_sha256,
            "rules_name": self.rules_name,
            "rules_version": self.rules_version,
            "period": _period_to_json(self.period),
            "overall": self.overall.to_json(),
            "weeks": [
                {
                    "week": week.week,
                    "first": week.first.isoformat(),
                    "last": week.last.isoformat(),
                    "days": week.days,
                    "decision": week.decision.to_json(),
                }
                for week in self.weeks
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "WeekLabels":
        """Undo `to_json`.

        Raises:
            WeekLabelsError: a field is missing, of the wrong kind, or impossible.
        """
        try:
            if data["format"] != FORMAT:
                raise WeekLabelsError(f"labels of format {data['format']!r:.60} can't be read here.")
            return cls(
                tenant=Tenant(data["tenant"]),
                as_of=dt.date.fromisoformat(data["as_of"]),
                rules_sha256=_text(data["rules_sha256"]),
                rules_name=_text(data["rules_name"]),
                weeks=tuple(_week(entry) for entry in data["weeks"]),
                overall=_decision(data["overall"]),
                period=_period(data["period"]),
                rules_version=_count(data.get("rules_version", 0)),  # labels of before rules had versions
            )
        except WeekLabelsError:
            raise
        except (SerpRadioError, KeyError, TypeError, ValueError, AttributeError) as error:
            what = str(error).rstrip(".")
            raise WeekLabelsError(f"these are not week labels: {type(error).__name__}: {what}.") from error


def label_weeks(
    metrics: DailyMetrics,
    as_of: dt.date,
    rules: RuleSet,
    events: EventCalendar,
    corrections: Mapping[str, Correction] = MappingProxyType({}),
) -> WeekLabels:
    """Label every ISO week of the tenant's history up to `as_of` (16 months of it), and the history as a whole.

    A week is judged as of its Sunday, the running week as of `as_of`, over 7 days; the whole as of `as_of`, over 28
    days or as many whole weeks as a shorter history holds twice. A week that a person corrected has that label.

    Raises:
        NothingToCalibrateError: no day up to `as_of` has data.
    """
    history = metrics.up_to(as_of)
    period = calibration_period(history, as_of)
    reader = FeatureReader(daily_series(history, as_of), period, events.of(metrics.source))
    horizon = overall_horizon_days(reader.series.days)
    overall = decide(rules, reader.at(as_of, horizon_days=horizon), horizon_days=horizon)
    weeks = tuple(_corrected(week, corrections.get(week.week)) for week in _weeks(reader, as_of, rules))
    return WeekLabels(metrics.tenant, as_of, rules.sha256, rules.name, weeks, overall, period, rules.version)


def _corrected(week: WeekLabel, correction: Correction | None) -> WeekLabel:
    if correction is None:
        return week
    said = f"corrected on {correction.corrected_at.date()}" + (f": {correction.note}" if correction.note else "")
    return replace(week, decision=week.decision.overruled(correction.label, "person", 1.0, said))


def _weeks(reader: FeatureReader, as_of: dt.date, rules: RuleSet) -> tuple[WeekLabel, ...]:
    weeks: list[WeekLabel] = []
    monday = reader.series.first - dt.timedelta(days=reader.series.first.weekday())
    while monday <= as_of:
        last = min(monday + dt.timedelta(days=6), as_of)
        start, stop = max(0, reader.series.index(monday)), reader.series.index(last) + 1
        days = int(np.sum(reader.series.present[start:stop]))
        if days:
            decision = decide(rules, reader.at(last, horizon_days=WEEK_DAYS), horizon_days=WEEK_DAYS)
            weeks.append(WeekLabel(week_name(monday), monday, last, days, decision))
        monday += dt.timedelta(days=7)
    return tuple(weeks)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is not text")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r:.40} is not a whole number")
    return value


def _decimal(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r:.40} is not a number")
    return float(value)


def _week(entry: Mapping[str, Any]) -> WeekLabel:
    first, last = dt.date.fromisoformat(entry["first"]), dt.date.fromisoformat(entry["last"])
    return WeekLabel(_text(entry["week"]), first, last, _count(entry["days"]), _decision(entry["decision"]))


def _decision(entry: Mapping[str, Any]) -> LabelDecision:
    return LabelDecision(
        label=Label(entry["label"]),
        rule=_text(entry["rule"]),
        description=_text(entry["description"]),
        confidence=_decimal(entry["confidence"]),
        features=Features.from_json(entry["features"]),
        reason=_text(entry["reason"]),
        decided_by=entry.get("decided_by", "rule"),  # labels of before others than rules decided
        by_rules=Label(entry["by_rules"]) if entry.get("by_rules") else None,
    )


def _period_to_json(period: CalibrationPeriod) -> dict[str, object]:
    return {
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "days": period.days,
        "reason": period.reason,
        "ranges": {metric: [period.ranges[metric].low, period.ranges[metric].high] for metric in METRICS},
        "levels": {metric: list(period.levels[metric]) for metric in METRICS},
    }


def _period(entry: Mapping[str, Any]) -> CalibrationPeriod:
    reason = entry["reason"]
    if reason not in PERIOD_REASONS:
        raise ValueError(f"{reason!r:.40} is no reason for a calibration period")
    ranges = {metric: MetricRange(*(_decimal(end) for end in entry["ranges"][metric])) for metric in METRICS}
    levels = {metric: tuple(_decimal(level) for level in entry["levels"][metric]) for metric in METRICS}
    first, last = dt.date.fromisoformat(entry["first"]), dt.date.fromisoformat(entry["last"])
    return CalibrationPeriod(first, last, _count(entry["days"]), reason, ranges, levels)
