"""A proxy on loopback that stands between a client and the S3 server, and lets some calls go wrong."""

import http.client
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

KEPT_FROM_SERVER = ("transfer-encoding", "connection", "content-length")


@dataclass(frozen=True)
class Call:
    """A call that came to the proxy: its number from 1 on, method and target."""

    number: int
    method: str
    target: str


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a call: an answer of that status, the answer cut short, a hang-up, or a delay (seconds)."""

    status: int = 0
    cut: bool = False
    hang_up: bool = False
    delay: float = 0.0


Plan = Callable[[Call], Fault | None]


class FaultyProxy:
    """Forwards every call to the server, except as `plan` says; `calls` and `faults` count them."""

    def __init__(self, server: str, plan: Plan) -> None:
        self.plan, self.calls, self.faults = plan, 0, 0
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        proxy, address = self, urlsplit(server).netloc

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_call(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                fault = proxy.judge(self.command, self.path)
                time.sleep(fault.delay)
                if fault.hang_up:
                    self.close_connection = True
                elif fault.status:
                    self.answer(fault.status, [], b"", cut=False)
                else:
                    self.forward(body, cut=fault.cut)

            do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = handle_call  # noqa: N815 - http.server's names

            def forward(self, body: bytes, *, cut: bool) -> None:
                # the Host is signed: it stays the proxy's
                headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
                connection = http.client.HTTPConnection(address, timeout=60)
                try:
                    connection.request(self.command, self.path, body, headers)
                    answer = connection.getresponse()
                    content = answer.read()
                finally:
                    connection.close()
                kept = [(n, v) for n, v in answer.getheaders() if n.lower() not in KEPT_FROM_SERVER]
                self.answer(answer.status, kept, content, cut=cut)

            def answer(self, status: int, headers: list[tuple[str, str]], content: bytes, *, cut: bool) -> None:
                self.send_response_only(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content[: len(content) // 2] if cut else content)
                self.close_connection = self.close_connection or cut

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"

    def judge(self, method: str, target: str) -> Fault:
        """Count a call, and say what goes wrong with it."""
        with self._lock:
            call = Call(next(self._numbers), method, target)
            fault = self.plan(call)
            self.calls = call.number
            self.faults += fault is not None
        return fault or Fault()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
