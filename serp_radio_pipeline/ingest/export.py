"""The public door of reading: `read_export` turns one file into an `Export`, or refuses it in a sentence."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from serp_radio_pipeline.ingest.breakdown_table import dimension_of, read_breakdown
from serp_radio_pipeline.ingest.breakdowns import DIMENSIONS, Breakdown, Dimension, period_of
from serp_radio_pipeline.ingest.bulk_export import group_bulk
from serp_radio_pipeline.ingest.column_answers import ColumnAnswer
from serp_radio_pipeline.ingest.columnar import open_bulk
from serp_radio_pipeline.ingest.container import open_tables
from serp_radio_pipeline.ingest.ctr_curve import CtrCurve
from serp_radio_pipeline.ingest.daily_metrics import DailyMetricsError, DailyRow, SeriesIdentity
from serp_radio_pipeline.ingest.daily_ranks import KeywordRanks
from serp_radio_pipeline.ingest.daily_table import DailyTable, bulk_table, read_daily_table
from serp_radio_pipeline.ingest.explained_export import SEARCH_CONSOLE, Export, explained
from serp_radio_pipeline.ingest.filters import StatedFilters, is_filters_table, read_filters
from serp_radio_pipeline.ingest.limits import ReadingLimits, check_size
from serp_radio_pipeline.ingest.other_tables import other_report_sentence, report_in_name
from serp_radio_pipeline.ingest.property_name import NamedExport, read_file_name
from serp_radio_pipeline.ingest.rank_export import days_left_out, last_day_in_words, rank_rows
from serp_radio_pipeline.ingest.rank_table import RankTable, read_rank_table
from serp_radio_pipeline.ingest.recognition import ColumnMapping
from serp_radio_pipeline.ingest.refusal import Closeness, ExportRefusedError, shown
from serp_radio_pipeline.ingest.table import Table
from serp_radio_pipeline.ingest.table_body import SkippedRow
from serp_radio_pipeline.ingest.tools import default_tools, every_word, tool_of
from serp_radio_pipeline.ingest.vocabulary import Vocabulary

__all__ = [
    "ColumnMapping",
    "Export",
    "ExportRefusedError",
    "ReadingLimits",
    "SkippedRow",
    "check_size",
    "read_export",
]

PROVISIONAL_DAYS = 2
"""Search Console may still revise the days up to this many before the export."""

DAYS_AHEAD = dt.timedelta(days=1)
"""Where a tracker looks or a browser stands it may be the next day already; Search Console's is that of California."""

FEWEST_DAYS = 2
"""A day alone proves nothing: neither which column is which, nor how the site did."""


def read_export(
    file_name: str,
    data: bytes,
    *,
    today: dt.date,
    limits: ReadingLimits | None = None,
    vocabulary: Vocabulary | None = None,
    answers: Sequence[ColumnAnswer] = (),
) -> Export:
    """Read one uploaded file: a .csv, .zip or .xlsx with a daily performance table.

    `today` is the last day that can have data. Without `vocabulary`, the words of all shipped tools serve; `answers`
    are what people said of columns, oldest first.

    Raises:
        ExportRefusedError: the file is no such table, or can't be read with certainty.
    """
    words = vocabulary or every_word()
    bounds = limits or ReadingLimits()
    check_size(file_name, len(data), bounds)
    if report := report_in_name(file_name, words):
        raise ExportRefusedError(f"{shown(file_name, 80)}: {other_report_sentence(report)}", Closeness.OTHER_REPORT)
    if (bulk := open_bulk(file_name, data, bounds)) is not None:
        days = group_bulk(bulk.table, bulk.header, bulk.read, today)
        return _export(file_name, bulk_table(bulk.table, bulk.header, days), None, words.source, today)
    tables = open_tables(file_name, data, bounds)
    try:
        daily = _daily_table(file_name, tables, words, today, answers)
    except ExportRefusedError:
        if (ranked := _rank_table(file_name, tables, words, today, answers)) is None:
            raise
        return _rank_export(file_name, ranked, bounds.ctr_curve)
    stated = next((read_filters(t, words) for t in tables if is_filters_table(t, words)), None)
    export = _export(file_name, daily, stated, words.source, today)
    others = [table for table in tables if table is not daily.table]
    breakdowns, unread = _breakdowns(others, export.rows, words)
    return replace(export, breakdowns=breakdowns, notes=(*export.notes, *unread))


def _breakdowns(
    tables: Sequence[Table], days: Sequence[DailyRow], words: Vocabulary
) -> tuple[tuple[Breakdown, ...], tuple[str, ...]]:
    """Return what tables of queries and pages say, and of each that can't be used why not: the days stay good."""
    period, clicks = period_of(days[0].date, days[-1].date), sum(row.clicks for row in days)
    found: dict[Dimension, Breakdown] = {}
    unread = []
    for table in tables:
        dimension = dimension_of(table, words)
        if dimension is None or dimension in found:
            continue
        try:
            found[dimension] = read_breakdown(table, dimension, period, clicks, words)
        except ExportRefusedError as refusal:
            unread.append(f"No {dimension} is compared: {refusal}")
    return tuple(found[dimension] for dimension in DIMENSIONS if dimension in found and found[dimension].rows), tuple(
        unread
    )


def _daily_table(
    file_name: str, tables: Sequence[Table], words: Vocabulary, today: dt.date, answers: Sequence[ColumnAnswer]
) -> DailyTable:
    """Return the one table of days among all tables of a file."""
    found: list[DailyTable] = []
    refusals: list[ExportRefusedError] = []
    for table in tables:
        try:
            found.append(read_daily_table(table, words, today, answers))
        except ExportRefusedError as refusal:
            refusals.append(refusal)
    # the first of the nearest: max keeps the earliest of equals
    nearest = max(refusals, key=lambda refusal: refusal.closeness, default=None)
    if nearest is not None and (not found or nearest.closeness is Closeness.FAULTY):
        if len(tables) > 1 and nearest.closeness <= Closeness.BREAKDOWN:
            names = ", ".join(shown(table.member or "") for table in tables[:6])
            raise ExportRefusedError(
                f"{shown(file_name, 80)} holds no table of days (only {names}); turn Compare off in Search Console, "
                "choose a period of days and export again.",
                nearest.closeness,
            )
        raise nearest
    if not found:
        raise ExportRefusedError(f"{shown(file_name, 80)} has no sheet with rows; export it from Search Console again.")
    other = next((table for table in found if table.days != found[0].days), None)
    if other is not None:
        raise ExportRefusedError(
            f"{shown(file_name, 80)} holds two tables of days that disagree, {shown(found[0].table.member or '')} and "
            f"{shown(other.table.member or '')}; leave one of them.",
            Closeness.FAULTY,
        )
    return found[0]


def _export(file_name: str, daily: DailyTable, stated: StatedFilters | None, source: str, today: dt.date) -> Export:
    last = daily.days[-1].date
    if len(daily.days) < FEWEST_DAYS:
        raise daily.table.refusal(
            f"it holds a single day, {last}, with nothing to compare it to; choose a period of 28 days or more in "
            "Search Console and export again."
        )
    named, notes = _trusted_name(file_name, last, today)
    observed_on = named.exported_on or last + dt.timedelta(days=1)
    observed_at = dt.datetime.combine(observed_on, dt.time(), dt.UTC)
    first_provisional = named.exported_on - dt.timedelta(days=PROVISIONAL_DAYS) if named.exported_on else dt.date.max
    table = daily.table
    tool = tool_of(file_name, daily.header, default_tools())
    try:
        rows = tuple(
            DailyRow(
                day.date,
                day.clicks,
                day.impressions,
                day.position,
                day.date >= first_provisional,
                source if tool is None else tool.source,
                observed_at,
            )
            for day in daily.days
        )
    except DailyMetricsError as error:
        raise table.refusal(str(error)) from error
    export = explained(file_name, daily, _identity(daily, named, stated), rows, notes)
    return replace(
        export,
        exported_on=named.exported_on,
        details=daily.details,
        tool=SEARCH_CONSOLE if tool is None else tool.name,
    )


def _identity(daily: DailyTable, named: NamedExport, stated: StatedFilters | None) -> SeriesIdentity:
    """Join what the name, the Filters table and the table's own columns say.

    Raises:
        ExportRefusedError: they contradict each other.
    """
    own = daily.identity
    if named.site is not None and own.site is not None and named.site != own.site:
        raise daily.table.refusal(
            f"the file's name says the property is {shown(named.site, 80)} and its rows say {shown(own.site, 80)}; "
            "upload it under its own name."
        )
    filters = None if own.filters is None and stated is None else own.filters or ()
    if stated is not None and filters is not None:
        filters = tuple(sorted({*filters, *stated.filters}))
    search_type = stated.search_type if stated and stated.search_type else own.search_type
    return SeriesIdentity(named.site or own.site, search_type, filters)


def _rank_table(
    file_name: str, tables: Sequence[Table], words: Vocabulary, today: dt.date, answers: Sequence[ColumnAnswer]
) -> RankTable | None:
    """Return the one table of a rank tracker among all tables of a file; None where there is none."""
    found: list[RankTable] = []
    others: list[ExportRefusedError] = []
    for table in tables:
        try:
            ranked = read_rank_table(table, words, today + DAYS_AHEAD, answers)
        except ExportRefusedError as refusal:
            if refusal.closeness is Closeness.FAULTY:
                raise
            others.append(refusal)  # a sheet of search volumes, say, beside the one of ranks
            continue
        found += [ranked] if ranked else []
    if others and not found:
        raise others[0]
    if len(found) > 1:
        names = ", ".join(shown(one.table.member or "") for one in found[:6])
        raise ExportRefusedError(
            f"{shown(file_name, 80)} holds more than one table of ranks ({names}); leave one of them.", Closeness.FAULTY
        )
    return found[0] if found else None


def _rank_export(file_name: str, found: RankTable, curve: CtrCurve) -> Export:
    last = found.days[-1].date
    if len(found.days) < FEWEST_DAYS:
        raise found.table.refusal(
            f"it holds ranks of a single day, {last}, with nothing to compare them to; export a period of 28 days or "
            "more."
        )
    ranks = KeywordRanks(found.days, curve)
    figures = ranks.figures()
    observed_at = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), dt.UTC)
    rows = rank_rows(figures, observed_at, ranks.open_days)
    notes = (*days_left_out(ranks, figures), last_day_in_words(figures))
    export = explained(file_name, found, SeriesIdentity(site=found.site), rows, notes)
    return replace(export, tool=found.tool, ranks=ranks)


def _trusted_name(file_name: str, last: dt.date, today: dt.date) -> tuple[NamedExport, tuple[str, ...]]:
    """Return what the name says; a day of export that can't be is dropped, or it would outrank every later upload."""
    named = read_file_name(file_name)
    if named.exported_on is not None and not last <= named.exported_on <= today + DAYS_AHEAD:
        note = f"The name says {named.exported_on}, which can't be the day of this export; it was not used."
        return NamedExport(named.site, None), (note,)
    return named, ()
