"""Whether a model learns what people mean: made-up sites whose weeks mean something else than the default rules say.

A hidden set of rules plays the person. It corrects the newest 20 weeks that the default rules call wrongly, in 16
months of a site; then the model is asked about the 16 months that follow, which it has not seen. Corrections at random
come beside it: they must not be believed.
"""

import dataclasses
import datetime as dt
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.episodes import LAST_DAY
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.ingest.demo_series import SeriesRecipe, demo_series
from serp_radio_pipeline.labels.corrections import Correction
from serp_radio_pipeline.labels.events import EventCalendar
from serp_radio_pipeline.labels.model import LabelModel, decided_by_model, train
from serp_radio_pipeline.labels.rules import Label, RuleSet, parse_rules
from serp_radio_pipeline.labels.week_labels import WeekLabels, label_weeks
from serp_radio_pipeline.tenant import Tenant

SITES, CORRECTIONS, RANDOM_SEEDS = 12, 20, 100
WEEKS = 70
GAIN_GATE, RANDOM_GATE, SECONDS_GATE = 0.15, 0.05, 0.5
SAID_AT = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
DEFAULT_RULES = Path(__file__).parent.parent / "rules" / "labels.yaml"

HIDDEN: Mapping[str, tuple[tuple[str, str], ...]] = {
    "week against week": (
        ("abs_z >= 6", "VOLATILE_SPIKE"),
        ("momentum >= 0.08", "MOMENTUM_POS"),
        ("momentum <= -0.08", "MOMENTUM_NEG"),
    ),
    "slow and low bars": (
        ("abs_z >= 3.5", "VOLATILE_SPIKE"),
        ("slope >= 0.002", "MOMENTUM_POS"),
        ("slope <= -0.002", "MOMENTUM_NEG"),
    ),
    "being seen": (
        ("volatility >= 0.8", "VOLATILE_SPIKE"),
        ("impressions >= 0.65", "MOMENTUM_POS"),
        ("impressions <= 0.35", "MOMENTUM_NEG"),
    ),
    "any direction": (
        ("abs_z >= 10", "VOLATILE_SPIKE"),
        ("trend >= 0.2", "MOMENTUM_POS"),
        ("trend <= -0.2", "MOMENTUM_NEG"),
    ),
}
"""What the weeks of a site mean to its people, as conditions and labels; the first that holds."""


@dataclass(frozen=True, slots=True)
class Learned:
    """One site and one meaning: whether the model was chosen, and balanced accuracy (0-1) on unseen weeks."""

    chosen: bool
    model: float
    rules: float
    seconds: float


def run() -> bool:
    """Print the tables; return whether every gate holds."""
    rules = parse_rules(DEFAULT_RULES.read_text(), name="labels.yaml")
    sites = [_site(seed) for seed in range(SITES)]
    train(_labels(sites[0], LAST_DAY, rules, _random_words(sites[0], rules, 0)))  # imports are not counted
    print(f"{'People mean':<20}{'chosen':>9}{'rules':>8}{'model':>8}{'gain':>8}{'least':>8}{'>= 0.15':>9}{'CPU s':>8}")
    good = True
    for name, conditions in HIDDEN.items():
        rows = [_learned(site, rules, _rules_of(conditions)) for site in sites]
        gains = [row.model - row.rules for row in rows]
        chosen, gain = statistics.mean(row.chosen for row in rows), statistics.mean(gains)
        seconds = statistics.median(row.seconds for row in rows)
        good &= gain >= GAIN_GATE and seconds < SECONDS_GATE
        print(
            f"{name:<20}{chosen:>9.0%}{statistics.mean(row.rules for row in rows):>8.2f}"
            f"{statistics.mean(row.model for row in rows):>8.2f}{gain:>8.2f}{min(gains):>8.2f}"
            f"{statistics.mean(one >= GAIN_GATE for one in gains):>9.0%}{seconds:>8.2f}"
        )
    believed = statistics.mean(
        train(_labels(site, _half(), rules, _random_words(site, rules, seed))).decides
        for seed in range(RANDOM_SEEDS)
        for site in [sites[seed % SITES]]
    )
    good &= believed <= RANDOM_GATE
    print(f"{CORRECTIONS} corrections at random are believed in {believed:.0%} of {RANDOM_SEEDS} seeds (at most 5 %).")
    verdict = "yes" if good else "NO"
    print(f"Gain at least {GAIN_GATE}, training under {SECONDS_GATE} CPU s, luck not believed: {verdict}.")
    return good


def _learned(site: DailyMetrics, rules: RuleSet, hidden: RuleSet) -> Learned:
    by_rules, meant = (_labels(site, _half(), one) for one in (rules, hidden))
    wrong = [
        truth
        for said, truth in zip(by_rules.weeks, meant.weeks, strict=True)
        if said.decision.label != truth.decision.label and said.decision.features["slope"] is not None
    ]
    words = {one.week: one.decision.label for one in wrong[-CORRECTIONS:]}
    labels = _labels(site, _half(), rules, words)
    start = time.process_time()
    model = train(labels)
    seconds = time.process_time() - start
    return Learned(model.decides, *_unseen(site, rules, hidden, model), seconds)


def _unseen(site: DailyMetrics, rules: RuleSet, hidden: RuleSet, model: LabelModel) -> tuple[float, float]:
    """Return balanced accuracy of model and rules over the 16 months after the model's last."""
    by_rules, meant = _labels(site, LAST_DAY, rules), _labels(site, LAST_DAY, hidden)
    by_model = decided_by_model(by_rules, _as_of(model, by_rules))
    truth = [week.decision.label for week in meant.weeks]
    said, ruled = ([week.decision.label for week in labels.weeks] for labels in (by_model, by_rules))
    return _balanced_accuracy(truth, said), _balanced_accuracy(truth, ruled)


def _as_of(model: LabelModel, labels: WeekLabels) -> LabelModel:
    """Return the model as if it were the later day's and had been chosen: what it would say is what is measured."""
    better = dataclasses.replace(model.evaluation, luck_against_rules=0.0, luck_of_guesses=0.0)  # type: ignore[type-var]
    return dataclasses.replace(model, as_of=labels.as_of, decides=True, evaluation=better)


def _balanced_accuracy(truth: list[Label], said: list[Label]) -> float:
    recalls = []
    for label in sorted(set(truth)):
        mine = [one for one, meant in zip(said, truth, strict=True) if meant == label]
        recalls.append(sum(one == label for one in mine) / len(mine))
    return statistics.mean(recalls)


def _random_words(site: DailyMetrics, rules: RuleSet, seed: int) -> Mapping[str, Label]:
    """Return labels for 20 weeks, both drawn at random."""
    rng = np.random.default_rng(seed)
    weeks = [week.week for week in _labels(site, _half(), rules).weeks[4:-1]]
    chosen = rng.choice(len(weeks), CORRECTIONS, replace=False)
    return {weeks[index]: list(Label)[int(rng.integers(len(Label)))] for index in chosen}


def _labels(site: DailyMetrics, as_of: dt.date, rules: RuleSet, words: Mapping[str, Label] | None = None) -> WeekLabels:
    said = {week: Correction(week, label, "", SAID_AT) for week, label in (words or {}).items()}
    return label_weeks(site, as_of, rules, EventCalendar(), said)


def _rules_of(conditions: tuple[tuple[str, str], ...]) -> RuleSet:
    lines = ["rules:"]
    for condition, label in conditions:
        lines.append(
            f"  - {{name: {label} where {condition.split()[0]}, label: {label}, when: ['{condition}'], description: x}}"
        )
    lines.append("  - {name: rest, label: NEUTRAL, when: otherwise, description: x}")
    return parse_rules("\n".join(lines), name="hidden.yaml")


def _half() -> dt.date:
    return LAST_DAY - dt.timedelta(weeks=WEEKS)


def _site(seed: int) -> DailyMetrics:
    """Return 32 months of a site that goes up and down: levels of some weeks, single days, ranks lost and won."""
    rng = np.random.default_rng([20260105, seed])
    days, level, day = 7 * 2 * WEEKS, 0.0, 40
    steps: list[tuple[int, float]] = []
    while day < days - 10:
        change = float(rng.normal(-0.3 * level, 0.3))
        level += change
        steps.append((day, float(np.exp(change))))
        day += int(rng.integers(18, 60))
    spikes, updates = (sorted(rng.choice(np.arange(50, days - 10), count, replace=False)) for count in (14, 6))
    recipe = SeriesRecipe(
        f"site {seed}",
        seed,
        days,
        clicks=float(np.exp(rng.uniform(4, 8))),
        ctr=float(rng.uniform(0.02, 0.06)),
        position=float(rng.uniform(7, 20)),
        weekday_factor=float(rng.uniform(1.2, 2.5)),
        noise=float(rng.uniform(0.06, 0.2)),
        steps=tuple(steps),
        spikes=tuple((int(one), float(rng.choice([2.5, 4.0, 0.2]))) for one in spikes),
        updates=tuple((int(one), float(rng.choice([-2, 2]))) for one in updates),
    )
    return DailyMetrics(Tenant(f"site-{seed}"), demo_series(recipe, LAST_DAY))


if __name__ == "__main__":
    run()
