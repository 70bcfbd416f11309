"""What other rules change: the weeks whose label is another one, and how many weeks each rule decides.

Both look at labels that were decided; nothing here decides one.
"""

from collections import Counter
from dataclasses import dataclass

from serp_radio_pipeline.labels.decision import LabelDecision
from serp_radio_pipeline.labels.rules import Label, RuleSet
from serp_radio_pipeline.labels.week_labels import WeekLabels


@dataclass(frozen=True, slots=True)
class LabelChange:
    """A week with another label than before, and both decisions."""

    week: str
    before: LabelDecision
    after: LabelDecision


@dataclass(frozen=True, slots=True)
class RuleHits:
    """How many weeks a rule decided, and the last of them; None where it decided none."""

    rule: str
    label: Label
    weeks: int
    last_week: str | None


def label_changes(before: WeekLabels, after: WeekLabels) -> tuple[LabelChange, ...]:
    """Return the weeks in both whose label is another one after than before; another rule alone is no change."""
    decided = {week.week: week.decision for week in before.weeks}
    return tuple(
        LabelChange(week.week, decided[week.week], week.decision)
        for week in after.weeks
        if week.week in decided and decided[week.week].label != week.decision.label
    )


def rule_hits(labels: WeekLabels, rules: RuleSet) -> tuple[RuleHits, ...]:
    """Return every rule, the default last, with the weeks whose label is its own word.

    A week whose label a person corrected is no rule's; where the person agrees with the rule, it stays the rule's.
    """
    every = (*rules.rules, rules.default)
    decided = [week for week in labels.weeks if not week.decision.is_disputed]
    counts = Counter(week.decision.rule for week in decided)
    last = {week.decision.rule: week.week for week in decided}
    return tuple(RuleHits(rule.name, rule.label, counts[rule.name], last.get(rule.name)) for rule in every)
