"""A tenant's model: trained on its weeks, asked whether it earned its place, and where it did, put in the rules' place.

Until then the rules decide. What a person said of a week always holds for that week.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.labels.decision import LabelDecision
from serp_radio_pipeline.labels.evaluation import (
    FEWEST_ASKED,
    FEWEST_KNOWN,
    LUCK,
    Evaluation,
    evaluate,
)
from serp_radio_pipeline.labels.features import DECIMALS
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.labels.training import INPUTS, fit, input_rows, probabilities, training_weeks
from serp_radio_pipeline.labels.week_labels import WeekLabel, WeekLabels
from serp_radio_pipeline.tenant import Tenant

FEWEST_CORRECTIONS = FEWEST_KNOWN + FEWEST_ASKED
LIBRARIES = ("scikit-learn", "numpy", "scipy", "skops")


class LabelModelError(SerpRadioError):
    """A model that can't be, or that is not these labels' own."""


@dataclass(frozen=True)
class LabelModel:
    """What was learned from a tenant's weeks as of a day.

    `decides` says whether it takes the rules' place, and `why` says so in a sentence. `classifier` and `evaluation` are
    None where nothing was trained; `weights` (sum 1) say how much each of `INPUTS` counts. `weeks` finished weeks were
    known, `corrections` of them corrected. `data_sha256` is the hash of all that was learned from, `versions` those of
    the libraries.

    Raises:
        LabelModelError: a model that decides untrained or untested.
    """

    tenant: Tenant
    as_of: dt.date
    decides: bool
    why: str
    weeks: int
    corrections: int
    rules_sha256: str
    data_sha256: str
    versions: Mapping[str, str]
    weights: Mapping[str, float]
    evaluation: Evaluation | None
    classifier: Any

    def __post_init__(self) -> None:
        if (self.classifier is None) != (self.evaluation is None):
            raise LabelModelError("a model is trained and evaluated, or neither.")
        if self.decides and not (self.evaluation and self.evaluation.model_is_better):
            raise LabelModelError("a model decides only where it is better than the rules.")

    def to_json(self) -> dict[str, object]:
        """A JSON object of all but the classifier."""
        return {
            "tenant": self.tenant.slug,
            "as_of": self.as_of.isoformat(),
            "decides": self.decides,
            "why": self.why,
            "weeks": self.weeks,
            "corrections": self.corrections,
            "inputs": list(INPUTS),
            "labels": [label.value for label in Label],
            "rules_sha256": self.rules_sha256,
            "data_sha256": self.data_sha256,
            "versions": dict(self.versions),
            "weights": dict(self.weights),
            "evaluation": self.evaluation.to_json() if self.evaluation else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], classifier: Any) -> "LabelModel":
        """Undo `to_json`, with the classifier that belongs to it.

        Raises:
            LabelModelError: of other inputs or labels than today's, or impossible.
            KeyError, TypeError, ValueError: a field is missing or of the wrong kind.
        """
        if data["inputs"] != list(INPUTS) or data["labels"] != [label.value for label in Label]:
            raise LabelModelError("it was trained on other features or labels than there are now")
        return cls(
            tenant=Tenant(data["tenant"]),
            as_of=dt.date.fromisoformat(data["as_of"]),
            decides=data["decides"] is True,
            why=str(data["why"]),
            weeks=int(data["weeks"]),
            corrections=int(data["corrections"]),
            rules_sha256=str(data["rules_sha256"]),
            data_sha256=str(data["data_sha256"]),
            versions={str(name): str(said) for name, said in data["versions"].items()},
            weights={str(name): float(share) for name, share in data["weights"].items()},
            evaluation=Evaluation.from_json(data["evaluation"]) if data["evaluation"] else None,
            classifier=classifier,
        )


def train(labels: WeekLabels, *, use_training: bool = True) -> LabelModel:
    """Return the model of a tenant's labels; without `use_training`, or with too little to learn from, one that knows
    nothing and never decides.

    The same labels give the same model, on the same versions of the libraries.
    """
    weeks = training_weeks(labels)
    corrections = int(weeks.is_corrected.sum())
    untrained = LabelModel(
        tenant=labels.tenant,
        as_of=labels.as_of,
        decides=False,
        why=_why_untrained(corrections, len(set(weeks.labels.tolist())), use_training=use_training),
        weeks=len(weeks.weeks),
        corrections=corrections,
        rules_sha256=labels.rules_sha256,
        data_sha256=weeks.sha256(),
        versions={name: version(name) for name in LIBRARIES},
        weights={},
        evaluation=None,
        classifier=None,
    )
    if untrained.why:
        return untrained
    evaluation = evaluate(weeks)
    if evaluation is None:
        raise LabelModelError(f"{corrections} corrections can't be asked about.")
    classifier = fit(weeks)
    shares = classifier.feature_importances_
    return replace(
        untrained,
        decides=evaluation.model_is_better,
        why=_why(evaluation),
        weights={name: round(float(share), DECIMALS) for name, share in zip(INPUTS, shares, strict=True)},
        evaluation=evaluation,
        classifier=classifier,
    )


def decided_by_model(labels: WeekLabels, model: LabelModel) -> WeekLabels:
    """Return the labels as they are heard: where the model decides, every week that no person spoke about is its own.

    The label of the whole stays the rules': nobody corrects it, so nothing shows that the model knows better.

    Raises:
        LabelModelError: the model is another tenant's, another day's, or of other rules.
    """
    if (model.tenant, model.as_of, model.rules_sha256) != (labels.tenant, labels.as_of, labels.rules_sha256):
        raise LabelModelError(f"The model of {model.tenant} as of {model.as_of} is not that of these labels.")
    if not model.decides:
        return labels
    given = probabilities(model.classifier, input_rows([week.decision for week in labels.weeks]))
    weeks = tuple(_judged(week, row) for week, row in zip(labels.weeks, given, strict=True))
    return replace(labels, weeks=weeks)


def _judged(week: WeekLabel, given: np.ndarray) -> WeekLabel:
    decision: LabelDecision = week.decision
    if decision.decided_by == "person" or all(decision.features.values[name] is None for name in INPUTS):
        return week
    best = int(given.argmax())
    label, share = list(Label)[best], round(float(given[best]), DECIMALS)
    rules = "as the rules do" if label == decision.label else f"where the rules say {decision.label}"
    said = f"the model says so, {share:.0%} sure, {rules}: {decision.reason}"
    return replace(week, decision=decision.overruled(label, "model", share, said))


def _why_untrained(corrections: int, labels: int, *, use_training: bool) -> str:
    """Say why nothing is trained, or nothing."""
    if not use_training:
        return "The rules decide: training was switched off for this run."
    if corrections < FEWEST_CORRECTIONS:
        return (
            f"The rules decide: {corrections} finished weeks are corrected, and a model is trained from "
            f"{FEWEST_CORRECTIONS} on."
        )
    if labels < 2:
        return "The rules decide: every week has the same label, so there is nothing to tell apart."
    return ""


def _why(evaluation: Evaluation) -> str:
    model, rules, habit = (
        judge.balanced_accuracy for judge in (evaluation.model, evaluation.rules, evaluation.most_common)
    )
    verdict = "The model decides" if evaluation.model_is_better else "The rules decide, the model is no better"
    return (
        f"{verdict}: on {evaluation.weeks} corrected weeks that it had not seen, its balanced accuracy is {model:.2f}, "
        f"the rules' {rules:.2f}, that of always saying the most common label {habit:.2f}; luck alone would do as well "
        f"against the rules with a chance of {_chance(evaluation.luck_against_rules)}, and by guessing with "
        f"{_chance(evaluation.luck_of_guesses)} (each must be under {LUCK})."
    )


def _chance(chance: float) -> str:
    return "under 0.001" if chance < 0.001 else f"{chance:.3f}"
