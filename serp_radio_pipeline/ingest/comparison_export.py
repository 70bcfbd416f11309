"""An export made with Compare on: queries and pages of two periods side by side, and not a single day."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from serp_radio_pipeline.ingest.breakdown_table import dimension_of, read_compared
from serp_radio_pipeline.ingest.breakdowns import DIMENSIONS, Breakdown, Comparison, Dimension, Period
from serp_radio_pipeline.ingest.comparisons import hold_equal_days
from serp_radio_pipeline.ingest.container import open_tables
from serp_radio_pipeline.ingest.daily_metrics import SeriesIdentity
from serp_radio_pipeline.ingest.filters import is_filters_table, read_filters
from serp_radio_pipeline.ingest.limits import ReadingLimits
from serp_radio_pipeline.ingest.property_name import read_file_name
from serp_radio_pipeline.ingest.refusal import ExportRefusedError, shown
from serp_radio_pipeline.ingest.table import Table
from serp_radio_pipeline.ingest.vocabulary import Vocabulary

LAG_DAYS = 3
"""Days by which Search Console's final data end before the export, where the export does not say its days."""

_RANGE = re.compile(r"(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})\s*[-–—]\s*(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})", re.ASCII)
_ORDERS = ((2, 0, 1), (2, 1, 0), (0, 1, 2))
"""Where year, month and day stand in a date: as in 3/31/26, 31.3.26, 2026-03-31."""

Dates = tuple[dt.date, dt.date]


@dataclass(frozen=True)
class ComparisonExport:
    """What one comparison said: of queries and of pages at most one each. `exported_on` is the day in its name."""

    file_name: str
    identity: SeriesIdentity
    exported_on: dt.date | None
    comparisons: tuple[Comparison, ...]
    notes: tuple[str, ...]

    @property
    def summary(self) -> str:
        """What it brings, in a few words."""
        rows = " and ".join(f"{len(one.now.rows):,} rows by {one.dimension}" for one in self.comparisons)
        periods = self.comparisons[0]
        return f"{rows}, {periods.now.period.words} against {periods.before.period.words}"

    def explain(self) -> str:
        """Return the reading for people, several lines."""
        lines = [f"{shown(self.file_name, 80)}: a comparison of two periods, without days", f"  {self.summary}"]
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])


def read_comparison_export(
    file_name: str, data: bytes, *, today: dt.date, limits: ReadingLimits, vocabulary: Vocabulary
) -> ComparisonExport | None:
    """Read a comparison; None where the file has no table of queries or pages. `today` is the last day it can know.

    Raises:
        ExportRefusedError: a table breaks the laws, or its periods can't be compared.
    """
    tables = open_tables(file_name, data, limits)
    named = read_file_name(file_name)
    exported_on = named.exported_on if named.exported_on and named.exported_on <= today + dt.timedelta(days=1) else None
    found: dict[Dimension, Comparison] = {}
    for table in tables:
        dimension = dimension_of(table, vocabulary)
        if dimension and dimension not in found:
            first, second = read_compared(table, dimension, vocabulary)
            found[dimension] = _comparison(table, first, second, (exported_on or today) - dt.timedelta(days=LAG_DAYS))
    if not found:
        return None
    if not any(one.now.rows for one in found.values()):
        raise ExportRefusedError(f"{shown(file_name, 80)} compares two periods and has no row in either.")
    stated = next((read_filters(t, vocabulary) for t in tables if is_filters_table(t, vocabulary)), None)
    identity = SeriesIdentity(named.site, stated.search_type if stated else None, stated.filters if stated else None)
    notes = tuple(note for table in tables for note in table.notes)
    return ComparisonExport(
        file_name, identity, exported_on, tuple(found[one] for one in DIMENSIONS if one in found), notes
    )


def _comparison(table: Table, first: Breakdown, second: Breakdown, known_on: dt.date) -> Comparison:
    """Put the two in order: Search Console writes the last period before the previous one, and dates as they came."""
    ranges = [_RANGE.fullmatch(one.period.words) for one in (first, second)]
    if not all(ranges):
        return Comparison(before=second, now=first, known_on=known_on)
    readings = set(_readings([match.groups() for match in ranges if match]))
    usable = [(one, other) for one, other in readings if one[1] != other[1] and hold_equal_days(one, other)]
    if len(usable) != 1:
        raise table.refusal(
            f"'{first.period.words}' and '{second.period.words}' can't be compared: choose two periods of the same "
            "length, with the same weekdays, in Search Console and export again."
        )
    dated = [
        replace(one, period=Period(one.period.words, *ends))
        for one, ends in zip((first, second), usable[0], strict=True)
    ]
    before, now = sorted(dated, key=lambda one: one.period.last or dt.date.min)
    return Comparison(before, now, now.period.last or known_on)


def _readings(ranges: Sequence[tuple[str, ...]]) -> Iterator[tuple[Dates, Dates]]:
    """Yield both periods' days in each order of day, month and year in which all of them are dates."""
    for order in _ORDERS:
        try:
            one, other = ((_date(parts[:3], order), _date(parts[3:], order)) for parts in ranges)
        except ValueError:
            continue
        if one[0] <= one[1] and other[0] <= other[1]:
            yield one, other


def _date(parts: tuple[str, ...], order: tuple[int, int, int]) -> dt.date:
    year, month, day = (int(parts[place]) for place in order)
    return dt.date(year + 2000 if year < 100 else year, month, day)
