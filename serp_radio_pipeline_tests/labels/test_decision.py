import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.labels.decision import DecisionError, LabelDecision, decide
from serp_radio_pipeline.labels.features import FEATURES, Features
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline_tests.labels.tables import features, rules_of, shipped_rules


def value_of(name: str) -> st.SearchStrategy[float | None]:
    meaning = FEATURES[name]
    return st.none() | st.floats(max(meaning.low, -20.0), min(meaning.high, 20.0))


ANY_FEATURES = st.fixed_dictionaries({name: value_of(name) for name in FEATURES}).map(
    lambda values: Features(values, "gsc")
)


@settings(deadline=None)
@given(ANY_FEATURES)
def test_the_first_rule_whose_conditions_all_hold_wins(seen):
    rules = shipped_rules()
    decision = decide(rules, seen, horizon_days=7)
    matching = [rule for rule in rules.rules if all(c.holds(seen[c.metric]) for c in rule.when)]
    expected = matching[0] if matching else rules.default
    assert (decision.rule, decision.label, decision.description) == (
        expected.name,
        expected.label,
        expected.description,
    )
    assert 0.5 <= decision.confidence <= 1
    assert decision.features == seen
    assert decision.reason


def test_an_earlier_rule_wins_over_a_later_one_that_also_holds():
    seen = features(momentum=1.0)
    assert (
        decide(
            rules_of(("momentum > 0", "MOMENTUM_POS"), ("momentum > 0.5", "VOLATILE_SPIKE")), seen, horizon_days=7
        ).rule
        == "rule 0"
    )
    assert (
        decide(
            rules_of(("momentum > 5", "MOMENTUM_POS"), ("momentum > 0.5", "VOLATILE_SPIKE")), seen, horizon_days=7
        ).rule
        == "rule 1"
    )


@pytest.mark.parametrize(
    ("momentum", "confidence"), [(0.10, 0.5), (0.20, 0.75), (0.30, 1.0), (9.0, 1.0), (0.0, 0.75), (-5.0, 1.0)]
)
def test_confidence_grows_with_the_distance_from_the_threshold(momentum, confidence):
    assert FEATURES["momentum"].scale == 0.2
    decision = decide(rules_of(("momentum >= 0.1", "MOMENTUM_POS")), features(momentum=momentum), horizon_days=7)
    assert decision.confidence == pytest.approx(confidence)


def test_confidence_counts_how_nearly_an_earlier_rule_would_have_fired():
    rules = rules_of(("z >= 5", "VOLATILE_SPIKE"), ("momentum >= 0.1", "MOMENTUM_POS"))
    far, near = features(momentum=1.0, z=0.0), features(momentum=1.0, z=4.7)
    assert decide(rules, far, horizon_days=7).confidence == 1.0
    assert decide(rules, near, horizon_days=7).confidence == pytest.approx(0.55)


def test_a_rule_missed_on_two_conditions_missed_by_the_larger_margin():
    rules = rules_of(("z >= 5 and momentum >= 0.1", "VOLATILE_SPIKE"))
    assert decide(rules, features(z=4.7, momentum=0.0), horizon_days=7).confidence == pytest.approx(0.75)
    assert decide(rules, features(z=4.7, momentum=3.0), horizon_days=7).confidence == pytest.approx(0.55)


def test_the_reason_says_what_the_rule_saw():
    decision = decide(rules_of(("momentum >= 0.10", "MOMENTUM_POS")), features(momentum=0.2070), horizon_days=7)
    assert decision.reason == "clicks up 23 % on the week before (momentum 0.21 >= 0.1)"
    decision = decide(rules_of(("momentum <= -0.10", "MOMENTUM_NEG")), features(momentum=-0.2231), horizon_days=28)
    assert decision.reason == "clicks down 20 % on the 4 weeks before (momentum -0.22 <= -0.1)"
    decision = decide(rules_of(("position >= 0.5", "MOMENTUM_POS")), features(position=0.8), horizon_days=7)
    assert decision.reason == "position at 80 % of the usual range (position 0.80 >= 0.5)"
    decision = decide(rules_of(("source == gsc", "MOMENTUM_POS")), features(), horizon_days=7)
    assert decision.reason == "source == gsc"


def test_a_shown_value_never_contradicts_the_test_it_was_put_to():
    decision = decide(rules_of(("momentum > 0.10", "MOMENTUM_POS")), features(momentum=0.1004), horizon_days=7)
    assert "momentum 0.1004 > 0.1" in decision.reason
    decision = decide(rules_of(("momentum >= 0.10", "MOMENTUM_POS")), features(momentum=0.0996), horizon_days=7)
    assert "momentum is 0.0996" in decision.reason


def test_the_default_says_which_rule_was_nearest_and_what_is_unknown():
    rules = rules_of(("momentum >= 0.10", "MOMENTUM_POS"), ("z >= 5", "VOLATILE_SPIKE"))
    assert decide(rules, features(momentum=0.05), horizon_days=7).reason == (
        "clicks up 5 % on the week before (momentum 0.05); no other rule applies "
        "(nearest: 'rule 0', momentum >= 0.1; momentum is 0.05); no value for z"
    )


def test_without_any_usable_feature_the_default_applies_with_even_odds_and_says_so():
    decision = decide(shipped_rules(), features(), horizon_days=7)
    assert decision.label is Label.NEUTRAL
    assert decision.confidence == 0.5
    assert decision.reason.startswith("too little data")


def test_a_rule_that_cannot_be_judged_neither_fires_nor_weighs():
    rules = rules_of(("z >= 5", "VOLATILE_SPIKE"), ("momentum >= 0.1", "MOMENTUM_POS"))
    decision = decide(rules, features(momentum=0.2), horizon_days=7)
    assert (decision.rule, decision.confidence) == ("rule 1", 0.75)


@pytest.mark.parametrize(
    ("confidence", "rule", "reason"), [(1.1, "r", "x"), (-0.1, "r", "x"), (0.5, "", "x"), (0.5, "r", "")]
)
def test_an_impossible_decision_cannot_be_built(confidence, rule, reason):
    with pytest.raises(DecisionError):
        LabelDecision(Label.NEUTRAL, rule, "d", confidence, features(), reason)
