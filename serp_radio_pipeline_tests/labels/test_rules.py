import pytest
import yaml

from serp_radio_pipeline.labels import plain_yaml
from serp_radio_pipeline.labels.features import FEATURES
from serp_radio_pipeline.labels.rules import OPERATORS, Condition, Label, Rule, RuleSet, RulesRefusedError, parse_rules
from serp_radio_pipeline_tests.labels.tables import RULES_FOLDER, shipped_rules

GOOD = """\
rules:
  - name: up
    label: MOMENTUM_POS
    when:
      - momentum >= 0.10
      - source == gsc
    description: Clicks rise.
  - name: rest
    label: NEUTRAL
    when: otherwise
    description: Nothing special.
"""


def test_a_rules_file_becomes_rules_in_its_order_with_their_lines():
    rules = parse_rules(GOOD, name="labels.yaml")
    up = Rule(
        "up",
        Label.MOMENTUM_POS,
        (Condition("momentum", ">=", 0.1), Condition("source", "==", "gsc")),
        "Clicks rise.",
        2,
    )
    assert rules.rules == (up,)
    assert rules.default == Rule("rest", Label.NEUTRAL, (), "Nothing special.", 8)
    assert rules.name == "labels.yaml"


def test_the_hash_is_that_of_the_bytes_whether_text_or_bytes_came_in():
    assert parse_rules(GOOD, name="a").sha256 == parse_rules(GOOD.encode(), name="b").sha256
    assert parse_rules(GOOD + "# more\n", name="a").sha256 != parse_rules(GOOD, name="a").sha256


def test_a_byte_order_mark_and_windows_line_ends_are_read():
    saved = b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()
    assert parse_rules(saved, name="labels.yaml").rules == parse_rules(GOOD, name="labels.yaml").rules


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_is_read_with_and_without_spaces(operator):
    for written in (f"z {operator} -1.5", f"z{operator}-1.5"):
        rules = parse_rules(GOOD.replace("momentum >= 0.10", written), name="labels.yaml")
        assert rules.rules[0].when[0] == Condition("z", operator, -1.5)


@pytest.mark.parametrize("metric", [*FEATURES, "source"])
def test_every_feature_can_be_tested(metric):
    value = "gsc" if metric == "source" else "0.5"
    rules = parse_rules(GOOD.replace("momentum >= 0.10", f"{metric} == {value}"), name="labels.yaml")
    assert rules.rules[0].when[0].metric == metric


WRONG = [
    ("unknown metric", ("momentum >=", "momentm >="), 5, "unknown metric 'momentm' (did you mean 'momentum'?)"),
    ("unknown label", ("MOMENTUM_POS", "MOMENTUM_POSITIVE"), 3, "unknown label 'MOMENTUM_POSITIVE'"),
    ("reversed operator", (">=", "=>"), 5, "bad operator '=>'"),
    ("typographic operator", (">=", "≥"), 5, "bad operator '≥'"),
    ("single equals", (">=", "="), 5, "bad operator '='"),
    ("word as value", ("0.10", "lots"), 5, "'lots' is not a number"),
    ("percent as value", ("0.10", "10%"), 5, "'10%' is not a number"),
    ("decimal comma", ("0.10", "0,10"), 5, "'0,10' is not a number"),
    ("not a number", ("0.10", "nan"), 5, "'nan' is not a number"),
    ("infinite", ("0.10", "inf"), 5, "'inf' is not a number"),
    ("value out of reach", ("momentum >= 0.10", "volatility >= 90"), 5, "volatility lies between 0 and 1, never at 90"),
    ("text compared by size", ("source == gsc", "source >= gsc"), 6, "source is text: test it with =="),
    ("no condition at all", ("momentum >= 0.10", "momentum rises"), 5, "'momentum rises' is not a condition"),
    ("condition as fields", ("momentum >= 0.10", "{metric: momentum}"), 5, "this is not a condition"),
    ("unknown field", ("    when:\n      - m", "    colour: red\n    when:\n      - m"), 4, "unknown field 'colour'"),
    ("unknown top field", ("rules:\n", "version: 2\nrules:\n"), 1, "unknown field 'version'"),
    ("missing description", ("    description: Clicks rise.\n", ""), 2, "the rule has no 'description'"),
    ("empty description", ("Clicks rise.", "''"), 7, "'description' must be text of 1 to 300 characters"),
    ("missing name", ("- name: up\n    label", "- label"), 2, "the rule has no 'name'"),
    ("missing when", ("    when: otherwise\n", ""), 8, "the rule has no 'when'"),
    ("empty when", ("    when: otherwise", "    when: []"), 10, "there is no default"),
    ("duplicate rule name", ("name: rest", "name: up"), 8, "the name 'up' is already used by the rule on line 2"),
    ("duplicate key", ("    label: NEUTRAL", "    label: NEUTRAL\n    label: NEUTRAL"), 10, "'label' is written twice"),
    ("no default", ("when: otherwise", "when: [z > 3]"), 10, "there is no default"),
    (
        "default not last",
        ("    when:\n      - momentum >= 0.10\n      - source == gsc", "    when: otherwise"),
        4,
        "last",
    ),
    ("alias", ("Nothing special.", "*up"), 11, "anchors and aliases"),
    ("anchor", ("name: up", "name: &up up"), 2, "anchors and aliases"),
    ("tag", ("name: up", "name: !!python/object:os.system up"), 2, "tags such as"),
    ("tab indent", ("    label: NEUTRAL", "\tlabel: NEUTRAL"), 9, "this is not valid YAML"),
    ("control character", ("Clicks", "Clic\x07ks"), 7, "control character"),
    ("second document", ("  - name: rest", "---\n  - name: rest"), 1, "more than one document"),
    ("nested too deep", ("Clicks rise.", "[" * 12 + "]" * 12), 7, "nested deeper"),
]


@pytest.mark.parametrize(("change", "line", "reason"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_a_wrong_rules_file_is_refused_with_line_and_reason(change, line, reason):
    assert change[0] in GOOD
    with pytest.raises(RulesRefusedError) as refused:
        parse_rules(GOOD.replace(*change, 1), name="labels.yaml")
    assert any(at == line and reason in why for at, why in refused.value.problems), refused.value.problems
    assert f"line {line}: " in str(refused.value)
    assert str(refused.value).startswith("labels.yaml is refused: ")


def test_without_the_compiled_yaml_parser_the_same_lines_are_reported(monkeypatch):
    with_compiled = {name: _problem_lines(GOOD.replace(*change, 1)) for name, change, *_ in WRONG}
    monkeypatch.setattr(plain_yaml, "_LOADER", yaml.SafeLoader)
    assert {name: _problem_lines(GOOD.replace(*change, 1)) for name, change, *_ in WRONG} == with_compiled


def _problem_lines(text):
    with pytest.raises(RulesRefusedError) as refused:
        parse_rules(text, name="labels.yaml")
    return [line for line, _ in refused.value.problems]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("# only a comment\n", "empty"),
        ("rules:\n", "a list of rules"),
        ("rules: []\n", "a list of rules"),
        ("- a\n- b\n", "a list of rules"),
        ("hello", "a list of rules"),
        ("rules: [1, 2]\n", "a rule must have the fields"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"rules:\n  - name: caf\xe9\n", "not UTF-8"),
        ("rules: '" + "x" * 100_001 + "'", "larger than 100 KB"),
        ("[" * 5000, "nested deeper"),
        ("rules: [{? [a] : b}]\n", "a field's name must be a word"),
    ],
)
def test_what_is_no_rules_file_is_refused(text, reason):
    with pytest.raises(RulesRefusedError, match=reason):
        parse_rules(text, name="labels.yaml")


def test_all_problems_are_listed_at_once_in_line_order():
    text = GOOD.replace("momentum >=", "momentm >=").replace("NEUTRAL", "NEUTRL").replace("MOMENTUM_POS", "UP")
    with pytest.raises(RulesRefusedError) as refused:
        parse_rules(text, name="labels.yaml")
    assert [line for line, _ in refused.value.problems] == [3, 5, 9]


def test_a_wrong_condition_or_rule_set_cannot_be_built():
    for metric, operator, value in [("nope", ">=", 1.0), ("z", "!=", 1.0), ("z", ">=", "high"), ("trend", ">=", 2.0)]:
        with pytest.raises(ValueError, match=r"."):
            Condition(metric, operator, value)
    rule = Rule("a", Label.NEUTRAL, (), "d")
    tested = Rule("b", Label.NEUTRAL, (Condition("z", ">", 1.0),), "d")
    with pytest.raises(ValueError, match="no conditions"):
        RuleSet((rule,), Rule("b", Label.NEUTRAL, (), "d"), "0" * 64, "x")
    with pytest.raises(ValueError, match="no conditions"):
        RuleSet((), tested, "0" * 64, "x")
    with pytest.raises(ValueError, match="same name"):
        RuleSet((tested,), Rule("b", Label.NEUTRAL, (), "d"), "0" * 64, "x")


def test_a_condition_on_an_unknown_value_never_holds():
    assert not Condition("z", ">=", 0.0).holds(None)
    assert not Condition("z", "<", 0.0).holds(None)


def test_the_shipped_rules_use_every_label_and_explain_every_feature_in_their_header():
    rules = shipped_rules()
    assert {rule.label for rule in (*rules.rules, rules.default)} == set(Label)
    header = (RULES_FOLDER / "labels.yaml").read_text().split("\nrules:\n")[0]
    assert all(name in header for name in (*FEATURES, "source", *OPERATORS, *Label))
