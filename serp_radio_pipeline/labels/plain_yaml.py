"""YAML that people edit, read as plain text, lists and fields, each with its line; nothing in it is ever executed.

Anchors, aliases, tags, doubled keys, deep nesting and large files are refused: a small file could unfold into a huge
one, and of two equal keys YAML silently keeps the last. Values stay text (`NO` is no boolean here); the caller converts
them.
"""

import difflib
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import yaml

from serp_radio_pipeline.errors import SerpRadioError

MAXIMUM_BYTES = 100_000
MAXIMUM_DEPTH = 8
UNWANTED_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")

Problem = tuple[int, str]

_LOADER: type[yaml.SafeLoader] | type[yaml.CSafeLoader] = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


class YamlRefusedError(SerpRadioError):
    """A file that was refused; `problems` are all its (line, reason), `name` is the file's."""

    def __init__(self, name: str, problems: Sequence[Problem]) -> None:
        self.name = name
        self.problems: tuple[Problem, ...] = tuple(problems)
        listed = "; ".join(f"line {line}: {reason}" for line, reason in self.problems)
        super().__init__(f"{name} is refused: {listed}.")


@dataclass
class Problems:
    """What is wrong with a file, collected while it is read."""

    found: list[Problem] = field(default_factory=list)

    def add(self, line: int, reason: str) -> None:
        """Note one problem; the same one twice is kept once."""
        if (line, reason) not in self.found:
            self.found.append((line, reason))

    def __len__(self) -> int:
        return len(self.found)

    def sorted(self) -> tuple[Problem, ...]:
        """The problems in line order."""
        return tuple(sorted(self.found))


@dataclass(frozen=True)
class ScalarNode:
    """One value, as text."""

    text: str
    line: int


@dataclass(frozen=True)
class SequenceNode:
    """A list."""

    items: tuple["Node", ...]
    line: int


@dataclass(frozen=True)
class MappingNode:
    """Named fields; a doubled name was reported and its first value kept."""

    fields: tuple[tuple[ScalarNode, "Node"], ...]
    line: int

    def get(self, name: str) -> "Node | None":
        """The field's value, or None without that field."""
        return next((value for key, value in self.fields if key.text == name), None)

    def keys_except(self, *known: str) -> Iterator[ScalarNode]:
        """The field names that are not among `known`."""
        return (key for key, _ in self.fields if key.text not in known)


Node = ScalarNode | SequenceNode | MappingNode


@dataclass(frozen=True)
class PlainDocument:
    """A file's single document (None if it could not be read) and the SHA-256 of its bytes."""

    root: Node | None
    sha256: str


def read_plain_yaml(text: str | bytes, problems: Problems) -> PlainDocument:
    """Read one YAML document; what is wrong with its form is added to `problems` with its line (from 1)."""
    data = text.encode("utf-8", errors="surrogatepass") if isinstance(text, str) else text
    sha256 = hashlib.sha256(data).hexdigest()
    if len(data) > MAXIMUM_BYTES:
        problems.add(1, f"the file is larger than {MAXIMUM_BYTES // 1000} KB")
        return PlainDocument(None, sha256)
    try:
        decoded = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problems.add(line, "the file is not UTF-8 text; save it as UTF-8")
        return PlainDocument(None, sha256)
    if unwanted := UNWANTED_CHARACTERS.search(decoded):
        line = decoded.count("\n", 0, unwanted.start()) + 1
        problems.add(line, f"the file holds a control character, {unwanted.group()!r}")
        return PlainDocument(None, sha256)
    return PlainDocument(_document(decoded, problems), sha256)


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """A hint at the nearest known word, such as ` (did you mean 'momentum'?)`, or nothing."""
    nearest = difflib.get_close_matches(written[:80], sorted(known), n=1)
    return f" (did you mean {str(nearest[0])!r}?)" if nearest else ""


@dataclass
class _Open:
    """A list or a mapping whose end has not been read yet."""

    is_mapping: bool
    line: int
    nodes: list[Node] = field(default_factory=list)


def _document(text: str, problems: Problems) -> Node | None:
    """Build the tree from parser events, without recursion, so that no nesting can exhaust the stack."""
    roots: list[Node] = []
    stack: list[_Open] = []
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if reason := _forbidden(event, len(stack)):
                problems.add(line, reason)
                return None
            closed: Node | None = None
            if isinstance(event, yaml.CollectionStartEvent):
                stack.append(_Open(isinstance(event, yaml.MappingStartEvent), line))
            elif isinstance(event, yaml.CollectionEndEvent):
                closed = _close(stack.pop(), problems)
            elif isinstance(event, yaml.ScalarEvent):
                closed = ScalarNode(event.value, line)
            if closed is not None:
                (stack[-1].nodes if stack else roots).append(closed)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(str(error.problem or error.context or "not YAML").split())
        problems.add(mark.line + 1 if mark else 1, f"this is not valid YAML: {what}")
        return None
    if len(roots) != 1:
        problems.add(1, "the file is empty" if not roots else "the file holds more than one document ('---')")
        return None
    return roots[0]


def _forbidden(event: yaml.Event, depth: int) -> str | None:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        return "anchors and aliases ('&' and '*') are not allowed here; put the text in quotes or write it out"
    if tag := getattr(event, "tag", None):
        return f"tags such as {tag!r:.60} are not allowed here; put the text in quotes"
    if isinstance(event, yaml.CollectionStartEvent) and depth >= MAXIMUM_DEPTH:
        return f"the file is nested deeper than {MAXIMUM_DEPTH} levels"
    return None


def _close(opened: _Open, problems: Problems) -> Node:
    if not opened.is_mapping:
        return SequenceNode(tuple(opened.nodes), opened.line)
    fields: dict[str, tuple[ScalarNode, Node]] = {}
    for key, value in zip(opened.nodes[::2], opened.nodes[1::2], strict=True):
        if not isinstance(key, ScalarNode):
            problems.add(key.line, "a field's name must be a word")
        elif key.text in fields:
            first = fields[key.text][0].line
            problems.add(key.line, f"the field {key.text!r:.60} is written twice; it was on line {first}")
        else:
            fields[key.text] = (key, value)
    return MappingNode(tuple(fields.values()), opened.line)
