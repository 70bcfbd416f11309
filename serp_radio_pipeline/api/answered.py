"""What every answer gets on its way out: the security headers, and its place in the figures for Prometheus."""

from collections.abc import Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, generate_latest
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


class Figures:
    """How many requests were answered, by route and status; one process's own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._answered = Counter(
            "serp_radio_api_requests", "Requests answered", ["route", "status"], registry=self._registry
        )

    def count(self, scope: Scope, status: int) -> None:
        """Count an answer under its route, not its path: a stranger's paths would make as many series."""
        route = getattr(scope.get("route"), "path", "none")
        self._answered.labels(route, str(status)).inc()

    def answer(self) -> Response:
        """Return the figures as Prometheus reads them."""
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)


class Answered:
    """Adds the security headers that an answer does not set itself, and counts it."""

    def __init__(self, app: ASGIApp, figures: Figures) -> None:
        self._app, self._figures = app, figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and finish its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def finishing(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                self._figures.count(scope, message["status"])
            await send(message)

        await self._app(scope, receive, finishing)
