"""Uploads to one history: the newest word on a day wins, and only files of the same series take part.

The fold is pure and free of order: it depends on the set of uploads alone.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median
from typing import Literal

from serp_radio_pipeline.ingest.breakdowns import Dimension
from serp_radio_pipeline.ingest.comparison_export import ComparisonExport
from serp_radio_pipeline.ingest.comparisons import Rank, comparisons_on
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics, DailyRow, SeriesIdentity
from serp_radio_pipeline.ingest.daily_ranks import DailyRanks, KeywordRanks, RankedDay
from serp_radio_pipeline.ingest.day_details import DayDetails
from serp_radio_pipeline.ingest.detail_periods import Known, tables_on
from serp_radio_pipeline.ingest.export import Export
from serp_radio_pipeline.ingest.metric_names import OF_RANKS
from serp_radio_pipeline.ingest.refusal import shown
from serp_radio_pipeline.ingest.restatements import Change, changes_of
from serp_radio_pipeline.ingest.trackers import UNNAMED
from serp_radio_pipeline.ingest.vocabulary import SERP
from serp_radio_pipeline.tenant import Tenant

FEWEST_SHARED_DAYS = 7
FEWEST_PLAIN_DAYS = 3
FEWEST_COUNTED = 10
"""Fewer clicks or impressions than this on a day say nothing about scale."""

SCALED: tuple[Literal["clicks", "impressions"], ...] = ("clicks", "impressions")

SCALE = (0.8, 1.25)
"""Between them lies the median ratio of one series in two exports; revisions move single days."""

PLAINLY_OTHER = (0.1, 10)
"""The same where only a few days are shared, of which the last may still be incomplete."""


@dataclass(frozen=True)
class Upload:
    """One file of the append-only log: `uploaded_at` in UTC, `sha256` of its bytes as hex, and its reading."""

    name: str
    uploaded_at: dt.datetime
    sha256: str
    export: Export


@dataclass(frozen=True)
class ComparedUpload:
    """One comparison of the log, without days; the fields are those of an `Upload`."""

    name: str
    uploaded_at: dt.datetime
    sha256: str
    export: ComparisonExport


@dataclass(frozen=True)
class RefusedUpload:
    """A file that was read and does not belong to the history, with the reason as a sentence."""

    name: str
    reason: str


@dataclass(frozen=True)
class Restatement:
    """An upload that says something else of days which earlier uploads gave."""

    upload: Upload
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class History:
    """A tenant's daily table with the uploads it was made from and those that were left out, oldest upload first.

    `compared` are those that compare two periods and belong to the same series; `restated` says what uploads changed,
    oldest first.
    """

    metrics: DailyMetrics
    used: tuple[Upload, ...]
    refused: tuple[RefusedUpload, ...]
    compared: tuple[ComparedUpload, ...] = ()
    restated: tuple[Restatement, ...] = ()

    @cached_property
    def details(self) -> Known:
        """The newest word on each day's queries and pages, of the days that a fetch or a bulk export has."""
        found: dict[tuple[Dimension, dt.date], tuple[Rank, DayDetails]] = {}
        for upload in sorted(self.used, key=_rank):
            for one in upload.export.details:
                found[one.dimension, one.date] = (_rank(upload), one)
        return found

    def known_on(self, day: dt.date) -> DailyMetrics:
        """Return what is known of the time up to `day`: the daily rows, and how queries and pages moved."""
        tables = [(table, _rank(upload)) for upload in self.used for table in upload.export.breakdowns]
        tables += tables_on(day, self.details)
        ready = [
            (comparison, (dt.datetime.min.replace(tzinfo=dt.UTC), upload.uploaded_at, upload.sha256, upload.name))
            for upload in self.compared
            for comparison in upload.export.comparisons
        ]
        return replace(self.metrics.up_to(day), comparisons=comparisons_on(day, tables, ready))


Held = dict[dt.date, tuple[Rank, DailyRow]]


def fold_uploads(tenant: Tenant, uploads: Iterable[Upload], compared: Iterable[ComparedUpload] = ()) -> History:
    """Fold uploads into the history of a tenant.

    The earliest upload sets what the series is; a later one that states another property, search type or filters, or
    whose clicks are on another scale on the same days, is refused. A day in no file stays unknown. Comparisons are held
    against the series that the days are of.
    """
    held: Held = {}
    identity = SeriesIdentity()
    used: list[Upload] = []
    refused: list[RefusedUpload] = []
    restated: list[Restatement] = []
    listed: set[str] = set()
    for upload in sorted(uploads, key=lambda u: (u.uploaded_at, u.sha256, u.name)):
        reason = (
            (used and _other_source(used[0].export, upload.export))
            or _other_series(identity, upload.export.identity)
            or _other_list(listed, upload.export)
            or _other_scale(held, upload.export.rows)
        ) or None
        if reason is not None:
            refused.append(RefusedUpload(upload.name, f"{shown(upload.name, 80)} was left out: {reason}"))
            continue
        used.append(upload)
        listed |= _keywords(upload.export)
        identity = _joined(identity, upload.export.identity)
        if changes := _hold(held, upload):
            restated.append(Restatement(upload, changes))
    rows, ranks = _counted(tuple(held[date][1] for date in sorted(held)), _ranks_of(used))
    fitting = []
    for one in sorted(compared, key=lambda u: (u.uploaded_at, u.sha256, u.name)):
        if reason := _other_series(identity, one.export.identity):
            refused.append(RefusedUpload(one.name, f"{shown(one.name, 80)} was left out: {reason}"))
        else:
            fitting.append(one)
    metrics = DailyMetrics(tenant, rows, identity, ranks=ranks)
    return History(metrics, tuple(used), tuple(refused), tuple(fitting), tuple(restated))


def _ranks_of(used: Sequence[Upload]) -> KeywordRanks | None:
    """Return a rank tracker's looks over all files, each day by the newest word; None where there are none.

    A look that its own file leaves out, as one at half of the list, never takes the place of a whole one.
    """
    looks: dict[dt.date, RankedDay] = {}
    whole = set[dt.date]()
    curve = None
    for upload in sorted(used, key=_rank):
        counted = {row.date for row in upload.export.rows}
        for day in upload.export.ranks.days if upload.export.ranks else ():
            if day.date in counted or day.date not in whole:
                looks[day.date] = day
        whole |= counted
        curve = upload.export.ranks.curve if upload.export.ranks else curve
    return KeywordRanks(tuple(looks[date] for date in sorted(looks)), curve) if curve else None


def _counted(rows: tuple[DailyRow, ...], ranks: KeywordRanks | None) -> tuple[tuple[DailyRow, ...], DailyRanks | None]:
    """Return the rows of the days that count, and a rank tracker's figures of them: what a file could not know of its
    last days, the files after it tell.
    """
    if ranks is None:
        return rows, None
    figures, dates = ranks.figures().days, {row.date for row in rows}
    counted = {day.date for day in figures} & dates
    kept = tuple(replace(row, is_provisional=row.date in ranks.open_days) for row in rows if row.date in counted)
    return kept, DailyRanks(tuple(day for day in figures if day.date in counted))


def _hold(held: Held, upload: Upload) -> tuple[Change, ...]:
    """Take over the days on which an upload has the newest word, and return what that changes."""
    rank, changes = _rank(upload), list[Change]()
    for row in upload.export.rows:
        known = held.get(row.date)
        if known is None or known[0] < rank:
            held[row.date] = (rank, row)
            changes += changes_of(known[1], row) if known else ()
    return tuple(changes)


def _rank(upload: Upload) -> Rank:
    """Return what tells of two uploads which is the newer word."""
    return upload.export.observed_at, upload.uploaded_at, upload.sha256, upload.name


def _joined(known: SeriesIdentity, stated: SeriesIdentity) -> SeriesIdentity:
    return SeriesIdentity(
        known.site if known.site is not None else stated.site,
        known.search_type if known.search_type is not None else stated.search_type,
        known.filters if known.filters is not None else stated.filters,
    )


def _other_source(known: Export, stated: Export) -> str | None:
    """Return how the numbers are another engine's, None where they are the same one's."""
    before, now = known.rows[0].source, stated.rows[0].source
    if before == now:
        return None
    return (
        f"its numbers are of {_of(stated.tool)} and the history's of {_of(known.tool)}, which count different "
        "searches; upload it for another tenant."
    )


def _of(tool: str) -> str:
    return f"a {tool}" if tool == UNNAMED else tool


def _other_series(known: SeriesIdentity, stated: SeriesIdentity) -> str | None:
    """Return how a stated identity differs from the known one; what either does not say agrees with anything."""
    pairs = (
        ("property", known.site, stated.site),
        ("search type", known.search_type, stated.search_type),
        ("set of filters", _spoken(known.filters), _spoken(stated.filters)),
    )
    for name, before, now in pairs:
        if before is not None and now is not None and before != now:
            return (
                f"it counts another {name} ({shown(now, 80)}) than the history ({shown(before, 80)}); "
                f"export the same {name}, or upload it for another tenant."
            )
    return None


def _spoken(filters: tuple[tuple[str, str], ...] | None) -> str | None:
    if filters is None:
        return None
    return "; ".join(f"{name} {value}" for name, value in filters) or "none"


def _keywords(export: Export) -> set[str]:
    return set[str]().union(*(day.ranks for day in export.ranks.days)) if export.ranks else set()


def _other_list(known: Set[str], stated: Export) -> str | None:
    """Return how a list of ranked keywords is another one, None where it shares any with the known."""
    words = _keywords(stated)
    if not known or not words or not known.isdisjoint(words):
        return None
    return (
        "none of its keywords is among the history's, so it holds another list or another site; export the same "
        "list of keywords, or upload it for another tenant."
    )


def _other_scale(held: Mapping[dt.date, tuple[Rank, DailyRow]], rows: tuple[DailyRow, ...]) -> str | None:
    """Return how a metric differs in scale from the days already known, None where none does or too few overlap."""
    pairs = [(held[row.date][1], row) for row in rows if row.date in held]
    settled = [(known, row) for known, row in pairs if not known.is_provisional and not row.is_provisional]
    for metric in SCALED:
        ratios = [
            getattr(row, metric) / getattr(known, metric)
            for known, row in settled
            if min(getattr(known, metric), getattr(row, metric)) >= FEWEST_COUNTED
        ]
        if len(ratios) < FEWEST_PLAIN_DAYS:
            continue
        low, high = SCALE if len(ratios) >= FEWEST_SHARED_DAYS else PLAINLY_OTHER
        if not low <= (middle := median(ratios)) <= high:
            if settled[0][1].source == SERP:
                return _other_keywords(len(ratios), metric, middle)
            return (
                f"on {len(ratios)} days that the history knows too, its {metric} are {middle:.2f} times as many, so it "
                "counts something else; export the same property and filters, or upload it for another tenant."
            )
    return None


def _other_keywords(days: int, metric: Literal["clicks", "impressions"], ratio: float) -> str:
    return (
        f"on {days} days that the history knows too, its {OF_RANKS.of(metric)} {'is' if metric == 'clicks' else 'are'} "
        f"{ratio:.2f} times as {'high' if metric == 'clicks' else 'many'}, so it holds other keywords or another site; "
        "export the same list of keywords, or upload it for another tenant."
    )
