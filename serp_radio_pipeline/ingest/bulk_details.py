"""A bulk export's queries and pages by day, in bounded memory: what movers need of its last 56 days, and no more.

Days are summed up in `bulk_export`, from every row; here are only rows with a name.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from serp_radio_pipeline.ingest.breakdowns import BreakdownError, BreakdownRow, Dimension
from serp_radio_pipeline.ingest.bulk_cells import (
    NOTHING,
    Batches,
    cells_of,
    detail_columns,
    is_anonymised,
    names_of,
    position_name,
    texts_of,
    whole_numbers,
)
from serp_radio_pipeline.ingest.day_details import DayDetails, DayDetailsError, named_share
from serp_radio_pipeline.ingest.detail_periods import COMPARED_DAYS, PERIOD_DAYS
from serp_radio_pipeline.ingest.refusal import ExportRefusedError
from serp_radio_pipeline.ingest.table import Table

if TYPE_CHECKING:
    import pyarrow as pa

KEPT_LABELS = 1_500
"""Kept are those with the most clicks of 28 days: half as many again as are compared, for periods that end later."""
HELD_ROWS = 500_000
"""Rows that are held before they are summed up again."""
HELD_LABELS = 250_000
"""Labels with a click that may be among the kept; of more, those with the fewest clicks so far are let go."""

COLUMNS: dict[Dimension, str] = {"query": "query", "page": "url"}
FIGURES = ("clicks", "impressions", "position")


@dataclass(frozen=True)
class BulkSeries:
    """Which rows of a bulk export count: `days` are its dates as written, with what they say; the series' search type;
    `clicks` are each day's, of all rows.
    """

    table: Table
    header: Sequence[str]
    read: Batches
    days: Mapping[str, dt.date]
    search_type: str
    clicks: Mapping[dt.date, int]

    @property
    def dimensions(self) -> list[Dimension]:
        """By what it can be broken down: pages are in the table that counts by page."""
        names, is_by_page = names_of(self.header), position_name(self.header) == "sum_position"
        return [one for one, name in COLUMNS.items() if name in names and (is_by_page or one == "query")]


def bulk_details(series: BulkSeries) -> tuple[tuple[DayDetails, ...], tuple[str, ...]]:
    """Return the queries and pages of the last days that two periods need, and what a reader should know of them.

    What can't be compared is said, and stops nothing: the days stay good. Each kept label has all its rows.
    """
    last = max(series.clicks)
    days = {text: day for text, day in series.days.items() if (last - day).days < COMPARED_DAYS}
    found: list[DayDetails] = []
    notes = []
    for dimension in series.dimensions:
        try:
            kept = _most_clicked(series, dimension, days, last)
            details = _of_days(series, dimension, days, kept)
        except (ExportRefusedError, BreakdownError, DayDetailsError) as error:
            notes.append(f"No {dimension} is compared: {error}")
            continue
        found += details
        notes += _notes(dimension, details)
    return tuple(found), tuple(notes)


def _notes(dimension: Dimension, details: Sequence[DayDetails]) -> list[str]:
    plural = {"query": "Queries", "page": "Pages"}[dimension]
    left_out = sum(one.left_out for one in details)
    cut = (
        f" {left_out:,} rows of them were left out: not among the {KEPT_LABELS:,} with the most clicks of 28 days."
        if left_out
        else ""
    )
    return [f"{plural} of {len(details)} days were read, for movers.{cut}", *named_share(details)]


def _rows(series: BulkSeries, dimension: Dimension, days: Mapping[str, dt.date]) -> "Iterable[pa.Table]":
    """Yield the rows of those days that have a name: day (days since year 1), label, clicks, impressions, position."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    texts = pa.array(days, pa.string())
    ordinals = pa.array([day.toordinal() for day in days.values()], pa.int32())
    position = position_name(series.header)
    before = 0
    for batch in series.read(detail_columns(series.header)):
        places = pc.index_in(texts_of(batch, "data_date"), value_set=texts)
        labels = cells_of(batch)[COLUMNS[dimension]].cast(pa.string()).fill_null(NOTHING)
        wanted = pc.and_(pc.is_valid(places), pc.not_equal(labels, NOTHING))
        wanted = pc.and_(wanted, pc.equal(texts_of(batch, "search_type"), series.search_type))
        if dimension == "query":
            wanted = pc.and_not(wanted, is_anonymised(batch))
        numbers = (
            whole_numbers(series.table, name, cells_of(batch)[name], before).fill_null(0)
            for name in ("clicks", "impressions", position)
        )
        before += batch.num_rows
        columns = {"day": places, "label": labels, **dict(zip(FIGURES, numbers, strict=True))}
        rows = pa.table(columns).filter(wanted)
        if rows.num_rows:
            yield rows.set_column(0, "day", ordinals.take(rows["day"]))


def _summed(parts: "Sequence[pa.Table]", keys: Sequence[str], figures: Sequence[str]) -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415

    grouped = pa.concat_tables(parts).group_by(list(keys), use_threads=False)
    summed = grouped.aggregate([(name, "sum") for name in figures]).select(
        [*keys, *(f"{name}_sum" for name in figures)]
    )
    return summed.rename_columns([*keys, *figures])


def _most_clicked(
    series: BulkSeries, dimension: Dimension, days: Mapping[str, dt.date], last: dt.date
) -> "pa.Array | pa.ChunkedArray":
    """Return the labels with the most clicks of the last 28 days, and those of the 28 before."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    halves, held = ("before", "now"), list[pa.Table]()
    begin = last.toordinal() - PERIOD_DAYS + 1
    for rows in _rows(series, dimension, days):
        clicked = rows.filter(pc.greater(rows["clicks"], 0))
        is_now = pc.greater_equal(clicked["day"], begin)
        now = pc.if_else(is_now, clicked["clicks"], 0)
        part = pa.table({"label": clicked["label"], "before": pc.subtract(clicked["clicks"], now), "now": now})
        held.append(_summed([part], ["label"], halves))
        if sum(one.num_rows for one in held) > HELD_ROWS:
            held = [_first(_summed(held, ["label"], halves), halves, HELD_LABELS)]
    return _first(_summed(held, ["label"], halves), halves, KEPT_LABELS)["label"] if held else pa.array([], pa.string())


def _first(sums: "pa.Table", columns: Sequence[str], count: int) -> "pa.Table":
    """Return the rows that are among the first `count` of a column, and above zero there."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    chosen = []
    for column in columns:
        order = pc.sort_indices(sums, sort_keys=[(column, "descending"), ("label", "ascending")])[:count]
        chosen.append(order.filter(pc.greater(sums[column].take(order), 0).combine_chunks()))
    return sums.take(pc.unique(pa.concat_arrays(chosen)))


def _of_days(
    series: BulkSeries, dimension: Dimension, days: Mapping[str, dt.date], kept: "pa.Array | pa.ChunkedArray"
) -> list[DayDetails]:
    """Return each day's rows of the kept labels, with all their impressions."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    held, counts = list[pa.Table](), list[pa.Table]()
    for rows in _rows(series, dimension, days):
        is_kept = pc.is_in(rows["label"], value_set=kept)
        other = pc.if_else(is_kept, 0, 1)
        counts.append(_summed([rows.append_column("other", other)], ["day"], ("clicks", "other")))
        held.append(_summed([rows.filter(is_kept)], ["day", "label"], FIGURES))
        if sum(one.num_rows for one in held) > HELD_ROWS:
            held = [_summed(held, ["day", "label"], FIGURES)]
    named: dict[int, tuple[int, int]] = {}
    labels: pa.Table | None = None
    if held:
        totals = _summed(counts, ["day"], ("clicks", "other"))
        named = {day: (clicks, other) for day, clicks, other in zip(*totals.to_pydict().values(), strict=True)}
        labels = _summed(held, ["day", "label"], FIGURES)
        held.clear()
    # day by day: all days' rows as Python has them would take 60 MB at once
    return [_details(day, dimension, labels, named, series.clicks[day]) for day in sorted(set(days.values()))]


def _details(
    day: dt.date,
    dimension: Dimension,
    labels: "pa.Table | None",
    named: Mapping[int, tuple[int, int]],
    site_clicks: int,
) -> DayDetails:
    import pyarrow.compute as pc  # noqa: PLC0415

    rows: list[BreakdownRow] = []
    if labels is not None:
        of_day = labels.filter(pc.equal(labels["day"], day.toordinal())).drop_columns("day")
        rows = [_row(*cells) for cells in zip(*of_day.to_pydict().values(), strict=True)]
        rows.sort(key=lambda row: (-row.clicks, -row.impressions, row.label))
    clicks, left_out = named.get(day.toordinal(), (0, 0))
    return DayDetails.of(day, dimension, rows, site_clicks, left_out, named_clicks=clicks)


def _row(label: str, clicks: int, impressions: int, position: int) -> BreakdownRow:
    return BreakdownRow(label, clicks, impressions, position / impressions + 1 if impressions else None)
