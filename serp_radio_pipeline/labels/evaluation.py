"""Whether a model may take over from the rules: it is asked about corrected weeks that it has not seen, in time order.

A model is used only where it names people's words better than the rules do and better than guessing would, each by more
than luck gives: see `Evaluation.model_is_better`.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.labels.training import SEED, FloatArray, LabelIndices, TrainingWeeks, fit, probabilities

LUCK = 0.05
"""Level of both tests, one-sided. Corrections at random pass both in fewer than one case of 20."""
SHUFFLES = 2000
FEWEST_KNOWN, FEWEST_ASKED = 5, 6
"""Corrections that the model has seen before it is asked, and weeks that it has to be asked about."""
MOST_FITS = 5
"""How often the model is trained anew along the corrections: an answer never comes from a later week."""
RELIABILITY_BINS = 4


@dataclass(frozen=True)
class Scores:
    """How a judge names the corrected weeks: balanced accuracy (mean recall of the labels that occur, 0-1), and the
    recall of each label, None where people never said it."""

    balanced_accuracy: float
    recall: Mapping[str, float | None]


@dataclass(frozen=True)
class Evaluation:
    """What came out of asking about `weeks` corrected weeks, each by what was known before it.

    `confusion[i][j]` counts weeks that people call label i and the model label j, in the order of `Label`.
    `reliability` holds, by rising probability, (mean probability given, share that was right, weeks). `brier` is the
    mean squared error of the probabilities (0 best, 2 worst).
    """

    weeks: int
    model: Scores
    rules: Scores
    most_common: Scores
    confusion: tuple[tuple[int, ...], ...]
    reliability: tuple[tuple[float, float, int], ...]
    brier: float
    luck_against_rules: float
    luck_of_guesses: float

    @property
    def model_is_better(self) -> bool:
        """Whether the model beats the rules and guessing, each by more than luck.

        Against the rules, an exact sign test over the weeks that only one of the two names rightly. Against guesses, a
        permutation test: how often people's words, dealt out to these weeks anew, get as much probability from the
        model as where they belong. The first alone would not do: who corrects only what is wrong makes the rules lose
        every week.
        """
        return self.luck_against_rules < LUCK and self.luck_of_guesses < LUCK

    def to_json(self) -> dict[str, object]:
        """A JSON object with one field per attribute."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Evaluation":
        """Undo `to_json`.

        Raises:
            TypeError, ValueError, KeyError: not such an object.
        """
        judges = {name: Scores(**data[name]) for name in ("model", "rules", "most_common")}
        tables = {name: tuple(tuple(row) for row in data[name]) for name in ("confusion", "reliability")}
        return cls(**{**data, **judges, **tables})


def evaluate(weeks: TrainingWeeks) -> Evaluation | None:
    """Walk forward through the corrected weeks; None where too few of them can be asked about."""
    asked = np.flatnonzero(weeks.is_corrected)[FEWEST_KNOWN:]
    if len(asked) < FEWEST_ASKED:
        return None
    given = np.zeros((len(asked), len(Label)))
    habit = np.zeros(len(asked), dtype=np.int_)
    for block in np.array_split(np.arange(len(asked)), MOST_FITS):
        known = weeks.part(np.arange(len(weeks.weeks)) < asked[block[0]])
        given[block] = probabilities(fit(known), weeks.inputs[asked[block]])
        habit[block] = np.bincount(known.labels[known.is_corrected], minlength=len(Label)).argmax()
    is_asked = np.isin(np.arange(len(weeks.weeks)), asked)
    return _evaluation(weeks.part(is_asked), given, habit)


def luck_of_sign(better: int, worse: int) -> float:
    """Return the chance (0-1) that a fair coin gives `better` or more heads in `better + worse` throws."""
    throws = better + worse
    return float(sum(math.comb(throws, heads) for heads in range(better, throws + 1)) / 2**throws)


def luck_of_guesses(said: LabelIndices, given: FloatArray) -> float:
    """Return the chance (0-1) that shuffled words get at least as much of the probabilities (weeks x labels) in all."""
    weeks = np.arange(len(said))
    shuffled = np.random.default_rng(SEED).permuted(np.tile(said, (SHUFFLES, 1)), axis=1)
    reached = given[weeks, said].sum()
    as_good = int((given[weeks, shuffled].sum(axis=1) >= reached - 1e-9).sum())
    return (1 + as_good) / (1 + SHUFFLES)


def _evaluation(asked: TrainingWeeks, given: FloatArray, habit: LabelIndices) -> Evaluation:
    said, answered = asked.labels, given.argmax(axis=1)
    right, by_rules = answered == said, asked.rule_labels == said
    confusion = np.zeros((len(Label), len(Label)), dtype=np.int_)
    np.add.at(confusion, (said, answered), 1)
    return Evaluation(
        weeks=len(said),
        model=_scores(said, answered),
        rules=_scores(said, asked.rule_labels),
        most_common=_scores(said, habit),
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
        reliability=_reliability(given.max(axis=1), right),
        brier=round(float(((given - np.eye(len(Label))[said]) ** 2).sum(axis=1).mean()), 4),
        luck_against_rules=luck_of_sign(int((right & ~by_rules).sum()), int((~right & by_rules).sum())),
        luck_of_guesses=luck_of_guesses(said, given),
    )


def _scores(said: LabelIndices, judged: LabelIndices) -> Scores:
    recall: dict[str, float | None] = {}
    for index, label in enumerate(Label):
        mine = said == index
        recall[label.value] = round(float((judged[mine] == index).mean()), 4) if mine.any() else None
    known = [share for share in recall.values() if share is not None]
    return Scores(round(sum(known) / len(known), 4), recall)


def _reliability(confidence: FloatArray, right: NDArray[np.bool_]) -> tuple[tuple[float, float, int], ...]:
    """Return equally filled bins, from the least to the most confident answers."""
    order = np.argsort(confidence, kind="stable")
    bins = [part for part in np.array_split(order, RELIABILITY_BINS) if len(part)]
    return tuple(
        (round(float(confidence[part].mean()), 4), round(float(right[part].mean()), 4), len(part)) for part in bins
    )
