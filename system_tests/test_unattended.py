"""A real Dagster daemon on a folder of its own: files are dropped, episodes come out, and nobody presses a button."""

import contextlib
import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from serp_radio_pipeline.defs.instance import open_instance, prepare_home
from serp_radio_pipeline.defs.partitions import TENANTS
from serp_radio_pipeline.ingest.demo_series import HARD_SETS, demo_series, generate_export_csv
from serp_radio_pipeline.storage.served_uploads import ServedUploads
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant

PATIENCE_SECONDS = 180
LAST_DAY = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=5)


class Station:
    """A store, a DAGSTER_HOME, and a daemon over them."""

    def __init__(self, folder: Path) -> None:
        self.store = LocalStore(folder / "store")
        self.home = prepare_home(folder / "home")
        self.log = folder / "daemon.log"
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("SERP_RADIO_", "DAGSTER_"))
        }
        environment |= {"SERP_RADIO_STORE": str(self.store.folder), "DAGSTER_HOME": str(self.home)}
        program = str(Path(sys.executable).with_name("dagster-daemon"))
        command = [program, "run", "-m", "serp_radio_pipeline.definitions"]
        with self.log.open("wb") as log:
            self.daemon = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def drop(self, tenant: str, name: str, last: dt.date) -> None:
        """Put an export that ends on a day where a bucket's writer would."""
        content = generate_export_csv(demo_series(HARD_SETS["small and steady"], last))
        self.store.put(f"tenants/{tenant}/uploads/{name}", content)

    def wait_for(self, what: str, happened: Callable[[], bool]) -> None:
        """Wait until it happened; what the daemon said is part of the failure."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not happened():
            assert self.daemon.poll() is None, self.log.read_text()[-3000:]
            assert time.monotonic() < deadline, f"{what} never came\n{self.log.read_text()[-3000:]}"
            time.sleep(1)

    def runs(self) -> list[dg.DagsterRun]:
        """Return every run there is."""
        with open_instance(self.home) as instance:
            return list(instance.get_runs())

    def stop(self) -> None:
        """End the daemon, and what it started: its code server and runs are of its process group."""
        self.daemon.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.daemon.wait(timeout=20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.daemon.pid, signal.SIGKILL)
        self.daemon.wait()


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    started = Station(tmp_path)
    yield started
    started.stop()


def test_dropped_files_become_episodes_and_a_broken_one_is_its_own_tenants_trouble(station: Station) -> None:
    store = station.store
    store.put("tenants/broken/uploads/broken.zip", b"PK\x03\x04 not a zip")
    store.put("tenants/Bad Name/uploads/x.csv", b"x")
    station.drop("my-company", "Chart.csv", LAST_DAY)
    station.wait_for("the first episode", lambda: store.exists(f"tenants/my-company/mp3/{LAST_DAY}.mp3"))

    next_day = LAST_DAY + dt.timedelta(days=1)
    station.drop("my-company", "Chart.csv", next_day)  # under the same name
    station.wait_for("the episode of the new version", lambda: store.exists(f"tenants/my-company/mp3/{next_day}.mp3"))
    station.wait_for(
        "the end of the runs", lambda: [run.status for run in station.runs()] == [dg.DagsterRunStatus.SUCCESS] * 2
    )
    with open_instance(station.home) as instance:
        assert sorted(instance.get_dynamic_partitions(TENANTS)) == ["broken", "my-company"]
    # the tick after the last run request has written it down
    ledger = ServedUploads(store)
    station.wait_for("the ledger", lambda: len(ledger.of(Tenant("my-company"))) == 2)
    assert len(ledger.of(Tenant("broken"))) == 1
    assert [run.tags["serp_radio/uploads"] for run in station.runs()] == ["1", "1"]
    assert "broken.zip" in station.log.read_text()
    assert "'Bad Name' is not a tenant name" in station.log.read_text()
