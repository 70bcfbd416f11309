"""A raw table to the days it holds: where the days are, which rows are none, what each day's numbers are."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from serp_radio_pipeline.ingest.bulk_cells import batches_of, is_bulk_export
from serp_radio_pipeline.ingest.bulk_export import group_bulk, mapping_of
from serp_radio_pipeline.ingest.column_answers import ColumnAnswer, answer_for, recognise_answered
from serp_radio_pipeline.ingest.columns import make_column
from serp_radio_pipeline.ingest.daily_metrics import FIRST_DATE, SeriesIdentity
from serp_radio_pipeline.ingest.dates import Kind, UnreadableDatesError, kind_of, read_days
from serp_radio_pipeline.ingest.day_details import DayDetails
from serp_radio_pipeline.ingest.grouped_days import Day, Grouped, group_days
from serp_radio_pipeline.ingest.other_tables import (
    has_date_columns,
    name_other_table,
    other_report_sentence,
    report_in_headers,
)
from serp_radio_pipeline.ingest.recognition import (
    ColumnMapping,
    DatedColumns,
    recognise,
)
from serp_radio_pipeline.ingest.refusal import Closeness, shown
from serp_radio_pipeline.ingest.table import Table
from serp_radio_pipeline.ingest.table_body import SkippedRow, TableBody, find_body
from serp_radio_pipeline.ingest.vocabulary import Vocabulary

FEWEST_CELLS = 3
"""A line with fewer cells is a preamble, never a day."""

FEWEST_STEPS = 3
"""Equal steps of a week or a month that make a table weekly or monthly."""

OTHER_VIEWS: dict[Kind, str] = {
    "hour": "it holds hours, not days; choose a period of 28 days or more in Search Console and export again.",
    "range": "it holds weeks or months, not days; choose Daily above the chart in Search Console and export again.",
    "month": "it holds months, not days; choose Daily above the chart in Search Console and export again.",
}


@dataclass(frozen=True)
class DailyTable:
    """The days of a table in ascending order, with how they were found."""

    table: Table
    days: tuple[Day, ...]
    mapping: tuple[ColumnMapping, ...]
    confidence: float
    skipped: tuple[SkippedRow, ...]
    notes: tuple[str, ...]
    identity: SeriesIdentity = field(default_factory=SeriesIdentity)
    header: tuple[str, ...] = ()
    details: tuple[DayDetails, ...] = ()


def read_daily_table(
    table: Table, vocabulary: Vocabulary, today: dt.date, answers: Sequence[ColumnAnswer] = ()
) -> DailyTable:
    """Read the days of a table; of `answers`, the newest about its header says which column is which.

    Raises:
        ExportRefusedError: it holds no days, or they can't be read with certainty.
    """
    if table.rows and is_bulk_export(table.rows[0]):
        header = table.rows[0]
        return bulk_table(table, header, group_bulk(table, header, batches_of(table), today))
    answer = answer_for(table, answers)
    if answer is not None and answer.is_of_ranks:
        raise table.refusal("its columns were said to be a keyword's rank on a day.", closeness=Closeness.OTHER_REPORT)
    place = _answered_place(table, answer) if answer else _calendar_place(table, vocabulary)
    if place is None:
        raise name_other_table(table, vocabulary)
    date_index, kind = place
    if kind != "day":
        raise table.refusal(OTHER_VIEWS[kind], closeness=Closeness.OTHER_VIEW)
    body = find_body(table, date_index, vocabulary)
    if report := report_in_headers(body.header, vocabulary):
        raise table.refusal(other_report_sentence(report), closeness=Closeness.OTHER_REPORT)
    dates = _dates(table, body, date_index, today)
    dated = DatedColumns(
        table,
        date_index,
        body.header[date_index],
        tuple(
            make_column(i, body.header[i], cells)
            for i, cells in enumerate(zip(*body.rows, strict=True))
            if i != date_index and any(cell.strip() for cell in cells)
        ),
        body.lines,
    )
    recognition = recognise_answered(dated, answer) if answer else recognise(dated, vocabulary)
    grouped = group_days(dated, dates, recognition.assignment, vocabulary)
    return DailyTable(
        table,
        grouped.days,
        recognition.mapping,
        recognition.confidence,
        tuple(sorted((*body.skipped, *grouped.skipped), key=lambda row: row.line)),
        (*table.notes, *recognition.notes, *grouped.notes),
        grouped.identity,
        body.header,
    )


def bulk_table(table: Table, header: tuple[str, ...], grouped: Grouped) -> DailyTable:
    """Return a bulk export, summed up, as a table of days; its columns are known by name."""
    notes = (*table.notes, *grouped.notes)
    return DailyTable(
        table, grouped.days, mapping_of(header), 1.0, (), notes, grouped.identity, header, grouped.details
    )


def _answered_place(table: Table, answer: ColumnAnswer) -> tuple[int, Kind]:
    """Return the column that a person named for the date, and what most of its cells say."""
    index = answer.header.index(answer.columns["date"])
    kinds = Counter(kind for row in table.rows if len(row) > index and (kind := kind_of(row[index])))
    if not kinds:
        raise table.refusal(f"column '{shown(answer.columns['date'])}', named for date, holds no dates; name another.")
    return index, "hour" if kinds["hour"] else kinds.most_common(1)[0][0]


def _calendar_place(table: Table, vocabulary: Vocabulary) -> tuple[int, Kind] | None:
    """Return the column that says when on most rows, and what it says; None where there is none."""
    if has_date_columns(table):
        return None
    counts: Counter[tuple[int, Kind]] = Counter()
    rows = [row for row in table.rows if sum(bool(cell.strip()) for cell in row) >= FEWEST_CELLS]
    headings: dict[int, str] = {}
    for row in rows:
        for i, cell in enumerate(row):
            if kind := kind_of(cell):
                counts[i, kind] += 1
            else:
                headings.setdefault(i, cell)
    if not counts:
        return None
    # a chart of hours says "day" at midnight: an hour anywhere in a column makes it a column of hours
    hours = {i for i, kind in counts if kind == "hour"}
    totals = Counter({(i, k): counts[i, k] for i, k in counts if not (k == "day" and i in hours)})
    for i in hours:
        totals[i, "hour"] += counts[i, "day"]
    most = max(totals.values())
    if most < max(1, (len(rows) - 1) / 2):
        return None
    rivals = [place for place in totals if totals[place] == most]
    named = [place for place in rivals if vocabulary.role_of(headings.get(place[0], "")) == "date"]
    if len(rivals) > 1 and len(named) != 1:
        raise table.refusal("more than one column holds dates; leave one, and name it Date.")
    return (named or rivals)[0] if len(rivals) > 1 else rivals[0]


def _dates(table: Table, body: TableBody, date_index: int, today: dt.date) -> tuple[dt.date, ...]:
    """Read the date column and refuse days that can't be, and steps that are not daily."""
    cells = [row[date_index] for row in body.rows]
    try:
        dates = read_days(cells)
    except UnreadableDatesError as error:
        raise table.refusal(f"'{shown(cells[error.index])}': {error}", body.lines[error.index]) from None
    for date, line in zip(dates, body.lines, strict=True):
        if date > today:
            raise table.refusal(
                f"{date} lies in the future (the last day that can be known is {today}); correct it or export again.",
                line,
            )
        if date < FIRST_DATE:
            raise table.refusal(
                f"{date} lies before {FIRST_DATE}, when there was no such data; correct the date or export the file "
                "again.",
                line,
            )
    days = sorted(set(dates))
    steps = {(b - a).days for a, b in pairwise(days)}
    is_monthly = all(day.day == 1 for day in days) or steps <= {28, 29, 30, 31}
    if len(days) > FEWEST_STEPS and (steps == {7} or is_monthly):
        raise table.refusal(OTHER_VIEWS["range"], closeness=Closeness.OTHER_VIEW)
    return dates
