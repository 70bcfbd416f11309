"""What an upload of 50 MB costs the API: a bulk export that it takes in, and a text that it refuses."""

import contextlib
import http.client
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.api import Server, serving

UPLOAD_BYTES, DAYS, QUERIES = 50_000_000, 300, 2_000
SMALL_BYTES = 100_000
MOST_GROWTH_MB = 150
HEADER = "data_date,site_url,query,is_anonymized_query,country,search_type,device,impressions,clicks,sum_top_position\n"
PIECE_BYTES = 2**16


def run() -> bool:
    """Print the table; return whether the gates hold."""
    print("| upload of | answered | seconds | MB over the idle process, its children included | wanted |")
    print("|---|---|---|---|---|")
    text = iter([b"no,table,of,days\n" * (UPLOAD_BYTES // 17)])
    large = "a bulk export with days"
    grown = [
        _uploaded(f"{large}, the process's first", _bulk_export(UPLOAD_BYTES), 201, MOST_GROWTH_MB),
        _uploaded(f"{large}, after a small one", _bulk_export(UPLOAD_BYTES), 201, MOST_GROWTH_MB, is_first=False),
        _uploaded("a text without days", text, 422, MOST_GROWTH_MB),
    ]
    return all(grown)


def _uploaded(what: str, content: Iterator[bytes], status: int, most: float, *, is_first: bool = True) -> bool:
    """Upload to an API of its own and print a line; return whether it grew by no more than so many MB."""
    with tempfile.TemporaryDirectory(prefix="serp-radio-upload-") as name, serving(Path(name)) as server:
        file = Path(name) / "Chart.csv"
        with file.open("wb") as written:
            written.writelines(content)
        server.ask(server.connection(), "GET", "/api/jobs?tenant=bench")  # Dagster is open, as in any that served
        if not is_first:
            small = Path(name) / "Small.csv"
            small.write_bytes(b"".join(_bulk_export(SMALL_BYTES)))
            if _post(server, small, tenant="other")[0] != 201:
                raise RuntimeError("A small bulk export was refused.")
        idle, begun = _memory_mb(server.process.pid, "VmRSS"), time.perf_counter()
        with _Watch(server) as watch:
            answered, said = _post(server, file)
        seconds = time.perf_counter() - begun
        if answered != status or (status == 201 and json.loads(said)["row_count"] != DAYS):
            raise RuntimeError(f"{what}: {answered} {said[:300]!r}")
        grown = watch.most_mb - idle
        print(
            f"| {what}, {file.stat().st_size / 1e6:.0f} MB | {answered} | {seconds:.1f} | {grown:.0f} "
            f"(idle {idle:.0f}) | {most} |"
        )
        return grown <= most


def _bulk_export(size: int) -> Iterator[bytes]:
    """Yield a bulk export of about that size by property, each day as many rows."""
    yield HEADER.encode()
    rows = max(2, size // (DAYS * 79))
    for day in range(DAYS):
        date = f"2025-{day // 28 + 1:02d}-{day % 28 + 1:02d}"
        lines = (
            f"{date},sc-domain:demo.example,{f'shoes size {(day * 37 + row) % QUERIES}' if row else ''},"
            f"{'false' if row else 'true'},usa,WEB,MOBILE,{row % 90 + 10},{row % 7},{row % 90 * 4}\n"
            for row in range(rows)
        )
        yield "".join(lines).encode()


def _post(server: Server, file: Path, tenant: str = "bench") -> tuple[int, bytes]:
    """Send a file as a form, piece by piece, and return what is answered."""
    head = f'--x\r\nContent-Disposition: form-data; name="tenant"\r\n\r\n{tenant}\r\n--x\r\n'.encode()
    head += f'Content-Disposition: form-data; name="file"; filename="{file.name}"\r\n\r\n'.encode()
    tail = b"\r\n--x--\r\n"

    def pieces() -> Iterator[bytes]:
        yield head
        with file.open("rb") as content:
            while piece := content.read(PIECE_BYTES):
                yield piece
        yield tail

    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    length = str(len(head) + file.stat().st_size + len(tail))
    headers = {**server.headers, "Content-Type": "multipart/form-data; boundary=x", "Content-Length": length}
    connection.request("POST", "/api/upload-csv", pieces(), headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


class _Watch:
    """The most memory that a server and its children hold while a block runs: its own peak, and theirs beside it."""

    def __init__(self, server: Server) -> None:
        self._pid = server.process.pid
        self._children: dict[int, float] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.most_mb = 0.0

    def __enter__(self) -> "_Watch":
        Path(f"/proc/{self._pid}/clear_refs").write_text("5")  # the kernel's peak begins anew
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self.most_mb = _memory_mb(self._pid, "VmHWM") + sum(self._children.values())

    def _look(self) -> None:
        while not self._ended.wait(0.01):
            for child in _children_of(self._pid):
                with contextlib.suppress(OSError):  # it has ended
                    self._children[child] = max(self._children.get(child, 0), _memory_mb(child, "VmHWM"))


def _children_of(pid: int) -> list[int]:
    found = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            found += [int(child) for child in (thread / "children").read_text().split()]
    return [one for child in found for one in (child, *_children_of(child))] if found else []


def _memory_mb(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith(f"{name}:")), 0.0)


if __name__ == "__main__":
    sys.exit(not run())
