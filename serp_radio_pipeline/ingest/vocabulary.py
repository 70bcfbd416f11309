"""The words that a source writes, from `rules/sources/*.yaml`.

They break ties and name what a file is; they never outvote the numbers.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from serp_radio_pipeline.errors import SerpRadioError

Role = Literal["date", "clicks", "impressions", "ctr", "position"]
ROLES: tuple[Role, ...] = get_args(Role)
DEFAULT_SOURCE = "google_search_console"
SERP = "serp"
"""The `source` of rank trackers: ranks that they looked up, and no searcher's clicks."""

Words = frozenset[str]


class VocabularyError(SerpRadioError):
    """A vocabulary file that can't be used."""


def normalised(text: str) -> str:
    """Return a header or name as words are compared: without case, doubled spaces, marks at the ends."""
    plain = unicodedata.normalize("NFKC", text[:200]).casefold().strip("\ufeff \t\r\n:")
    return " ".join(plain.split())


@dataclass(frozen=True)
class OtherReport:
    """A report that looks like the daily one: `file_words` in its file name or two of its `headers` tell it."""

    report: str
    file_words: Words
    headers: Words


@dataclass(frozen=True)
class Vocabulary:
    """One source's words, all `normalised`; `source` goes into every row read with it."""

    name: str
    source: str
    columns: Mapping[Role, Words]
    total_rows: Words
    filter_headers: Words
    filter_search_type: Words
    filter_date: Words
    filter_names: Mapping[str, Words]
    search_types: Mapping[str, Words]
    breakdowns: Mapping[str, Words]
    other_reports: tuple[OtherReport, ...]
    dimensions: Mapping[str, Words] = field(default_factory=dict)

    def role_of(self, header: str) -> Role | None:
        """Return the role that a column header names, None where the word is not known."""
        word = normalised(header)
        return next((role for role, words in self.columns.items() if word in words), None)


def meaning(table: Mapping[str, Words], text: str) -> str | None:
    """Return the key of `table` whose words hold `text`."""
    word = normalised(text)
    return next((key for key, words in table.items() if word in words), None)


def parse_vocabulary(text: str, origin: str) -> Vocabulary:
    """Read a vocabulary; `origin` names the file in errors.

    Raises:
        VocabularyError: it is no YAML, or a part is missing, unknown or of the wrong kind.
    """
    reader = YamlReader(origin)
    keys = ("name", "source", "columns", "total_rows", "filters", "breakdowns", "other_reports")
    top = reader.mapping(reader.document(text), "the file", keys)
    filters = reader.mapping(top["filters"], "filters", ("headers", "search_type", "date", "names", "search_types"))
    columns = reader.mapping(top["columns"], "columns", ROLES)
    return Vocabulary(
        name=reader.text(top["name"], "name"),
        source=reader.text(top["source"], "source"),
        columns={role: reader.words(columns[role], f"columns.{role}") for role in ROLES},
        total_rows=reader.words(top["total_rows"], "total_rows"),
        filter_headers=reader.words(filters["headers"], "filters.headers"),
        filter_search_type=reader.words(filters["search_type"], "filters.search_type"),
        filter_date=reader.words(filters["date"], "filters.date"),
        filter_names=reader.word_lists(filters["names"], "filters.names"),
        search_types=reader.word_lists(filters["search_types"], "filters.search_types"),
        breakdowns=reader.word_lists(top["breakdowns"], "breakdowns"),
        other_reports=reader.reports(top["other_reports"]),
    )


@dataclass(frozen=True)
class YamlReader:
    """Takes the parts of a vocabulary document out, each checked for its kind."""

    origin: str

    def document(self, text: str) -> Any:
        """Return what the YAML text holds."""
        import yaml  # noqa: PLC0415 - only the first read of a process needs it

        try:
            return yaml.safe_load(text)
        except yaml.YAMLError as error:
            line = getattr(getattr(error, "problem_mark", None), "line", None)
            where = self.origin if line is None else f"{self.origin}, line {line + 1}"
            raise VocabularyError(f"{where}: this is not valid YAML; check indentation and quotes.") from None

    def _fail(self, what: str) -> VocabularyError:
        return VocabularyError(f"{self.origin}: {what}.")

    def mapping(self, value: Any, place: str, keys: tuple[str, ...] = ()) -> dict[str, Any]:
        """Return a mapping by names, which must be just `keys` where given; `place` names it in errors."""
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise self._fail(f"{place} must be a mapping of names")
        if keys and set(value) != set(keys):
            wrong = ", ".join(sorted(set(value) ^ set(keys)))
            raise self._fail(f"{place} must have exactly {', '.join(keys)}; missing or unknown: {wrong}")
        return value

    def text(self, value: Any, place: str) -> str:
        """Return a text that is not blank."""
        if not isinstance(value, str) or not value.strip():
            raise self._fail(f"{place} must be a text")
        return value

    def words(self, value: Any, place: str) -> Words:
        """Return a list of words, `normalised`."""
        if not isinstance(value, list):
            raise self._fail(f"{place} must be a list of words")
        return frozenset(normalised(self.text(word, f"every word of {place}")) for word in value)

    def word_lists(self, value: Any, place: str) -> dict[str, Words]:
        """Return a mapping of lists of words."""
        return {key: self.words(words, f"{place}.{key}") for key, words in self.mapping(value, place).items()}

    def reports(self, value: Any) -> tuple[OtherReport, ...]:
        """Return the reports that look alike."""
        if not isinstance(value, list):
            raise self._fail("other_reports must be a list")
        reports = []
        for entry in value:
            item = {"headers": [], **self.mapping(entry, "each of other_reports")}
            self.mapping(item, "each of other_reports", ("report", "file_words", "headers"))
            name = self.text(item["report"], "other_reports.report")
            reports.append(
                OtherReport(
                    name,
                    self.words(item["file_words"], f"{name}.file_words"),
                    self.words(item["headers"], f"{name}.headers"),
                )
            )
        return tuple(reports)


def load_vocabulary(path: Path) -> Vocabulary:
    """Read a vocabulary file.

    Raises:
        VocabularyError: it can't be read or used.
    """
    return parse_vocabulary(read_words(path), path.name)


def sources_folder() -> Path:
    """Return where the project's vocabularies lie: in the package, or else in the checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "default_rules"
    rules = installed if installed.is_dir() else package.parent / "rules"
    return rules / "sources"


@cache
def source_texts(*, of_trackers: bool) -> tuple[tuple[str, str], ...]:
    """Return name and text of the files in `rules/sources/`, those of rank trackers or those of other tools.

    Raises:
        VocabularyError: one can't be read.
    """
    found = []
    for path in sorted(sources_folder().glob("*.yaml")):
        if path.stem == DEFAULT_SOURCE:
            continue
        text = read_words(path)
        document = YamlReader(path.name).document(text)
        if (isinstance(document, dict) and document.get("source") == SERP) == of_trackers:
            found.append((path.name, text))
    return tuple(found)


def read_words(path: Path) -> str:
    """Return the text of a vocabulary file.

    Raises:
        VocabularyError: it can't be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise VocabularyError(f"{path.name}: the vocabulary file can't be read as UTF-8 text.") from None


@cache
def default_vocabulary() -> Vocabulary:
    """Return Search Console's words as the project ships them, in the package or else in the checkout."""
    return load_vocabulary(sources_folder() / f"{DEFAULT_SOURCE}.yaml")
