"""A rank tracker's table to the days it holds: every keyword's rank on each, with how that was found."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from serp_radio_pipeline.ingest.column_answers import ColumnAnswer, answer_for
from serp_radio_pipeline.ingest.daily_metrics import FIRST_DATE
from serp_radio_pipeline.ingest.daily_ranks import RankedDay
from serp_radio_pipeline.ingest.dates import UnreadableDatesError, kind_of, read_days
from serp_radio_pipeline.ingest.property_name import site_of_line
from serp_radio_pipeline.ingest.rank_cells import NoRankError, read_rank
from serp_radio_pipeline.ingest.rank_columns import (
    LongColumns,
    WideColumns,
    answered_columns,
    find_long,
    find_wide,
)
from serp_radio_pipeline.ingest.rank_evidence import check_ranks
from serp_radio_pipeline.ingest.rank_question import question_about_rows, question_about_the_day
from serp_radio_pipeline.ingest.rank_series import KeywordRow, Look, check_neighbours, check_pages, check_parts
from serp_radio_pipeline.ingest.recognition import ColumnMapping
from serp_radio_pipeline.ingest.refusal import shown
from serp_radio_pipeline.ingest.table import Table
from serp_radio_pipeline.ingest.table_body import SkippedRow
from serp_radio_pipeline.ingest.trackers import (
    Tracker,
    Unranked,
    default_trackers,
    every_tracker_word,
    tracker_of,
)
from serp_radio_pipeline.ingest.vocabulary import Vocabulary, normalised

CONFIDENCE = {"a known tracker": 1.0, "a person said so": 0.9, "named ranks": 0.85}
"""How sure each way to the ranks is: a statement of rank, not a probability."""


OVER_ALL_KEYWORDS = ("average position", "average rank", "avg. position", "avg. rank", "mean rank", "visibility")
"""What trackers call the rows that sum the keywords up."""


@dataclass(frozen=True)
class RankTable:
    """The days of a table in ascending order, with how they were found; `tool` is the tracker's name."""

    table: Table
    days: tuple[RankedDay, ...]
    mapping: tuple[ColumnMapping, ...]
    confidence: float
    skipped: tuple[SkippedRow, ...]
    notes: tuple[str, ...]
    site: str | None
    tool: str


def read_rank_table(
    table: Table, vocabulary: Vocabulary, today: dt.date, answers: Sequence[ColumnAnswer] = ()
) -> RankTable | None:
    """Read a tracker's table; None where it is none. `today` is the last day that can have ranks; of `answers`, the
    newest about its header says which column is which.

    Raises:
        ExportRefusedError: it is one and can't be read with certainty.
    """
    words = every_tracker_word()
    answer = answer_for(table, answers)
    if answer is not None and not answer.is_of_ranks:
        return None
    found = answered_columns(table, answer, words) if answer else _find(table, words, vocabulary)
    if found is None:
        return None
    header = table.rows[found.header]
    tracker = tracker_of(table.file_name, names := _column_names(header, found), default_trackers())
    # anybody may call a file after a tracker: only its columns prove that it wrote it
    is_its_own = tracker is not None and tracker.has_headers(names)
    way = "a person said so" if answer else "a known tracker" if is_its_own else "named ranks"
    if tracker is not None and is_its_own:
        words = replace(words, empty=tracker.empty)
    elif answer is None or not _is_about(table, answer, answers):
        check_ranks(table, found, words, vocabulary, is_named=tracker is not None, is_answered=answer is not None)
    reading = _Reading(table, words, vocabulary, today, [], Counter())
    rows = reading.rows(found.header, found.keyword, _keywords_like_totals(table, found, words, vocabulary))
    check_parts(table, rows, header, words)
    days, notes = _days(table, reading.looks(found, rows), _doubtful(found, rows))
    check_neighbours(table, days)
    return RankTable(
        table,
        days,
        _mapping(header, found, way),
        CONFIDENCE[way],
        tuple(reading.skipped),
        (*table.notes, *notes, *_unchecked(reading.unchecked)),
        _site(table, found, tracker),
        words.name if tracker is None else tracker.name,
    )


def _is_about(table: Table, answer: ColumnAnswer, answers: Sequence[ColumnAnswer]) -> bool:
    """Whether an answer was given on a file of this name, too, and not only on others with its columns."""
    same = (one for one in answers if (one.header, one.columns) == (answer.header, answer.columns))
    return any(one.file_name == table.file_name for one in same)


def _find(table: Table, words: Tracker, vocabulary: Vocabulary) -> LongColumns | WideColumns | None:
    """Return the columns of a table of ranks, None where it can be none.

    Raises:
        ExportRefusedError: it may be one, and its columns are not known.
    """
    found = find_long(table, words, vocabulary) or find_wide(table, words, vocabulary)
    if found is None:
        asked = question_about_rows(table, words, vocabulary) or question_about_the_day(table, words, vocabulary)
        if asked is not None:
            raise asked
    return found


def _column_names(header: Sequence[str], found: LongColumns | WideColumns) -> list[str]:
    """Return what columns are called; one called after its day counts by what else stands in its name, too."""
    return [*header, *(day.around for day in found.days)] if isinstance(found, WideColumns) else [*header]


def _site(table: Table, found: LongColumns | WideColumns, tracker: Tracker | None) -> str | None:
    """Return the site whose ranks these are, where the columns of days or the lines above plainly name one."""
    if isinstance(found, WideColumns) and found.site is not None:
        return found.site
    if tracker is None or not tracker.has_site_above:
        return None
    cells = (cell for row in table.rows[: found.header] for cell in row)
    sites = {site for cell in cells if (site := site_of_line(cell))}
    return sites.pop() if len(sites) == 1 else None


@dataclass(frozen=True)
class _Reading:
    """One reading of a table; `skipped` and `unchecked` fill as it goes, `known` are cells that were read before."""

    table: Table
    words: Tracker
    vocabulary: Vocabulary
    today: dt.date
    skipped: list[SkippedRow]
    unchecked: Counter[str]
    known: dict[str, int | Unranked] = field(default_factory=dict)

    def rows(self, header: int, keyword: int, like_totals: frozenset[str]) -> list[KeywordRow]:
        """Return the rows below the header that have a keyword; those `like_totals` are some, too."""
        found = []
        below = zip(self.table.rows[header + 1 :], self.table.lines[header + 1 :], strict=True)
        for row, line in below:
            if not any(cell.strip() for cell in row):
                continue
            word = row[keyword].strip() if keyword < len(row) else ""
            first = next(cell for cell in row if cell.strip())
            if word and normalised(word) == normalised(self.table.rows[header][keyword]):
                raise self.table.refusal(
                    "a second table begins here, as of another search engine or site; leave one of them.",
                    line,
                )
            reason = _why_no_keyword(first, word, self.vocabulary)
            if reason and word not in like_totals:
                self.skipped.append(SkippedRow(line, reason))
                continue
            found.append((row, line, word))
        return found

    def looks(self, found: WideColumns | LongColumns, rows: Sequence[KeywordRow]) -> Iterator[Look]:
        """Yield what each look of the table says."""
        return self.wide(found, rows) if isinstance(found, WideColumns) else self.long(found, rows)

    def wide(self, found: WideColumns, rows: Sequence[KeywordRow]) -> Iterator[Look]:
        """Yield what each cell of a table with a column a day says."""
        line = self.table.lines[found.header]
        dates = self._dates([day.day for day in found.days], [line] * len(found.days))
        if len(set(dates)) < len(dates):
            raise self.table.refusal("a day has two columns of ranks; leave one of them.", line)
        for row, at, keyword in rows:
            cells = [row[day.index] if day.index < len(row) else "" for day in found.days]
            if not any(cell.strip() for cell in cells):
                self.skipped.append(SkippedRow(at, "no rank on any day"))
                continue
            for date, cell in zip(dates, cells, strict=True):
                yield from self._look(keyword, date, cell, at, row)

    def long(self, found: LongColumns, rows: Sequence[KeywordRow]) -> Iterator[Look]:
        """Yield what each row of a table with a row for each keyword and day says."""
        for date_index, rank_index in found.pairs:
            dated = [(row, at, word) for row, at, word in rows if date_index < len(row) and row[date_index].strip()]
            held = {at for _, at, _ in dated}
            self.skipped.extend(SkippedRow(at, "no day") for _, at, _ in rows if at not in held)
            dates = self._dates([row[date_index] for row, _, _ in dated], [at for _, at, _ in dated])
            for (row, at, keyword), date in zip(dated, dates, strict=True):
                yield from self._look(keyword, date, row[rank_index] if rank_index < len(row) else "", at, row)

    def _look(self, keyword: str, date: dt.date, cell: str, line: int, row: tuple[str, ...]) -> Iterator[Look]:
        try:
            rank = self.known[cell] if cell in self.known else read_rank(cell, self.words)
        except NoRankError as fault:
            raise self.table.refusal(
                f"'{shown(cell)}' for '{shown(keyword)}' on {date} {fault}; correct it or export the file again.", line
            ) from None
        if type(cell) is str:  # a typed number is equal to its text and may be read otherwise
            self.known[cell] = rank
        if rank == "not checked":
            self.unchecked["empty" if not cell.strip() else shown(cell.strip())] += 1
            return
        yield Look(keyword, date, None if rank == "not ranked" else rank, line, row)

    def _dates(self, cells: Sequence[str], lines: Sequence[int]) -> tuple[dt.date, ...]:
        for cell, line in zip(cells, lines, strict=True):
            if kind_of(cell) not in ("day", "hour"):
                raise self.table.refusal(
                    f"'{shown(cell)}' is not a day; write days as YYYY-MM-DD, or export the file again.", line
                )
        try:
            dates = read_days(cells)
        except UnreadableDatesError as error:
            raise self.table.refusal(f"'{shown(cells[error.index])}': {error}", lines[error.index]) from None
        for date, line in zip(dates, lines, strict=True):
            if not FIRST_DATE <= date <= self.today:
                raise self.table.refusal(
                    f"{date} can't be: ranks lie between {FIRST_DATE} and {self.today}; correct it or export again.",
                    line,
                )
        return dates


def _why_no_keyword(first: str, keyword: str, vocabulary: Vocabulary) -> str | None:
    if first.lstrip().startswith("# "):
        return "comment"
    if normalised(first) in vocabulary.total_rows or normalised(keyword) in OVER_ALL_KEYWORDS:
        return "total row"
    return None if keyword else "no keyword"


def _keywords_like_totals(
    table: Table, found: WideColumns | LongColumns, words: Tracker, vocabulary: Vocabulary
) -> frozenset[str]:
    """Return the keywords that are called as sums are, such as `total`.

    Each of their rows has ranks only, where a sum or mean over keywords would soon be none: with a row for each look it
    has a day, too, and with a column for each day it stands amid the others, where no sum does.
    """
    body = [row for row in table.rows[found.header + 1 :] if found.keyword < len(row) and row[found.keyword].strip()]
    looks: dict[str, list[bool]] = {}
    for place, row in enumerate(body):
        word = row[found.keyword].strip()
        if normalised(word) not in vocabulary.total_rows:
            continue
        if isinstance(found, WideColumns):
            cells, is_placed = [day.index for day in found.days], 0 < place < len(body) - 1
        else:
            cells = [rank for _, rank in found.pairs]
            is_placed = all(date < len(row) and row[date].strip() for date, _ in found.pairs)
        looks.setdefault(word, []).append(is_placed and all(_is_look(row[i], words) for i in cells if i < len(row)))
    return frozenset(word for word, are_looks in looks.items() if all(are_looks))


def _is_look(cell: str, words: Tracker) -> bool:
    try:
        rank = read_rank(cell, words)
    except NoRankError:
        return False
    # a number beyond the hundredth rank may be a sum; a word or `>100` is none
    return isinstance(rank, int) or not cell.strip()[:1].isdigit()


def _doubtful(found: WideColumns | LongColumns, rows: Sequence[KeywordRow]) -> frozenset[str] | None:
    """Return the keywords that may have two ranks on a day; None where all may."""
    if isinstance(found, LongColumns):
        return None
    return frozenset(word for word, count in Counter(word for _, _, word in rows).items() if count > 1)


def _days(
    table: Table, looks: Iterable[Look], doubtful: frozenset[str] | None
) -> tuple[tuple[RankedDay, ...], tuple[str, ...]]:
    """Return the looks by day; of two pages for one keyword the better rank counts.

    A look is kept only where another may contradict it: a table holds millions of cells.

    Raises:
        ExportRefusedError: nothing was looked at, or two looks contradict each other.
    """
    found: dict[dt.date, dict[str, int | None]] = {}
    kept: dict[tuple[dt.date, str], Look] = {}
    doubled = 0
    for look in looks:
        place, ranks = (look.date, look.keyword), found.setdefault(look.date, {})
        if doubtful is None or look.keyword in doubtful:
            held = kept.get(place)
            if held is not None and held.rank != look.rank:
                check_pages(table, held, look)
                doubled += 1
            if held is not None and (look.rank or 999) >= (held.rank or 999):
                continue
            kept[place] = look
        ranks[look.keyword] = look.rank
    if not found:
        raise table.refusal("no keyword has a rank on any day; export a period in which ranks were checked.")
    days = tuple(RankedDay(date, dict(sorted(found.pop(date).items()))) for date in sorted(found))
    often = "once" if doubled == 1 else f"{doubled:,} times"
    note = f"A keyword has two ranks on a day, as with two pages of the site, {often}; the better one counts."
    return days, (note,) if doubled else ()


def _unchecked(cells: Counter[str]) -> tuple[str, ...]:
    notes = []
    for cell, count in sorted(cells.items()):
        unit, verb = ("cell", ("is", "says")) if count == 1 else ("cells", ("are", "say"))
        what = f"{verb[0]} empty" if cell == "empty" else f"{verb[1]} '{cell}'"
        advice = "; where that means not ranked, write '-'" if cell == "empty" else ""
        notes.append(f"{count:,} {unit} {what}: not checked, so no part of that day{advice}.")
    return tuple(notes)


def _mapping(header: Sequence[str], found: WideColumns | LongColumns, way: str) -> tuple[ColumnMapping, ...]:
    keyword = ColumnMapping("keyword", shown(header[found.keyword]), found.keyword, "a text in each row")
    if isinstance(found, LongColumns):
        (date, rank), evidence = found.pairs[0], f"{way}; every cell is a rank or says that there is none"
        return (
            ColumnMapping("date", shown(header[date]), date, "a day in each row"),
            keyword,
            ColumnMapping("rank", shown(header[rank]), rank, evidence),
        )
    first, count = found.days[0], len(found.days)
    evidence = f"{way}; every cell is a rank or says that there is none"
    return (
        ColumnMapping("date", shown(header[first.index]), first.index, f"{count} columns, each called after its day"),
        keyword,
        ColumnMapping("rank", shown(header[first.index]), first.index, f"the first of {count} columns; {evidence}"),
    )
