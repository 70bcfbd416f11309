"""The API under load: 50 clients that look at a job, 1,000 orders of which none is lost or doubled, a 50 MB upload."""

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from serp_radio_pipeline.defs.instance import open_instance, prepare_home

CLIENTS, LOOKS, ORDERS = 50, 6_000, 1_000
LEAST_LOOKS_PER_SECOND, MOST_P99_MS = 300, 200
UPLOAD_BYTES = 50_000_000
MOST_GROWTH_MB = 400
"""A file is held whole, and read as text, rows and days."""
DEMO = {"tenant": "bench", "source": "demo", "lookback": "7d"}


def run() -> bool:
    """Print the table; return whether the gates hold."""
    with tempfile.TemporaryDirectory(prefix="serp-radio-api-") as name, _serving(Path(name)) as (port, process):
        made = _ask(_connection(port), "POST", "/api/preview", DEMO)
        looks = _looks(port, made["job_id"])
        orders = _orders(port, Path(name) / "home")
        upload = _upload(port, process.pid)
    print("| what | measured | wanted |\n|---|---|---|")
    print(f"| looks at a job, {CLIENTS} clients | {looks[0]:.0f} a second | {LEAST_LOOKS_PER_SECOND} |")
    print(f"| 99 % of them within | {looks[1]:.0f} ms | {MOST_P99_MS} |")
    print(f"| {ORDERS} orders by {CLIENTS} clients, each sent twice | {orders} runs | {ORDERS} |")
    print(f"| memory that a {UPLOAD_BYTES / 1e6:.0f} MB upload takes | {upload:.0f} MB | {MOST_GROWTH_MB} |")
    is_fast = looks[0] >= LEAST_LOOKS_PER_SECOND and looks[1] <= MOST_P99_MS
    return is_fast and orders == ORDERS and upload <= MOST_GROWTH_MB


@contextmanager
def _serving(folder: Path) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    home = prepare_home(folder / "home")
    environment = {
        **os.environ,
        "SERP_RADIO_STORE": str(folder / "store"),
        "DAGSTER_HOME": str(home),
        "SERP_RADIO_API_PORT": str(port),
    }
    command = [sys.executable, "-m", "serp_radio_pipeline.cli", "serve"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        _wait(port, process)
        yield port, process
    finally:
        process.terminate()
        process.wait()


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        try:
            _ask(_connection(port), "GET", "/health")
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("The API did not start.")


def _connection(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=120)


def _ask(connection: http.client.HTTPConnection, method: str, path: str, body: Any = None, **headers: str) -> Any:
    content = None if body is None else json.dumps(body).encode()
    given = {**({"Content-Type": "application/json"} if content else {}), **headers}
    connection.request(method, path, content, given)
    answer = connection.getresponse()
    said = answer.read()
    if answer.status >= 300:
        raise RuntimeError(f"{method} {path}: {answer.status} {said[:300]!r}")
    return json.loads(said)


def _looks(port: int, job_id: str) -> tuple[float, float]:
    """Return looks a second, and the 99th percentile of their milliseconds."""

    def look(_: int) -> list[float]:
        connection, took = _connection(port), []
        for _ in range(LOOKS // CLIENTS):
            begun = time.perf_counter()
            _ask(connection, "GET", f"/api/jobs/{job_id}")
            took.append(1000 * (time.perf_counter() - begun))
        return took

    begun = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        took = [one for many in pool.map(look, range(CLIENTS)) for one in many]
    return len(took) / (time.perf_counter() - begun), statistics.quantiles(took, n=100)[98]


def _orders(port: int, home: Path) -> int:
    """Return how many runs a thousand orders made, each sent twice under its key."""

    def order(number: int) -> set[str]:
        connection, key = _connection(port), {"Idempotency-Key": f"order {number}"}
        return {_ask(connection, "POST", "/api/sonify", DEMO, **key)["job_id"] for _ in range(2)}

    with ThreadPoolExecutor(CLIENTS) as pool:
        jobs = list(pool.map(order, range(ORDERS)))
    with open_instance(home) as instance:
        runs = {run.run_id for run in instance.get_runs()}
    # the one more is the preview that was looked at
    return len(runs) - 1 if all(len(job) == 1 and job <= runs for job in jobs) else -1


def _upload(port: int, pid: int) -> float:
    """Return by how many MB a large file, which is refused once it is read, makes the process grow."""
    before = _peak_mb(pid)
    row = b"no,table,of,days\n"
    head = b'--x\r\nContent-Disposition: form-data; name="tenant"\r\n\r\nbench\r\n--x\r\n'
    head += b'Content-Disposition: form-data; name="file"; filename="Chart.csv"\r\n\r\n'
    body = head + row * (UPLOAD_BYTES // len(row)) + b"\r\n--x--\r\n"
    connection = _connection(port)
    connection.request("POST", "/api/upload-csv", body, {"Content-Type": "multipart/form-data; boundary=x"})
    if connection.getresponse().status != 422:
        raise RuntimeError("A file without days was not refused.")
    return _peak_mb(pid) - before


def _peak_mb(pid: int) -> float:
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1000


if __name__ == "__main__":
    sys.exit(not run())
