"""Ordinary runs started from outside the UI: one tenant-day of job `sonify`, in this process, in the instance."""

import datetime as dt
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from serp_radio_pipeline.defs.instance import file_lock
from serp_radio_pipeline.defs.json_logs import console_level
from serp_radio_pipeline.defs.partitions import TENANT_DIMENSION, TENANTS, tenant_day_key
from serp_radio_pipeline.defs.run_endings import ENDED_IN_THE_MIDDLE
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.daily_metrics import SEARCH_CONSOLE_TIMEZONE
from serp_radio_pipeline.ingest.fold import History
from serp_radio_pipeline.tenant import Tenant

MADE_ON = "serp-radio/made-on"
"""Tag of a run that passed no queue: the machine that its process runs on."""


class RunFailedError(SerpRadioError):
    """A run that ended without an episode; the sentence is that of the stage that failed."""


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run that made an episode."""

    run_id: str


def add_tenant(instance: dg.DagsterInstance, tenant: Tenant) -> None:
    """Add the tenant's partition; adding it again changes nothing."""
    instance.add_dynamic_partitions(TENANTS, [tenant.slug])


def run_tenant_day(  # noqa: PLR0913 - a tenant-day and what a person may wish of it
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    tenant: Tenant,
    day: dt.date,
    *,
    lookback: str,
    pack: str,
    use_training: bool = True,
    run_id: str | None = None,
) -> FinishedRun:
    """Make one tenant-day, all stages and checks; waits while another process on this machine makes one of the tenant.

    Raises:
        RunFailedError: a stage or a blocking check failed.
    """
    job = definitions.resolve_job_def("sonify")
    # a queued run is bounded by dagster.yaml, but this one passes no queue; and stages hand over through files, so that
    # of two runs at once each could read what the other wrote
    with file_lock(Path(instance.root_directory) / "locks" / f"{tenant}.tenant"):
        add_tenant(instance, tenant)
        _end_orphans(instance, tenant)
        result = job.execute_in_process(
            instance=instance,
            partition_key=tenant_day_key(tenant, day),
            raise_on_error=False,
            run_config=run_config(lookback, pack, console_level(job), use_training=use_training),
            run_id=run_id,
            tags={MADE_ON: socket.gethostname()},
        )
    if not result.success:
        raise RunFailedError(f"{tenant} {day}: {_reason(result)} (run {result.run_id})")
    return FinishedRun(result.run_id)


def run_config(lookback: str, pack: str, log_level: str, *, use_training: bool = True) -> dict[str, Any]:
    """Return the configuration of a `sonify` run."""
    return {
        "ops": {
            "controls": {"config": {"lookback": lookback, "pack": pack}},
            "trained_model": {"config": {"use_training": use_training}},
        },
        "loggers": {"console": {"config": {"log_level": log_level}}},
    }


def last_finished_day(history: History, now: dt.datetime) -> dt.date:
    """Return the last day with data that is over where Search Console counts days: only such a day has a partition."""
    return last_finished_among([row.date for row in history.metrics.rows], now)


def last_finished_among(dates: Sequence[dt.date], now: dt.datetime) -> dt.date:
    """Return the last of those ascending days that is over; the very last where none is."""
    today = now.astimezone(ZoneInfo(SEARCH_CONSOLE_TIMEZONE)).date()
    return max((date for date in dates if date < today), default=dates[-1])


def _end_orphans(instance: dg.DagsterInstance, tenant: Tenant) -> None:
    """Say of the tenant's runs whose process was killed that they failed: else the queue holds back its others.

    Whoever holds the tenant's lock knows that no run of this machine is alive.
    """
    unfinished = dg.RunsFilter(
        tags={f"dagster/partition/{TENANT_DIMENSION}": tenant.slug, MADE_ON: socket.gethostname()},
        statuses=[dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED],
    )
    for run in instance.get_runs(unfinished):
        instance.report_run_failed(run, ENDED_IN_THE_MIDDLE)


def _reason(result: dg.ExecuteInProcessResult) -> str:
    for check in result.get_asset_check_evaluations():
        if check.blocking and not check.passed:
            return f"{check.check_name}: {check.description}"
    for event in result.all_events:
        if event.is_step_failure and event.step_failure_data.error:
            error = event.step_failure_data.error
            cause = error.cause or error
            return f"{event.step_key}: {cause.message.split(': ', 1)[-1].strip()}"
    return "the run failed before its first stage."
