"""Runs that wait in the queue for the daemon, ordered by a process that has no code server: the API.

Dagster's own ways in are its UI and its daemon. Both write a run with the address of its code, and so does this.
"""

import datetime as dt
import sys
from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.definitions.repository_definition.valid_definitions import SINGLETON_REPOSITORY_NAME
from dagster._core.errors import DagsterRunAlreadyExists
from dagster._core.events import DagsterEvent
from dagster._core.origin import DEFAULT_DAGSTER_ENTRY_POINT, JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.remote_origin import ManagedGrpcPythonEnvCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

LOCATION = "serp_radio"
"""The code location's name in every workspace.yaml of this project: the daemon finds the code by it."""
ABANDONED_AFTER = dt.timedelta(seconds=30)
MODULE, ATTRIBUTE = "serp_radio_pipeline.definitions", "defs"


def queue_run(
    instance: dg.DagsterInstance,
    definitions: dg.Definitions,
    job_name: str,
    run_id: str,
    run_config: Mapping[str, Any],
    tags: Mapping[str, str],
) -> None:
    """Put a run into the queue; one that is there already stays as it is.

    A run that was made but never put there, for its maker died, is put there when it is ordered again a while later.
    """
    record = instance.get_run_record_by_id(run_id)
    if record is None:
        made = _created(instance, definitions, job_name, run_id, run_config, tags)
        if made is None:
            return  # another copy was faster, and puts it into the queue
    elif record.dagster_run.status is not dg.DagsterRunStatus.NOT_STARTED or _is_fresh(record):
        return
    else:
        made = record.dagster_run
    # what the queue's coordinator does; it asks for a workspace only to hand it on
    instance.report_dagster_event(DagsterEvent.job_enqueue(made), run_id=run_id)


def _is_fresh(record: dg.RunRecord) -> bool:
    """Whether who made the run may still be about to put it into the queue: put there twice it could start twice."""
    return dt.datetime.now(dt.UTC) - record.create_timestamp < ABANDONED_AFTER


def _created(
    instance: dg.DagsterInstance,
    definitions: dg.Definitions,
    job_name: str,
    run_id: str,
    run_config: Mapping[str, Any],
    tags: Mapping[str, str],
) -> dg.DagsterRun | None:
    job = definitions.resolve_job_def(job_name)
    pointer = ModuleCodePointer(MODULE, ATTRIBUTE)
    code = RepositoryPythonOrigin(sys.executable, pointer, entry_point=DEFAULT_DAGSTER_ENTRY_POINT)
    target = LoadableTargetOrigin(executable_path=sys.executable, module_name=MODULE)
    location = ManagedGrpcPythonEnvCodeLocationOrigin(target, location_name=LOCATION)
    origin = RemoteRepositoryOrigin(location, SINGLETON_REPOSITORY_NAME).get_job_origin(job_name)
    try:
        return instance.create_run_for_job(
            job,
            run_id=run_id,
            run_config=run_config,
            tags=dict(tags),
            remote_job_origin=origin,
            job_code_origin=JobPythonOrigin(job_name, code),
        )
    except DagsterRunAlreadyExists:
        return None
