"""A person's word on which column is which: given once, it holds for every later file with the same header.

An answer chooses the columns and never bends the laws: every row must still keep them. Where answers are kept is not
known here.
"""

import csv
import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, cast

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.columns import Assignment, Column
from serp_radio_pipeline.ingest.day_headers import EVERY_DAY, day_in, header_of, header_without_days
from serp_radio_pipeline.ingest.numbers import Reading
from serp_radio_pipeline.ingest.recognition import ColumnMapping, DatedColumns, Recognition
from serp_radio_pipeline.ingest.refusal import ExportRefusedError, shown
from serp_radio_pipeline.ingest.table import Table
from serp_radio_pipeline.ingest.trackers import RANK_ROLES, RankRole
from serp_radio_pipeline.ingest.vocabulary import ROLES, Role, normalised

AnsweredRole = Role | RankRole
NEEDED: tuple[AnsweredRole, ...] = ("date", "clicks", "impressions", "position")
"""CTR may be left out: it follows from clicks and impressions."""

SIDE_BY_SIDE: tuple[AnsweredRole, ...] = ("keyword", "rank")
"""What is needed of ranks with a column a day, where `rank` is every such column."""

FEWEST_DAYS = 2

HEAD_ROWS = 20
NO_COLUMN = -1
COMPUTED_DECIMALS = 15


class ColumnAnswerError(SerpRadioError):
    """An answer that names no columns, or not all that are needed."""


@dataclass(frozen=True)
class ColumnAnswer:
    """`columns` maps roles to headers of `header`, all `normalised`; `said_at` in UTC, of a file called `file_name`.

    Of ranks with a column a day, `header` is that of `header_without_days`, and `rank` is `*`: every day's column.

    Raises:
        ColumnAnswerError: a role is missing or unknown, or a header is not in `header` just once.
    """

    header: tuple[str, ...]
    columns: Mapping[AnsweredRole, str]
    said_at: dt.datetime
    file_name: str = ""

    def __post_init__(self) -> None:
        check_roles(self.columns)
        for role, word in self.columns.items():
            if not (role == "rank" and self.is_side_by_side) and self.header.count(word) != 1:
                raise ColumnAnswerError(f"'{shown(word)}' for {role} is not the name of exactly one column.")

    @property
    def is_of_ranks(self) -> bool:
        """Whether it is about a rank tracker's table."""
        return "rank" in self.columns

    @property
    def is_side_by_side(self) -> bool:
        """Whether it is about ranks with a column for each day."""
        return is_side_by_side(self.columns)

    def index(self, role: AnsweredRole) -> int | None:
        """Return the place of the column in a role, None where the answer leaves it out."""
        return self.header.index(self.columns[role]) if role in self.columns else None

    def to_json(self) -> dict[str, object]:
        """Return the answer as it is kept."""
        return {
            "header": list(self.header),
            "columns": dict(self.columns),
            "said_at": self.said_at.isoformat(),
            "file_name": self.file_name,
        }

    @staticmethod
    def from_json(written: Any) -> "ColumnAnswer":
        """Read a kept answer.

        Raises:
            ColumnAnswerError: it is none.
        """
        try:
            columns = {cast(AnsweredRole, str(role)): str(word) for role, word in written["columns"].items()}
            header = tuple(str(word) for word in written["header"])
            said_at = dt.datetime.fromisoformat(written["said_at"])
            return ColumnAnswer(header, columns, said_at, str(written.get("file_name", "")))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ColumnAnswerError(f"this is no answer about columns: {json.dumps(written)[:80]}") from error


def is_side_by_side(columns: Mapping[AnsweredRole, str]) -> bool:
    """Whether an answer names ranks with a column for each day: `rank=*`, and no date."""
    return columns.get("rank") == EVERY_DAY and "date" not in columns


def check_roles(columns: Mapping[AnsweredRole, str]) -> None:
    """Refuse an answer that does not name the columns that are needed.

    Raises:
        ColumnAnswerError: see above.
    """
    is_of_ranks = "rank" in columns or "keyword" in columns
    known, needed = (RANK_ROLES, RANK_ROLES) if is_of_ranks else (ROLES, NEEDED)
    needed = SIDE_BY_SIDE if is_side_by_side(columns) else needed
    unknown = [role for role in columns if role not in known]
    missing = [role for role in needed if role not in columns]
    if unknown or missing or len(set(columns.values())) < len(columns):
        lacking = f"; missing: {', '.join(missing)}" if missing else ""
        strange = f"; unknown: {shown(', '.join(unknown))}" if unknown else ""
        raise ColumnAnswerError(
            "Say which column is which as date=...,clicks=...,impressions=...,position=... and, if there is one, "
            "ctr=...; or, of ranks, as keyword=...,date=...,rank=... or, where each day has a column, as "
            "keyword=...,rank=*; each with a column of its own"
            f"{lacking}{strange}."
        )


def parse_columns(text: str) -> dict[AnsweredRole, str]:
    """Read `date=Tag,clicks=Klicks,...`; a header with a comma stands in double quotes, `"clicks=a, b"`.

    Raises:
        ColumnAnswerError: it says something else.
    """
    parts = next(csv.reader([text], skipinitialspace=True), [])
    pairs = [part.partition("=") for part in parts]
    if not pairs or not all(mark and word.strip() for _, mark, word in pairs):
        check_roles({})
    columns = {cast(AnsweredRole, role.strip().lower()): normalised(word) for role, _, word in pairs}
    if len(columns) < len(pairs):
        raise ColumnAnswerError("Each of date, clicks, impressions, ctr, position, keyword and rank can be said once.")
    check_roles(columns)
    return columns


def answer_about(tables: Sequence[Table], columns: Mapping[AnsweredRole, str], said_at: dt.datetime) -> ColumnAnswer:
    """Return the answer for the table that has these columns.

    Raises:
        ColumnAnswerError: no table has them all.
    """
    rows = [row for table in tables for row in table.rows[:HEAD_ROWS]]
    wide, file_name = is_side_by_side(columns), tables[0].file_name if tables else ""
    words = [word for role, word in columns.items() if not (wide and role == "rank")]
    for row in rows:
        header = header_of(row)
        if all(header.count(word) == 1 for word in words) and (not wide or _has_days(row)):
            return ColumnAnswer(header_without_days(row) if wide else header, columns, said_at, file_name)
    names = ", ".join(f"'{shown(word)}'" for word in words)
    widest = max((header_of(row) for row in rows), key=len, default=())
    there = ", ".join(f"'{shown(word)}'" for word in widest[:12])
    more = ", with columns called after days beside" if wide else ""
    raise ColumnAnswerError(f"No table has each of the columns {names} once{more}; there are {there or 'none'}.")


def _has_days(row: Sequence[str]) -> bool:
    return sum(day_in(cell) is not None for cell in row) >= FEWEST_DAYS


def answer_for(table: Table, answers: Sequence[ColumnAnswer]) -> ColumnAnswer | None:
    """Return the newest answer about a table with this very header, or, of a column a day, with one of other days."""
    rows = table.rows[:HEAD_ROWS]
    headers = {header_of(row) for row in rows}
    is_asked = any(answer.is_side_by_side for answer in answers)
    without_days = {header_without_days(row) for row in rows if _has_days(row)} if is_asked else set()
    return next(
        (one for one in reversed(answers) if one.header in (without_days if one.is_side_by_side else headers)), None
    )


def recognise_answered(dated: DatedColumns, answer: ColumnAnswer) -> Recognition:
    """Take the columns as a person named them.

    Raises:
        ExportRefusedError: a row breaks the laws, or its numbers can be read in more than one way.
    """
    by_index = {column.index: column for column in dated.columns}
    named = {
        role: by_index.get(cast(int, answer.index(role))) for role in ROLES if role in answer.columns and role != "date"
    }
    for role, column in named.items():
        if column is None or not column.readings:
            raise dated.table.refusal(
                f"column '{shown(answer.columns[role])}', named for {role}, does not hold numbers; name another."
            )
    readable: dict[Role, Column] = {role: column for role, column in named.items() if column is not None}
    found = list(_assignments(readable))
    lawful = [one for one in found if not _faults(one, len(dated.lines))]
    steady = [one for one in lawful if len(one.marks) <= 1] or lawful
    if not steady:
        row, fault = min((_faults(one, len(dated.lines))[0] for one in found), key=lambda pair: pair[0])
        raise dated.table.refusal(f"{fault}, if the columns are as you said.", dated.lines[row])
    if len({one.numbers for one in steady}) > 1:
        raise _two_ways(dated)
    return Recognition(steady[0], "answered", _mapping(dated, answer), ())


def _assignments(columns: Mapping[Role, Column]) -> Iterator[Assignment]:
    clicks, impressions, position = (columns[role] for role in ("clicks", "impressions", "position"))
    for a, b, p in product(clicks.readings, impressions.readings, position.readings):
        for ctr, reading in _ctr(columns.get("ctr"), a, b):
            yield Assignment((clicks, impressions, ctr, position), (a, b, reading, p))


def _ctr(column: Column | None, clicks: Reading, impressions: Reading) -> Iterator[tuple[Column, Reading]]:
    if column is not None:
        yield from ((column, reading) for reading in column.readings)
        return
    pairs = zip(clicks.values, impressions.values, strict=True)
    reading = Reading(tuple((a or 0) / b if b else None for a, b in pairs), COMPUTED_DECIMALS, False, None)
    yield Column(NO_COLUMN, "", (), (reading,)), reading


def _faults(assignment: Assignment, rows: int) -> list[tuple[int, str]]:
    return [(row, fault) for row in range(rows) if (fault := assignment.fault_of_row(row))]


def _two_ways(dated: DatedColumns) -> ExportRefusedError:
    return dated.table.refusal(
        "its numbers can be read in more than one way (is 3.456 more than a thousand?); write them without marks "
        "between thousands, or name the CTR column too."
    )


def _mapping(dated: DatedColumns, answer: ColumnAnswer) -> tuple[ColumnMapping, ...]:
    headers = {column.index: column.header for column in dated.columns} | {dated.date_index: dated.date_header}
    places = {role: answer.index(role) for role in ROLES}
    return tuple(
        ColumnMapping(role, shown(headers[place]), place, "a person said so; every row keeps the laws")
        for role, place in places.items()
        if place is not None
    )
