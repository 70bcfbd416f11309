"""Fleets for tests: small stores of several tenants, and definitions of workers in which something goes wrong.

A worker builds its definitions itself, by the name of a function: the faults live here, none in the product.
"""

import datetime as dt
import os
import signal
from pathlib import Path
from typing import Any

import dagster as dg

from serp_radio_pipeline.definitions import build_defs
from serp_radio_pipeline.defs.assets import stages
from serp_radio_pipeline.defs.warm_worker import FleetOrder
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.ingest.demo_series import HARD_SETS, demo_series, generate_export_csv
from serp_radio_pipeline.ingest.export import ReadingLimits
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.storage.upload_log import UploadLog
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.episodes import SUNDAY

NOW = dt.datetime(2026, 3, 25, 9, tzinfo=dt.UTC)
VICTIM = Tenant("b-dies")


def settings_in(folder: Path, **more: str) -> Settings:
    """Settings of a store and a DAGSTER_HOME in that folder."""
    return Settings.from_environment(
        {"SERP_RADIO_STORE": str(folder / "store"), "DAGSTER_HOME": str(folder / "home"), **more}
    )


def upload(settings: Settings, tenant: Tenant, series: str = "small and steady") -> None:
    """Add a made-up export to the tenant's log."""
    content = generate_export_csv(demo_series(HARD_SETS[series], SUNDAY))
    UploadLog(LocalStore(settings.store_folder), ReadingLimits()).add(tenant, "Chart.csv", content, NOW)


def order_of(settings: Settings, lookback: str = "1w", day: dt.date | None = None) -> FleetOrder:
    """The shortest episode of the tenants' last day."""
    return FleetOrder(day, lookback, "newsroom", settings.start_date, NOW)


def files_in(settings: Settings, prefix: str = "") -> dict[str, bytes]:
    """Everything below a prefix of the store, half-written files too."""
    below = settings.store_folder / prefix
    return {
        path.relative_to(settings.store_folder).as_posix(): path.read_bytes()
        for path in sorted(below.rglob("*"))
        if path.is_file()
    }


def definitions_that_kill_the_victims_worker(settings: Settings) -> dg.Definitions:
    """The real ones, but composing for one tenant ends the process as the kernel does when memory runs out."""
    compose = stages.compose

    def killed(metrics: DailyMetrics, *others: Any) -> Score:
        if metrics.tenant == VICTIM:
            os.kill(os.getpid(), signal.SIGKILL)
        return compose(metrics, *others)

    stages.compose = killed  # type: ignore[assignment]
    return build_defs(settings)
