"""Look-alikes of what rank trackers export, made from looks on the spot."""

import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence

from serp_radio_pipeline.ingest.daily_ranks import RankedDay
from serp_radio_pipeline_tests.ingest.tool_files import Rows

LAST = dt.date(2026, 10, 29)
SITE = "demo.example"


def made_up_ranks(days: int = 56, keywords: int = 30, seed: int = 7, drift: float = 0.0) -> tuple[RankedDay, ...]:
    """Keywords whose ranks wander; a positive `drift` makes all of them better from day to day."""
    source = random.Random(seed)
    depth = {f"keyword {i:02}": source.uniform(1, 90) for i in range(keywords)}
    found = []
    for offset in range(days):
        depth = {word: min(140.0, max(1.0, rank * (1 - drift) + source.gauss(0, 1.5))) for word, rank in depth.items()}
        ranks = {word: round(rank) if rank <= 100 else None for word, rank in depth.items()}
        found.append(RankedDay(LAST - dt.timedelta(days=days - 1 - offset), ranks))
    return tuple(found)


def _wide(
    days: Sequence[RankedDay], columns: Callable[[RankedDay, int | None], Sequence[tuple[str, str]]]
) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of keywords; `columns` are a day's (header, cell) pairs for a rank."""
    header = ["Keyword", *(name for day in days for name, _ in columns(day, 1))]
    words = sorted(days[0].ranks)
    rows = [[word, *(cell for day in days for _, cell in columns(day, day.ranks[word]))] for word in words]
    return header, rows


def se_ranking(days: Sequence[RankedDay]) -> Rows:
    """A line about the site, then a column a day with the change beside it."""
    header, rows = _wide(
        days, lambda day, rank: [(f"{day.date}", "-" if rank is None else str(rank)), ("Dynamics", "0")]
    )
    return [[f"{SITE} - Google.com (United States)"], header, *rows]


def semrush(days: Sequence[RankedDay]) -> Rows:
    """Lines about the campaign, then three columns a day: rank, type, landing page."""

    def columns(day: RankedDay, rank: int | None) -> list[tuple[str, str]]:
        name = f"*.{SITE}/*_{day.date:%Y%m%d}"
        landing = "" if rank is None else f"https://{SITE}/page"
        return [(name, "-" if rank is None else str(rank)), (f"{name}_type", "organic"), (f"{name}_landing", landing)]

    header, rows = _wide(days, columns)
    return [
        ["Position Tracking: Rankings Overview"],
        [f"Domain: {SITE}"],
        ["Period: 2026"],
        [header[0], "Tags", "Intents", *header[1:], "Search Volume"],
        *([row[0], "", "i", *row[1:], "1000"] for row in rows),
    ]


def link_assistant(days: Sequence[RankedDay]) -> Rows:
    """A column a day, named after the engine too, newest first; what is not found is said in words."""
    header, rows = _wide(
        days[::-1],
        lambda day, rank: [(f"Google Rank ({day.date:%b %d, %Y})", "Not in first 100" if rank is None else str(rank))],
    )
    return [[header[0], *header[1:], "KEI"], *([*row, "0.4"] for row in rows)]


def long_table(days: Sequence[RankedDay]) -> Rows:
    """A row for each keyword and day."""
    return [
        ["Date", "Keyword", "Rank"],
        *(
            [day.date.isoformat(), word, "not ranked" if rank is None else str(rank)]
            for day in days
            for word, rank in day.ranks.items()
        ),
    ]


def wide_table(days: Sequence[RankedDay]) -> Rows:
    """A column a day under a line that says what the numbers are."""
    header, rows = _wide(days, lambda day, rank: [(f"{day.date:%d.%m.%Y}", ">100" if rank is None else str(rank))])
    return [["Ranks of all keywords"], header, *rows]


def ahrefs(days: Sequence[RankedDay]) -> Rows:
    """A row a keyword with the last look and the first, each with its own date; an empty cell is no rank."""
    first, last = days[0], days[-1]
    header = ["Keyword", "Country", "Volume", "KD", "Current position", "Previous position", "Current URL"]
    return [
        [*header, "Current date", "Previous date"],
        *(
            [
                *(word, "us", "1,000", "12", str(last.ranks[word] or ""), str(first.ranks[word] or "")),
                *("https://demo.example/page", f"{last.date}", f"{first.date}"),
            ]
            for word in sorted(last.ranks)
        ),
    ]


TRACKERS: Mapping[str, tuple[Callable[[Sequence[RankedDay]], Rows], str]] = {
    "SE Ranking": (se_ranking, "SE Ranking"),
    "Semrush": (semrush, "Semrush"),
    "Link-Assistant": (link_assistant, "Link-Assistant"),
    "a row for each keyword and day": (long_table, "rank tracker"),
    "a column for each day": (wide_table, "rank tracker"),
}
"""How each is written, and the name it is recognised by."""
