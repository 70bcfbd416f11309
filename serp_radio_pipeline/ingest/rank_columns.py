"""Where a rank tracker's table holds keywords, days and ranks: one column a day, or a row for each keyword and day."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from serp_radio_pipeline.ingest.column_answers import ColumnAnswer
from serp_radio_pipeline.ingest.dates import FULL_MONTHS, kind_of
from serp_radio_pipeline.ingest.day_headers import DAY_IN, LONGEST, day_in, header_of, header_without_days
from serp_radio_pipeline.ingest.refusal import Closeness, shown
from serp_radio_pipeline.ingest.table import Table
from serp_radio_pipeline.ingest.tools import parted
from serp_radio_pipeline.ingest.trackers import Tracker
from serp_radio_pipeline.ingest.vocabulary import Role, Vocabulary, normalised

COUNTED: tuple[Role, ...] = ("clicks", "impressions", "ctr")
"""A tracker counts none of them: a table with such a column is Search Console's."""

HEAD_ROWS = 14
"""Semrush writes up to six lines above the header; others fewer."""

FEWEST_DAYS = 2
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in FULL_MONTHS)
_PERIOD = re.compile(
    r"(?:\d{4}[- ]?)?(?:W|KW|week) ?\d{1,2}(?:[- /]\d{4})?|\d{1,2}[-/.]\d{1,2}(?:[-/.](?:\d{2})?)?"
    rf"|(?:{_MONTH})\.?(?: \d{{1,2}}|[- ']+\d{{2}})?|\d{{1,2}}\.?[- ](?:{_MONTH})\.?(?:[- ]\d{{2}})?"
    r"|\d{1,2}\.? (?:de )?[^\W\d_]{3,12}\.?(?: de)? \d{4}",
    re.IGNORECASE,
)
"""A week, a month, a day without its year or with two digits of it, or with its month in words of any language."""

_SITE = re.compile(r"\*?\.?((?:[a-z0-9_-]{1,63}\.)+[a-z0-9-]{2,63})(?:/\*?)?_?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class DayColumn:
    """A column of ranks on one day: its place, the day as its header writes it, and what stands around the day."""

    index: int
    day: str
    around: str


@dataclass(frozen=True)
class WideColumns:
    """The parts of a table with a column a day: the header's row, the keyword column, the days, the site if said."""

    header: int
    keyword: int
    days: tuple[DayColumn, ...]
    site: str | None


@dataclass(frozen=True)
class LongColumns:
    """The parts of a table with a row for each keyword and day: the header's row, keyword, (date, rank) columns."""

    header: int
    keyword: int
    pairs: tuple[tuple[int, int], ...]


def find_wide(table: Table, words: Tracker, vocabulary: Vocabulary) -> WideColumns | None:
    """Return the columns of a table with a column a day; None where it is none.

    Raises:
        ExportRefusedError: it is one, of metrics and not of keywords, or of more than one site.
    """
    for place, row in enumerate(table.rows[:HEAD_ROWS]):
        if _is_comparison(row, vocabulary):
            return None
        days = _day_columns(row, words)
        below = table.rows[place + 1] if place + 1 < len(table.rows) else ()
        are_cells = any(kind_of(below[day.index]) for day in days if day.index < len(below))
        if are_cells or len({day.day for day in days}) < FEWEST_DAYS:
            _refuse_periods(table, place, words)
            continue
        keyword = _keyword_column(table, place, {day.index for day in days}, words)
        if keyword is None:
            return None
        _refuse_metrics(table, place, keyword, vocabulary)
        chosen = _of_one_series(table, days, words)
        return WideColumns(place, keyword, chosen, _site_of(chosen[0].around))
    return None


def find_long(table: Table, words: Tracker, vocabulary: Vocabulary) -> LongColumns | None:
    """Return the columns of a table with a row for each keyword and day; None where it is none, or names two of one."""
    for place, row in enumerate(table.rows[:HEAD_ROWS]):
        header = [normalised(cell) for cell in row]
        keywords = [i for i, word in enumerate(header) if word in words.columns["keyword"]]
        if len(keywords) != 1 or any(vocabulary.role_of(word) in COUNTED for word in header):
            continue
        if pairs := _dated_ranks(header, keywords[0], words):
            return LongColumns(place, keywords[0], pairs)
    return None


def _dated_ranks(header: Sequence[str], keyword: int, words: Tracker) -> tuple[tuple[int, int], ...]:
    """Return the (date, rank) columns of a header; none where a rank has no date of its own, or the date no rank."""
    pairs = [
        (header.index(date), header.index(rank))
        for date, rank in words.pairs
        if header.count(date) == header.count(rank) == 1
    ]
    dates, ranks = (
        [i for i, word in enumerate(header) if word in words.columns[role] and i != keyword]
        for role in ("date", "rank")
    )
    if pairs and {rank for _, rank in pairs}.issuperset(ranks):
        return tuple(dict.fromkeys(pairs))
    return ((dates[0], ranks[0]),) if len(dates) == len(ranks) == 1 else ()


def answered_columns(table: Table, answer: ColumnAnswer, words: Tracker) -> LongColumns | WideColumns:
    """Return the columns as a person named them; the answer is about this table.

    Raises:
        ExportRefusedError: a table with a column a day has more than one series.
    """
    if (date := answer.index("date")) is not None:
        place = next(i for i, row in enumerate(table.rows) if header_of(row) == answer.header)
        keyword, rank = (answer.header.index(answer.columns[role]) for role in ("keyword", "rank"))
        return LongColumns(place, keyword, ((date, rank),))
    place = next(i for i, row in enumerate(table.rows) if header_without_days(row) == answer.header)
    cells = table.rows[place]
    keyword = [normalised(cell) for cell in cells].index(answer.columns["keyword"])
    if not (days := _day_columns(cells, words)):
        raise table.refusal(
            "what stands beside the days in its column names says that they are no ranks, as with traffic; export the "
            "ranks.",
            table.lines[place],
        )
    chosen = _of_one_series(table, days, words)
    return WideColumns(place, keyword, chosen, _site_of(chosen[0].around))


def _day_columns(row: Sequence[str], words: Tracker) -> list[DayColumn]:
    """Return the headers that name one day, and beside it nothing that is no rank."""
    ignored = {parted(word) for word in words.ignored} - {""}
    named = ((i, day) for i, cell in enumerate(row) if (day := day_in(cell)))
    return [
        DayColumn(i, day.day, day.around)
        for i, day in named
        if parted(day.before) not in ignored and parted(day.after) not in ignored
    ]


def _refuse_periods(table: Table, header: int, words: Tracker) -> None:
    """Refuse columns of keywords that are called after weeks, months, or days of no year or a short one."""
    cells = table.rows[header]
    if not any(normalised(cell) in words.columns["keyword"] for cell in cells):
        return
    if (
        sum(_PERIOD.fullmatch(cell.strip()[:40]) is not None or kind_of(cell) in ("range", "month") for cell in cells)
        > 1
    ):
        raise table.refusal(
            "its columns are called after weeks, months, or days in words or without a whole year; if its numbers are "
            "ranks, export them by day, or call each column after the day on which they were checked, as YYYY-MM-DD.",
            table.lines[header],
            Closeness.OTHER_VIEW,
        )


def _is_comparison(row: Sequence[str], vocabulary: Vocabulary) -> bool:
    """Whether days stand beside clicks or impressions, as Search Console compares two days: its positions are means."""
    rests = {vocabulary.role_of(DAY_IN.sub("", text)) for cell in row if DAY_IN.search(text := cell[:LONGEST])}
    return not rests.isdisjoint(("clicks", "impressions"))


def _keyword_column(table: Table, header: int, days: set[int], words: Tracker) -> int | None:
    """Return the column of keywords: the one named so, or else the first of texts."""
    cells = table.rows[header]
    others = [i for i in range(len(cells)) if i not in days]
    named = [i for i in others if normalised(cells[i]) in words.columns["keyword"]]
    if named:
        return named[0]
    below = [row for row in table.rows[header + 1 :] if any(cell.strip() for cell in row)]
    for i in others:
        column = [row[i].strip() for row in below if i < len(row)]
        if column and sum(any(c.isalpha() for c in cell) for cell in column) > len(column) / 2:
            return i
    return None


def _refuse_metrics(table: Table, header: int, keyword: int, vocabulary: Vocabulary) -> None:
    """Rows called clicks and impressions are a daily table that lies on its side."""
    named = {vocabulary.role_of(row[keyword]) for row in table.rows[header + 1 :] if keyword < len(row)}
    if {"clicks", "impressions"} <= named:
        raise table.refusal(
            "its days stand side by side and its rows are metrics; turn it, so that each day is a row, or upload the "
            "file as Search Console wrote it.",
            closeness=Closeness.OTHER_VIEW,
        )


def _of_one_series(table: Table, days: Sequence[DayColumn], words: Tracker) -> tuple[DayColumn, ...]:
    """Return the columns of one site's ranks: by a word for rank, or because there is only one kind of column."""
    kinds = list(dict.fromkeys(parted(day.around) for day in days))
    if len(kinds) > 1:
        ranks = {parted(word) for word in words.columns["rank"]}
        named = [kind for kind in kinds if any(f" {word} " in f" {kind} " for word in ranks)]
        kinds = named or kinds
    if len(kinds) > 1:
        shown_kinds = ", ".join(f"'{shown(next(d.around for d in days if parted(d.around) == k))}'" for k in kinds[:4])
        raise table.refusal(
            f"it holds more than one column for each day ({shown_kinds}), as with the ranks of competitors or of two "
            "search engines; export one of them."
        )
    return tuple(day for day in days if parted(day.around) == kinds[0])


def _site_of(around: str) -> str | None:
    match = _SITE.fullmatch(around)
    return match[1].lower() if match else None
