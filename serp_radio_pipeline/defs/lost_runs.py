"""Runs whose process is gone, with the Dagster that launched it: nobody else would ever say that they ended.

A run that stays "started" for ever would hold back its tenant's others in the queue. Dagster's own run monitoring
can't ask a process of the default launcher whether it lives; here both of a run's traces are asked, on their machine.
"""

import datetime as dt
import json
import os
import re
import socket
from pathlib import Path

import dagster as dg
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.storage.runs import InMemoryRunStorage, SqliteRunStorage
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._grpc.client import DagsterGrpcClient

from serp_radio_pipeline.defs.run_endings import ENDED_IN_THE_MIDDLE

_PID = re.compile(r"Started process for run \(pid: (\d+)\)")
_IN_PROGRESS = (dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)
MADE_BY = "serp-radio/made-by"
"""Tag: the machine and the process that make a run without a daemon."""
_CLOCK_SLACK_S = 2.0


def end_lost_runs(instance: dg.DagsterInstance) -> tuple[str, ...]:
    """Say of runs whose code server and process are both gone that they failed; return their ids.

    Runs that wait in the queue stay there. A run that a process made by itself is lost with that process, if it is
    tagged with `made_by_this_process`. On a database that machines share nothing is done: a run may live elsewhere.
    """
    if not isinstance(instance.run_storage, SqliteRunStorage | InMemoryRunStorage):
        return ()
    in_progress = instance.get_run_records(dg.RunsFilter(statuses=list(_IN_PROGRESS)))
    lost = [record.dagster_run for record in in_progress if _is_lost(instance, record)]
    for run in lost:
        if run.status is dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run)
        else:
            instance.report_run_failed(run, ENDED_IN_THE_MIDDLE)
    return tuple(run.run_id for run in lost)


def made_by_this_process() -> dict[str, str]:
    """Return the tags of a run that this process makes by itself, without a daemon."""
    return {MADE_BY: f"{socket.gethostname()} {os.getpid()}"}


def _is_lost(instance: dg.DagsterInstance, record: dg.RunRecord) -> bool:
    run = record.dagster_run
    machine, _, pid = run.tags.get(MADE_BY, "").partition(" ")
    if pid:
        created = record.create_timestamp.replace(tzinfo=record.create_timestamp.tzinfo or dt.UTC)
        return machine == socket.gethostname() and not _lives(int(pid), created.timestamp())
    server = run.tags.get(GRPC_INFO_TAG)
    if server is None or _answers(json.loads(server)):
        return False
    return not any(_lives(told, since) for told, since in _processes(instance, run))


def _answers(server: dict[str, str]) -> bool:
    """Whether a code server answers at the address that a run was launched from."""
    port = server.get("port")
    client = DagsterGrpcClient(
        host=server.get("host", "localhost"), port=int(port) if port else None, socket=server.get("socket")
    )
    try:
        client.ping("")
    except DagsterUserCodeUnreachableError:
        return False
    return True


def _processes(instance: dg.DagsterInstance, run: dg.DagsterRun) -> list[tuple[int, float]]:
    """Return the processes that a run told of, and when it did (seconds since 1970)."""
    told = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
    found = [(_PID.search(entry.message), entry.timestamp) for entry in told]
    return [(int(match[1]), when) for match, when in found if match]


def _lives(pid: int, since: float) -> bool:
    """Whether a process lives and had begun by then; a later one has only got the number of one that ended."""
    try:
        os.kill(pid, 0)
        status = Path(f"/proc/{pid}/stat").read_text()
        booted = re.search(r"^btime (\d+)", Path("/proc/stat").read_text(), re.MULTILINE)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it is another user's, or a system without /proc: rather too late than too early
    # after the name in parentheses, which may hold anything: state, and 18 fields later the ticks since the start
    ticks = int(status.rpartition(")")[2].split()[19])
    begun = (int(booted[1]) if booted else 0) + ticks / os.sysconf("SC_CLK_TCK")
    return begun <= since + _CLOCK_SLACK_S
