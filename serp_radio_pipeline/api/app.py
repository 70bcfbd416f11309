"""The application put together: routes, error answers, security headers and figures for Prometheus."""

import datetime as dt
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from serp_radio_pipeline.api.access import Caller, Callers
from serp_radio_pipeline.api.answered import Answered, Figures
from serp_radio_pipeline.api.audit import Audit
from serp_radio_pipeline.api.bodies import BodyLimit
from serp_radio_pipeline.api.errors import REFUSALS, add_error_answers
from serp_radio_pipeline.api.feed_routes import feed_routes
from serp_radio_pipeline.api.front_page import front_page_routes
from serp_radio_pipeline.api.health import health_routes
from serp_radio_pipeline.api.job_routes import job_routes
from serp_radio_pipeline.api.jobs import Jobs
from serp_radio_pipeline.api.links import Links, link_routes
from serp_radio_pipeline.api.orders import order_of
from serp_radio_pipeline.api.rate_limit import RateLimit
from serp_radio_pipeline.api.rules_routes import rules_routes
from serp_radio_pipeline.api.sharing import sharing_routes
from serp_radio_pipeline.api.uploads import UPLOAD_PATH, upload_routes
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.api_keys import ApiKeys, Scope
from serp_radio_pipeline.storage.rules_log import RulesLog
from serp_radio_pipeline.storage.store import Store
from serp_radio_pipeline.storage.upload_log import UploadLog


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class WhoAmI(BaseModel):
    """Whose key a request came with, and what it may do; no tenant: every one."""

    tenant: str | None
    scopes: list[Scope]


def build_app(settings: Settings, store: Store, now: Callable[[], dt.datetime] = _utc_now) -> FastAPI:
    """Return the application on a store; nothing is opened before the first request."""
    app = FastAPI(title="SERP Radio", docs_url=None, redoc_url=None)
    app.add_middleware(BodyLimit, UPLOAD_PATH, settings.max_upload_bytes)
    if settings.api_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.api_origins,
            allow_methods=["GET", "POST", "PUT"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match"],
            expose_headers=["ETag", "Retry-After"],
        )
    add_error_answers(app)
    figures = Figures()
    app.add_middleware(Audit, now)
    app.add_middleware(Answered, figures)
    app.include_router(_metrics(figures))
    app.include_router(health_routes(settings, store))
    app.include_router(front_page_routes(store))
    keys, log = ApiKeys(store), UploadLog(store, settings.reading_limits)
    jobs, links, rules = Jobs(settings, log), Links(store, now), RulesLog(store, settings.rules_folder / "labels.yaml")

    caller = Callers(keys, RateLimit(settings.api_requests_per_minute))
    app.include_router(_whoami(caller))
    app.include_router(upload_routes(log, caller, now, jobs.welcome))
    app.include_router(job_routes(jobs, links, caller, lambda request: order_of(request, settings, log, now())))
    app.include_router(link_routes(links, store, jobs, now))
    app.include_router(feed_routes(settings, store))
    app.include_router(sharing_routes(settings, jobs, links, store, caller, now))
    app.include_router(rules_routes(rules, caller, now, jobs.tell))
    return app


def _whoami(caller: Callers) -> APIRouter:
    router = APIRouter()

    @router.get("/api/whoami", responses=REFUSALS)
    def whoami(who: Annotated[Caller, Depends(caller)]) -> WhoAmI:
        """Say whose key this is."""
        if who.key is None:
            return WhoAmI(tenant=None, scopes=sorted(Scope))
        return WhoAmI(tenant=who.key.tenant.slug if who.key.tenant else None, scopes=sorted(who.key.scopes))

    return router


def _metrics(figures: Figures) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/metrics", response_class=PlainTextResponse)
    def metrics() -> Response:
        """Give figures for Prometheus."""
        return figures.answer()

    return router
