"""Where a rank tracker's table holds keywords, days and ranks: one column a day, or a row for each keyword and day."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from serp_radio_pipeline.ingest.dates import FULL_MONTHS, kind_of
from serp_radio_pipeline.ingest.refusal import Closeness, shown
from serp_radio_pipeline.ingest.table import Table
from serp_radio_pipeline.ingest.tools import parted
from serp_radio_pipeline.ingest.trackers import Tracker
from serp_radio_pipeline.ingest.vocabulary import Vocabulary, normalised

HEAD_ROWS = 14
"""Semrush writes up to six lines above the header; others fewer."""

FEWEST_DAYS = 2
_DAY_IN = re.compile(
    r"(?<![0-9])(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|(?:19|20)\d{6}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"
    r"|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}|\d{1,2}[ -][A-Za-z]{3,9}\.?,?[ -]\d{4})(?![0-9])",
    re.ASCII,
)
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in FULL_MONTHS)
_OF_THE_DAY = re.compile(
    r"\b\d{1,2}:\d{2}(?::\d{2})?(?: ?[AP]M)?|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?",
    re.IGNORECASE | re.ASCII,
)
"""The time and the weekday of a look: they part no column from another."""

_PERIOD = re.compile(
    r"(?:\d{4}[- ]?)?(?:W|KW|week ?)\d{1,2}(?:[- /]\d{4})?|\d{1,2}[-/.]\d{1,2}(?:[-/.](?:\d{2})?)?"
    rf"|(?:{_MONTH})\.?(?: \d{{1,2}}|[- ']+\d{{2}})?|\d{{1,2}}\.?[- ](?:{_MONTH})\.?(?:[- ]\d{{2}})?",
    re.IGNORECASE | re.ASCII,
)
"""A week, a month, a day without its year or with two digits of it."""

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
        days = [day for i, cell in enumerate(row) if (day := _day_column(i, cell, words))]
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
    """Return the columns of a table with a row for each keyword and day; None where it is none."""
    for place, row in enumerate(table.rows[:HEAD_ROWS]):
        header = [normalised(cell) for cell in row]
        keywords = [i for i, word in enumerate(header) if word in words.columns["keyword"]]
        if not keywords or {"clicks", "impressions"} & {vocabulary.role_of(word) for word in header}:
            continue
        pairs = [(header.index(date), header.index(rank)) for date, rank in words.pairs if {date, rank} <= set(header)]
        dates, ranks = (
            [i for i, word in enumerate(header) if word in words.columns[role] and i not in keywords]
            for role in ("date", "rank")
        )
        if not pairs and len(dates) == len(ranks) == 1:
            pairs = [(dates[0], ranks[0])]
        if pairs:
            return LongColumns(place, keywords[0], tuple(dict.fromkeys(pairs)))
    return None


def _day_column(index: int, cell: str, words: Tracker) -> DayColumn | None:
    """Return a header that names one day, and beside it nothing that is no rank."""
    text = cell.strip()[:200]
    if kind_of(text) == "day":
        return DayColumn(index, text, "")
    found = [match for match in _DAY_IN.finditer(text) if kind_of(match[0]) == "day"]
    if len(found) != 1:
        return None  # two are a period, as Search Console compares it
    before, after = (
        _OF_THE_DAY.sub("", part).strip(" _-:,()[]") for part in (text[: found[0].start()], text[found[0].end() :])
    )
    ignored = {parted(word) for word in words.ignored}
    if parted(before) in ignored or parted(after) in ignored:
        return None
    return DayColumn(index, found[0][0], f"{before} {after}".strip())


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
            "its columns are called after weeks, months, or days without a whole year; if its numbers are ranks, "
            "export them by day, or call each column after the day on which they were checked, as YYYY-MM-DD.",
            table.lines[header],
            Closeness.OTHER_VIEW,
        )


def _is_comparison(row: Sequence[str], vocabulary: Vocabulary) -> bool:
    """Whether days stand beside clicks or impressions, as Search Console compares two days: its positions are means."""
    rests = {vocabulary.role_of(_DAY_IN.sub("", text)) for cell in row if _DAY_IN.search(text := cell[:200])}
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
