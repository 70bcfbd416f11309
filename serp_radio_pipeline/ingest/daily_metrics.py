"""The canonical daily table: what a site's search performance was, one row per day, for one tenant.

It is born in this room and travels through all others. Reading files and folding uploads live beside it.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.breakdowns import Comparison
from serp_radio_pipeline.ingest.daily_ranks import DailyRanks
from serp_radio_pipeline.tenant import Tenant

if TYPE_CHECKING:
    import pandas as pd

HISTORY_MONTHS = 16
"""How far back Search Console keeps daily data, in months; older rows are not carried."""

GSC = "gsc"
"""The `source` of Search Console's rows, whatever tool wrote them down."""

FIRST_DATE = dt.date(2000, 1, 1)
SEARCH_CONSOLE_TIMEZONE = "America/Los_Angeles"
"""Search Console's days are Pacific-time days."""


class DailyMetricsError(SerpRadioError):
    """A daily table that breaks its own schema."""


def months_before(day: dt.date, months: int) -> dt.date:
    """Return the same day of the month `months` earlier, or that month's last day where it is shorter."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    first_of_next = dt.date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = (first_of_next - dt.timedelta(days=1)).day
    return dt.date(year, month + 1, min(day.day, last))


@dataclass(frozen=True, slots=True)
class DailyRow:
    """One Pacific-time calendar day of search performance.

    `clicks` and `impressions` are whole numbers >= 0; `position` is the impression-weighted mean rank (>= 1), or None
    without impressions. `is_provisional` says that the source may still revise the day. `source` names the kind of
    source ("gsc"); `observed_at` (UTC) says when its numbers were read from it.

    A rank tracker's day ("serp") takes the same places: `clicks` is its visibility in hundredths of a percent,
    `impressions` its ranked keywords, `position` its average rank. `metric_names` has the words for each source.

    Raises:
        DailyMetricsError: a value outside those ranges.
    """

    date: dt.date
    clicks: int
    impressions: int
    position: float | None
    is_provisional: bool = False
    source: str = GSC
    observed_at: dt.datetime = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

    def __post_init__(self) -> None:
        if self.clicks < 0 or self.impressions < 0:
            raise DailyMetricsError(f"{self.date}: clicks and impressions can't be negative.")
        if (self.impressions == 0) != (self.position is None):
            raise DailyMetricsError(
                f"{self.date}: position must be empty exactly where there are no impressions, "
                f"but is {self.position} with {self.impressions} impressions."
            )
        if self.position is not None and not 1 <= self.position < 10_000:
            raise DailyMetricsError(f"{self.date}: position {self.position} is not a rank; ranks begin at 1.")
        if self.date < FIRST_DATE:
            raise DailyMetricsError(f"{self.date}: dates before {FIRST_DATE} can't be search performance.")

    @property
    def ctr(self) -> float | None:
        """Clicks per impression, or None without impressions."""
        return self.clicks / self.impressions if self.impressions else None


@dataclass(frozen=True, slots=True)
class SeriesIdentity:
    """What a series counts; None means that the file did not say.

    `filters` are the export's filters except its date range, as sorted (name, value) pairs.
    """

    site: str | None = None
    search_type: str | None = None
    filters: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True)
class DailyMetrics:
    """A tenant's daily table: rows in ascending date order, one per date; dates that are absent are unknown.

    `comparisons` say how queries and pages moved between two periods, as known on the table's day; at most one of each.
    `ranks` are a rank tracker's figures of the same days.

    Raises:
        DailyMetricsError: dates out of order or doubled.
    """

    tenant: Tenant
    rows: tuple[DailyRow, ...]
    identity: SeriesIdentity = field(default_factory=SeriesIdentity)
    comparisons: tuple[Comparison, ...] = ()
    ranks: DailyRanks | None = None

    def __post_init__(self) -> None:
        for earlier, later in zip(self.rows, self.rows[1:], strict=False):
            if earlier.date >= later.date:
                raise DailyMetricsError(f"{later.date} does not come after {earlier.date} in the daily table.")

    @cached_property
    def by_date(self) -> Mapping[dt.date, DailyRow]:
        """The rows by their date."""
        return MappingProxyType({row.date: row for row in self.rows})

    def up_to(self, day: dt.date) -> "DailyMetrics":
        """Return the daily rows as they end on `day`: at most `HISTORY_MONTHS` months, `day` included."""
        first = months_before(day, HISTORY_MONTHS)
        rows = tuple(row for row in self.rows if first < row.date <= day)
        ranks = self.ranks.between(first, day) if self.ranks else None
        return DailyMetrics(self.tenant, rows, self.identity, ranks=ranks)

    @property
    def source(self) -> str:
        """Whose numbers these are: the last row's `source`; Search Console's where there is none."""
        return self.rows[-1].source if self.rows else GSC

    def data_version(self) -> str:
        """SHA-256 of the canonical rows, and comparisons if any: the same numbers always give the same version."""
        return hashlib.sha256(repr(list(self._canonical())).encode()).hexdigest()

    def _canonical(self) -> Iterable[tuple[object, ...]]:
        yield (self.tenant.slug,)
        for r in self.rows:
            yield (r.date.isoformat(), r.clicks, r.impressions, r.position, r.is_provisional, r.source)
        for comparison in self.comparisons:
            for table in (comparison.before, comparison.now):
                yield (table.dimension, table.period.words, table.total_clicks, comparison.known_on.isoformat())
                for row in table.rows:
                    yield (row.label, row.clicks, row.impressions, row.position)
        for day in self.ranks.days if self.ranks else ():
            yield astuple(day)

    def to_frame(self) -> "pd.DataFrame":
        """Return the table for people: columns date, clicks, impressions, ctr, position, is_provisional, source."""
        import pandas as pd  # noqa: PLC0415 - pandas costs 0.5 s of import that most callers never need

        names = (
            "date",
            "clicks",
            "impressions",
            "ctr",
            "position",
            "is_provisional",
            "source",
            "observed_at",
        )
        return pd.DataFrame({name: [getattr(row, name) for row in self.rows] for name in names})
