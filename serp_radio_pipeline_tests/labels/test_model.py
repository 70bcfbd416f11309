import dataclasses

import pytest

from serp_radio_pipeline.labels.model import (
    FEWEST_CORRECTIONS,
    LabelModel,
    LabelModelError,
    decided_by_model,
    train,
)
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.labels.people import PEOPLE, at_random, labels_with, meant_otherwise, newest

LABELS = labels_with(newest(20))
MODEL = train(LABELS)


def test_twenty_corrections_that_mean_something_make_the_model_decide_and_it_says_why() -> None:
    assert MODEL.decides
    assert MODEL.why.startswith("The model decides: on 15 corrected weeks that it had not seen")
    assert MODEL.corrections == 20
    assert sum(MODEL.weights.values()) == pytest.approx(1, abs=1e-4)
    # these people look at momentum alone
    assert max(MODEL.weights, key=lambda name: MODEL.weights[name]) == "momentum"


def test_until_then_the_rules_decide_and_the_reason_says_what_is_missing() -> None:
    few = train(labels_with(newest(FEWEST_CORRECTIONS - 1)))
    assert not few.decides
    assert few.classifier is None
    assert few.why == ("The rules decide: 10 finished weeks are corrected, and a model is trained from 11 on.")
    off = train(LABELS, use_training=False)
    assert (off.decides, off.classifier) == (False, None)
    assert off.why == "The rules decide: training was switched off for this run."


def test_a_history_of_one_label_can_teach_nothing() -> None:
    quiet = labels_with({week.week: Label.NEUTRAL for week in LABELS.weeks})
    model = train(quiet)
    assert not model.decides
    assert "every week has the same label" in model.why


def test_a_model_that_is_no_better_is_kept_with_its_scores_and_changes_no_label() -> None:
    labels = labels_with(at_random(20, 3))
    model = train(labels)
    assert model.evaluation is not None
    assert not model.decides
    assert model.why.startswith("The rules decide, the model is no better: on 15 corrected weeks")
    assert decided_by_model(labels, model) == labels


def test_where_the_model_decides_a_persons_word_still_holds_for_its_week() -> None:
    heard = decided_by_model(LABELS, MODEL)
    for before, after in zip(LABELS.weeks, heard.weeks, strict=True):
        if before.week in newest(20):
            assert after == before
            assert after.decision.decided_by == "person"


def test_every_other_week_is_the_models_with_its_probability_and_the_rules_word_beside_it() -> None:
    heard = decided_by_model(LABELS, MODEL)
    judged = [(b, a) for b, a in zip(LABELS.weeks, heard.weeks, strict=True) if a.decision.decided_by == "model"]
    assert len(judged) >= len(LABELS.weeks) - 21
    for before, after in judged:
        assert after.decision.by_rules == before.decision.label
        assert after.decision.rule == before.decision.rule
        assert f"{after.decision.confidence:.0%} sure" in after.decision.reason
    assert heard.overall == LABELS.overall


def test_of_the_weeks_that_nobody_corrected_the_model_gets_more_right_than_the_rules_do() -> None:
    heard = decided_by_model(LABELS, MODEL)
    wrong = {week: label for week, label in meant_otherwise().items() if week not in newest(20)}
    assert len(wrong) >= 3
    mended = [week for week in heard.weeks if wrong.get(week.week) == week.decision.label]
    assert len(mended) > len(wrong) / 2


def test_a_model_serves_only_the_labels_that_it_was_trained_on() -> None:
    for other in (
        dataclasses.replace(LABELS, tenant=Tenant("other")),
        dataclasses.replace(LABELS, rules_sha256=PEOPLE.sha256),
    ):
        with pytest.raises(LabelModelError, match="not that of these labels"):
            decided_by_model(other, MODEL)


def test_a_model_that_was_not_shown_to_be_better_cant_decide() -> None:
    with pytest.raises(LabelModelError, match="only where it is better"):
        dataclasses.replace(train(labels_with(at_random(20, 3))), decides=True)
    with pytest.raises(LabelModelError, match="trained and evaluated, or neither"):
        dataclasses.replace(MODEL, classifier=None)


def test_a_model_of_other_features_is_refused() -> None:
    said = MODEL.to_json() | {"inputs": ["momentum"]}
    with pytest.raises(LabelModelError, match="other features"):
        LabelModel.from_json(said, MODEL.classifier)
