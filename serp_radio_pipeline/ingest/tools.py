"""Tools beside Search Console, one `rules/sources/*.yaml` each: words for their columns, and how to tell the tool.

A tool needs no code: its words break ties like Search Console's own, and never outvote the numbers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from serp_radio_pipeline.ingest.property_name import read_file_name
from serp_radio_pipeline.ingest.vocabulary import (
    ROLES,
    Vocabulary,
    VocabularyError,
    Words,
    YamlReader,
    default_vocabulary,
    normalised,
    source_texts,
)

FEWEST_HEADERS = 2
DIMENSIONS = ("query", "page", "country", "device", "search appearance", "site", "search type")
"""What may part the rows of a day."""


@dataclass(frozen=True)
class Tool:
    """A tool's own words, all `normalised`. `source` is whose numbers it shows: `gsc` for Search Console's."""

    name: str
    source: str
    columns: dict[str, Words]
    dimensions: dict[str, Words]
    headers: Words
    file_words: Words

    def wrote(self, file_name: str, header: Iterable[str]) -> bool:
        """Whether a table with this header, in a file of this name, is one of the tool's."""
        if len(self.headers & {normalised(cell) for cell in header}) >= FEWEST_HEADERS:
            return True
        name = f" {parted(file_name)} "
        return any(f" {parted(word)} " in name for word in self.file_words)


def parted(name: str) -> str:
    """Return a name as its words, in lower case with one space between them; marks part words too."""
    return " ".join("".join(c if c.isalnum() else " " for c in name.casefold()).split())


def parse_tool(text: str, origin: str) -> Tool:
    """Read a tool's file; `origin` names it in errors.

    Raises:
        VocabularyError: it is no YAML, or a part is missing, unknown or of the wrong kind.
    """
    reader = YamlReader(origin)
    top = reader.mapping(
        reader.document(text), "the file", ("name", "source", "columns", "dimensions", "recognised_by")
    )
    told = reader.mapping(top["recognised_by"], "recognised_by", ("headers", "file_words"))
    return Tool(
        reader.text(top["name"], "name"),
        reader.text(top["source"], "source"),
        _words_of(reader, top["columns"], "columns", ROLES),
        _words_of(reader, top["dimensions"], "dimensions", DIMENSIONS),
        reader.words(told["headers"], "recognised_by.headers"),
        reader.words(told["file_words"], "recognised_by.file_words"),
    )


def _words_of(reader: YamlReader, value: Any, place: str, known: Sequence[str]) -> dict[str, Words]:
    found = reader.word_lists(value, place)
    if unknown := sorted(set(found) - set(known)):
        raise VocabularyError(f"{reader.origin}: {place} knows {', '.join(known)}, not {', '.join(unknown)}.")
    return found


def with_tools(vocabulary: Vocabulary, tools: Sequence[Tool]) -> Vocabulary:
    """Return a vocabulary that also knows the tools' words for columns and for what parts the rows of a day.

    Raises:
        VocabularyError: a word would then name two roles.
    """
    columns = {
        role: vocabulary.columns[role].union(*(tool.columns.get(role, frozenset()) for tool in tools)) for role in ROLES
    }
    for role, words in columns.items():
        for other in ROLES[ROLES.index(role) + 1 :]:
            if both := sorted(words & columns[other]):
                raise VocabularyError(f"'{both[0]}' can't name both {role} and {other}.")
    dimensions = {
        name: vocabulary.filter_names.get(name, frozenset()).union(
            *(tool.dimensions.get(name, frozenset()) for tool in tools)
        )
        for name in DIMENSIONS
    }
    return replace(vocabulary, columns=columns, dimensions=dimensions)


@cache
def default_tools() -> tuple[Tool, ...]:
    """Return the tools that the project ships, by the names of their files."""
    return tuple(parse_tool(text, name) for name, text in source_texts(of_trackers=False))


@cache
def every_word() -> Vocabulary:
    """Return Search Console's words with those of all tools."""
    return with_tools(default_vocabulary(), default_tools())


def tool_of(file_name: str, header: Sequence[str], tools: Sequence[Tool]) -> Tool | None:
    """Return the one tool that wrote a table; None for Search Console itself, and where two tools claim it."""
    # a property may be called after a tool: Search Console's own names say nothing here
    name = "" if read_file_name(file_name).exported_on else file_name
    claims = [tool for tool in tools if tool.wrote(name, header)]
    return claims[0] if len(claims) == 1 else None
