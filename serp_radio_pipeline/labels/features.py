"""What a rule may ask about a tenant on a day: the table of features, and how each is computed.

Whether a value means growth or turbulence is said by the rules, not here.
"""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.labels.calibration_period import METRICS, CalibrationPeriod, Metric
from serp_radio_pipeline.labels.daily_series import (
    TREND_DAYS,
    DailySeries,
    FloatArray,
    above_own_week,
    daily_series,
    deseasonalised,
    ending_at,
    kendall_tau,
    percentile_rank,
    position_volatility_values,
    robust_z_values,
    theil_sen_slope,
    volatility_values,
)
from serp_radio_pipeline.labels.events import EventCalendar

DECIMALS = 6
"""Every feature is rounded here, so that the last bit of a platform's floating point can't leak into a decision."""

WEEK_DAYS = 7
OVERALL_DAYS = 28
MINIMUM_REFERENCE_DAYS = 14
"""A percentile among fewer days says nothing."""


class FeaturesError(SerpRadioError):
    """Features that no tenant can have."""


@dataclass(frozen=True, slots=True)
class FeatureMeaning:
    """What a feature says: its meaning, unit, range, and the metric it is read from.

    `scale` is the distance from a rule's threshold that counts as beyond doubt; `decimals` are those shown to people.
    """

    meaning: str
    unit: str
    metric: Metric
    low: float
    high: float
    scale: float
    decimals: int = 2


def _place(meaning: str, metric: Metric) -> FeatureMeaning:
    return FeatureMeaning(meaning, "0-1 of its usual range", metric, 0.0, 1.0, 0.25)


_ANY = math.inf
FEATURES: Mapping[str, FeatureMeaning] = MappingProxyType(
    {
        "momentum": FeatureMeaning(
            "clicks of the horizon against as many days before", "log ratio", "clicks", -_ANY, _ANY, 0.20
        ),
        "slope": FeatureMeaning(
            "growth of clicks, Theil-Sen over 28 days", "log per day", "clicks", -_ANY, _ANY, 0.01, 4
        ),
        "trend": FeatureMeaning(
            "how steadily clicks rose (1) or fell (-1), Kendall's tau over 28 days, or over the days that momentum "
            "compares where they are more",
            "-1 to 1",
            "clicks",
            -1.0,
            1.0,
            0.40,
        ),
        "z": FeatureMeaning(
            "the day of the last 7 furthest from its weekday's usual clicks, signed",
            "robust standard deviations",
            "clicks",
            -_ANY,
            _ANY,
            3.0,
            1,
        ),
        "abs_z": FeatureMeaning("as z, without its sign", "robust standard deviations", "clicks", 0.0, _ANY, 3.0, 1),
        "volatility": FeatureMeaning(
            "how unevenly clicks moved from day to day in the last 7 days, against the tenant's own history",
            "percentile 0-1",
            "clicks",
            0.0,
            1.0,
            0.20,
        ),
        "position_volatility": FeatureMeaning(
            "how unevenly the position moved from day to day in the last 7 days, against the tenant's own history",
            "percentile 0-1",
            "position",
            0.0,
            1.0,
            0.20,
        ),
        "clicks": _place("mean clicks over the horizon", "clicks"),
        "impressions": _place("mean impressions over the horizon", "impressions"),
        "ctr": _place("mean clicks per impression over the horizon", "ctr"),
        "position": _place("mean position over the horizon, 1 = best", "position"),
    }
)
"""Every number a rule may test. Documentation and the rules reader are made from this table."""

TEXT_FEATURES: Mapping[str, str] = MappingProxyType(
    {"source": "the kind of source of the newest settled day, such as gsc"}
)
"""Every text a rule may test, with == only."""


@dataclass(frozen=True)
class Features:
    """A value, or None where nothing is known, for each of `FEATURES`; and the `source`.

    Raises:
        FeaturesError: a feature missing or unknown, or a value that is not finite or outside its range.
    """

    values: Mapping[str, float | None]
    source: str | None = None

    def __post_init__(self) -> None:
        if set(self.values) != set(FEATURES):
            raise FeaturesError(f"these are not the known features: {', '.join(sorted(self.values))}.")
        kept: dict[str, float | None] = {}
        for name, meaning in FEATURES.items():
            value = self.values[name]
            if value is not None:
                if not (math.isfinite(value) and meaning.low <= value <= meaning.high):
                    raise FeaturesError(f"{name} can't be {value}.")
                value = round(float(value), DECIMALS) + 0.0  # never -0.0
            kept[name] = value
        object.__setattr__(self, "values", kept)  # a plain dict: a mapping proxy can't travel between processes

    def __hash__(self) -> int:
        return hash((tuple(self.values.values()), self.source))

    def __getitem__(self, name: str) -> float | str | None:
        """The value of a feature or text feature; KeyError for a name that is neither."""
        return self.source if name in TEXT_FEATURES else self.values[name]

    def to_json(self) -> dict[str, float | str | None]:
        """A JSON object, one field per feature."""
        return {**self.values, "source": self.source}

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> "Features":
        """Undo `to_json`.

        Raises:
            FeaturesError: not such an object.
        """
        source = data.get("source")
        values: dict[str, float | None] = {}
        for name, value in data.items():
            if name == "source":
                continue
            if isinstance(value, bool) or not (value is None or isinstance(value, int | float)):
                raise FeaturesError(f"{name} must be a number, not {value!r:.40}.")
            values[name] = value
        if not (source is None or isinstance(source, str)):
            raise FeaturesError(f"source must be text, not {source!r:.40}.")
        return cls(values, source)


@dataclass(frozen=True)
class FeatureReader:
    """A tenant's series with the statistics that all of its days share, computed once."""

    series: DailySeries
    period: CalibrationPeriod
    events: EventCalendar

    @cached_property
    def _z(self) -> FloatArray:
        return robust_z_values(self.series)

    @cached_property
    def _volatility(self) -> FloatArray:
        return volatility_values(self.series, self.period)

    @cached_property
    def _position_volatility(self) -> FloatArray:
        return position_volatility_values(self.series)

    @cached_property
    def _log_clicks(self) -> FloatArray:
        return np.log1p(self.series.clicks)

    @cached_property
    def _deviations(self) -> FloatArray:
        return above_own_week(self._log_clicks)

    def at(self, day: dt.date, *, horizon_days: int) -> Features:
        """The features as of `day`; see `features_at`."""
        end = self.series.index(day)
        z = _furthest(ending_at(self._z, end, WEEK_DAYS))
        values: dict[str, float | None] = {
            "momentum": _momentum(ending_at(self.series.clicks, end, 2 * horizon_days)),
            "slope": self._slope(end),
            "trend": self._trend(end, max(TREND_DAYS, 2 * horizon_days)),
            "z": z,
            "abs_z": None if z is None else abs(z),
            "volatility": self._percentile(self._volatility, end),
            "position_volatility": self._percentile(self._position_volatility, end),
        }
        values |= {metric: self._place(metric, end, horizon_days) for metric in METRICS}
        first_compared = day - dt.timedelta(days=2 * horizon_days - 1)
        for metric in METRICS:
            if self.events.artefact_boundary(metric, first_compared, day):
                values |= {name: None for name, meaning in FEATURES.items() if meaning.metric == metric}
        return Features(values, self._source(end))

    def _slope(self, end: int) -> float | None:
        y = deseasonalised(self._log_clicks, self._deviations, end, TREND_DAYS)
        y = ending_at(self._log_clicks, end, TREND_DAYS) if y is None else y
        return theil_sen_slope(y) if _mostly_known(y) else None

    def _trend(self, end: int, days: int) -> float | None:
        y = deseasonalised(self._log_clicks, self._deviations, end, days)
        return kendall_tau(y) if y is not None and _mostly_known(y) else None

    def _percentile(self, values: FloatArray, end: int) -> float | None:
        reference = self.series.reference(values, self.period, end)
        recent = ending_at(values, end, WEEK_DAYS)
        known = recent[~np.isnan(recent)]
        if not known.size or len(reference) < MINIMUM_REFERENCE_DAYS:
            return None
        return percentile_rank(float(known[-1]), reference)

    def _place(self, metric: Metric, end: int, days: int) -> float | None:
        levels = ending_at(self.series.levels[metric], end, days)
        if not _mostly_known(levels):
            return None
        place = self.period.ranges[metric].place(float(np.nanmean(levels)))
        return min(1.0, max(0.0, place))

    def _source(self, end: int) -> str | None:
        known = [source for source in self.series.sources[: max(0, end + 1)] if source]
        return known[-1] if known else None


def features_at(
    metrics: DailyMetrics,
    day: dt.date,
    period: CalibrationPeriod,
    events: EventCalendar,
    *,
    horizon_days: int,
) -> Features:
    """The features of a tenant as of `day`: `momentum` and the 0-1 levels over `horizon_days` (7 or more, whole weeks).

    Days after `day`, absent days and provisional days say nothing; a feature needs more than half of its days. While an
    artefact of `events` begins or ends in the 2 * horizon days up to `day`, the metrics it affects have no value.
    """
    if horizon_days < WEEK_DAYS or horizon_days % WEEK_DAYS:
        raise FeaturesError(f"a horizon is whole weeks of days, not {horizon_days} days.")
    if not metrics.rows or metrics.rows[0].date > day:
        return Features(dict.fromkeys(FEATURES))
    return FeatureReader(daily_series(metrics, day), period, events).at(day, horizon_days=horizon_days)


def overall_horizon_days(days: int) -> int:
    """The overall label's horizon for a history of `days` calendar days: 28, or whole weeks that fit twice."""
    return OVERALL_DAYS if days >= 2 * OVERALL_DAYS else max(WEEK_DAYS, WEEK_DAYS * (days // (2 * WEEK_DAYS)))


def robust_z(metrics: DailyMetrics) -> Mapping[dt.date, float | None]:
    """Each day's robust z of clicks (see `robust_z_values`), None where it has no verdict; an anomaly is |z| > 3.5."""
    if not metrics.rows:
        return {}
    series = daily_series(metrics, metrics.rows[-1].date)
    return _by_date(metrics, series, robust_z_values(series))


def daily_volatility(metrics: DailyMetrics, period: CalibrationPeriod) -> Mapping[dt.date, float | None]:
    """Each day's volatility (see `volatility_values`) as its percentile, 0-1, in the tenant's own history.

    The history is the calibration period, or for a day before it the 91 days up to that day.
    """
    if not metrics.rows:
        return {}
    series = daily_series(metrics, metrics.rows[-1].date)
    values = volatility_values(series, period)
    ranks = np.full(series.days, np.nan)
    for i in np.flatnonzero(~np.isnan(values)):
        reference = series.reference(values, period, int(i))
        if len(reference) >= MINIMUM_REFERENCE_DAYS:
            ranks[i] = percentile_rank(float(values[i]), reference)
    return _by_date(metrics, series, ranks)


def _by_date(metrics: DailyMetrics, series: DailySeries, values: FloatArray) -> Mapping[dt.date, float | None]:
    found = {row.date: float(values[series.index(row.date)]) for row in metrics.rows if not row.is_provisional}
    return {
        row.date: None if math.isnan(found.get(row.date, math.nan)) else round(found[row.date], DECIMALS)
        for row in metrics.rows
    }


def _mostly_known(values: FloatArray) -> bool:
    return 2 * int(np.sum(~np.isnan(values))) > len(values)


def _momentum(clicks: FloatArray) -> float | None:
    """log ratio of the second half to the first, over the day pairs known in both; more than half of the pairs."""
    before, now = clicks[: len(clicks) // 2], clicks[len(clicks) // 2 :]
    paired = ~np.isnan(before) & ~np.isnan(now)
    if 2 * int(paired.sum()) <= len(now):
        return None
    return math.log((float(now[paired].sum()) + 1) / (float(before[paired].sum()) + 1))


def _furthest(z: FloatArray) -> float | None:
    known = z[~np.isnan(z)]
    return float(known[np.argmax(np.abs(known))]) if known.size else None
