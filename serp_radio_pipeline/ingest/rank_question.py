"""The question about a table that may hold ranks: which column is which, put so that it can be answered by pasting it.

A guess made here is only ever asked.
"""

from collections.abc import Sequence

from serp_radio_pipeline.ingest.closest_mapping import Question, answer_of, map_option
from serp_radio_pipeline.ingest.dates import kind_of
from serp_radio_pipeline.ingest.day_headers import EVERY_DAY, day_in, header_of
from serp_radio_pipeline.ingest.rank_cells import NoRankError, read_rank
from serp_radio_pipeline.ingest.rank_columns import COUNTED, HEAD_ROWS
from serp_radio_pipeline.ingest.refusal import Closeness, ExportRefusedError
from serp_radio_pipeline.ingest.table import Table
from serp_radio_pipeline.ingest.tools import parted
from serp_radio_pipeline.ingest.trackers import Tracker, columns_beside
from serp_radio_pipeline.ingest.vocabulary import Vocabulary, normalised

COLUMNS = range(3, 41)
"""A keyword, a day and a rank, and what stands beside; a table of more columns is of another kind."""

SAMPLE_ROWS = 1_000
LIKELY_WORDS = 0.5
"""A column of which more of the cells hold letters is one of words."""


def how_to_say_rows(header: Sequence[str], keyword: int, date: int, rank: int) -> Question:
    """Return how to say that a table with a row for each keyword and day holds ranks, from 'if' on."""
    if not _can_be_named(header, (keyword, date, rank)):
        return Question(
            "if they are ranks, write Keyword, Date and Rank above its columns, each once, and upload it again"
        )
    answer = answer_of({"keyword": header[keyword], "date": header[date], "rank": header[rank]})
    return Question(f"if they are ranks, add {map_option(answer)}", answer)


def how_to_say_days(header: Sequence[str], keyword: int) -> Question:
    """Return how to say that a table with a column for each day holds ranks, from 'if' on."""
    if _can_be_named(header, (keyword,)):
        answer = answer_of({"keyword": header[keyword], "rank": EVERY_DAY})
        return Question(f"if they are ranks, add {map_option(answer)}", answer)
    option = map_option(answer_of({"keyword": "Keyword", "rank": EVERY_DAY}))
    return Question(f"if they are ranks, call only the column of keywords Keyword, and add {option}")


def _can_be_named(header: Sequence[str], places: Sequence[int]) -> bool:
    """Whether each column has a name of its own."""
    names = header_of(header)
    return all(header[place].strip() and names.count(normalised(header[place])) == 1 for place in places)


def question_about_rows(table: Table, words: Tracker, vocabulary: Vocabulary) -> ExportRefusedError | None:
    """Return the refusal that asks whether a table holds a rank in each row of a keyword and day; None if it can't.

    It must have a column of words, days that stand in several rows, and a column that may be ranks: called so, or its
    only numbers, or beside a column called after keywords; of one keyword both must be called so. Beside clicks a
    column of ranks must be called as only a tracker calls it.
    """
    dated = _dated(table)
    if dated is None:
        return None
    date, place, body = dated
    width = max(map(len, body))
    header = [*(table.rows[place] if place >= 0 else ()), *("",) * width][:width]
    names = [normalised(cell) for cell in header]
    columns = {i: [row[i].strip() if i < len(row) else "" for row in body] for i in range(width) if i != date}
    keyword = _keyword(names, columns, words)
    numbers = [i for i in columns if i != keyword and names[i] not in columns_beside() and _has_number(columns[i])]
    ranks = [i for i in numbers if _may_be_ranks(columns[i], words)]
    if any(vocabulary.role_of(cell) in COUNTED for cell in header):
        ranks = [i for i in ranks if holds(header[i], trackers_own_words(words, vocabulary))]
    named = sorted(ranks, key=lambda i: (names[i] not in words.columns["rank"], not _is_rank_like(header[i], words)))
    if keyword is None or not named:
        return None
    rank, is_keyword = named[0], names[keyword] in words.columns["keyword"]
    is_rank = _is_rank_like(header[rank], words)
    repeats = len({row[date] for row in body}) < len(body)
    if not ((is_keyword and is_rank) or (repeats and (is_keyword or is_rank or len(numbers) == 1))):
        return None
    asked = how_to_say_rows(header, keyword, date, rank)
    return table.refusal(
        "it has a row for each word and day, and which column is which can't be told for sure; "
        f"{asked.words}, with other names where these are wrong, else export the daily table from Search Console.",
        closeness=Closeness.OTHER_VIEW,
        answer=asked.answer,
    )


def question_about_the_day(table: Table, words: Tracker, vocabulary: Vocabulary) -> ExportRefusedError | None:
    """Return the refusal of keywords with one rank each and no day, as trackers export the last look; else None."""
    told = trackers_own_words(words, vocabulary)
    if not any(
        any(normalised(cell) in words.columns["keyword"] for cell in row) and any(holds(cell, told) for cell in row)
        for row in table.rows[:HEAD_ROWS]
    ) or any(day_in(cell) for row in table.rows[:SAMPLE_ROWS] for cell in row):
        return None
    return table.refusal(
        "it has a rank for each keyword and no day on which it was checked; export the history of the ranks, with a "
        "row for each keyword and day or a column for each day.",
        closeness=Closeness.OTHER_VIEW,
    )


def trackers_own_words(words: Tracker, vocabulary: Vocabulary) -> list[str]:
    """Return the words for rank that Search Console does not use itself."""
    positions = sorted(vocabulary.columns["position"])
    return sorted(word for word in words.columns["rank"] if not holds(word, positions))


def holds(text: str, words: Sequence[str]) -> bool:
    """Whether one of these words stands in a text as a whole."""
    told = f" {parted(text)} "
    return any(f" {parted(word)} " in told for word in words)


def _is_rank_like(text: str, words: Tracker) -> bool:
    return holds(text, sorted(words.columns["rank"]))


def _dated(table: Table) -> tuple[int, int, list[tuple[str, ...]]] | None:
    """Return the column of days, the header's place (-1 without one) and the rows below; None without days."""
    rows = table.rows[:SAMPLE_ROWS]
    width = max(map(len, rows), default=0)
    if width not in COLUMNS:
        return None
    counts = [sum(i < len(row) and kind_of(row[i]) in ("day", "hour") for row in rows) for i in range(width)]
    if not max(counts):
        return None
    date = counts.index(max(counts))
    first = next(i for i, row in enumerate(rows) if date < len(row) and kind_of(row[date]) in ("day", "hour"))
    body = [row for row in rows[first:] if date < len(row) and kind_of(row[date]) in ("day", "hour")]
    return date, first - 1, body


def _keyword(names: Sequence[str], columns: dict[int, list[str]], words: Tracker) -> int | None:
    """Return the column of keywords: the one named so, or else the one of the most different words."""
    named = [i for i in columns if names[i] in words.columns["keyword"]]
    wordy = [i for i in columns if names[i] not in columns_beside() and _is_of_words(columns[i])]
    return named[0] if named else max(wordy, key=lambda i: len(set(columns[i])), default=None)


def _is_of_words(cells: Sequence[str]) -> bool:
    return sum(any(c.isalpha() for c in cell) for cell in cells) > LIKELY_WORDS * len(cells)


def _has_number(cells: Sequence[str]) -> bool:
    return any(cell[:1].isdigit() and kind_of(cell) is None for cell in cells)


def _may_be_ranks(cells: Sequence[str], words: Tracker) -> bool:
    try:
        read = {read_rank(cell, words) for cell in dict.fromkeys(cells)}
    except NoRankError:
        return False
    return any(isinstance(rank, int) for rank in read)
