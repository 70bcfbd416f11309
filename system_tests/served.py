"""A station whose API is one command, with Dagster beside it or without, and how a program asks it."""

import json
import os
import re
import signal
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import dagster as dg

from serp_radio_pipeline.defs.instance import open_instance
from system_tests.s3_server import free_ports
from system_tests.station import Station

LONG: Mapping[str, Any] = {"tenant": "acme", "source": "demo", "lookback": "13w"}
"""An order that takes as long as any."""


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers and body, of a refusal too."""

    status: int
    headers: Message
    content: bytes

    def json(self) -> Any:
        """Return the body as what it says."""
        return json.loads(self.content)


class Unled(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: where one leads to is what a test asks."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none."""


def fetch(address: str, content: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    """Send a request, a POST where it has content; follow nothing."""
    request = urllib.request.Request(address, content, dict(headers or {}))  # noqa: S310 - our own servers
    try:
        with urllib.request.build_opener(Unled).open(request, timeout=60) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except HTTPError as refused:
        with refused:
            return Answer(refused.code, refused.headers, refused.read())


def lives(address: str) -> bool:
    """Whether an API answers at that address."""
    try:
        return fetch(f"{address}/health").status == 200
    except OSError:
        return False


class Served:
    """A station's API, with Dagster beside it unless it joins another's; started as often as a test likes."""

    def __init__(self, station: Station, *, joins: bool = False) -> None:
        self.station = station
        api_port, self.ui_port = free_ports(2)
        # no schedule, no sensor: nothing runs that a test did not order
        station.environment |= {"SERP_RADIO_UNATTENDED": "off", "SERP_RADIO_API_PORT": str(api_port)}
        self.address = f"http://127.0.0.1:{api_port}"
        self.key = ""
        dagster = () if joins else ("--with-dagster", "--dagster-port", str(self.ui_port))
        self._command = ("serp-radio", "serve", *dagster)

    def start(self) -> None:
        """Start it, and wait for the API."""
        self.station.start(self._command)
        self.station.wait_for("the API", lambda: lives(self.address))

    def ask(self, path: str, body: Any = None, key: str | None = None, **headers: str) -> Answer:
        """Send a request with a key, its own unless said otherwise; a body goes as JSON."""
        content = None if body is None else json.dumps(body).encode()
        key = self.key if key is None else key
        sent = {**({"Authorization": f"Bearer {key}"} if key else {}), "Content-Type": "application/json", **headers}
        return fetch(self.address + path, content, sent)

    def order(self, order: Mapping[str, Any], **headers: str) -> str:
        """Order a job and return its id."""
        taken = self.ask("/api/sonify", dict(order), **headers)
        assert taken.status == 202, taken
        return str(taken.json()["job_id"])

    def job(self, job_id: str) -> Any:
        """Return what the API says of a job."""
        return self.ask(f"/api/jobs/{job_id}").json()

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
        # until it has ended: told to stop while it clears up, it would not come to say why
        self.station.wait_for_end()
        self.station.stop()


def children_of(pid: int) -> list[int]:
    """Return the processes that a process started."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def command_of(pid: int) -> str:
    """Return the command line of a process."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
