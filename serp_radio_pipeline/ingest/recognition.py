"""The verdict on a table's columns: one assignment with its evidence and confidence, or why there is none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from serp_radio_pipeline.ingest.closest_mapping import question
from serp_radio_pipeline.ingest.columns import (
    FEWEST_CLICK_DAYS,
    MOST_COLUMNS,
    MOST_RATIOS,
    NUMBER_ROLES,
    Assignment,
    Column,
    Ratio,
    best_reading,
    by_header,
    by_order,
    contradicts,
    informative_rows,
    lawful_assignments,
    ratios,
)
from serp_radio_pipeline.ingest.numbers import first_unreadable
from serp_radio_pipeline.ingest.refusal import Closeness, ExportRefusedError, shown
from serp_radio_pipeline.ingest.table import Table
from serp_radio_pipeline.ingest.vocabulary import ROLES, Role, Vocabulary

CONFIDENCE = {
    "arithmetic and headers": 1.0,
    "arithmetic": 0.95,
    "arithmetic against headers": 0.7,
    "ties broken by headers": 0.85,
    "headers": 0.8,
    "order and headers": 0.85,
    "order": 0.6,
    "answered": 0.9,
}
"""How sure each way to the columns is: a statement of rank, not a probability."""


@dataclass(frozen=True)
class ColumnMapping:
    """One column of the file in its role: its header text, its place (0 is the first column), and why."""

    role: Role | Literal["keyword", "rank"]
    header: str
    index: int
    evidence: str


@dataclass(frozen=True)
class Recognition:
    """The chosen columns, the way there (a key of `CONFIDENCE`) and what a reader should know."""

    assignment: Assignment
    way: str
    mapping: tuple[ColumnMapping, ...]
    notes: tuple[str, ...]

    @property
    def confidence(self) -> float:
        """From 0 to 1, see `CONFIDENCE`."""
        return CONFIDENCE[self.way]


@dataclass(frozen=True)
class DatedColumns:
    """A table's days before its columns are known: the date column's place and header, and the others row by row."""

    table: Table
    date_index: int
    date_header: str
    columns: tuple[Column, ...]
    lines: tuple[int, ...]


def recognise(dated: DatedColumns, vocabulary: Vocabulary) -> Recognition:
    """Find clicks, impressions, CTR and position.

    Raises:
        ExportRefusedError: no assignment keeps the laws, or more than one does and nothing settles which is meant.
    """
    numeric = [column for column in dated.columns if column.readings]
    if len(numeric) > MOST_COLUMNS:
        raise dated.table.refusal(
            f"{len(numeric)} columns of numbers are too many for a daily table; export it from Search Console's "
            "performance report, or, if each column holds a keyword's ranks, turn the table, so that each keyword is a "
            "row.",
            closeness=Closeness.OTHER_REPORT,
        )
    _refuse_silence(dated, numeric)
    found = ratios(numeric)
    if _are_paired(found):
        raise dated.table.refusal(COMPARISON, closeness=Closeness.COMPARISON)
    if len(found) > MOST_RATIOS:
        raise _undecided(dated, FEWEST_CLICK_DAYS, vocabulary)
    lawful = lawful_assignments(numeric, found)
    if not lawful:
        raise _why_none(dated, found, vocabulary)
    assignment, way = _choose(dated, lawful, vocabulary)
    return Recognition(assignment, way, _mapping(dated, assignment, way), _notes(dated, way))


def _refuse_silence(dated: DatedColumns, numeric: Sequence[Column]) -> None:
    values = [v for column in numeric for reading in column.readings[:1] for v in reading.values]
    if numeric and len(dated.columns) >= len(NUMBER_ROLES) - 2 and not any(values):
        raise dated.table.refusal(
            "there are no clicks and no impressions on any day; export a period in which the site was seen in search."
        )


def _distinct(assignments: Sequence[Assignment]) -> list[Assignment]:
    """Return one assignment for each different daily table."""
    return list({assignment.numbers: assignment for assignment in reversed(assignments)}.values())


def _choose(dated: DatedColumns, lawful: Sequence[Assignment], vocabulary: Vocabulary) -> tuple[Assignment, str]:
    agreeing = [a for a in lawful if not contradicts(a, vocabulary)]
    evidence = min(informative_rows(a.readings[0], a.readings[2]) for a in lawful)
    if evidence >= FEWEST_CLICK_DAYS:
        narrowed = lawful
        steady = [a for a in lawful if len(a.marks) <= 1]
        if len(_distinct(narrowed)) > 1 and steady:
            narrowed = steady
        if len(_distinct(narrowed)) == 1:
            return _by_arithmetic(dated, narrowed, vocabulary)
    headed = by_header(dated.columns, vocabulary)
    matches = [a for a in agreeing if headed is not None and a.columns == headed]
    ordered = by_order(dated.columns, dated.date_index)
    way = "ties broken by headers" if evidence >= FEWEST_CLICK_DAYS else "headers"
    if headed is not None and headed == ordered and way == "headers":
        way = "order and headers"
    if not matches and evidence < FEWEST_CLICK_DAYS and ordered is not None:
        matches, way = [a for a in agreeing if a.columns == ordered], "order"
    if len(_distinct(matches)) > 1:
        matches = [a for a in matches if len(a.marks) <= 1]
    if len(_distinct(matches)) != 1:
        raise _undecided(dated, evidence, vocabulary)
    return matches[0], way


def _by_arithmetic(dated: DatedColumns, lawful: Sequence[Assignment], vocabulary: Vocabulary) -> tuple[Assignment, str]:
    """Several assignments may give the same numbers, as when every day has as many clicks as impressions."""
    ordered = by_order(dated.columns, dated.date_index)

    def preference(assignment: Assignment) -> tuple[bool, bool]:
        return contradicts(assignment, vocabulary), assignment.columns != ordered

    assignment = min(lawful, key=preference)
    if contradicts(assignment, vocabulary):
        return assignment, "arithmetic against headers"
    known = by_header(dated.columns, vocabulary) is not None
    return assignment, "arithmetic and headers" if known else "arithmetic"


def _undecided(dated: DatedColumns, evidence: int, vocabulary: Vocabulary) -> ExportRefusedError:
    asked = question(dated.date_header, dated.columns, vocabulary)
    if evidence < FEWEST_CLICK_DAYS:
        return dated.table.refusal(
            f"only {evidence} days have clicks and the column names are not known, so the columns can't be told apart; "
            f"name them Date, Clicks, Impressions, CTR, Position, or export more days.{asked.words}",
            answer=asked.answer,
        )
    return dated.table.refusal(
        "its numbers can be read in more than one way; name the columns Date, Clicks, Impressions, CTR, Position, or "
        f"upload the file as Search Console wrote it.{asked.words}",
        answer=asked.answer,
    )


COMPARISON = "it compares two periods; turn Compare off in Search Console and export again."


def _are_paired(found: Sequence[Ratio]) -> bool:
    """Whether two ratios, each told by enough days, stand side by side in columns of their own."""
    telling = [ratio for ratio in found if informative_rows(ratio[0][1], ratio[2][1]) >= FEWEST_CLICK_DAYS]
    places = {frozenset(column.index for column, _ in ratio) for ratio in telling}
    return any(not a & b for a in places for b in places)


def is_comparison(columns: Sequence[Column]) -> bool:
    """Whether a table holds clicks, impressions and CTR twice over."""
    return _are_paired(ratios(columns))


def _why_none(dated: DatedColumns, found: Sequence[Ratio], vocabulary: Vocabulary) -> ExportRefusedError:
    """Say why no assignment keeps the laws: the first faulty row where the columns can be guessed, else in general."""
    headed = by_header(dated.columns, vocabulary)
    for columns in (headed, by_order(dated.columns, dated.date_index)):
        if columns is None:
            continue
        fault = _first_fault(dated, columns, is_certain=columns == headed)
        if fault is not None:
            return fault
    if any(informative_rows(a[1], c[1]) >= FEWEST_CLICK_DAYS for a, _, c in found):
        return dated.table.refusal(
            "there is no position beside clicks, impressions and CTR, as in Discover and News reports; export the "
            "performance report on search results.",
            closeness=Closeness.OTHER_REPORT,
        )
    asked = question(dated.date_header, dated.columns, vocabulary)
    return dated.table.refusal(
        "there are days, but no three columns in which CTR is clicks / impressions; upload the Dates or Chart table of "
        f"Search Console's performance report.{asked.words}",
        closeness=Closeness.OTHER_REPORT,
        answer=asked.answer,
    )


def _first_fault(dated: DatedColumns, columns: tuple[Column, ...], *, is_certain: bool) -> ExportRefusedError | None:
    for column in columns:
        row = first_unreadable(column.cells)
        if row is not None and is_certain:
            return dated.table.refusal(
                f"'{shown(column.cells[row])}' in column '{shown(column.header)}' is not a number; correct it or "
                "export the file again.",
                dated.lines[row],
            )
    assignment = best_reading(columns)
    if assignment is None:
        return None
    faults = [(row, fault) for row in range(len(dated.lines)) if (fault := assignment.fault_of_row(row))]
    # without header words, an order that fails on most rows is not this table's order
    if not faults or (not is_certain and 2 * len(faults) > len(dated.lines)):
        return None
    row, fault = faults[0]
    return dated.table.refusal(f"{fault}; upload the file as Search Console wrote it, without edits.", dated.lines[row])


def _mapping(dated: DatedColumns, assignment: Assignment, way: str) -> tuple[ColumnMapping, ...]:
    rows, evidence = len(dated.lines), informative_rows(assignment.readings[0], assignment.readings[2])
    by: dict[str, Callable[[str], str]] = {
        "headers": lambda role: f"named so; every row keeps the laws of {role}",
        "order and headers": lambda role: (
            f"named so, and in Search Console's order; every row keeps the laws of {role}"
        ),
        "order": lambda role: f"in Search Console's order; every row keeps the laws of {role}",
    }
    arithmetic: dict[Role, str] = {
        "clicks": f"whole numbers; clicks / impressions = CTR on all {rows} rows, {evidence} of them with clicks",
        "impressions": "whole numbers, never fewer than clicks",
        "ctr": f"equals clicks / impressions within {widest_ctr_gap(assignment):.3%}",
        "position": "1 or more where there are impressions, empty or 0 where there are none",
    }
    tie = "; the header word settles which" if way == "ties broken by headers" else ""
    texts: dict[Role, str] = {role: by[way](role) if way in by else arithmetic[role] + tie for role in NUMBER_ROLES}
    texts["date"] = f"a day in each of {rows} rows"
    places = {"date": (dated.date_header, dated.date_index)} | {
        role: (column.header, column.index) for role, column in zip(NUMBER_ROLES, assignment.columns, strict=True)
    }
    return tuple(ColumnMapping(role, shown(places[role][0]), places[role][1], texts[role]) for role in ROLES)


def widest_ctr_gap(assignment: Assignment) -> float:
    """Return the largest difference between CTR and clicks / impressions, as a fraction."""
    clicks, impressions, ctr, _ = (reading.values for reading in assignment.readings)
    return max(
        (abs((c or 0) - (a or 0) / b) for a, b, c in zip(clicks, impressions, ctr, strict=True) if b), default=0.0
    )


def _notes(dated: DatedColumns, way: str) -> tuple[str, ...]:
    if way == "arithmetic against headers":
        return ("The numbers contradict the column names; the numbers were believed.",)
    if way in ("order", "arithmetic") and not any(column.header for column in dated.columns):
        return ("There is no header row.",)
    return ("The column names are not known.",) if way in ("order", "arithmetic") else ()
