"""Weeks that people see otherwise than the rules: rules of their own play them."""

import datetime as dt
from collections.abc import Mapping
from functools import cache

import numpy as np

from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.labels.corrections import Correction
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.labels.week_labels import WeekLabels, label_weeks
from serp_radio_pipeline_tests.labels.tables import NO_EVENTS, day, rules_of, shipped_rules, table

DAYS = 7 * 70
RULES = shipped_rules()
PEOPLE = rules_of(("momentum >= 0.1", "MOMENTUM_POS"), ("momentum <= -0.1", "MOMENTUM_NEG"))
"""To these people a week is as good as it is better than the one before; the project's rules look at four weeks."""
SAID_AT = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)


@cache
def moving_site(seed: int = 7) -> DailyMetrics:
    """Return 70 weeks of a site whose level changes every few weeks."""
    rng = np.random.default_rng(seed)
    level, clicks = 0.0, []
    for number in range(DAYS):
        if number % 7 == 0 and rng.random() < 0.5:
            level = 0.6 * level + rng.normal(0, 0.35)
        clicks.append(int(rng.poisson(400 * np.exp(level))))
    return table(clicks)


@cache
def meant_otherwise() -> Mapping[str, Label]:
    """Return the weeks in which people and rules differ, with people's word, oldest first."""
    by_rules, by_people = (label_weeks(moving_site(), day(DAYS - 1), rules, NO_EVENTS) for rules in (RULES, PEOPLE))
    return {
        said.week: meant.decision.label
        for said, meant in zip(by_rules.weeks, by_people.weeks, strict=True)
        if said.decision.label != meant.decision.label
    }


def labels_with(words: Mapping[str, Label]) -> WeekLabels:
    """Return the site's labels by the project's rules, with those words of people."""
    said = {week: Correction(week, label, "", SAID_AT) for week, label in words.items()}
    return label_weeks(moving_site(), day(DAYS - 1), RULES, NO_EVENTS, said)


def newest(count: int) -> Mapping[str, Label]:
    """Return people's word on the newest weeks that the rules call wrongly."""
    return dict(list(meant_otherwise().items())[-count:])


def at_random(count: int, seed: int) -> Mapping[str, Label]:
    """Return random words on random weeks."""
    rng = np.random.default_rng(seed)
    weeks = [week.week for week in labels_with({}).weeks[4:]]
    chosen = rng.choice(len(weeks), count, replace=False)
    return {weeks[index]: list(Label)[int(rng.integers(len(Label)))] for index in chosen}
