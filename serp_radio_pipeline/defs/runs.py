"""Ordinary runs started from outside the UI: one tenant-day of job `sonify`, in this process, in the instance."""

import datetime as dt
import logging
from dataclasses import dataclass

import dagster as dg

from serp_radio_pipeline.defs.partitions import TENANTS, tenant_day_key
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.tenant import Tenant


class RunFailedError(SerpRadioError):
    """A run that ended without an episode; the sentence is that of the stage that failed."""


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run that made an episode."""

    run_id: str


def add_tenant(instance: dg.DagsterInstance, tenant: Tenant) -> None:
    """Add the tenant's partition; adding it again changes nothing."""
    instance.add_dynamic_partitions(TENANTS, [tenant.slug])


def run_tenant_day(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    tenant: Tenant,
    day: dt.date,
    *,
    lookback: str,
    pack: str,
) -> FinishedRun:
    """Make one tenant-day, all stages and checks.

    Raises:
        RunFailedError: a stage or a blocking check failed.
    """
    add_tenant(instance, tenant)
    result = definitions.resolve_job_def("sonify").execute_in_process(
        instance=instance,
        partition_key=tenant_day_key(tenant, day),
        raise_on_error=False,
        run_config={
            "ops": {"controls": {"config": {"lookback": lookback, "pack": pack}}},
            "loggers": {"console": {"config": {"log_level": logging.getLevelName(logging.CRITICAL)}}},
        },
    )
    if not result.success:
        raise RunFailedError(f"{tenant} {day}: {_reason(result)} (run {result.run_id})")
    return FinishedRun(result.run_id)


def _reason(result: dg.ExecuteInProcessResult) -> str:
    for event in result.all_events:
        if event.is_step_failure and event.step_failure_data.error:
            error = event.step_failure_data.error
            cause = error.cause or error
            return f"{event.step_key}: {cause.message.split(': ', 1)[-1].strip()}"
    return "the run failed before its first stage."
