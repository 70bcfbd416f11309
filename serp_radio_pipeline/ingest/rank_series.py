"""Whether a table's looks make one series: one site, one rank of a keyword on a day, days that can be compared."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from serp_radio_pipeline.ingest.daily_ranks import RankedDay
from serp_radio_pipeline.ingest.dates import kind_of
from serp_radio_pipeline.ingest.refusal import shown
from serp_radio_pipeline.ingest.table import Table
from serp_radio_pipeline.ingest.trackers import Tracker
from serp_radio_pipeline.ingest.vocabulary import normalised

FEWEST_KNOWN = 0.5
"""Of all looks but the first day's, this share must be at keywords that were checked on the day before, too."""

SHARED_LABELS = frozenset(["ac", "co", "com", "edu", "gen", "go", "gob", "gov", "ne", "net", "or", "org"])
"""Before a country these are no site's own: of `shop.x.co.uk`, the site is `x.co.uk`."""

_PAGE = re.compile(
    r"(?:https?://)?((?:[a-z0-9_-]{1,63}\.){1,20}[a-z0-9-]{2,63}(?::\d{1,5})?)?/\S{0,2000}", re.IGNORECASE | re.ASCII
)


KeywordRow = tuple[tuple[str, ...], int, str]
"""The cells of a row, its line, and its keyword."""


@dataclass(frozen=True, slots=True)
class Look:
    """One cell: a keyword on a day, the rank or None where it is not ranked, and the line it stands in."""

    keyword: str
    date: dt.date
    rank: int | None
    line: int
    row: tuple[str, ...]


def check_parts(table: Table, rows: Sequence[KeywordRow], header: Sequence[str], words: Tracker) -> None:
    """Refuse rows of one keyword on two devices, in two places or engines, even on two days; and rows of two sites.

    Raises:
        ExportRefusedError: see above.
    """
    parts = [(i, part) for i, cell in enumerate(header) for part, names in words.parts.items() if _is_in(cell, names)]
    for i, part in parts:
        held: dict[str, tuple[str, int]] = {}
        for row, line, keyword in rows:
            value = row[i].strip() if i < len(row) else ""
            if not value:
                continue
            before, other = held.setdefault("" if part == "site" else keyword, (value, line))
            if _told(part, before) == _told(part, value):
                continue
            whose, more = f"'{shown(keyword)}' has", f"export one {part}"
            if part == "site":
                whose, more = "it has", "export one site, or leave that column out if both are one site's"
            raise table.refusal(
                f"{whose} ranks for {part} '{shown(before)}' (line {other}) and '{shown(value)}'; {more}.", line
            )


def _is_in(cell: str, names: frozenset[str]) -> bool:
    """Whether a header is one of these `normalised` names."""
    return normalised(cell) in names


def _told(part: str, value: str) -> str:
    """Return what tells two values apart: `https://www.x.com/` and `x.com` are one site."""
    return (part == "site" and _domain(value if "/" in value else f"{value}/")) or normalised(value)


def check_pages(table: Table, one: Look, other: Look) -> None:
    """Refuse two ranks of one keyword and day, unless two pages of one site have them.

    Raises:
        ExportRefusedError: see above.
    """
    pairs = [(a, b) for a, b in zip(one.row, other.row, strict=False) if a != b and _is_page(a) and _is_page(b)]
    for a, b in pairs:
        first, second = _domain(a), _domain(b)
        if first and second and first != second:
            raise table.refusal(
                f"'{shown(one.keyword)}' has two ranks on {one.date}, of {shown(first)} (line {one.line}) and "
                f"{shown(second)}; export the ranks of one site.",
                other.line,
            )
    if not pairs:
        raise table.refusal(
            f"'{shown(one.keyword)}' has two ranks on {one.date} (also in line {one.line}); leave one of them.",
            other.line,
        )


def _is_page(cell: str) -> bool:
    text = cell.strip()
    return kind_of(text) is None and _PAGE.fullmatch(text) is not None


def _domain(page: str) -> str:
    """Return the site of a page without subdomains; an empty text where it stands without its host."""
    match = _PAGE.fullmatch(page.strip())
    labels = (match[1] or "").lower().partition(":")[0].split(".") if match else []
    if len(labels) < 2:
        return ""
    is_shared = len(labels[-1]) == 2 and labels[-2] in SHARED_LABELS
    return ".".join(labels[-3 if is_shared else -2 :])


def check_neighbours(table: Table, days: Sequence[RankedDay]) -> None:
    """Refuse days that hold other keywords each: their figures differ by what was checked, not by how it ranked.

    Raises:
        ExportRefusedError: see above.
    """
    known = sum(word in before.ranks for before, day in pairwise(days) for word in day.ranks)
    looks = sum(len(day.ranks) for day in days[1:])
    if known < FEWEST_KNOWN * looks:
        raise table.refusal(
            f"only {known:,} of {looks:,} ranks are of keywords that were checked on the day before too, so its days "
            "can't be compared; export the ranks of all keywords on each day, not the last look at each keyword, or "
            "only the days on which the same keywords were checked."
        )
