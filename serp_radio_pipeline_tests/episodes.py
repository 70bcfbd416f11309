"""Episodes for tests, made through the real rooms from made-up series: tables, labels and scores, cached."""

import datetime as dt
from functools import cache

from serp_radio_pipeline.ingest.ctr_curve import DEFAULT_CURVE
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics, DailyRow
from serp_radio_pipeline.ingest.daily_ranks import KeywordRanks
from serp_radio_pipeline.ingest.demo_series import HARD_SETS, demo_series
from serp_radio_pipeline.ingest.rank_export import rank_rows
from serp_radio_pipeline.labels.events import EventCalendar, parse_events
from serp_radio_pipeline.labels.rules import RuleSet, parse_rules
from serp_radio_pipeline.labels.week_labels import WeekLabels, label_weeks
from serp_radio_pipeline.music.compose import compose
from serp_radio_pipeline.music.pack import Pack, read_pack
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.ingest.rank_files import made_up_ranks

RULES = Settings.from_environment({}).rules_folder
TENANT = Tenant("demo")
SUNDAY = dt.date(2026, 3, 22)
"""The day that made-up series end on: a Sunday, three weeks into a month."""


@cache
def rules() -> RuleSet:
    """The project's own label rules."""
    return parse_rules((RULES / "labels.yaml").read_text(encoding="utf-8"), name="labels.yaml")


@cache
def events() -> EventCalendar:
    """The project's own event calendar."""
    return parse_events((RULES / "events.yaml").read_text(encoding="utf-8"))


@cache
def newsroom() -> Pack:
    """The default sound pack."""
    return read_pack(RULES, "newsroom")


def metrics_of(series: str | tuple[DailyRow, ...], last: dt.date = SUNDAY, tenant: Tenant = TENANT) -> DailyMetrics:
    """The table of one of the generator's sets by name, or of given rows."""
    rows = demo_series(HARD_SETS[series], last) if isinstance(series, str) else series
    return DailyMetrics(tenant, rows)


@cache
def rank_metrics(tenant: Tenant = TENANT) -> DailyMetrics:
    """The table of a made-up rank tracker's file of 120 days, with its figures."""
    ranks = KeywordRanks(made_up_ranks(days=120, keywords=60, seed=3, drift=0.004), DEFAULT_CURVE).figures()
    rows = rank_rows(ranks, dt.datetime(2026, 10, 30, tzinfo=dt.UTC))
    return DailyMetrics(tenant, rows, ranks=ranks)


def labels_of(metrics: DailyMetrics, day: dt.date | None = None) -> WeekLabels:
    """The table's labels as of its last day, or the day given."""
    return label_weeks(metrics, day or metrics.rows[-1].date, rules(), events())


def score_of(metrics: DailyMetrics, lookback: str = "56d", day: dt.date | None = None) -> Score:
    """The score of the window that ends on the table's last day, or the day given."""
    return compose(metrics, labels_of(metrics, day), newsroom(), lookback)


@cache
def demo_score(lookback: str = "56d", series: str = "demo") -> Score:
    """The score of one of the generator's sets."""
    return score_of(metrics_of(series), lookback)
