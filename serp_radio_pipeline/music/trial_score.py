"""The episodes on which sound packs are tried: the demo's made-up days, the same for every pack."""

import datetime as dt

from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.ingest.demo_series import DEMO, demo_series
from serp_radio_pipeline.labels.events import EventCalendar
from serp_radio_pipeline.labels.rules import RuleSet
from serp_radio_pipeline.labels.week_labels import label_weeks
from serp_radio_pipeline.motifs.catalog import MotifCatalog
from serp_radio_pipeline.music.compose import compose
from serp_radio_pipeline.music.pack import Pack
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.music.window import DEFAULT_LOOKBACK
from serp_radio_pipeline.tenant import Tenant

TRIAL_TENANT = Tenant("demo")
TRIAL_DAY = dt.date(2026, 3, 22)
TRIAL_LOOKBACKS = (DEFAULT_LOOKBACK, "28d")
"""A short episode is mostly beginning and end, so a pack may be even over eight weeks and not over four."""


def trial_score(
    pack: Pack, rules: RuleSet, events: EventCalendar, motifs: MotifCatalog, lookback: str = DEFAULT_LOOKBACK
) -> Score:
    """Return a trial episode in a pack."""
    metrics = DailyMetrics(TRIAL_TENANT, demo_series(DEMO, TRIAL_DAY))
    return compose(metrics, label_weeks(metrics, TRIAL_DAY, rules, events), pack, lookback, motifs)
