"""Small daily tables for the tests of this room, made on the spot."""

import datetime as dt
import math
from collections.abc import Sequence
from pathlib import Path

from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics, DailyRow
from serp_radio_pipeline.labels.events import EventCalendar, parse_events
from serp_radio_pipeline.labels.features import FEATURES, Features
from serp_radio_pipeline.labels.rules import RuleSet, parse_rules
from serp_radio_pipeline.tenant import Tenant

MONDAY = dt.date(2024, 1, 1)
RULES_FOLDER = Path(__file__).parents[2] / "rules"
NO_EVENTS = EventCalendar()


def day(number: int) -> dt.date:
    """The day `number` days after the first Monday."""
    return MONDAY + dt.timedelta(days=number)


def table(
    clicks: Sequence[int | None],
    *,
    impressions: int | None = None,
    position: float | Sequence[float] = 10.0,
    provisional: int = 0,
    first: dt.date = MONDAY,
) -> DailyMetrics:
    """One row a day, None for an absent one; impressions are 20 a click and 100 more, or as given."""
    rows = []
    for number, count in enumerate(clicks):
        if count is None:
            continue
        shown = 20 * count + 100 if impressions is None else impressions
        rank = position if isinstance(position, float) else position[number]
        date = first + dt.timedelta(days=number)
        is_provisional = number >= len(clicks) - provisional
        rows.append(DailyRow(date, count, shown, rank if shown else None, is_provisional))
    return DailyMetrics(Tenant("acme"), tuple(rows))


def wobbly(
    days: int, level: float = 1000.0, growth: float = 0.0, weekend: float = 1.0, noise: float = 0.05
) -> list[int]:
    """A repeatable series: level, growth a day (log), weekend factor, and noise that looks random but is a sine sum."""
    series = []
    for t in range(days):
        wave = (math.sin(t * 12.9898) + math.sin(t * 78.233 + 1) + math.sin(t * 37.719 + 2)) / math.sqrt(1.5)
        factor = weekend if t % 7 >= 5 else 1.0
        series.append(round(level * factor * math.exp(growth * t + noise * wave)))
    return series


def features(**known: float) -> Features:
    """Features with these values and no others."""
    return Features({name: known.get(name) for name in FEATURES}, "gsc")


def rules_of(*conditions_and_labels: tuple[str, str], default: str = "NEUTRAL") -> RuleSet:
    """A rule set, in order; the conditions of a rule are joined by " and "."""
    lines = ["rules:"]
    for number, (conditions, label) in enumerate(conditions_and_labels):
        lines += [
            f"  - name: rule {number}",
            f"    label: {label}",
            f"    when: {conditions.split(' and ')}",
            "    description: Why.",
        ]
    lines += ["  - name: rest", f"    label: {default}", "    when: otherwise", "    description: The rest."]
    return parse_rules("\n".join(lines), name="test.yaml")


def shipped_rules() -> RuleSet:
    return parse_rules((RULES_FOLDER / "labels.yaml").read_bytes(), name="labels.yaml")


def shipped_events() -> EventCalendar:
    return parse_events((RULES_FOLDER / "events.yaml").read_bytes())
