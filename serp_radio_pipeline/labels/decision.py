"""Which rule fires on given features, how surely, and the sentence that says why.

Features come from `labels.features`, rules from `labels.rules`; a decision never looks at the data itself.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, cast, get_args

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.daily_metrics import GSC
from serp_radio_pipeline.ingest.metric_names import MetricName, metric_names
from serp_radio_pipeline.labels.features import DECIMALS, FEATURES, TEXT_FEATURES, WEEK_DAYS, Features
from serp_radio_pipeline.labels.rules import Condition, Label, Rule, RuleSet

DecidedBy = Literal["rule", "model", "person"]

TOO_LITTLE_DATA = "too little data: none of the features that the rules test has a value yet"


class DecisionError(SerpRadioError):
    """A decision that no rules can make."""


@dataclass(frozen=True, slots=True)
class LabelDecision:
    """A label with the rule that gave it, the features it saw, and why.

    `confidence` runs from 0 to 1; a rule's decision has at least 0.5, at the very edge of another one. `reason` is a
    sentence for people, with the values. `rule` is the rule that fired, whoever `decided_by` names; where the model or
    a person did, `by_rules` is the label that this rule gives.

    Raises:
        DecisionError: a confidence outside 0-1, an empty rule or reason, or a decider that there is not.
    """

    label: Label
    rule: str
    description: str
    confidence: float
    features: Features
    reason: str
    decided_by: DecidedBy = "rule"
    by_rules: Label | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.confidence <= 1:
            raise DecisionError(f"a confidence lies between 0 and 1, not at {self.confidence}.")
        if not isinstance(self.label, Label) or not (self.rule and self.reason):
            raise DecisionError(f"a decision needs a label, a rule and a reason, not {self.label!r:.40}.")
        if self.decided_by not in get_args(DecidedBy) or (self.decided_by == "rule") != (self.by_rules is None):
            raise DecisionError(f"{self.decided_by!r:.20} can't have decided where the rules say {self.by_rules}.")

    @property
    def rule_label(self) -> Label:
        """The label that the rules give, whoever decided."""
        return self.by_rules or self.label

    @property
    def is_disputed(self) -> bool:
        """Whether the model or a person says otherwise than the rules."""
        return self.rule_label != self.label

    def overruled(self, label: Label, by: DecidedBy, confidence: float, reason: str) -> "LabelDecision":
        """Return the decision as the model or a person takes it, with what the rules said kept beside it."""
        return replace(self, label=label, confidence=confidence, reason=reason, decided_by=by, by_rules=self.rule_label)

    def to_json(self) -> dict[str, object]:
        """A JSON object with one field per attribute."""
        return {
            "label": self.label.value,
            "rule": self.rule,
            "description": self.description,
            "confidence": self.confidence,
            "features": self.features.to_json(),
            "reason": self.reason,
            "decided_by": self.decided_by,
            "by_rules": self.by_rules.value if self.by_rules else None,
        }


def decide(rules: RuleSet, features: Features, *, horizon_days: int) -> LabelDecision:
    """Return the label of the first rule whose conditions all hold, else the default's.

    Confidence is 0.5 + 0.5 * min(1, m): m is the distance to the nearest other decision, in each feature's `scale`. It
    is the smallest of the fired rule's own margins and, for each earlier rule, of the largest margin by which it
    missed. A rule that missed only for want of a value says nothing; where every rule did, the default has 0.5.
    """
    missed: list[float] = []
    for rule in rules.rules:
        if all(condition.holds(features[condition.metric]) for condition in rule.when):
            margins = [_margin(condition, features) for condition in rule.when]
            confidence = _confidence([*missed, *margins])
            reason = ", ".join(_seen(condition, features, horizon_days) for condition in rule.when)
            return _decision(rule, confidence, features, reason)
        missed += _missed_by(rule, features)
    return _decision(rules.default, _confidence(missed), features, _why_default(rules, features, horizon_days))


def _decision(rule: Rule, confidence: float, features: Features, reason: str) -> LabelDecision:
    return LabelDecision(rule.label, rule.name, rule.description, confidence, features, reason)


def _confidence(margins: list[float]) -> float:
    nearest = min(margins, default=0.0)
    return round(0.5 + 0.5 * min(1.0, nearest), DECIMALS)


def _margin(condition: Condition, features: Features) -> float:
    """How far the value lies from the condition's threshold, in its scale; 1 for text and for what is met by ==."""
    seen = features[condition.metric]
    if isinstance(seen, str) or isinstance(condition.value, str) or seen is None:
        return 1.0
    if condition.operator == "==" and seen == condition.value:
        return 1.0
    return abs(seen - condition.value) / FEATURES[condition.metric].scale


def _missed_by(rule: Rule, features: Features) -> list[float]:
    """The largest margin by which a rule that did not fire missed; nothing where it could not, for want of a value."""
    if any(features[condition.metric] is None for condition in rule.when):
        return []
    failed = [_margin(one, features) for one in rule.when if not one.holds(features[one.metric])]
    return [max(failed)] if failed else []


def _why_default(rules: RuleSet, features: Features, horizon_days: int) -> str:
    tested = _tested(rules)
    numbers = [metric for metric in tested if metric not in TEXT_FEATURES]
    if all(features[metric] is None for metric in numbers or tested):
        return TOO_LITTLE_DATA
    parts = ["no other rule applies"]
    momentum = features.values["momentum"]
    if momentum is not None:
        # the fact first: it is what a listener wants to read
        name = metric_names(features.source or GSC).clicks
        parts.insert(0, f"{_change(momentum, horizon_days, name)} (momentum {_number('momentum', momentum)})")
    if nearest := _nearest(rules, features):
        condition = max(
            (c for c in nearest.when if features[c.metric] is not None and not c.holds(features[c.metric])),
            key=lambda c: _margin(c, features),
        )
        value = _shown(condition, features[condition.metric])
        parts[-1] += f" (nearest: {nearest.name!r}, {condition}; {condition.metric} is {value})"
    if unknown := [metric for metric in tested if features[metric] is None]:
        parts.append(f"no value for {', '.join(unknown)}")
    return "; ".join(parts)


def _tested(rules: RuleSet) -> list[str]:
    """The features that the rules test, in the order of the table of features."""
    used = {condition.metric for rule in rules.rules for condition in rule.when}
    return [name for name in (*FEATURES, *TEXT_FEATURES) if name in used]


def _nearest(rules: RuleSet, features: Features) -> Rule | None:
    known = [(margins[0], rule) for rule in rules.rules if (margins := _missed_by(rule, features))]
    return min(known, key=lambda pair: pair[0])[1] if known else None


_PHRASES: Mapping[str, tuple[str, str]] = {
    "slope": ("{clicks} rising", "{clicks} falling"),
    "trend": ("rising more often than falling", "falling more often than rising"),
    "z": ("a day far above its usual {clicks}", "a day far below its usual {clicks}"),
    "abs_z": ("a day far from its usual {clicks}", ""),
    "volatility": ("{clicks} jumping about more or less than usual", ""),
    "position_volatility": ("{position} jumping about more or less than usual", ""),
}
"""What a feature says when it is above zero, and below; the metrics by the names of the source."""


def _seen(condition: Condition, features: Features, horizon_days: int) -> str:
    """A satisfied condition in words, with the value: "clicks up 23 % on the week before (momentum 0.21 >= 0.1)"."""
    seen = features[condition.metric]
    test = f"{condition.metric} {_shown(condition, seen)} {str(condition).removeprefix(condition.metric).strip()}"
    if isinstance(seen, str) or seen is None:
        return str(condition)
    names = metric_names(features.source or GSC)
    if condition.metric == "momentum":
        return f"{_change(seen, horizon_days, names.clicks)} ({test})"
    if condition.metric in _PHRASES:
        phrase = _PHRASES[condition.metric][seen < 0] or _PHRASES[condition.metric][0]
        return f"{phrase.format(clicks=names.clicks, position=names.position)} ({test})"
    return f"{names.of(cast(MetricName, condition.metric))} at {100 * seen:.0f} % of the usual range ({test})"


def _change(momentum: float, horizon_days: int, name: str) -> str:
    weeks = horizon_days // WEEK_DAYS
    before = "the week before" if weeks == 1 else f"the {weeks} weeks before"
    ratio = math.exp(min(momentum, 50.0))
    percent = round(100 * abs(ratio - 1))
    if percent == 0:
        return f"{name} level with {before}"
    amount = f"{percent} %" if ratio < 10 else f"{ratio:.0f}-fold"
    return f"{name} {'up' if momentum > 0 else 'down'} {amount} on {before}"


def _number(metric: str, value: float, decimals: int | None = None) -> str:
    return f"{value:.{FEATURES[metric].decimals if decimals is None else decimals}f}"


def _shown(condition: Condition, seen: float | str | None) -> str:
    """The value as people read it, with as many decimals as it takes for the test to look as it came out."""
    if isinstance(seen, str) or seen is None:
        return str(seen)
    came_out = condition.holds(seen)
    for decimals in range(FEATURES[condition.metric].decimals, DECIMALS + 1):
        text = _number(condition.metric, seen, decimals)
        if condition.holds(float(text)) == came_out:
            return text
    return repr(seen)
