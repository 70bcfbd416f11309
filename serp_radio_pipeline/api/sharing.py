"""What others may hear: a link to one job's page that expires, and a tenant's page of a day for who holds a key."""

import datetime as dt
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from serp_radio_pipeline.api.access import Caller, Callers
from serp_radio_pipeline.api.errors import REFUSALS
from serp_radio_pipeline.api.jobs import JobMissingError, Jobs
from serp_radio_pipeline.api.links import Links, Token
from serp_radio_pipeline.storage.api_keys import Scope
from serp_radio_pipeline.storage.keys import artefact_key
from serp_radio_pipeline.storage.store import Store
from serp_radio_pipeline.tenant import Tenant

SHARE = "share"
DEFAULT_DAYS, MOST_DAYS = 7, 365


class ShareRequest(BaseModel):
    """How long a link shall work."""

    model_config = ConfigDict(extra="forbid", strict=True)
    days: int = Field(default=DEFAULT_DAYS, ge=1, le=MOST_DAYS)


class Shared(BaseModel):
    """A link that anybody may open until it expires; it begins at the API's address."""

    url: str
    expires_at: dt.datetime


def sharing_routes(
    jobs: Jobs, links: Links, store: Store, caller: Callers, now: Callable[[], dt.datetime]
) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["sharing"], responses=REFUSALS)
    Who = Annotated[Caller, Depends(caller)]  # noqa: N806 - a type

    def page(key: str) -> RedirectResponse:
        if not store.exists(key):
            raise JobMissingError("There is nothing here.")
        return RedirectResponse(links.file(key), HTTPStatus.FOUND)

    @router.post("/api/share/{job_id}", status_code=HTTPStatus.CREATED)
    def share(job_id: str, who: Who, wish: ShareRequest | None = None) -> Shared:
        """Make a link to what a job made."""
        job = jobs.find(job_id)
        who.must_be_allowed(Scope.READ, job.tenant)
        if job.status != "done":
            raise JobMissingError("That job has made nothing that could be shared.")
        expires_at = (now() + dt.timedelta(days=(wish or ShareRequest()).days)).replace(microsecond=0)
        return Shared(url=f"/s/{links.signer.sign(SHARE, job_id, expires_at)}", expires_at=expires_at)

    @router.get("/s/{token}", status_code=HTTPStatus.FOUND, response_class=RedirectResponse)
    def shared(token: Token) -> RedirectResponse:
        """Lead to the page that a link was made for."""
        return page(jobs.find(links.signer.read(SHARE, token, now())).files["page"])

    @router.get("/listen/{tenant}/{date}", status_code=HTTPStatus.FOUND, response_class=RedirectResponse)
    def listen(tenant: str, date: dt.date, who: Who) -> RedirectResponse:
        """Lead to the page of a tenant's day."""
        name = Tenant(tenant)
        who.must_be_allowed(Scope.READ, name)
        return page(artefact_key(name, "episode", date, "html"))

    return router
