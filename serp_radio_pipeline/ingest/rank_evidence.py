"""Whether the numbers of a table with a column a day are ranks: words for ranks, and words for anything else."""

from collections.abc import Iterator, Sequence

from serp_radio_pipeline.ingest.rank_cells import is_wordy
from serp_radio_pipeline.ingest.rank_columns import WideColumns
from serp_radio_pipeline.ingest.refusal import Closeness, ExportRefusedError, shown
from serp_radio_pipeline.ingest.table import Table
from serp_radio_pipeline.ingest.tools import parted
from serp_radio_pipeline.ingest.trackers import Tracker
from serp_radio_pipeline.ingest.vocabulary import Role, Vocabulary

OTHER_NUMBERS = ("traffic", "visits", "sessions", "searches", "volume", "volumes", "conversions", "revenue", "sales")
"""What else tables count by keyword and day, beside clicks, impressions and CTR."""

COUNTED: tuple[Role, ...] = ("clicks", "impressions", "ctr")


def check_ranks(table: Table, found: WideColumns, words: Tracker, vocabulary: Vocabulary) -> None:
    """Refuse a table of no known tracker unless it is said that its numbers are ranks, and nothing says otherwise.

    A column of ranks beside the days says nothing about the days: clicks by keyword have one too.

    Raises:
        ExportRefusedError: see above.
    """
    if (other := _other_numbers(table, found, vocabulary)) is not None:
        raise table.refusal(
            f"it has one column a day, and '{shown(other)}' says that its numbers may be no ranks; if they are, leave "
            "that word or column out, else export the daily table from Search Console.",
            closeness=Closeness.OTHER_VIEW,
        )
    if not _says_rank(table, found, words):
        raise _unsaid(table)


def _unsaid(table: Table) -> ExportRefusedError:
    return table.refusal(
        "it has one column a day, and nothing says that its numbers are ranks; put the word Rank into the file's "
        "name or in a line above the table, or export the daily table from Search Console.",
        closeness=Closeness.OTHER_VIEW,
    )


def _around(table: Table, found: WideColumns) -> Iterator[str]:
    """Yield what is said about all days: the names, the lines above, and what stands around the days."""
    yield from (table.file_name, table.member or "")
    yield from (cell for row in table.rows[: found.header] for cell in row)
    yield from dict.fromkeys(day.around for day in found.days)


def _other_numbers(table: Table, found: WideColumns, vocabulary: Vocabulary) -> str | None:
    """Return the text that calls the numbers something else, or the column of clicks or impressions beside them."""
    counted = [*OTHER_NUMBERS, *sorted(word for role in COUNTED for word in vocabulary.columns[role])]
    said = next((text for text in _around(table, found) if _holds(text, counted)), None)
    return said or next((cell for cell in table.rows[found.header] if vocabulary.role_of(cell) in COUNTED), None)


def _says_rank(table: Table, found: WideColumns, words: Tracker) -> bool:
    """Whether a word for rank stands where it is about all days, or a cell says that a keyword is not ranked."""
    texts = (*_around(table, found), table.rows[found.header][found.keyword])
    if any(_holds(text, sorted(words.columns["rank"])) for text in texts):
        return True
    places = [day.index for day in found.days]
    below = table.rows[found.header + 1 :]
    return any(is_wordy(row[i], words) for row in below for i in places if i < len(row))


def _holds(text: str, words: Sequence[str]) -> bool:
    told = f" {parted(text)} "
    return any(f" {parted(word)} " in told for word in words)
