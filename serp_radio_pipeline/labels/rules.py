"""The rules that turn features into a label: what a rule is, and how `rules/labels.yaml` is read or refused.

Which rule fires on given features, and how surely, is decided in `labels.decision`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from operator import eq, ge, gt, le, lt
from types import MappingProxyType
from typing import Any, Literal, get_args

from serp_radio_pipeline.labels.features import FEATURES, TEXT_FEATURES
from serp_radio_pipeline.labels.plain_yaml import (
    MappingNode,
    Node,
    Problems,
    ScalarNode,
    SequenceNode,
    YamlRefusedError,
    did_you_mean,
    read_plain_yaml,
)

Operator = Literal[">=", "<=", ">", "<", "=="]
OPERATORS: tuple[Operator, ...] = get_args(Operator)
_COMPARE: Mapping[Operator, Any] = MappingProxyType({">=": ge, "<=": le, ">": gt, "<": lt, "==": eq})

RULE_FIELDS = ("name", "label", "when", "description")
OTHERWISE = "otherwise"
LONGEST_NAME = 60
LONGEST_DESCRIPTION = 300

_CONDITION = re.compile(r"(?P<metric>[^\s<>=!≤≥≠]+)\s*(?P<operator>[<>=!≤≥≠]+)\s*(?P<value>\S.*)")
_NUMBER = re.compile(r"[+-]?(?:\d{1,12}(?:\.\d{0,12})?|\.\d{1,12})(?:[eE][+-]?\d{1,2})?", re.ASCII)


class Label(StrEnum):
    """The four moods a week can have."""

    MOMENTUM_POS = "MOMENTUM_POS"
    MOMENTUM_NEG = "MOMENTUM_NEG"
    VOLATILE_SPIKE = "VOLATILE_SPIKE"
    NEUTRAL = "NEUTRAL"


class RulesRefusedError(YamlRefusedError):
    """A rules file that can't be used; `problems` are all its (line, reason)."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of a feature, such as momentum >= 0.1.

    Raises:
        ValueError: a feature or operator that does not exist, or a value of the wrong kind or out of reach.
    """

    metric: str
    operator: Operator
    value: float | str

    def __post_init__(self) -> None:
        if reason := _wrong_condition(self.metric, self.operator, self.value):
            raise ValueError(reason)

    def holds(self, seen: float | str | None) -> bool:
        """Whether the feature's value satisfies the condition; None never does."""
        return seen is not None and bool(_COMPARE[self.operator](seen, self.value))

    def __str__(self) -> str:
        value = self.value if isinstance(self.value, str) else f"{self.value:g}"
        return f"{self.metric} {self.operator} {value}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A label and all the conditions it needs; `line` is where it stands in its file. The default rule has none."""

    name: str
    label: Label
    when: tuple[Condition, ...]
    description: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules in order, of which the first that matches wins, and the default for when none does.

    `sha256` is that of the file, `name` the file's name, `version` the number it was saved under; 0 is the project's.

    Raises:
        ValueError: a doubled name, a rule without conditions, a default with some, or a version below 0.
    """

    rules: tuple[Rule, ...]
    default: Rule
    sha256: str
    name: str
    version: int = 0

    def __post_init__(self) -> None:
        if self.version < 0:
            raise ValueError(f"{self.version} is no version")
        names = [rule.name for rule in (*self.rules, self.default)]
        if len(set(names)) != len(names):
            raise ValueError("two rules have the same name")
        if self.default.when or not all(rule.when for rule in self.rules):
            raise ValueError("the default, and only the default, has no conditions")


def parse_rules(text: str | bytes, *, name: str, version: int = 0) -> RuleSet:
    """Read a rules file (its form is described at the top of `rules/labels.yaml`).

    Raises:
        RulesRefusedError: every problem of the file with its line: unknown metric or label, bad operator, a value that
            is no number, an unknown or missing field, a doubled name or key, no default, a default that is not last,
            anchors, aliases, tags, over 100 KB.
    """
    problems = Problems()
    document = read_plain_yaml(text, problems)
    rules = _rules(document.root, problems) if document.root is not None else []
    if problems:
        raise RulesRefusedError(name, problems.sorted())
    return RuleSet(tuple(rules[:-1]), rules[-1], document.sha256, name, version)


def _rules(root: Node, problems: Problems) -> list[Rule]:
    listed = root.get("rules") if isinstance(root, MappingNode) else None
    if isinstance(root, MappingNode):
        for key in root.keys_except("rules"):
            problems.add(key.line, f"unknown field {key.text!r:.60}; the file holds only 'rules'")
    if not isinstance(listed, SequenceNode) or not listed.items:
        problems.add((listed or root).line, "the file must hold a list of rules called 'rules:'")
        return []
    found: list[Rule] = []
    lines_by_name: dict[str, int] = {}
    for position, node in enumerate(listed.items):
        rule = _rule(node, problems, is_last=position == len(listed.items) - 1)
        if rule.name in lines_by_name and rule.name:
            first = lines_by_name[rule.name]
            problems.add(rule.line, f"the name {rule.name!r} is already used by the rule on line {first}")
        lines_by_name.setdefault(rule.name, rule.line)
        found.append(rule)
    return found


def _rule(node: Node, problems: Problems, *, is_last: bool) -> Rule:
    """Read one rule; where it is wrong, the problems say so and the returned rule is only a stand-in."""
    if not isinstance(node, MappingNode):
        problems.add(node.line, f"a rule must have the fields {', '.join(RULE_FIELDS)}")
        return Rule("", Label.NEUTRAL, (), "", node.line)
    for key in node.keys_except(*RULE_FIELDS):
        problems.add(key.line, f"unknown field {key.text!r:.60}{did_you_mean(key.text, RULE_FIELDS)}")
    name = _text(node, "name", LONGEST_NAME, problems)
    label = _label(_text(node, "label", LONGEST_NAME, problems), node, problems)
    description = _text(node, "description", LONGEST_DESCRIPTION, problems)
    when = _when(node, problems, is_last=is_last)
    return Rule(name, label, when, description, node.line)


def _text(node: MappingNode, name: str, longest: int, problems: Problems) -> str:
    value = node.get(name)
    if value is None:
        problems.add(node.line, f"the rule has no '{name}'")
        return ""
    text = " ".join(value.text.split()) if isinstance(value, ScalarNode) else ""
    if not text or len(text) > longest or not text.isprintable():
        problems.add(value.line, f"'{name}' must be text of 1 to {longest} characters")
        return ""
    return text


def _label(text: str, node: MappingNode, problems: Problems) -> Label:
    if text and text not in list(Label):
        where = node.get("label") or node
        hint = did_you_mean(text, list(Label))
        problems.add(where.line, f"unknown label {text!r}{hint}; it is one of {', '.join(Label)}")
        return Label.NEUTRAL
    return Label(text or Label.NEUTRAL)


def _when(node: MappingNode, problems: Problems, *, is_last: bool) -> tuple[Condition, ...]:
    """Read a rule's conditions: a list for every rule but the last, `otherwise` for the last one."""
    value = node.get("when")
    if value is None:
        problems.add(node.line, "the rule has no 'when'")
        return ()
    if isinstance(value, ScalarNode) and value.text.strip() == OTHERWISE:
        if not is_last:
            problems.add(
                value.line, "the default ('when: otherwise') must be the last rule; those after it never apply"
            )
        return ()
    if is_last:
        problems.add(value.line, "there is no default: the last rule must say 'when: otherwise'")
    if not isinstance(value, SequenceNode) or not value.items:
        problems.add(value.line, "'when' must be a list of conditions such as '- momentum >= 0.10'")
        return ()
    found = [_condition(item, problems) for item in value.items]
    return tuple(condition for condition in found if condition is not None)


def _condition(node: Node, problems: Problems) -> Condition | None:
    written = " ".join(node.text.split()) if isinstance(node, ScalarNode) else ""
    parts = _CONDITION.fullmatch(written)
    if parts is None:
        shown = f"{written!r:.60} is" if written else "this is"
        problems.add(node.line, f"{shown} not a condition; write one like 'momentum >= 0.10'")
        return None
    metric, operator, text = parts["metric"], parts["operator"], parts["value"]
    value: float | str = float(text) if metric not in TEXT_FEATURES and _NUMBER.fullmatch(text) else text
    if reason := _wrong_condition(metric, operator, value):
        problems.add(node.line, reason)
        return None
    return Condition(metric, next(known for known in OPERATORS if known == operator), value)


def _wrong_condition(metric: str, operator: str, value: float | str) -> str | None:
    """Say why this can't be a condition, or None."""
    known = (*FEATURES, *TEXT_FEATURES)
    if metric not in known:
        return f"unknown metric {metric!r:.60}{did_you_mean(metric, known)}; it is one of {', '.join(known)}"
    if operator not in OPERATORS:
        return f"bad operator {operator!r:.20}; it is one of {', '.join(OPERATORS)}"
    if metric in TEXT_FEATURES:
        return None if operator == "==" and isinstance(value, str) else f"{metric} is text: test it with =="
    if isinstance(value, str):
        return f"{value!r:.60} is not a number; write one like 0.10"
    low, high = FEATURES[metric].low, FEATURES[metric].high
    return None if low <= value <= high else f"{metric} lies between {low:g} and {high:g}, never at {value:g}"
