import dataclasses
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serp_radio_pipeline.labels import evaluation
from serp_radio_pipeline.labels.evaluation import (
    FEWEST_ASKED,
    FEWEST_KNOWN,
    LUCK,
    Evaluation,
    evaluate,
    luck_of_guesses,
    luck_of_sign,
)
from serp_radio_pipeline.labels.training import TrainingWeeks, training_weeks
from serp_radio_pipeline_tests.labels.people import at_random, labels_with, newest

WEEKS = training_weeks(labels_with(newest(20)))


def evaluated(weeks: TrainingWeeks = WEEKS) -> Evaluation:
    found = evaluate(weeks)
    assert found is not None
    return found


def test_too_few_corrections_are_not_asked_about() -> None:
    fewest = FEWEST_KNOWN + FEWEST_ASKED
    assert evaluate(training_weeks(labels_with(newest(fewest - 1)))) is None
    assert evaluated(training_weeks(labels_with(newest(fewest)))).weeks == FEWEST_ASKED


def test_who_means_something_else_than_the_rules_is_understood() -> None:
    found = evaluated()
    assert found.model_is_better
    assert found.model.balanced_accuracy > found.rules.balanced_accuracy + 0.15
    assert found.rules.balanced_accuracy == 0  # only weeks that the rules call wrongly were corrected


@pytest.mark.parametrize("seed", range(8))
def test_words_at_random_are_not_believed(seed: int) -> None:
    assert not evaluated(training_weeks(labels_with(at_random(20, seed)))).model_is_better


def test_no_model_that_answers_for_a_week_has_seen_it_or_a_later_one(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    asked: list[tuple[str, tuple[str, ...]]] = []
    rows = {row.tobytes(): week for row, week in zip(WEEKS.inputs, WEEKS.weeks, strict=True)}
    fit, probabilities = evaluation.fit, evaluation.probabilities

    def watching_fit(weeks: TrainingWeeks) -> object:
        seen[:] = weeks.weeks
        return fit(weeks)

    def watching_probabilities(classifier: object, inputs: np.ndarray) -> np.ndarray:
        asked.extend((rows[row.tobytes()], tuple(seen)) for row in inputs)
        return probabilities(classifier, inputs)

    monkeypatch.setattr(evaluation, "fit", watching_fit)
    monkeypatch.setattr(evaluation, "probabilities", watching_probabilities)
    evaluated()
    assert len(asked) == 20 - FEWEST_KNOWN
    assert all(max(known) < week for week, known in asked)


def test_the_confusion_matrix_counts_every_week_once_and_agrees_with_the_recalls() -> None:
    found = evaluated()
    assert sum(map(sum, found.confusion)) == found.weeks == sum(weeks for _, _, weeks in found.reliability)
    for row, (label, recall) in zip(found.confusion, found.model.recall.items(), strict=True):
        if recall is None:
            assert sum(row) == 0
        else:
            assert recall == pytest.approx(row[list(found.model.recall).index(label)] / sum(row), abs=1e-4)


def test_an_evaluation_survives_its_json() -> None:
    found = evaluated()
    assert Evaluation.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_either_test_alone_is_not_enough() -> None:
    found = evaluated()
    assert not dataclasses.replace(found, luck_of_guesses=LUCK).model_is_better
    assert not dataclasses.replace(found, luck_against_rules=LUCK).model_is_better


@given(better=st.integers(0, 30), worse=st.integers(0, 30))
def test_the_sign_test_is_that_of_a_fair_coin(better: int, worse: int) -> None:
    chance = luck_of_sign(better, worse)
    assert 0 < chance <= 1
    # what is at least as good here, and what is better there, make one
    assert chance + luck_of_sign(worse + 1, better - 1) == pytest.approx(1) if better else chance == 1
    assert luck_of_sign(better + 1, worse) < chance or better + worse == 0


def test_answers_that_know_nothing_are_as_good_as_guesses_and_right_ones_are_not() -> None:
    said = np.array([0, 1, 2, 3] * 5)
    assert luck_of_guesses(said, np.full((20, 4), 0.25)) == 1
    assert luck_of_guesses(said, np.eye(4)[said]) < 0.001
    # always the most common label, however surely
    assert luck_of_guesses(said, np.eye(4)[np.zeros(20, dtype=int)]) == 1


def test_guesses_pass_for_knowledge_as_rarely_as_the_level_says() -> None:
    rng = np.random.default_rng(5)
    chances = [luck_of_guesses(rng.integers(0, 4, 15), rng.dirichlet(np.ones(4), 15)) for _ in range(200)]
    allowed = LUCK + 3 * math.sqrt(LUCK * (1 - LUCK) / len(chances))
    assert sum(chance < LUCK for chance in chances) / len(chances) <= allowed
