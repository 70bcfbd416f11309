"""Numbers as people and spreadsheets write them: every grammar under which a whole column can be read.

A column has one grammar: its decimal mark is `.` or `,`, and what parts thousands is another mark, a space or an
apostrophe. `1,234` alone is two numbers; which one is meant is settled by arithmetic between columns, not here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from serp_radio_pipeline.ingest.table import TypedNumber

Mark = Literal[".", ","]
MARKS: tuple[Mark, ...] = (".", ",")
LONGEST = 60
MOST_DIGITS = 15
"""Digits that a float holds exactly; no site has more clicks."""

_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")
_GRAMMARS = {
    mark: re.compile(
        rf"(?P<sign>[-+−]?)(?P<whole>\d+|[1-9]\d{{0,2}}(?:(?P<group>[ '’{other}])\d{{3}})(?:(?P=group)\d{{3}})*)"
        rf"(?:{re.escape(mark)}(?P<part>\d+))? ?(?P<percent>%?)",
        re.ASCII,
    )
    for mark, other in ((".", ","), (",", "."))
}
_UNGROUPED = re.compile(r"[ '’.,]")


@dataclass(frozen=True, slots=True)
class Reading:
    """A column's values under one grammar: None where the cell is blank, 0.04 where it says `4%`.

    `decimals` is the most that any cell writes, `mark` the decimal mark where the column shows which it is.
    """

    values: tuple[float | None, ...]
    decimals: int
    is_percent: bool
    mark: Mark | None

    @property
    def is_count(self) -> bool:
        """Whether every value could be a number of clicks or impressions."""
        return not self.is_percent and all(v is None or (v >= 0 and v == int(v)) for v in self.values)


@dataclass(frozen=True, slots=True)
class _Number:
    value: float
    decimals: int
    is_percent: bool
    shows_mark: bool


def _parse(cell: str, mark: Mark) -> _Number | None:
    if isinstance(cell, TypedNumber) and mark != ".":
        return None if "." in cell else _parse(str(cell), mark)
    if len(cell) > LONGEST:
        return None
    match = _GRAMMARS[mark].fullmatch(_SPACES.sub(" ", cell.strip()))
    if match is None:
        return None
    whole, part = _UNGROUPED.sub("", match["whole"]), match["part"] or ""
    if isinstance(cell, TypedNumber):
        part = part[:MOST_DIGITS]
    if len(whole) + len(part) > 2 * MOST_DIGITS or len(whole) > MOST_DIGITS:
        return None
    value = float(f"{whole}.{part or 0}") * (-1 if match["sign"] in ("-", "−") else 1)
    is_percent = bool(match["percent"])
    shows_mark = bool(part) or (match["group"] or "") in (".", ",")
    return _Number(value / 100 if is_percent else value, len(part), is_percent, shows_mark)


def _read(cells: Sequence[str], mark: Mark) -> Reading | None:
    numbers: list[_Number | None] = []
    for cell in cells:
        number = _parse(cell, mark)
        if number is None and cell.strip():
            return None
        numbers.append(number)
    seen = [n for n in numbers if n is not None]
    plain = any(n.value and not n.is_percent for n in seen)
    # `0%` may stand for an empty day among fractions; other percents may not
    if not seen or (plain and any(n.value and n.is_percent for n in seen)):
        return None
    is_percent = not plain and any(n.is_percent for n in seen)
    return Reading(
        tuple(None if n is None else n.value for n in numbers),
        max(n.decimals for n in seen),
        is_percent,
        mark if any(n.shows_mark for n in seen) else None,
    )


def readings(cells: Sequence[str]) -> tuple[Reading, ...]:
    """Return each different way in which the whole column is numbers: none, one, or two where marks leave it open."""
    found = [reading for mark in MARKS if (reading := _read(cells, mark)) is not None]
    return tuple(found[:1] if len({reading.values for reading in found}) == 1 else found)


def first_unreadable(cells: Sequence[str]) -> int | None:
    """Return the index of the first cell that keeps the column from being numbers, by the grammar most cells follow."""
    faults = [[i for i, cell in enumerate(cells) if cell.strip() and _parse(cell, mark) is None] for mark in MARKS]
    fewest = min(faults, key=len)
    return fewest[0] if fewest else None
