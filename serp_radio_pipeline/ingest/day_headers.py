"""Headers that name a day, as of a table with a column for each: the day as written, and what else stands there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from serp_radio_pipeline.ingest.dates import kind_of
from serp_radio_pipeline.ingest.tools import parted
from serp_radio_pipeline.ingest.vocabulary import normalised

LONGEST = 200
EVERY_DAY = "*"
"""Stands for all columns called after days, however many there are and whichever days they are of."""

DAY_IN = re.compile(
    r"(?<![0-9])(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|(?:19|20)\d{6}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"
    r"|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}|\d{1,2}[ -][A-Za-z]{3,9}\.?,?[ -]\d{4})(?![0-9])",
    re.ASCII,
)
_OF_THE_DAY = re.compile(
    r"\b\d{1,2}:\d{2}(?::\d{2})?(?: ?[AP]M)?|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?",
    re.IGNORECASE | re.ASCII,
)
"""The time and the weekday of a look: they part no column from another."""


@dataclass(frozen=True, slots=True)
class HeaderDay:
    """The one day that a header names, as it writes it, and what stands before and after it."""

    day: str
    before: str = ""
    after: str = ""

    @property
    def around(self) -> str:
        """What stands around the day."""
        return f"{self.before} {self.after}".strip()


def day_in(cell: str) -> HeaderDay | None:
    """Return the day that a header names; None where there is none, or two: a period, as Search Console compares it."""
    text = cell.strip()[:LONGEST]
    if kind_of(text) == "day":
        return HeaderDay(text)
    found = [match for match in DAY_IN.finditer(text) if kind_of(match[0]) == "day"]
    if len(found) != 1:
        return None
    before, after = (
        _OF_THE_DAY.sub("", part).strip(" _-:,()[]") for part in (text[: found[0].start()], text[found[0].end() :])
    )
    return HeaderDay(found[0][0], before, after)


def header_of(row: Sequence[str]) -> tuple[str, ...]:
    """Return a row as headers are compared: `normalised`, without empty cells at its end."""
    cells = [normalised(cell) for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


def header_without_days(row: Sequence[str]) -> tuple[str, ...]:
    """Return a header as that of a later file is compared, whose days are others: each kind of day column once."""
    cells = ((cell, day_in(cell)) for cell in row)
    return header_of(
        tuple(dict.fromkeys(cell if day is None else f"{EVERY_DAY} {parted(day.around)}" for cell, day in cells))
    )
