"""Where pages and notes get their words' places: the shipped templates, or a user's own in their stead.

A user's own is rendered in a sandbox. One that fails is said, with file, line and reason, and the shipped one is used.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, lru_cache
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serp_radio_pipeline.radio.markdown import escaped

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = "templates"
"""The folder of a user's own, in that of the rules."""
BASE = "base.html"
NAMES = (BASE, "episode.html", "tenant.html", "fleet.html", "notes.md")
"""The templates that a user may replace."""
LONGEST_TEMPLATE, LONGEST_RESULT = 200_000, 3_000_000
"""Characters of a user's own template, and of what it makes beside the sound."""


@dataclass(frozen=True, slots=True)
class TemplateProblem:
    """A user's template that was not used: its file, the line if it is known, and why."""

    name: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        where = f"{self.name}, line {self.line}" if self.line else self.name
        return f"{TEMPLATES}/{where}: {self.reason}; the shipped one is used."


@dataclass(frozen=True, slots=True)
class OwnTemplates:
    """A user's own templates by name, and what was wrong with files that could not even be read."""

    texts: tuple[tuple[str, str], ...] = ()
    unread: tuple[TemplateProblem, ...] = ()

    @property
    def version(self) -> str:
        """A word that changes with them."""
        return sha256(repr(self.texts).encode()).hexdigest()[:12] if self.texts else "shipped"

    def serve(self, name: str) -> bool:
        """Whether something of a user's own is in that template's result."""
        own = dict(self.texts)
        return name in own or (BASE in own and name.endswith(".html"))


@dataclass(slots=True)
class _InUse:
    own: OwnTemplates = field(default_factory=OwnTemplates)
    problems: list[TemplateProblem] = field(default_factory=list)


_in_use: ContextVar[_InUse] = ContextVar("templates", default=_InUse())  # noqa: B039 - never changed: it has none


def read_templates(folder: Path) -> OwnTemplates:
    """Return a user's own templates in that folder; one that is absent is no problem, one that can't be read is."""
    texts, unread = [], []
    for name in NAMES:
        try:
            text = (folder / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as error:
            unread.append(TemplateProblem(name, None, f"it can't be read ({type(error).__name__})"))
            continue
        if len(text) > LONGEST_TEMPLATE:
            unread.append(TemplateProblem(name, None, f"it is longer than {LONGEST_TEMPLATE:,} characters"))
        else:
            texts.append((name, text))
    return OwnTemplates(tuple(texts), tuple(unread))


@contextmanager
def using_templates(own: OwnTemplates) -> Iterator[list[TemplateProblem]]:
    """Use these until the block ends; yield the list to which each problem is added, once."""
    in_use = _InUse(own, list(own.unread))
    token = _in_use.set(in_use)
    try:
        yield in_use.problems
    finally:
        _in_use.reset(token)


def render(name: str, values: Mapping[str, Any]) -> str:
    """Return what a template makes of these values: a user's own where there is one that works."""
    in_use = _in_use.get()
    if in_use.own.serve(name):
        try:
            return _render_own(in_use.own, name, values)
        except Exception as error:  # noqa: BLE001 - whatever a user's template does, the shipped one does its work
            problem = _problem(name, error)
            if problem not in in_use.problems:
                in_use.problems.append(problem)
    return _shipped(name.endswith(".md")).get_template(name).render(values)


@cache
def shipped_text(name: str) -> str:
    """Return a file of the shipped pages: a template, a style, a script."""
    return resources.files("serp_radio_pipeline.radio").joinpath("page", name).read_text(encoding="utf-8")


class _TooLongError(Exception):
    """What a template makes, without end."""


def _render_own(own: OwnTemplates, name: str, values: Mapping[str, Any]) -> str:
    most = LONGEST_RESULT + len(values.get("audio") or "")
    parts, length = [], 0
    for part in _sandbox(own, name.endswith(".md")).get_template(name).generate(values):
        length += len(part)
        if length > most:
            raise _TooLongError(f"what it makes is longer than {LONGEST_RESULT:,} characters")
        parts.append(part)
    return "".join(parts)


def _problem(name: str, error: Exception) -> TemplateProblem:
    from jinja2 import TemplateSyntaxError  # noqa: PLC0415

    reason = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
    if isinstance(error, TemplateSyntaxError):
        return TemplateProblem(error.name or name, error.lineno, reason)
    file, line, trace = name, None, error.__traceback__
    while trace is not None:  # the innermost line that is a template's
        if trace.tb_frame.f_code.co_filename in NAMES:
            file, line = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
    return TemplateProblem(file, line, reason)


@cache
def _shipped(is_markdown: bool) -> "Environment":
    from jinja2 import Environment, FunctionLoader  # noqa: PLC0415 - only where something is rendered

    return Environment(loader=FunctionLoader(shipped_text), **_options(is_markdown))  # noqa: S701 - see `_options`


@lru_cache(maxsize=8)
def _sandbox(own: OwnTemplates, is_markdown: bool) -> "Environment":
    from jinja2 import FunctionLoader  # noqa: PLC0415
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    texts = dict(own.texts)

    def load(name: str) -> tuple[str, str, None] | None:
        if name not in NAMES:  # a template may extend or include these, and read no other file
            return None
        return texts[name] if name in texts else shipped_text(name), name, None

    return ImmutableSandboxedEnvironment(loader=FunctionLoader(load), **_options(is_markdown))


def _options(is_markdown: bool) -> dict[str, Any]:
    """Return what both have in common: whatever a tenant wrote is escaped, for HTML or for Markdown."""
    from jinja2 import StrictUndefined  # noqa: PLC0415

    escaping = {"finalize": _escaped_markdown} if is_markdown else {}
    return {
        "autoescape": not is_markdown,
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
        **escaping,
    }


def _escaped_markdown(value: object) -> str:
    return escaped(str(value))
