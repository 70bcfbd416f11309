"""The API under load: 50 clients look at jobs while runs execute; of 1,000 orders none is lost or doubled."""

import datetime as dt
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serp_radio_pipeline.defs.instance import open_instance, prepare_home
from serp_radio_pipeline.storage.api_keys import ApiKeys, Scope
from serp_radio_pipeline.storage.store import LocalStore

CLIENTS, LOOKS, ORDERS, RUNNING = 50, 30_000, 1_000, 30
LEAST_LOOKS_PER_SECOND, MOST_P99_MS = 300, 200
DEMO = {"tenant": "bench", "source": "demo", "lookback": "7d"}
START_SECONDS = 120


@dataclass(frozen=True)
class Server:
    """The API of a folder, listening: its port, process, and the header that lets the clients in."""

    port: int
    process: "subprocess.Popen[bytes]"
    headers: dict[str, str]

    def connection(self) -> http.client.HTTPConnection:
        """Return a connection of a client's own, which is kept."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def ask(self, connection: http.client.HTTPConnection, method: str, path: str, body: Any = None, **more: str) -> Any:
        """Return the JSON that is answered.

        Raises:
            RuntimeError: it was refused.
        """
        content = None if body is None else json.dumps(body).encode()
        given = {**self.headers, **({"Content-Type": "application/json"} if content else {}), **more}
        connection.request(method, path, content, given)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {said[:300]!r}")
        return json.loads(said)


def run() -> bool:
    """Print the table; return whether the gates hold."""
    with tempfile.TemporaryDirectory(prefix="serp-radio-api-") as name:
        folder = Path(name)
        with serving(folder, "--with-dagster") as server:
            rate, p99, statuses = _looks(server)
        with serving(folder) as server:
            orders = _orders(server, folder / "home")
    seen = ", ".join(f"{count:,} {status}" for status, count in sorted(statuses.items()))
    print("| what | measured | wanted |\n|---|---|---|")
    print(f"| looks at {RUNNING} jobs by {CLIENTS} clients, while runs execute: {seen} |")
    print(f"| looks | {rate:.0f} a second | {LEAST_LOOKS_PER_SECOND} |")
    print(f"| 99 % of them within | {p99:.0f} ms | {MOST_P99_MS} |")
    print(f"| {ORDERS} orders by {CLIENTS} clients, each sent twice at once | {orders} runs | {ORDERS} |")
    return rate >= LEAST_LOOKS_PER_SECOND and p99 <= MOST_P99_MS and orders == ORDERS and "running" in statuses


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Server]:
    """Serve the API of a folder, which has a key, until the block ends."""
    port, dagster_port = _free_port(), _free_port()
    home = prepare_home(folder / "home")
    _, key = ApiKeys(LocalStore(folder / "store")).issue(None, frozenset(Scope), dt.datetime.now(dt.UTC))
    environment = {
        **os.environ,
        "SERP_RADIO_STORE": str(folder / "store"),
        "DAGSTER_HOME": str(home),
        "SERP_RADIO_API_PORT": str(port),
        "SERP_RADIO_API_RATE": "1000000",
    }
    command = [sys.executable, "-m", "serp_radio_pipeline.cli", "serve", *options]
    command += ["--dagster-port", str(dagster_port)] if options else []
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    server = Server(port, process, {"Authorization": f"Bearer {key}"})
    try:
        _wait(server)
        yield server
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _wait(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.process.poll() is None and time.monotonic() < deadline:
        try:
            server.ask(server.connection(), "GET", "/health")
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("The API did not start.")


def _looks(server: Server) -> tuple[float, float, Counter[str]]:
    """Return looks a second, the 99th percentile of their milliseconds, and what was seen; jobs run meanwhile."""
    asking = server.connection()
    jobs: list[str] = [server.ask(asking, "POST", "/api/sonify", DEMO)["job_id"] for _ in range(RUNNING)]
    deadline = time.monotonic() + START_SECONDS
    while not any(server.ask(asking, "GET", f"/api/jobs/{job}")["status"] == "done" for job in jobs):
        if time.monotonic() > deadline:
            raise RuntimeError("No job was done in time.")
        time.sleep(0.5)

    def look(client: int) -> Sequence[tuple[float, str]]:
        connection, took = server.connection(), []
        for number in range(LOOKS // CLIENTS):
            begun = time.perf_counter()
            status = server.ask(connection, "GET", f"/api/jobs/{jobs[(client + number) % len(jobs)]}")["status"]
            took.append((1000 * (time.perf_counter() - begun), status))
        return took

    begun = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        took = [one for many in pool.map(look, range(CLIENTS)) for one in many]
    seconds = time.perf_counter() - begun
    p99 = statistics.quantiles([milliseconds for milliseconds, _ in took], n=100)[98]
    return len(took) / seconds, p99, Counter(status for _, status in took)


def _orders(server: Server, home: Path) -> int:
    """Return how many runs a thousand orders made, each sent twice at once; -1 where a key stands for two jobs."""
    with open_instance(home) as instance:
        before = {run.run_id for run in instance.get_runs()}

    def order(number: int) -> tuple[int, str]:
        key = {"Idempotency-Key": f"order {number // 2}"}
        return number // 2, server.ask(server.connection(), "POST", "/api/sonify", DEMO, **key)["job_id"]

    with ThreadPoolExecutor(CLIENTS) as pool:
        jobs = set(pool.map(order, range(2 * ORDERS)))
    with open_instance(home) as instance:
        runs = {run.run_id for run in instance.get_runs()} - before
    is_one_each = len(jobs) == ORDERS and {job for _, job in jobs} == runs
    return len(runs) if is_one_each else -1


if __name__ == "__main__":
    sys.exit(not run())
