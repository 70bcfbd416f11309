"""Dagster's instance: its folder, made ready on first use."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import dagster as dg
import yaml
from dagster._core.instance.ref import InstanceRef

from serp_radio_pipeline.errors import SerpRadioError

_STORAGE_KEYS = {"storage", "run_storage", "event_log_storage", "schedule_storage", "instance_class"}


class InstanceError(SerpRadioError):
    """A DAGSTER_HOME that can't be used."""


def prepare_home(home: Path) -> Path:
    """Make DAGSTER_HOME with our `dagster.yaml`, unless it has one; return it.

    Raises:
        InstanceError: the folder can't be written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        config = home / "dagster.yaml"
        if not config.exists():
            # whole or not at all: two first runs may come at once
            half = home / f"dagster.yaml.{os.getpid()}"
            half.write_text(_shipped_config(), encoding="utf-8")
            half.replace(config)
    except OSError as error:
        raise InstanceError(f"DAGSTER_HOME {home} can't be written: {error.strerror or error}.") from error
    return home


def open_instance(home: Path) -> dg.DagsterInstance:
    """Return the instance that lies in `home`, made ready on first use.

    Raises:
        InstanceError: the folder or its `dagster.yaml` can't be used.
    """
    try:
        ref = InstanceRef.from_dir(str(prepare_home(home)), overrides=_for_runs_in_this_process(home))
        with file_lock(home / "locks" / "opening"):
            # two processes that make Dagster's tables at once leave a database that nobody can open any more
            return dg.DagsterInstance.from_ref(ref)
    except (dg.DagsterError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise InstanceError(f"{home / 'dagster.yaml'} can't be used: {reason:.300}") from error


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold a lock that the processes of this machine share; the kernel lets go of it when its holder dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def available_cores() -> int:
    """Return how many cores this process may use, which a container or `taskset` may have bounded."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _shipped_config() -> str:
    shipped = resources.files(__package__).joinpath("dagster.yaml").read_text(encoding="utf-8")
    return shipped.replace("max_concurrent_runs: 2", f"max_concurrent_runs: {available_cores()}")


def _for_runs_in_this_process(home: Path) -> Any:  # Dagster's type for overrides is private
    """Return what `dagster.yaml` leaves open and runs in a warm process want otherwise than the UI and the daemon."""
    config = yaml.safe_load((home / "dagster.yaml").read_text(encoding="utf-8"))
    given = config.keys() if isinstance(config, dict) else set()
    overrides: dict[str, object] = {}
    if not _STORAGE_KEYS & given:
        overrides["storage"] = {
            "custom": {
                "module": "serp_radio_pipeline.defs.sqlite_storage",
                "class": "PooledSqliteStorage",
                "config": {"base_dir": str(home)},
            }
        }
    if not {"compute_logs", "instance_class"} & given:
        # stages print nothing; catching their output would start two processes a run, and take this one's terminal
        overrides["compute_logs"] = {
            "module": "dagster._core.storage.noop_compute_log_manager",
            "class": "NoOpComputeLogManager",
        }
    return overrides
