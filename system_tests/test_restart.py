"""What becomes of jobs when Dagster is killed under them, or stopped, and started again."""

import json
import os
import re
import signal
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from serp_radio_pipeline.defs.instance import open_instance
from serp_radio_pipeline.defs.run_endings import ENDED_IN_THE_MIDDLE
from system_tests.s3_server import free_ports
from system_tests.station import Station
from system_tests.test_api import lives

LONG = {"tenant": "acme", "source": "demo", "lookback": "13w"}


class Served:
    """A station whose API and Dagster are one command, started as often as a test likes."""

    def __init__(self, folder: Path) -> None:
        self.station = Station.on_this_machine(folder)
        api_port, ui_port = free_ports(2)
        self.station.environment |= {"SERP_RADIO_UNATTENDED": "off", "SERP_RADIO_API_PORT": str(api_port)}
        self.address = f"http://127.0.0.1:{api_port}"
        self._command = ("serp-radio", "serve", "--with-dagster", "--dagster-port", str(ui_port))

    def start(self) -> None:
        """Start both, and wait for the API."""
        self.station.start(self._command)
        self.station.wait_for("the API", lambda: lives(self.address))

    def order(self, order: dict[str, Any]) -> str:
        """Order a job and return its id."""
        return str(self._ask("/api/sonify", json.dumps(order).encode())["job_id"])

    def job(self, job_id: str) -> Any:
        """Return what the API says of a job."""
        return self._ask(f"/api/jobs/{job_id}")

    def wait_until(self, job_id: str, *statuses: str) -> Any:
        """Wait until a job is in one of these states, and return what is said of it."""
        self.station.wait_for(f"{statuses} of {job_id}", lambda: self.job(job_id)["status"] in statuses)
        return self.job(job_id)

    def process_of(self, job_id: str) -> int | None:
        """Return the process that makes a job, as soon as it said so."""
        with open_instance(self.station.home) as instance:
            told = instance.all_logs(job_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
        pids = re.findall(r"process for run \(pid: (\d+)\)", " ".join(entry.message for entry in told))
        return int(pids[-1]) if pids else None

    def kill_dagster(self) -> None:
        """Kill Dagster as a machine does that has no memory left; the API ends by itself then, and says why."""
        (dagster,) = [pid for pid in children_of(self.station.pid) if "dagster dev" in command_of(pid)]
        os.kill(dagster, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while lives(self.address) and time.monotonic() < deadline:
            time.sleep(0.2)
        self.station.stop()

    def _ask(self, path: str, content: bytes | None = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - our own server
            self.address + path, content, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.load(answer)


def children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    served.start()
    yield served
    served.station.stop()


def test_when_dagster_is_killed_the_job_that_ran_fails_with_a_sentence_and_the_one_that_waited_is_made(
    served: Served,
) -> None:
    running, waiting = served.order(LONG), served.order(LONG)
    served.wait_until(running, "running")
    assert served.job(waiting)["status"] == "queued"
    served.kill_dagster()
    assert "Dagster ended with code -9, and the API with it" in served.station.said()

    served.start()
    ended = served.job(running)
    assert (ended["status"], ended["error"]) == ("error", ENDED_IN_THE_MIDDLE)
    made = served.wait_until(waiting, "done", "error")
    assert (made["status"], made["error"]) == ("done", None)
    again = served.wait_until(served.order(LONG), "done", "error")
    assert again["status"] == "done"


def test_when_all_is_stopped_no_job_stays_running_and_none_that_waited_is_lost(served: Served) -> None:
    running, waiting = served.order(LONG), served.order(LONG)
    served.wait_until(running, "running")
    served.station.stop()

    served.start()
    ended = served.wait_until(running, "done", "error")
    assert ended["error"] in (None, ENDED_IN_THE_MIDDLE, "It was cancelled."), ended
    assert served.wait_until(waiting, "done", "error")["status"] == "done"


def test_a_job_whose_own_process_is_killed_fails_with_a_sentence_while_dagster_goes_on(served: Served) -> None:
    running = served.order(LONG)
    served.wait_until(running, "running")
    served.station.wait_for("the process's own word", lambda: served.process_of(running) is not None)
    os.kill(int(served.process_of(running) or 0), signal.SIGKILL)
    ended = served.wait_until(running, "done", "error")
    assert (ended["status"], ended["error"]) == ("error", ENDED_IN_THE_MIDDLE)
    assert served.wait_until(served.order(LONG), "done", "error")["status"] == "done"
