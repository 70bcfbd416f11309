"""What a tenant's model learns from, and how: a row of numbers for each finished week, its label, and its weight.

Labels are the rules' where nobody said otherwise, and people's where somebody did. No week is used before it is over.
"""

import datetime as dt
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serp_radio_pipeline.labels.decision import LabelDecision
from serp_radio_pipeline.labels.features import FEATURES
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.labels.week_labels import WeekLabels

FloatArray = NDArray[np.float64]
LabelIndices = NDArray[np.int_]

INPUTS = tuple(FEATURES)
"""The columns of what the model sees: the features that rules may test, and nothing else."""
RULE_WEIGHT = 0.3
"""What a week labelled by the rules counts beside a corrected one's 1. At 1 the rules' word drowns 20 corrections; at 0
the model forgets what people left as it was."""
TREES = 25
"""Each splits on thresholds, as people's own rules do. More cost time and gained nothing on made-up tenants."""
SEED = 20260105


@dataclass(frozen=True, slots=True)
class TrainingWeeks:
    """Finished weeks, ascending: `inputs` (weeks x INPUTS, NaN where unknown), labels as indices into `Label`."""

    weeks: tuple[str, ...]
    inputs: FloatArray
    labels: LabelIndices
    rule_labels: LabelIndices
    is_corrected: NDArray[np.bool_]

    def part(self, chosen: NDArray[np.bool_]) -> "TrainingWeeks":
        """Return only the chosen weeks."""
        weeks = tuple(week for week, is_chosen in zip(self.weeks, chosen, strict=True) if is_chosen)
        return TrainingWeeks(
            weeks, self.inputs[chosen], self.labels[chosen], self.rule_labels[chosen], self.is_corrected[chosen]
        )

    def sha256(self) -> str:
        """Return the hash of all that is learned from: another one, another model."""
        digest = hashlib.sha256(",".join(self.weeks).encode())
        for column in (self.inputs, self.labels, self.rule_labels, self.is_corrected):
            digest.update(np.ascontiguousarray(column).astype("<f8").tobytes())
        return digest.hexdigest()


def training_weeks(labels: WeekLabels) -> TrainingWeeks:
    """Return the finished weeks of a tenant's labels: a week that still runs has no last word."""
    finished = [week for week in labels.weeks if week.last == week.first + dt.timedelta(days=6)]
    decisions = [week.decision for week in finished]
    return TrainingWeeks(
        weeks=tuple(week.week for week in finished),
        inputs=input_rows(decisions),
        labels=np.array([_index(one.label) for one in decisions], dtype=np.int_),
        rule_labels=np.array([_index(one.rule_label) for one in decisions], dtype=np.int_),
        is_corrected=np.array([one.decided_by == "person" for one in decisions], dtype=np.bool_),
    )


def input_rows(decisions: Sequence[LabelDecision]) -> FloatArray:
    """Return a row of `INPUTS` for each decision, NaN where a feature has no value."""
    rows = [[_number(one.features.values[name]) for name in INPUTS] for one in decisions]
    return np.array(rows, dtype=np.float64).reshape(len(decisions), len(INPUTS))


def fit(weeks: TrainingWeeks) -> Any:
    """Return a classifier trained on those weeks: a small forest of trees that each see every feature.

    With some tens of weeks nothing larger holds. On made-up tenants it gained twice what a logistic regression did,
    for what people mean by a week is a threshold more often than a slope. Every label weighs alike in all: else one
    that people rarely give is never said.
    """
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415 - 1 s of import, only where people corrected

    forest = RandomForestClassifier(TREES, max_features=None, class_weight="balanced", random_state=SEED)
    return forest.fit(weeks.inputs, weeks.labels, sample_weight=np.where(weeks.is_corrected, 1.0, RULE_WEIGHT))


def probabilities(classifier: Any, inputs: FloatArray) -> FloatArray:
    """Return the probability (rows x labels, in the order of `Label`) of each label; 0 for one that was never seen."""
    full = np.zeros((len(inputs), len(Label)))
    if len(inputs):
        full[:, classifier.classes_] = classifier.predict_proba(inputs)
    return full


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _index(label: Label) -> int:
    return list(Label).index(label)
