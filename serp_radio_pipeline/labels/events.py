"""What happened outside: search-engine updates and reporting artefacts, read from `rules/events.yaml`.

An event says when something happened and which metrics it may touch. It never says that it caused anything.
"""

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeVar, get_args

from serp_radio_pipeline.ingest.daily_metrics import GSC
from serp_radio_pipeline.labels.calibration_period import METRICS, Metric
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

EventKind = Literal[
    "core",
    "spam",
    "reviews",
    "helpful_content",
    "discover",
    "issue",
    "data_artifact",
    "schema_change",
    "annotation",
]
EVENT_KINDS: tuple[EventKind, ...] = get_args(EventKind)

T = TypeVar("T")

REQUIRED_FIELDS = ("name", "kind", "start", "end", "affects")
OPTIONAL_FIELDS = ("start_utc", "end_utc", "sources", "note")


class EventsRefusedError(YamlRefusedError):
    """A file of events that can't be read; `problems` are all its (line, reason)."""


@dataclass(frozen=True, slots=True)
class SearchEvent:
    """Something that happened from `start` to `end` (Pacific-time dates, both included).

    `affects` lists the daily web-search metrics that may change with it; `start_utc` and `end_utc` are exact times
    where known; `sources` counts the independent sources that agree on the dates, 0 where nobody counted.

    Raises:
        ValueError: an event that ends before it starts, or a name, kind or metric that does not exist.
    """

    name: str
    kind: EventKind
    start: dt.date
    end: dt.date
    affects: tuple[Metric, ...] = ()
    start_utc: dt.datetime | None = None
    end_utc: dt.datetime | None = None
    sources: int = 0
    note: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip() or self.kind not in EVENT_KINDS:
            raise ValueError(f"an event needs a name and a known kind: {self.name!r}, {self.kind!r}")
        if self.end < self.start:
            raise ValueError(f"{self.name!r} ends on {self.end}, before it starts on {self.start}")
        if not set(self.affects) <= set(METRICS):
            raise ValueError(f"{self.name!r} affects an unknown metric: {self.affects}")

    @property
    def is_artefact(self) -> bool:
        """Whether the reported numbers changed, and not the traffic."""
        return self.kind == "data_artifact"


@dataclass(frozen=True)
class EventCalendar:
    """All known events, in order of their start and name; `sha256` is that of the file they were read from."""

    events: tuple[SearchEvent, ...] = ()
    sha256: str = hashlib.sha256(b"").hexdigest()

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.events, key=lambda event: (event.start, event.name, event.end)))
        object.__setattr__(self, "events", ordered)

    def of(self, source: str) -> "EventCalendar":
        """Return the events that count for numbers of that `source`: reporting artefacts are Search Console's own."""
        if source == GSC:
            return self
        return EventCalendar(tuple(event for event in self.events if not event.is_artefact), self.sha256)

    def between(self, first: dt.date, last: dt.date) -> tuple[SearchEvent, ...]:
        """The events with at least one day in `first` to `last`, both included."""
        return tuple(event for event in self.events if event.start <= last and event.end >= first)

    def artefact_boundary(self, metric: Metric, first: dt.date, last: dt.date) -> SearchEvent | None:
        """The first artefact on `metric` that begins or ends in `first` to `last`: values there can't be compared."""
        for event in self.events:
            touches = event.is_artefact and metric in event.affects
            if touches and (first <= event.start <= last or first <= event.end <= last):
                return event
        return None


def parse_events(text: str | bytes, *, name: str = "events.yaml") -> EventCalendar:
    """Read a calendar from YAML: one `events:` list, each entry with name, kind, start, end and affects.

    Raises:
        EventsRefusedError: the text is not such a file; every problem is listed with its line.
    """
    problems = Problems()
    document = read_plain_yaml(text, problems)
    events = _events(document.root, problems) if document.root is not None else []
    if problems:
        raise EventsRefusedError(name, problems.sorted())
    return EventCalendar(tuple(events), document.sha256)


def _events(root: Node, problems: Problems) -> list[SearchEvent]:
    if not isinstance(root, MappingNode) or not isinstance(root.get("events"), SequenceNode):
        problems.add(root.line, "the file must hold one list called 'events:'")
        return []
    for key in root.keys_except("events"):
        problems.add(key.line, f"unknown field {key.text!r}; the file holds only 'events'")
    found: list[SearchEvent] = []
    seen: dict[tuple[str, dt.date], int] = {}
    listed = root.get("events")
    for node in listed.items if isinstance(listed, SequenceNode) else ():
        event = _event(node, problems)
        if event is None:
            continue
        key_of_event = (event.name, event.start)
        if key_of_event in seen:
            problems.add(node.line, f"{event.name!r} is listed twice; it was on line {seen[key_of_event]}")
        seen.setdefault(key_of_event, node.line)
        found.append(event)
    return found


def _event(node: Node, problems: Problems) -> SearchEvent | None:
    if not isinstance(node, MappingNode):
        problems.add(node.line, "an event must be a list of fields such as 'name: ...'")
        return None
    count = len(problems)
    for key in node.keys_except(*REQUIRED_FIELDS, *OPTIONAL_FIELDS):
        hint = did_you_mean(key.text, REQUIRED_FIELDS + OPTIONAL_FIELDS)
        problems.add(key.line, f"unknown field {key.text!r}{hint}")
    for required in REQUIRED_FIELDS:
        if node.get(required) is None:
            problems.add(node.line, f"the event has no '{required}'")
    field = partial(_field, node, problems)
    name = field("name", str)
    kind = field("kind", _kind)
    start, end = field("start", _date), field("end", _date)
    start_utc, end_utc = field("start_utc", _utc), field("end_utc", _utc)
    sources, note = field("sources", _count), field("note", str)
    affects = _affects(node.get("affects"), problems)
    if start is not None and end is not None and end < start:
        problems.add(node.line, f"the event ends on {end}, before it starts on {start}")
    if len(problems) > count or name is None or kind is None or start is None or end is None:
        return None
    return SearchEvent(name, kind, start, end, affects, start_utc, end_utc, sources or 0, note or "")


def _field(node: MappingNode, problems: Problems, name: str, convert: Callable[[str], T]) -> T | None:
    value = node.get(name)
    if value is None:
        return None
    if not isinstance(value, ScalarNode) or not value.text.strip():
        problems.add(value.line, f"'{name}' must be one value")
        return None
    try:
        return convert(value.text.strip())
    except ValueError as error:
        meaning = str(error) if name == "kind" else f"{value.text!r} is no {_EXPECTED[name]}"
        problems.add(value.line, f"'{name}': {meaning}")
        return None


_EXPECTED = {
    "start": "date; write it like 2026-03-27",
    "end": "date; write it like 2026-04-08",
    "start_utc": "time in UTC; write it like 2026-03-27T09:00Z",
    "end_utc": "time in UTC; write it like 2026-04-08T13:00Z",
    "sources": "number of sources",
}


def _kind(text: str) -> EventKind:
    for kind in EVENT_KINDS:
        if kind == text:
            return kind
    raise ValueError(f"unknown kind {text!r}{did_you_mean(text, EVENT_KINDS)}; it is one of {', '.join(EVENT_KINDS)}")


def _date(text: str) -> dt.date:
    if len(text) != len("2026-03-27"):  # strptime alone would also read 2026-3-7
        raise ValueError("no date")
    return dt.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=dt.UTC).date()


def _utc(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    if moment.utcoffset() != dt.timedelta(0):
        raise ValueError("not UTC")
    return moment.replace(tzinfo=dt.UTC)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise ValueError("no count")
    return int(text)


def _affects(node: Node | None, problems: Problems) -> tuple[Metric, ...]:
    if node is None:
        return ()
    if not isinstance(node, SequenceNode):
        problems.add(node.line, "'affects' must be a list of metrics in brackets, or [] for none")
        return ()
    chosen = [item.text for item in node.items if isinstance(item, ScalarNode)]
    for item in node.items:
        if not isinstance(item, ScalarNode) or item.text not in METRICS:
            written = item.text if isinstance(item, ScalarNode) else "a nested value"
            problems.add(item.line, f"'affects': unknown metric {written!r}; it is one of {', '.join(METRICS)}")
    return tuple(metric for metric in METRICS if metric in chosen)
