"""A run whose process is gone is said to have failed; one that may still live, or waits, is left alone."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events import EngineEventData
from dagster._core.storage.runs import SqliteRunStorage
from dagster._core.storage.tags import GRPC_INFO_TAG

from serp_radio_pipeline.defs import lost_runs
from serp_radio_pipeline.defs.lost_runs import MADE_BY, end_lost_runs, made_by_this_process
from serp_radio_pipeline.defs.run_endings import ENDED_IN_THE_MIDDLE, reason_of_failure

NOBODY_LISTENS = {GRPC_INFO_TAG: json.dumps({"host": "localhost", "socket": "/nowhere/at/all"})}
STARTED, FAILED = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.FAILURE


@dg.job
def piece() -> None:
    """A job of nothing."""


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """An instance in memory."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture(scope="module")
def ended_pid() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def run_of(
    instance: dg.DagsterInstance,
    tags: dict[str, str],
    pid: int | None = None,
    status: dg.DagsterRunStatus = STARTED,
) -> dg.DagsterRun:
    run = instance.create_run_for_job(piece, tags=tags, status=status)
    if pid is not None:
        instance.report_engine_event(f"Started process for run (pid: {pid}).", run, EngineEventData.in_process(pid))
    return run


def status_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRunStatus:
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found.status


def test_a_run_whose_code_server_and_process_are_gone_failed_and_says_so(
    instance: dg.DagsterInstance, ended_pid: int
) -> None:
    run, never_begun = run_of(instance, NOBODY_LISTENS, ended_pid), run_of(instance, NOBODY_LISTENS)
    assert set(end_lost_runs(instance)) == {run.run_id, never_begun.run_id}
    assert (status_of(instance, run), reason_of_failure(instance, run.run_id)) == (FAILED, ENDED_IN_THE_MIDDLE)
    assert end_lost_runs(instance) == ()


def test_a_run_whose_process_lives_goes_on(instance: dg.DagsterInstance) -> None:
    run = run_of(instance, NOBODY_LISTENS, os.getpid())
    assert end_lost_runs(instance) == ()
    assert status_of(instance, run) is STARTED


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells when a process began")
def test_a_process_that_only_got_the_number_of_one_that_ended_is_not_taken_for_it(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = time.time()
    with monkeypatch.context() as earlier:
        earlier.setattr("time.time", lambda: moment - 10 * 365 * 24 * 3600)
        run = run_of(instance, NOBODY_LISTENS, os.getpid())
    assert end_lost_runs(instance) == (run.run_id,)


@pytest.mark.parametrize(
    "status", [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.CANCELED]
)
def test_a_run_that_has_not_begun_or_has_ended_stays_as_it_is(
    instance: dg.DagsterInstance, status: dg.DagsterRunStatus
) -> None:
    run = run_of(instance, NOBODY_LISTENS, status=status)
    assert end_lost_runs(instance) == ()
    assert status_of(instance, run) is status


def test_a_run_that_was_being_cancelled_is_cancelled(instance: dg.DagsterInstance) -> None:
    run = run_of(instance, NOBODY_LISTENS, status=dg.DagsterRunStatus.CANCELING)
    end_lost_runs(instance)
    assert status_of(instance, run) is dg.DagsterRunStatus.CANCELED


def test_a_run_that_a_process_made_by_itself_is_lost_with_it_on_this_machine_alone(
    instance: dg.DagsterInstance, ended_pid: int
) -> None:
    machine, _, own = made_by_this_process()[MADE_BY].partition(" ")
    assert own == str(os.getpid())
    lost = run_of(instance, {MADE_BY: f"{machine} {ended_pid}"})
    others = [
        run_of(instance, tags) for tags in (made_by_this_process(), {MADE_BY: f"elsewhere.{machine} {ended_pid}"}, {})
    ]
    assert end_lost_runs(instance) == (lost.run_id,)
    assert {status_of(instance, run) for run in others} == {STARTED}


def test_on_a_database_that_machines_share_a_run_may_live_elsewhere(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_of(instance, NOBODY_LISTENS)
    monkeypatch.setattr(lost_runs, "InMemoryRunStorage", SqliteRunStorage)  # so that this one counts as shared
    assert end_lost_runs(instance) == ()
    assert status_of(instance, run) is STARTED
