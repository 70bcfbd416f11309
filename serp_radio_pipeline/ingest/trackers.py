"""Rank trackers, one `rules/sources/*.yaml` with `source: serp` each: their words for columns and for what is no rank.

A tracker needs no code. Its words say which columns hold what; every cell must still be a rank.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from serp_radio_pipeline.ingest.property_name import read_file_name
from serp_radio_pipeline.ingest.tools import FEWEST_HEADERS, parted
from serp_radio_pipeline.ingest.vocabulary import (
    SERP,
    VocabularyError,
    Words,
    YamlReader,
    normalised,
    source_texts,
)

RankRole = Literal["keyword", "date", "rank"]
RANK_ROLES: tuple[RankRole, ...] = get_args(RankRole)
KEYS = ("name", "source", "columns", "not_ranked", "not_checked", "empty", "ignored", "parts", "recognised_by")
Unranked = Literal["not ranked", "not checked"]
UNRANKED: tuple[Unranked, ...] = get_args(Unranked)

UNNAMED = "rank tracker"
"""The tracker whose words any table may use; it is recognised by none."""


@dataclass(frozen=True)
class Tracker:
    """A tracker's words, all `normalised`.

    `columns` name roles, `pairs` are (date, rank) columns that stand in one row, `not_ranked` and `not_checked` are
    cells without a rank, and `empty` is which of the two an empty cell says. `ignored` are columns without ranks,
    `parts` what may part a keyword's ranks. `has_site_above` says that the site stands in a line above the table.
    """

    name: str
    columns: Mapping[RankRole, Words]
    pairs: tuple[tuple[str, str], ...]
    not_ranked: Words
    not_checked: Words
    empty: Unranked
    ignored: Words
    parts: Mapping[str, Words]
    headers: Words
    file_words: Words
    has_site_above: bool = False

    def wrote(self, file_name: str, header: Sequence[str]) -> bool:
        """Whether a table with this header, in a file of this name, is one of the tracker's."""
        return self.has_headers(header) or self.is_named(file_name)

    def has_headers(self, header: Sequence[str]) -> bool:
        """Whether two of the tracker's own headers stand in this one."""
        # a header that stands twice counts twice: SE Ranking's has one for each day
        return sum(normalised(cell) in self.headers for cell in header) >= FEWEST_HEADERS

    def is_named(self, file_name: str) -> bool:
        """Whether a file's name holds one of the tracker's words."""
        # a property may be called after a tool: Search Console's own names say nothing here
        name = "" if read_file_name(file_name).exported_on else f" {parted(file_name)} "
        return any(f" {parted(word)} " in name for word in self.file_words)


def parse_tracker(text: str, origin: str) -> Tracker:
    """Read a tracker's file; `origin` names it in errors.

    Raises:
        VocabularyError: it is no YAML, or a part is missing, unknown or of the wrong kind.
    """
    reader = YamlReader(origin)
    top = reader.mapping(reader.document(text), "the file")
    pairs, has_site_above = top.pop("pairs", []), top.pop("site_above", False)
    if not isinstance(has_site_above, bool):
        raise VocabularyError(f"{origin}: site_above must be true or false.")
    reader.mapping(top, "the file", KEYS)
    if reader.text(top["source"], "source") != SERP:
        raise VocabularyError(f"{origin}: a tracker's source is {SERP}.")
    columns = reader.mapping(top["columns"], "columns", RANK_ROLES)
    told = reader.mapping(top["recognised_by"], "recognised_by", ("headers", "file_words"))
    return Tracker(
        reader.text(top["name"], "name"),
        {role: reader.words(columns[role], f"columns.{role}") for role in RANK_ROLES},
        _pairs(reader, pairs),
        reader.words(top["not_ranked"], "not_ranked"),
        reader.words(top["not_checked"], "not_checked"),
        _empty(top["empty"], origin),
        reader.words(top["ignored"], "ignored"),
        reader.word_lists(top["parts"], "parts"),
        reader.words(told["headers"], "recognised_by.headers"),
        reader.words(told["file_words"], "recognised_by.file_words"),
        has_site_above,
    )


def _empty(value: Any, origin: str) -> Unranked:
    found = next((one for one in UNRANKED if one == value), None)
    if found is None:
        raise VocabularyError(f"{origin}: empty must be one of {', '.join(UNRANKED)}.")
    return found


def _pairs(reader: YamlReader, value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list):
        raise VocabularyError(f"{reader.origin}: pairs must be a list of date and rank.")
    found = []
    for entry in value:
        pair = reader.mapping(entry, "each of pairs", ("date", "rank"))
        found.append(tuple(normalised(reader.text(pair[key], f"pairs.{key}")) for key in ("date", "rank")))
    return tuple((date, rank) for date, rank in found)


@cache
def default_trackers() -> tuple[Tracker, ...]:
    """Return the trackers that the project ships, by the names of their files."""
    return tuple(parse_tracker(text, name) for name, text in source_texts(of_trackers=True))


@cache
def every_tracker_word() -> Tracker:
    """Return all trackers' words together, under the name of a tracker that is not known."""
    trackers = default_trackers()
    parts = sorted({part for one in trackers for part in one.parts})
    return Tracker(
        UNNAMED,
        {role: frozenset[str]().union(*(one.columns[role] for one in trackers)) for role in RANK_ROLES},
        tuple(dict.fromkeys(pair for one in trackers for pair in one.pairs)),
        frozenset[str]().union(*(one.not_ranked for one in trackers)),
        frozenset[str]().union(*(one.not_checked for one in trackers)),
        "not checked",
        frozenset[str]().union(*(one.ignored for one in trackers)),
        {part: frozenset[str]().union(*(one.parts.get(part, frozenset()) for one in trackers)) for part in parts},
        frozenset(),
        frozenset(),
    )


@cache
def columns_beside() -> Words:
    """Return what trackers call the columns beside their ranks: volumes, pages, places, tags."""
    trackers = default_trackers()
    parts = (names for one in trackers for names in one.parts.values())
    return frozenset[str]().union(*(one.ignored | one.headers for one in trackers), *parts)


def tracker_of(file_name: str, header: Sequence[str], trackers: Sequence[Tracker]) -> Tracker | None:
    """Return the one tracker that wrote a table; None where none or more than one claims it."""
    claims = [tracker for tracker in trackers if tracker.wrote(file_name, header)]
    return claims[0] if len(claims) == 1 else None
