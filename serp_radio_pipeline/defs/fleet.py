"""A fleet's day on one machine: warm processes, one per core, each making ordinary runs, one tenant after the other.

A new process costs seconds of imports and a warm run costs none, so a few processes make all. A run that fails, and a
process that dies, are that tenant's failure alone: the others go on.
"""

import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

import dagster as dg
from dagster._core.utils import make_new_run_id

from serp_radio_pipeline.defs.instance import open_instance
from serp_radio_pipeline.defs.partitions import TENANTS
from serp_radio_pipeline.defs.warm_worker import Ending, FleetOrder, Outcome, WarmWorker
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.tenant import Tenant

Build = Callable[[Settings], dg.Definitions]
"""Builds the definitions in a worker; a function of a module, because it travels there by name."""

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@dataclass(slots=True)
class _Worker:
    """A process, our end of its pipe, and what it is making under which run's id."""

    process: SpawnProcess
    pipe: Connection
    tenant: Tenant
    run_id: str


def make_fleet(
    settings: Settings,
    build: Build,
    tenants: Sequence[Tenant],
    order: FleetOrder,
    processes: int,
) -> Iterator[Outcome]:
    """Make each tenant's day on so many warm processes; yield what became of each as soon as it is known.

    Closing the iterator early, also by Ctrl-C, lets the runs in progress end; a second Ctrl-C ends the processes.
    """
    waiting, staff, instance = deque(tenants), list[_Worker](), None
    try:
        while waiting and len(staff) < processes:
            staff.append(_hire(settings, build, order, waiting.popleft()))
        instance = open_instance(settings.home_folder)  # while the workers import
        instance.add_dynamic_partitions(TENANTS, [tenant.slug for tenant in tenants])
        while staff:
            ready = wait([worker.pipe for worker in staff])
            for worker in [worker for worker in staff if worker.pipe in ready]:
                outcome = _outcome(worker) or _death(instance, worker)
                if worker.process.exitcode is not None or not waiting:
                    staff.remove(worker)
                    _send_home([worker])
                    if waiting:
                        staff.append(_hire(settings, build, order, waiting.popleft()))
                else:
                    _hand_over(worker, waiting.popleft())
                yield outcome
    finally:
        _send_home(staff)
        if instance is not None:
            instance.dispose()


def _outcome(worker: _Worker) -> Outcome | None:
    """Return what the worker says, or None where it is no more."""
    try:
        outcome: Outcome = worker.pipe.recv()
    except (EOFError, OSError):
        worker.process.join()
        return None
    return outcome


def _death(instance: dg.DagsterInstance, worker: _Worker) -> Outcome:
    """Say in the instance that the run is over: else it would hold its tenant's place in the queue for ever."""
    reason = f"the process that made it ended with exit code {worker.process.exitcode}."
    run = instance.get_run_by_id(worker.run_id)
    if run is not None and not run.is_finished:
        instance.report_run_failed(run, reason.capitalize())
    return Outcome(worker.tenant, None, Ending.FAILED, reason)


def _hire(settings: Settings, build: Build, order: FleetOrder, tenant: Tenant) -> _Worker:
    context = multiprocessing.get_context("spawn")  # a fork would share this process's locks and connections
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, settings, build, order), daemon=True)
    with _as_a_worker_starts():
        process.start()
    theirs.close()
    worker = _Worker(process, ours, tenant, "")
    _hand_over(worker, tenant)
    return worker


def _hand_over(worker: _Worker, tenant: Tenant) -> None:
    worker.tenant, worker.run_id = tenant, make_new_run_id()
    with suppress(BrokenPipeError):  # it died meanwhile: the next read of the pipe says so
        worker.pipe.send((tenant, worker.run_id))


def _send_home(staff: Sequence[_Worker]) -> None:
    """Let each worker end its run and go; at the second Ctrl-C, end them."""
    try:
        for worker in staff:
            with suppress(OSError):
                worker.pipe.send(None)
        for worker in staff:
            worker.process.join()
    except KeyboardInterrupt:
        for worker in staff:
            worker.process.terminate()
            worker.process.join()
        raise
    finally:
        for worker in staff:
            worker.pipe.close()


@contextmanager
def _as_a_worker_starts() -> Iterator[None]:
    """Start a process whose numeric libraries keep to one thread, for each core has one; and deaf to Ctrl-C so far."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    in_main_thread = threading.current_thread() is threading.main_thread()
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN) if in_main_thread else None
    try:
        yield
    finally:
        if interrupt is not None:
            signal.signal(signal.SIGINT, interrupt)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def serve(pipe: Connection, settings: Settings, build: Build, order: FleetOrder) -> None:
    """Make one tenant after the other, as they come through the pipe, until it says None or its other end is gone."""
    # a group of its own: Ctrl-C reaches the fleet, which lets a run end and asks for no other; Dagster would stop in it
    os.setpgid(0, 0)
    with open_instance(settings.home_folder) as instance, suppress(EOFError, BrokenPipeError):
        warm = WarmWorker(build(settings), instance, order)
        gc.freeze()  # what every run needs is no garbage: a tenth of a run went into looking at it again
        while (task := pipe.recv()) is not None:
            pipe.send(warm.make(*task))
