import dataclasses

from serp_radio_pipeline.labels.comparison import RuleHits, label_changes, rule_hits
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.labels.week_labels import WeekLabels, label_weeks
from serp_radio_pipeline_tests.labels.tables import NO_EVENTS, day, rules_of, table, wobbly

METRICS = table([*wobbly(84, growth=0.01), *wobbly(56, level=2000, growth=-0.01)])
RISING = rules_of(("momentum > 0", "MOMENTUM_POS"), ("momentum < 0", "MOMENTUM_NEG"))


def labelled(rules: object = RISING) -> WeekLabels:
    return label_weeks(METRICS, day(139), rules, NO_EVENTS)  # type: ignore[arg-type]


def test_the_same_rules_change_nothing() -> None:
    assert label_changes(labelled(), labelled()) == ()


def test_every_week_with_another_label_is_named_with_both_decisions_and_no_other() -> None:
    before, after = labelled(), labelled(rules_of(("momentum > 0", "MOMENTUM_POS")))
    changes = label_changes(before, after)
    falling = [week.week for week in before.weeks if week.decision.label == Label.MOMENTUM_NEG]
    assert [change.week for change in changes] == falling
    assert len(falling) > 3
    assert {(change.before.rule, change.after.rule) for change in changes} == {("rule 1", "rest")}


def test_another_rule_with_the_same_label_is_no_change() -> None:
    split = rules_of(
        ("momentum > 0.5", "MOMENTUM_POS"), ("momentum > 0", "MOMENTUM_POS"), ("momentum < 0", "MOMENTUM_NEG")
    )
    assert label_changes(labelled(), labelled(split)) == ()


def test_weeks_that_only_one_side_has_are_passed_over() -> None:
    before = labelled()
    shorter = dataclasses.replace(before, weeks=before.weeks[3:])
    other = labelled(rules_of(("momentum > 9", "MOMENTUM_POS")))
    assert {change.week for change in label_changes(shorter, other)} <= {week.week for week in shorter.weeks}


def test_hits_count_every_week_once_and_name_the_last() -> None:
    labels = labelled()
    hits = rule_hits(labels, RISING)
    assert [one.rule for one in hits] == ["rule 0", "rule 1", "rest"]
    assert sum(one.weeks for one in hits) == len(labels.weeks)
    assert hits[1].last_week == labels.weeks[-1].week
    for one in hits:
        assert one.weeks == sum(week.decision.rule == one.rule for week in labels.weeks)


def test_a_rule_that_never_fires_has_no_last_week() -> None:
    rules = rules_of(("momentum > 9", "VOLATILE_SPIKE"))
    assert rule_hits(labelled(rules), rules)[0] == RuleHits("rule 0", Label.VOLATILE_SPIKE, 0, None)


def test_a_week_that_a_person_corrected_is_no_rules_hit() -> None:
    labels = labelled()
    first = labels.weeks[-1]
    said = dataclasses.replace(
        first, decision=first.decision.overruled(Label.VOLATILE_SPIKE, "person", 1.0, "an outage")
    )
    corrected = dataclasses.replace(labels, weeks=(*labels.weeks[:-1], said))
    assert sum(one.weeks for one in rule_hits(corrected, RISING)) == len(labels.weeks) - 1
