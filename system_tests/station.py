"""Serp Radio as it stands on a machine: a store, a DAGSTER_HOME, and a program of Dagster's that runs over them."""

import contextlib
import datetime as dt
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.error import URLError

import dagster as dg

from serp_radio_pipeline.defs.instance import open_instance, prepare_home
from serp_radio_pipeline.ingest.demo_series import HARD_SETS, demo_series, generate_export_csv
from serp_radio_pipeline.storage.store import LocalStore, Store

PATIENCE_SECONDS = 600
"""How long anything may take on a machine that others use too."""

LAST_DAY = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=5)
DAEMON = ("dagster-daemon", "run", "-m", "serp_radio_pipeline.definitions")


def export_until(last: dt.date) -> bytes:
    """Return a made-up export of 90 days that ends on a day."""
    return generate_export_csv(demo_series(HARD_SETS["small and steady"], last))


def program(name: str) -> str:
    """Return a program that was installed beside this Python."""
    return str(Path(sys.executable).with_name(name))


def local_environment(folder: Path) -> dict[str, str]:
    """Return the environment of a station whose store and DAGSTER_HOME are in a folder, with nobody's own settings."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("SERP_RADIO_", "DAGSTER_"))}
    return {**plain, "SERP_RADIO_STORE": str(folder / "store"), "DAGSTER_HOME": str(folder / "home")}


def answers(address: str) -> bool:
    """Whether a UI answers at that address."""
    try:
        with urllib.request.urlopen(f"{address}/server_info", timeout=5):  # noqa: S310 - our own server
            return True
    except (URLError, OSError):
        return False


class Station:
    """A store on this machine or on S3, and the program that runs over it; `store` is what the operator sees of it."""

    def __init__(self, folder: Path, environment: dict[str, str], store: Store) -> None:
        self.folder, self.environment, self.store = folder, environment, store
        self.home = prepare_home(Path(environment["DAGSTER_HOME"]))
        self.log = folder / "station.log"
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def on_this_machine(cls, folder: Path) -> "Station":
        """Return a station with everything in a folder."""
        return cls(folder, local_environment(folder), LocalStore(folder / "store"))

    def start(self, command: Sequence[str] = DAEMON) -> None:
        """Start a program of ours or of Dagster's: the daemon, unless said otherwise."""
        name, *rest = command
        # Dagster's tables are there before two processes look for them: made by both at once, nobody can open them
        self.run_records()
        # a folder of its own: nothing of a checkout or of a person's own .env
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [program(name), *rest],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The program's process."""
        assert self._process is not None, "the station was not started"
        return self._process.pid

    def stop(self) -> None:
        """End the program, and what it started: code server, daemon and runs are of its process group."""
        if self._process is None:
            return
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def wait_for_end(self) -> None:
        """Wait until the program has ended by itself."""
        assert self._process is not None, "the station was not started"
        self._process.wait(timeout=PATIENCE_SECONDS)

    def wait_for(self, what: str, happened: Callable[[], bool]) -> None:
        """Wait until it happened; what the program said is part of the failure."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not happened():
            assert self._process is not None, "the station was not started"
            assert self._process.poll() is None, self.said()[-3000:]
            assert time.monotonic() < deadline, f"{what} never came\n{self.said()[-3000:]}"
            time.sleep(1)

    def said(self) -> str:
        """Return everything that the program and its runs printed so far."""
        return self.log.read_text(errors="replace")

    def run_records(self) -> list[dg.RunRecord]:
        """Return the record of every run there is."""
        with open_instance(self.home) as instance:
            return list(instance.get_run_records())

    def wait_for_runs(self, count: int) -> None:
        """Wait until there are so many runs, all of them ended well."""
        success = dg.DagsterRunStatus.SUCCESS
        self.wait_for(
            f"the end of {count} runs",
            lambda: [record.dagster_run.status for record in self.run_records()] == [success] * count,
        )

    def is_idle(self) -> bool:
        """Whether every run there is has ended."""
        return all(record.dagster_run.is_finished for record in self.run_records())
