"""The record of who changed what: one JSON object a line on the logger `serp_radio.audit`, and no secret in it."""

import datetime as dt
import json
import logging
import time
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

from serp_radio_pipeline.api.secret_paths import without_secret

log = logging.getLogger("serp_radio.audit")
READING = frozenset({"GET", "HEAD", "OPTIONS"})


def add_audit(app: FastAPI, now: Callable[[], dt.datetime]) -> None:
    """Record every request that could change something, refused ones too."""

    @app.middleware("http")
    async def record(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        begun = time.perf_counter()
        response = await call(request)
        if request.method not in READING:
            line = {
                "time": now().isoformat(timespec="milliseconds"),
                "key": getattr(request.state, "key", None),
                "client": request.client.host if request.client else None,
                "method": request.method,
                "path": without_secret(request.url.path)[:200],
                "query": request.url.query[:200],
                "status": response.status_code,
                "milliseconds": round(1000 * (time.perf_counter() - begun)),
            }
            log.info(json.dumps(line))
        return response
