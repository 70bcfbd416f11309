"""What the benchmarks measure on: the generator's sets, and any folder of real exports given on the command line."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.ingest.demo_series import HARD_SETS, demo_series
from serp_radio_pipeline.ingest.export import ExportRefusedError, read_export
from serp_radio_pipeline.labels.events import EventCalendar, parse_events
from serp_radio_pipeline.labels.happenings import happenings
from serp_radio_pipeline.labels.rules import parse_rules
from serp_radio_pipeline.labels.week_labels import WeekLabels, label_weeks
from serp_radio_pipeline.music.compose import compose
from serp_radio_pipeline.music.pack import parse_pack
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.tenant import Tenant

RULES = Settings.from_environment({}).rules_folder
LAST_DAY = dt.date(2026, 3, 22)
TENANT = Tenant("benchmark")


def made_up() -> Iterator[tuple[str, DailyMetrics]]:
    """Every set of the generator, ending on the same Sunday."""
    for name, recipe in HARD_SETS.items():
        yield name, DailyMetrics(TENANT, demo_series(recipe, LAST_DAY))


def exports_in(folder: Path) -> Iterator[tuple[str, DailyMetrics | str]]:
    """Every export in a folder: its table, or the sentence with which it was refused."""
    for path in sorted(path for path in folder.iterdir() if path.suffix in (".csv", ".zip", ".xlsx")):
        try:
            export = read_export(path.name, path.read_bytes(), today=dt.datetime.now(dt.UTC).date())
        except ExportRefusedError as error:
            yield path.name, str(error)
            continue
        yield path.name, DailyMetrics(TENANT, export.rows, export.identity)


def labelled(metrics: DailyMetrics) -> WeekLabels:
    """The table's labels as of its last day, by the project's own rules."""
    rules = parse_rules((RULES / "labels.yaml").read_bytes(), name="labels.yaml")
    return label_weeks(metrics, metrics.rows[-1].date, rules, calendar())


def calendar() -> EventCalendar:
    """The project's own calendar of search-engine events."""
    return parse_events((RULES / "events.yaml").read_bytes())


def composed(metrics: DailyMetrics, labels: WeekLabels, lookback: str = "56d") -> Score:
    """The score in the default pack, with its events."""
    pack = parse_pack((RULES / "packs" / "newsroom.yaml").read_text(encoding="utf-8"), name="newsroom.yaml")
    return compose(metrics, labels, pack, lookback, happenings=happenings(metrics, labels.as_of, calendar()))
