"""The Filters table of an export: which search type and which filters its numbers were counted under."""

from dataclasses import dataclass

from serp_radio_pipeline.ingest.refusal import shown
from serp_radio_pipeline.ingest.table import Table
from serp_radio_pipeline.ingest.vocabulary import Vocabulary, meaning, normalised

COLUMNS = 2
MOST_ROWS = 50
STATED_LENGTH = 200


@dataclass(frozen=True)
class StatedFilters:
    """What a Filters table says; `search_type` is None where its word is not known."""

    search_type: str | None
    filters: tuple[tuple[str, str], ...]


def is_filters_table(table: Table, vocabulary: Vocabulary) -> bool:
    """Whether a table is the export's Filters: two columns, a known header or a known first row."""
    rows = _pairs(table)
    if not rows or len(rows) > MOST_ROWS:
        return False
    is_named = any(normalised(cell) in vocabulary.filter_headers for cell in (rows[0][0], _base(table)))
    first = rows[1][0] if len(rows) > 1 else ""
    return is_named or normalised(first) in vocabulary.filter_search_type


def read_filters(table: Table, vocabulary: Vocabulary) -> StatedFilters:
    """Read a Filters table. Search Console writes search type first and date second, in every language.

    The date row is left out: it says which days, and the days are in the table.
    """
    search_type = None
    filters = []
    for i, (name, value) in enumerate(_pairs(table)[1:]):
        if normalised(name) in vocabulary.filter_search_type or (i == 0 and not _names_filter(name, vocabulary)):
            search_type = meaning(vocabulary.search_types, value)
        elif normalised(name) in vocabulary.filter_date or (i == 1 and not _names_filter(name, vocabulary)):
            continue
        else:
            known = meaning(vocabulary.filter_names, name)
            filters.append((known or shown(name, STATED_LENGTH), shown(value, STATED_LENGTH)))
    return StatedFilters(search_type, tuple(sorted(filters)))


def _names_filter(name: str, vocabulary: Vocabulary) -> bool:
    return meaning(vocabulary.filter_names, name) is not None or normalised(name) in vocabulary.filter_date


def _pairs(table: Table) -> list[tuple[str, str]]:
    """Return the rows as pairs, or nothing where any row has another width."""
    rows = [tuple(row) for row in table.rows if any(cell.strip() for cell in row)]
    if not all(len(row) >= COLUMNS and not any(c.strip() for c in row[COLUMNS:]) for row in rows):
        return []
    return [(row[0].strip(), row[1].strip()) for row in rows]


def _base(table: Table) -> str:
    name = (table.member or table.file_name).replace("\\", "/").rsplit("/", 1)[-1]
    return name.rsplit(".", 1)[0]
