import dataclasses
import math

import numpy as np

from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.labels.training import INPUTS, fit, probabilities, training_weeks
from serp_radio_pipeline_tests.labels.people import labels_with, newest

WORDS = newest(20)
WEEKS = training_weeks(labels_with(WORDS))


def test_a_row_holds_the_weeks_features_in_order_and_nan_where_nothing_is_known() -> None:
    labels = labels_with(WORDS)
    for row, week in zip(WEEKS.inputs, labels.weeks, strict=True):
        for value, name in zip(row, INPUTS, strict=True):
            known = week.decision.features.values[name]
            assert math.isnan(value) if known is None else value == known


def test_a_week_that_still_runs_is_not_learned() -> None:
    labels = labels_with(WORDS)
    last = labels.weeks[-1]
    running = dataclasses.replace(last, last=last.first, days=1)
    cut = dataclasses.replace(labels, as_of=last.first, weeks=(*labels.weeks[:-1], running))
    assert training_weeks(cut).weeks == WEEKS.weeks[:-1]


def test_peoples_words_are_the_labels_of_their_weeks_and_the_rules_word_stays_beside_them() -> None:
    corrected = dict(zip(WEEKS.weeks, WEEKS.is_corrected.tolist(), strict=True))
    assert {week for week, is_corrected in corrected.items() if is_corrected} == set(WORDS)
    for index, week in enumerate(WEEKS.weeks):
        if week in WORDS:
            assert list(Label)[WEEKS.labels[index]] == WORDS[week]
            assert WEEKS.rule_labels[index] != WEEKS.labels[index]
        else:
            assert WEEKS.rule_labels[index] == WEEKS.labels[index]


def test_probabilities_add_up_and_a_label_never_seen_has_none() -> None:
    given = probabilities(fit(WEEKS), WEEKS.inputs)
    assert given.shape == (len(WEEKS.weeks), len(Label))
    assert np.allclose(given.sum(axis=1), 1)
    never = [index for index in range(len(Label)) if index not in set(WEEKS.labels.tolist())]
    assert not given[:, never].any()


def test_the_hash_changes_with_a_word_and_with_nothing_else() -> None:
    assert training_weeks(labels_with(WORDS)).sha256() == WEEKS.sha256()
    assert training_weeks(labels_with(newest(19))).sha256() != WEEKS.sha256()


def test_a_corrected_week_outweighs_many_that_nobody_spoke_about() -> None:
    # ten weeks that look alike, nine of which only the rules named: the model says what the person said of the tenth
    alike = WEEKS.part(np.arange(len(WEEKS.weeks)) < 10)
    same = dataclasses.replace(
        alike,
        inputs=np.zeros_like(alike.inputs),
        labels=np.array([3] * 9 + [0]),
        is_corrected=np.array([False] * 9 + [True]),
    )
    assert probabilities(fit(same), same.inputs[:1]).argmax() == 0
