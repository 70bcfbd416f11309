"""The record of who changed what: one JSON object a line on the logger `serp_radio.audit`, and no secret in it."""

import datetime as dt
import json
import logging
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serp_radio_pipeline.api.secret_paths import without_secret

log = logging.getLogger("serp_radio.audit")
READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Audit:
    """Records every request that could change something, refused ones too."""

    def __init__(self, app: ASGIApp, now: Callable[[], dt.datetime]) -> None:
        self._app, self._now = app, now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and record it when its answer begins."""
        if scope["type"] != "http" or scope["method"] in READING:
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()

        async def recording(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._record(scope, message["status"], 1000 * (time.perf_counter() - begun))
            await send(message)

        await self._app(scope, receive, recording)

    def _record(self, scope: Scope, status: int, milliseconds: float) -> None:
        client = scope.get("client")
        line = {
            "time": self._now().isoformat(timespec="milliseconds"),
            "key": scope.get("state", {}).get("key"),
            "client": client[0] if client else None,
            "method": scope["method"],
            "path": without_secret(scope["path"])[:200],
            "query": scope["query_string"].decode("latin-1")[:200],
            "status": status,
            "milliseconds": round(milliseconds),
        }
        log.info(json.dumps(line))
