"""Jobs over HTTP: ordered, asked about, listed, cancelled, followed, and previews made at once."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query, Request
from pydantic import BaseModel
from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool

from serp_radio_pipeline.api.access import Caller
from serp_radio_pipeline.api.errors import REFUSALS
from serp_radio_pipeline.api.jobs import Job, Jobs, StageState, Status
from serp_radio_pipeline.api.links import Links
from serp_radio_pipeline.api.orders import Order, OrderRefusedError, SonifyRequest, canonical
from serp_radio_pipeline.storage.api_keys import Scope
from serp_radio_pipeline.tenant import Tenant

SECONDS_BETWEEN_LOOKS = 0.5
FOLLOWED_FOR = dt.timedelta(hours=1)
PAGE_LENGTH, LONGEST_PAGE = 20, 100
RUN_ID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
IdempotencyKey = Annotated[
    str | None, Header(min_length=1, max_length=200, description="the same key with the same order is the same job")
]


class JobTaken(BaseModel):
    """A job that waits in the queue, or already runs."""

    job_id: str
    status: Status


class Progress(BaseModel):
    """How many of the stages are done, and what became of each."""

    done: int
    total: int
    stages: dict[str, StageState]


class JobAnswer(BaseModel):
    """A job. Links are there once it is done, until what it made is removed.

    They work for an hour, and begin with `/` where the API itself serves them.
    A sonify job's links lead to what the tenant's day is now: a later job for that day takes its place.
    """

    job_id: str
    kind: Literal["sonify", "preview"]
    tenant: str
    date: str | None
    status: Status
    progress: Progress
    created_at: dt.datetime
    completed_at: dt.datetime | None
    label_summary: str | None = None
    duration_sec: float | None = None
    midi_url: str | None = None
    mp3_url: str | None = None
    page_url: str | None = None
    momentum_json_url: str | None = None
    log_url: str
    error: str | None = None


class JobPage(BaseModel):
    """A tenant's jobs, newest first; `next` is what to give as `before` for the page that follows, None at the end."""

    jobs: list[JobAnswer]
    next: str | None


class Cancelled(BaseModel):
    """Whether there was anything left to cancel."""

    cancelled: bool


def job_routes(
    jobs: Jobs,
    links: Links,
    caller: Callable[[Request], Caller],
    order_of: Callable[[SonifyRequest], Order],
) -> APIRouter:
    """Return the routes; `order_of` checks what is ordered."""
    router = APIRouter(tags=["jobs"], responses=REFUSALS)
    Who = Annotated[Caller, Depends(caller)]  # noqa: N806 - a type

    def the_callers(job_id: str, who: Caller, scope: Scope) -> Job:
        job = jobs.find(job_id)
        who.must_be_allowed(scope, job.tenant)
        return job

    def checked(request: SonifyRequest, who: Caller) -> Order:
        who.must_be_allowed(Scope.RUN, Tenant(request.tenant))
        return order_of(request)

    @router.post("/api/sonify", status_code=HTTPStatus.ACCEPTED)
    def sonify(request: SonifyRequest, who: Who, idempotency_key: IdempotencyKey = None) -> JobTaken:
        """Order an episode or a preview; it is made when its turn comes."""
        job = jobs.submit(checked(request, who), idempotency_key, canonical(request))
        return JobTaken(job_id=job.job_id, status=job.status)

    @router.post("/api/preview")
    def preview(request: SonifyRequest, who: Who) -> JobAnswer:
        """Make a preview at once."""
        order = checked(request, who)
        if not order.is_preview:
            raise OrderRefusedError("That is an episode: send it to /api/sonify, or add override_metrics to try one.")
        return _answer(jobs.make_now(order), jobs, links)

    @router.get("/api/jobs")
    def job_list(
        who: Who,
        tenant: str,
        limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = PAGE_LENGTH,
        before: Annotated[str | None, Query(pattern=RUN_ID)] = None,
    ) -> JobPage:
        """List a tenant's jobs."""
        name = Tenant(tenant)
        who.must_be_allowed(Scope.READ, name)
        found = jobs.of_tenant(name, limit, before)
        following = found[-1].job_id if len(found) == limit else None
        return JobPage(jobs=[_answer(job, jobs, links) for job in found], next=following)

    @router.get("/api/jobs/{job_id}")
    def job(job_id: str, who: Who) -> JobAnswer:
        """Say how far a job is, and what it made."""
        return _answer(the_callers(job_id, who, Scope.READ), jobs, links)

    @router.post("/api/jobs/{job_id}/cancel")
    def cancel(job_id: str, who: Who) -> Cancelled:
        """End a job; what has ended already stays as it is."""
        return Cancelled(cancelled=jobs.cancel(the_callers(job_id, who, Scope.RUN)))

    @router.get("/api/jobs/{job_id}/events", response_class=EventSourceResponse)
    async def events(job_id: str, who: Who) -> EventSourceResponse:
        """Follow a job: an event `job` with its state whenever that changes, the last when it has ended."""
        await run_in_threadpool(the_callers, job_id, who, Scope.READ)
        return EventSourceResponse(_states(job_id, jobs, links), headers={"Cache-Control": "no-store"})

    return router


async def _states(job_id: str, jobs: Jobs, links: Links) -> AsyncIterator[dict[str, str]]:
    seen: tuple[object, ...] = ()
    for _ in range(round(FOLLOWED_FOR.total_seconds() / SECONDS_BETWEEN_LOOKS)):
        answer = await run_in_threadpool(lambda: _answer(jobs.find(job_id), jobs, links))
        state = (answer.status, answer.progress)
        if state != seen:
            seen = state
            yield {"event": "job", "data": answer.model_dump_json()}
        if answer.status in ("done", "error"):
            return
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)


def _answer(job: Job, jobs: Jobs, links: Links) -> JobAnswer:
    stages = jobs.stages(job)
    answer = JobAnswer(
        job_id=job.job_id,
        kind=job.kind,
        tenant=job.tenant.slug,
        date=job.date,
        status=job.status,
        progress=Progress(
            done=sum(state == "done" for state in stages.values()), total=len(stages), stages=dict(stages)
        ),
        created_at=job.created_at,
        completed_at=job.completed_at,
        log_url=links.log(job.job_id),
        error=jobs.error(job),
    )
    heard = jobs.heard(job) if job.status == "done" else None
    if heard is None:
        return answer
    files = job.files
    return answer.model_copy(
        update={
            "label_summary": heard.label,
            "duration_sec": heard.seconds,
            "midi_url": links.file(files["midi"]),
            "mp3_url": links.file(files["mp3"]),
            "page_url": links.file(files["page"]),
            "momentum_json_url": links.file(files["momentum_json"]),
        }
    )
