"""What others may hear: a link to one job's page that expires, and a tenant's page of a day for who holds a key."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from serp_radio_pipeline.api.access import Caller, Callers
from serp_radio_pipeline.api.errors import REFUSALS
from serp_radio_pipeline.api.jobs import Job, JobMissingError, Jobs
from serp_radio_pipeline.api.links import Links, Token
from serp_radio_pipeline.api.page_previews import PagePreviews
from serp_radio_pipeline.radio.link_preview import PreviewLinks
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.api_keys import Scope
from serp_radio_pipeline.storage.keys import artefact_key
from serp_radio_pipeline.storage.store import Store
from serp_radio_pipeline.tenant import Tenant

SHARE = "share"
CARD_NAME, SOUND_NAME = "card.png", "sound.mp3"
DEFAULT_DAYS, MOST_DAYS = 7, 365
_PAGE_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/html": {}}},
    302: {"description": "Leads to the page, where it has no preview"},
}
_PNG_ANSWERS: dict[int | str, dict[str, Any]] = {200: {"content": {"image/png": {}}}}


class ShareRequest(BaseModel):
    """How long a link shall work."""

    model_config = ConfigDict(extra="forbid", strict=True)
    days: int = Field(default=DEFAULT_DAYS, ge=1, le=MOST_DAYS)


class Shared(BaseModel):
    """A link that anybody may open until it expires; it begins at the API's address."""

    url: str
    expires_at: dt.datetime


def sharing_routes(
    settings: Settings, jobs: Jobs, links: Links, store: Store, caller: Callers, now: Callable[[], dt.datetime]
) -> APIRouter:
    """Return the routes. Where the address is known by a setting, pages say in their head what chats show of them."""
    router = APIRouter(tags=["sharing"], responses=REFUSALS)
    pages = _Pages(store, links, PagePreviews(settings, store))
    Who = Annotated[Caller, Depends(caller)]  # noqa: N806 - a type

    def shared_job(token: Token) -> Job:
        return jobs.find(links.signer.read(SHARE, token, now()))

    @router.post("/api/share/{job_id}", status_code=HTTPStatus.CREATED)
    def share(job_id: str, who: Who, wish: ShareRequest | None = None) -> Shared:
        """Make a link to what a job made."""
        job = jobs.find(job_id)
        who.must_be_allowed(Scope.READ, job.tenant)
        if job.status != "done":
            raise JobMissingError("That job has made nothing that could be shared.")
        expires_at = (now() + dt.timedelta(days=(wish or ShareRequest()).days)).replace(microsecond=0)
        return Shared(url=f"/s/{links.signer.sign(SHARE, job_id, expires_at)}", expires_at=expires_at)

    @router.get("/s/{token}", response_class=Response, responses=_PAGE_ANSWERS)
    def shared(token: Token) -> Response:
        """Give the page that a link was made for, or lead to it."""
        return pages.shared(token, shared_job(token))

    @router.get(f"/s/{{token}}/{CARD_NAME}", response_class=Response, responses=_PNG_ANSWERS)
    def shared_card(token: Token) -> Response:
        """Give the picture that chats show for such a link."""
        return pages.previews.card(shared_job(token).files["score"])

    @router.get(f"/s/{{token}}/{SOUND_NAME}", status_code=HTTPStatus.FOUND, response_class=RedirectResponse)
    def shared_sound(token: Token) -> Response:
        """Lead to the sound that chats play for such a link."""
        return pages.lead_to(shared_job(token).files["mp3"])

    @router.get("/listen/{tenant}/{date}", response_class=Response, responses=_PAGE_ANSWERS)
    def listen(tenant: str, date: dt.date, who: Who) -> Response:
        """Give the page of a tenant's day, or lead to it."""
        name = Tenant(tenant)
        who.must_be_allowed(Scope.READ, name)
        return pages.of_day(name, date)

    return router


@dataclass(frozen=True, slots=True)
class _Pages:
    """Pages of jobs and of days: with a preview where it is known where they are called from, else led to."""

    store: Store
    links: Links
    previews: PagePreviews

    def lead_to(self, key: str) -> Response:
        """Lead to an object by a link that lasts an hour."""
        if not self.store.exists(key):
            raise JobMissingError("There is nothing here.")
        return RedirectResponse(self.links.file(key), HTTPStatus.FOUND)

    def shared(self, token: str, job: Job) -> Response:
        """Give a job's page; picture and sound of its preview last as long as the link."""
        if not self.previews.are_on:
            return self.lead_to(job.files["page"])
        named = PreviewLinks(f"/s/{token}", f"/s/{token}/{CARD_NAME}", f"/s/{token}/{SOUND_NAME}")
        return self.previews.page(job.files["page"], job.files["score"], named)

    def of_day(self, tenant: Tenant, date: dt.date) -> Response:
        """Give a day's page; picture and sound of its preview last an hour, for they must open without a key."""
        page = artefact_key(tenant, "episode", date, "html")
        if not self.previews.are_on:
            return self.lead_to(page)
        card, cover = artefact_key(tenant, "card", date, "png"), artefact_key(tenant, "episode", date, "png")
        has_card, sound = self.store.exists(card), artefact_key(tenant, "mp3", date, "mp3")
        picture = self.links.file(card if has_card else cover)
        named = PreviewLinks(f"/listen/{tenant}/{date}", picture, self.links.file(sound), has_card)
        return self.previews.page(page, artefact_key(tenant, "controls", date, "json"), named)
