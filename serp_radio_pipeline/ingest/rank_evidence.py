"""Whether the numbers of a table that no known tracker wrote are ranks: what says so, and what speaks against it.

Search Console has a position for each query and day, too, and it may happen to be whole: the word *Position* and whole
numbers prove nothing. Where nothing else does, the person is asked.
"""

import re
from collections.abc import Sequence

from serp_radio_pipeline.ingest.dates import kind_of
from serp_radio_pipeline.ingest.property_name import read_file_name
from serp_radio_pipeline.ingest.rank_cells import is_wordy
from serp_radio_pipeline.ingest.rank_columns import COUNTED, LongColumns, WideColumns
from serp_radio_pipeline.ingest.rank_question import holds, how_to_say_days, how_to_say_rows, trackers_own_words
from serp_radio_pipeline.ingest.refusal import Closeness, ExportRefusedError, shown
from serp_radio_pipeline.ingest.table import Table
from serp_radio_pipeline.ingest.trackers import Tracker, columns_beside, default_trackers
from serp_radio_pipeline.ingest.vocabulary import Vocabulary, normalised

OTHER_NUMBERS = ("traffic", "visits", "sessions", "searches", "volume", "volumes", "conversions", "revenue", "sales")
"""What else tables count by keyword and day, beside clicks, impressions and CTR."""

SEARCH_CONSOLE = ("search console", "gsc", "webmaster tools", "average", "averages", "avg", "mean")
"""What says that positions are Search Console's, or means of another kind."""

_NUMBER = re.compile(r"[^\w\s]*\d[\d.,'’\s]*(?:[^\W\d_]{1,12})?[^\w\s]*")
"""A number, a word or a sign beside it allowed: `1,234`, `12 %`, `1.2k`."""

_ENDING = re.compile(r"\.(?:csv|tsv|txt|zip|xlsx|parquet)$", re.IGNORECASE)
_SITE = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.[a-z]{2,24}\b", re.IGNORECASE)
_MEAN = re.compile(r"\d{1,4}[.,]\d*[1-9]\d*", re.ASCII)


def check_ranks(
    table: Table,
    found: LongColumns | WideColumns,
    words: Tracker,
    vocabulary: Vocabulary,
    *,
    is_named: bool,
    is_answered: bool = False,
) -> None:
    """Refuse a table unless it is said that its numbers are ranks, and nothing says otherwise.

    `is_named` says that the file is called after a known tracker, as anybody may call it; `is_answered` that a person
    said of another file what these columns are: its name and the lines above its table were not seen then.

    Raises:
        ExportRefusedError: see above; the sentence says how a person can say that they are ranks.
    """
    if isinstance(found, WideColumns):
        if not is_answered:
            _check_days(table, found, words, vocabulary, is_named=is_named)
        elif (other := _other_numbers((), [*_names(table), *_plain_lines_above(table, found)], vocabulary)) is not None:
            raise _days_in_doubt(table, found, _may_be_no_ranks(other))
    elif not is_answered:
        _check_rows(table, found, words, vocabulary, is_named=is_named)
    elif (fault := _name_against_rows(table, found, vocabulary)) is not None:
        raise _rows_in_doubt(table, found, fault)


def _check_rows(table: Table, found: LongColumns, words: Tracker, vocabulary: Vocabulary, *, is_named: bool) -> None:
    """Check a table with a row for each keyword and day."""
    header, body = table.rows[found.header], table.rows[found.header + 1 :]
    rank = found.pairs[0][1]
    name, cells = shown(header[rank]), [row[rank] for row in body if rank < len(row)]
    told = [*_lines_above(table, found.header), *(header[place] for _, place in found.pairs)]
    is_said = (
        is_named or _says_rank(table, told, words, vocabulary) or any(is_wordy(cell, words) for cell in set(cells))
    )
    fault = _against_rows(table, found, words, vocabulary)
    if fault is None and not is_said:
        mean = next((cell for cell in cells if _MEAN.fullmatch(cell.strip())), None)
        if mean is not None:
            raise table.refusal(
                f"'{name}' holds means such as '{shown(mean)}', as Search Console's positions are, and no ranks; "
                "export the daily table from Search Console.",
                closeness=Closeness.OTHER_VIEW,
            )
        fault = f"nothing says that '{name}' is a rank and not Search Console's position, which is a mean"
    if fault is not None:
        raise _rows_in_doubt(table, found, fault)


def _rows_in_doubt(table: Table, found: LongColumns, fault: str) -> ExportRefusedError:
    asked = how_to_say_rows(table.rows[found.header], found.keyword, *found.pairs[0])
    return table.refusal(
        f"it has a row for each keyword and day, and {fault}; {asked.words}, else export the daily table from "
        "Search Console.",
        closeness=Closeness.OTHER_VIEW,
        answer=asked.answer,
    )


def _check_days(table: Table, found: WideColumns, words: Tracker, vocabulary: Vocabulary, *, is_named: bool) -> None:
    """Check a table with a column for each day.

    A column of ranks beside the days says nothing about the days: clicks by keyword have one too.
    """
    header = table.rows[found.header]
    around = [_without_sites(text) for text in dict.fromkeys(day.around for day in found.days)]
    around = [*_plain_lines_above(table, found), *around]
    if (other := _other_numbers(header, [*_names(table), *around], vocabulary)) is not None:
        fault = _may_be_no_ranks(other)
    elif (
        is_named
        or _says_rank(table, [*around, header[found.keyword]], words, vocabulary)
        or _is_wordy(table, found, words)
    ):
        return
    else:
        fault = "nothing says that its numbers are ranks"
    raise _days_in_doubt(table, found, fault)


def _days_in_doubt(table: Table, found: WideColumns, fault: str) -> ExportRefusedError:
    asked = how_to_say_days(table.rows[found.header], found.keyword)
    return table.refusal(
        f"it has one column a day, and {fault}; {asked.words}, else export the daily table from Search Console.",
        closeness=Closeness.OTHER_VIEW,
        answer=asked.answer,
    )


def _may_be_no_ranks(text: str) -> str:
    return f"'{shown(text)}' says that its numbers may be no ranks"


def _says_rank(table: Table, texts: Sequence[str], words: Tracker, vocabulary: Vocabulary) -> bool:
    """Whether a name or text holds a tracker's name, or a word for rank that Search Console does not use itself."""
    told = {word for tracker in default_trackers() for word in tracker.file_words}
    told |= {*trackers_own_words(words, vocabulary)}
    names = (_ENDING.sub("", name) for name in _names(table))
    return any(holds(_without_sites(text), sorted(told)) for text in (*names, *texts))


def _names(table: Table) -> tuple[str, str]:
    return table.file_name, table.member or ""


def _lines_above(table: Table, header: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cell for row in table.rows[:header] for cell in row if cell.strip()))


def _name_against_rows(table: Table, found: LongColumns, vocabulary: Vocabulary) -> str | None:
    """Return what in a file's name or above its table says that a column of ranks is none, as half a sentence."""
    counted = [*SEARCH_CONSOLE, *_counted_words(vocabulary)]
    said = next((text for text in (*_names(table), *_lines_above(table, found.header)) if holds(text, counted)), None)
    if said is not None:
        return f"'{shown(said)}' says that they may be no ranks"
    if read_file_name(table.file_name).exported_on:
        return "its file is called as Search Console calls its own"
    return None


def _plain_lines_above(table: Table, found: WideColumns) -> list[str]:
    return [_without_sites(text) for text in _lines_above(table, found.header)]


def _without_sites(text: str) -> str:
    """Return a text without domains: a site may be called after traffic, sales or ranks."""
    return _SITE.sub(" ", text)


def _against_rows(table: Table, found: LongColumns, words: Tracker, vocabulary: Vocabulary) -> str | None:
    """Return what says that a column of ranks is none, as half a sentence."""
    if (fault := _name_against_rows(table, found, vocabulary)) is not None:
        return fault
    header, body = table.rows[found.header], table.rows[found.header + 1 :]
    known = columns_beside() | words.columns["keyword"] | words.columns["date"] | words.columns["rank"]
    used = {found.keyword, *(place for pair in found.pairs for place in pair)}
    for i in range(max(map(len, (header, *body)))):
        name = header[i] if i < len(header) else ""
        cells = [row[i].strip() for row in body if i < len(row)]
        if i in used or normalised(name) in known or (not name.strip() and _counts_rows(cells)):
            continue
        if any(_NUMBER.fullmatch(cell[:40]) and kind_of(cell) is None for cell in cells):
            what = f"'{shown(name)}'" if name.strip() else f"column {i + 1}, which has no name,"
            return f"{what} beside it holds numbers that may be clicks or impressions"
    return None


def _counts_rows(cells: Sequence[str]) -> bool:
    """Whether cells are the running number of their row, as programs write it in a column without a name."""
    return any(cells == [str(first + i) for i in range(len(cells))] for first in (0, 1))


def _other_numbers(header: Sequence[str], around: Sequence[str], vocabulary: Vocabulary) -> str | None:
    """Return the text that calls the numbers something else, or the column of clicks or impressions beside them."""
    counted = [*OTHER_NUMBERS, *SEARCH_CONSOLE, *_counted_words(vocabulary)]
    said = next((text for text in around if holds(text, counted)), None)
    return said or next((cell for cell in header if vocabulary.role_of(cell) in COUNTED), None)


def _counted_words(vocabulary: Vocabulary) -> list[str]:
    return sorted(word for role in COUNTED for word in vocabulary.columns[role])


def _is_wordy(table: Table, found: WideColumns, words: Tracker) -> bool:
    """Whether a cell says in words that a keyword is not ranked."""
    places = [day.index for day in found.days]
    below = table.rows[found.header + 1 :]
    return any(is_wordy(cell, words) for cell in {row[i] for row in below for i in places if i < len(row)})
