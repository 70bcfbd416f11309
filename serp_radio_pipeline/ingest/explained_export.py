"""What one file said, with the explanation for people: how its table was found, its days, its first rows."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from serp_radio_pipeline.ingest.breakdowns import Breakdown
from serp_radio_pipeline.ingest.console_fetch import ConsoleFetch
from serp_radio_pipeline.ingest.daily_metrics import DailyRow, SeriesIdentity
from serp_radio_pipeline.ingest.daily_ranks import KeywordRanks
from serp_radio_pipeline.ingest.daily_table import DailyTable
from serp_radio_pipeline.ingest.day_details import DayDetails
from serp_radio_pipeline.ingest.metric_names import metric_names
from serp_radio_pipeline.ingest.rank_table import RankTable
from serp_radio_pipeline.ingest.recognition import ColumnMapping
from serp_radio_pipeline.ingest.refusal import shown
from serp_radio_pipeline.ingest.table import ContainerKind
from serp_radio_pipeline.ingest.table_body import SkippedRow

SEARCH_CONSOLE = "Search Console"
GUESSED_ENCODING_CONFIDENCE = 0.9
SHOWN_ROWS = 5
SHOWN_SKIPS = 10
DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


@dataclass(frozen=True)
class Export:
    """What one file said, with the explanation.

    `rows` ascend by date, one a day. `exported_on` is the day in the file's name. `observed_at` (UTC) is when its
    numbers were read from the source: midnight of `exported_on`, else of the day after the last row. `breakdowns` are
    the same days' clicks by query and by page, where the file has such tables; `details` are those of single days,
    where it has these. `fetched` is the API's answer, where the file is one.
    """

    file_name: str
    member: str | None
    container: ContainerKind
    encoding: str
    delimiter: str | None
    identity: SeriesIdentity
    exported_on: dt.date | None
    observed_at: dt.datetime
    rows: tuple[DailyRow, ...]
    mapping: tuple[ColumnMapping, ...]
    confidence: float
    skipped: tuple[SkippedRow, ...]
    notes: tuple[str, ...]
    details: tuple[DayDetails, ...] = ()
    breakdowns: tuple[Breakdown, ...] = ()
    tool: str = SEARCH_CONSOLE
    fetched: ConsoleFetch | None = None
    ranks: KeywordRanks | None = None

    @property
    def first_date(self) -> dt.date:
        """The first day in the file."""
        return self.rows[0].date

    @property
    def last_date(self) -> dt.date:
        """The last day in the file."""
        return self.rows[-1].date

    @property
    def missing_days(self) -> int:
        """Days between the first and the last that the file does not hold."""
        return (self.last_date - self.first_date).days + 1 - len(self.rows)

    @property
    def summary(self) -> str:
        """What it brings, in a few words."""
        return f"{len(self.rows)} days from {self.first_date} to {self.last_date}"

    def explain(self) -> str:
        """Return the reading for people, several lines: what was recognised and why, the days, the first rows."""
        return "\n".join((*self._what(), *self._columns(), *self._days()))

    def _what(self) -> list[str]:
        member = f", {shown(self.member)}" if self.member is not None else ""
        form = self.container if self.container in ("xlsx", "parquet", "json") else f"{self.container}, {self.encoding}"
        if self.delimiter is not None:
            form += f", {DELIMITER_NAMES.get(self.delimiter, self.delimiter)}-separated"
        identity = self.identity
        filters = identity.filters
        stated = {
            "property": None if identity.site is None else shown(identity.site, 80),
            "search type": identity.search_type,
            "filters": None
            if filters is None
            else "; ".join(f"{shown(name)} {shown(value)}" for name, value in filters) or "none",
            "exported on": None if self.exported_on is None else self.exported_on.isoformat(),
        }
        return [
            f"{shown(self.file_name, 80)}{member}: a daily {self.tool} table ({form})",
            *(f"  {key}: {value if value is not None else 'not stated'}" for key, value in stated.items()),
        ]

    def _columns(self) -> list[str]:
        lines = [
            f"  {m.role} = column {m.index + 1} '{m.header}': {m.evidence}"
            if m.header
            else f"  {m.role} = column {m.index + 1}: {m.evidence}"
            for m in self.mapping
        ]
        return [f"columns, confidence {self.confidence:.0%}", *lines]

    def _days(self) -> list[str]:
        missing = f", {self.missing_days} days between them missing" if self.missing_days else ""
        provisional = sum(row.is_provisional for row in self.rows)
        skips = [f"  line {skip.line}: {skip.reason}" for skip in self.skipped[:SHOWN_SKIPS]]
        more = len(self.skipped) - len(skips)
        return [
            f"days {self.first_date} to {self.last_date}: "
            f"{len(self.rows)} used, rows skipped: {len(self.skipped)}{missing}",
            *((f"  {provisional} of them provisional",) if provisional else ()),
            *skips,
            *((f"  and {more} more",) if more else ()),
            *(_of_breakdown(breakdown) for breakdown in self.breakdowns),
            *(f"note: {note}" for note in self.notes),
            *_first_rows(self.rows),
        ]


def _first_rows(rows: Sequence[DailyRow]) -> list[str]:
    names = metric_names(rows[0].source)
    heads = (names.clicks, names.impressions, names.position)
    widths = [max(len(head), 8) for head in heads]
    lines = ["  date        " + "  ".join(f"{head:>{width}}" for head, width in zip(heads, widths, strict=True))]
    for row in rows[:SHOWN_ROWS]:
        position = "-" if row.position is None else f"{row.position:.2f}"
        cells = (names.plain_clicks(row.clicks), str(row.impressions), position)
        lines.append(
            f"  {row.date}  " + "  ".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
        )
    return lines


def _of_breakdown(breakdown: Breakdown) -> str:
    plural = {"query": "queries", "page": "pages"}[breakdown.dimension]
    share = breakdown.unlisted_share
    known = "" if share is None or breakdown.dimension == "page" else f", {1 - share:.0%} of the clicks"
    return f"{plural}: {len(breakdown.rows):,}{known}"


def explained(
    file_name: str,
    found: DailyTable | RankTable,
    identity: SeriesIdentity,
    rows: tuple[DailyRow, ...],
    notes: tuple[str, ...],
) -> Export:
    """Return what a table said, with how it was found; `notes` follow the table's own, `rows` hold a day or more."""
    table = found.table
    return Export(
        file_name=file_name,
        member=table.member,
        container=table.container,
        encoding=table.encoding,
        delimiter=table.delimiter,
        identity=identity,
        exported_on=None,
        observed_at=rows[-1].observed_at,
        rows=rows,
        mapping=found.mapping,
        confidence=found.confidence * (GUESSED_ENCODING_CONFIDENCE if table.encoding == "cp1252" else 1),
        skipped=found.skipped,
        notes=(*found.notes, *notes),
    )
