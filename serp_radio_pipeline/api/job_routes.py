"""Jobs over HTTP: ordered, asked about, listed, cancelled, followed, and previews made at once."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import BaseModel
from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool

from serp_radio_pipeline.api.access import Caller, Callers
from serp_radio_pipeline.api.errors import REFUSALS
from serp_radio_pipeline.api.job_answers import JobAnswer, JobAnswers
from serp_radio_pipeline.api.jobs import Job, Jobs, Status
from serp_radio_pipeline.api.links import Links
from serp_radio_pipeline.api.orders import Order, OrderRefusedError, SonifyRequest, canonical
from serp_radio_pipeline.storage.api_keys import Scope
from serp_radio_pipeline.tenant import Tenant

SECONDS_BETWEEN_LOOKS = 0.5
FOLLOWED_FOR = dt.timedelta(hours=1)
PAGE_LENGTH, LONGEST_PAGE = 20, 100
RUN_ID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        description="the same key with the same order is the same job, also when that failed: a new try has a new key",
    ),
]


class JobTaken(BaseModel):
    """A job that waits in the queue; with an `Idempotency-Key` that came before, what became of that job."""

    job_id: str
    status: Status


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
    caller: Callers,
    order_of: Callable[[SonifyRequest], Order],
) -> APIRouter:
    """Return the routes; `order_of` checks what is ordered."""
    router = APIRouter(tags=["jobs"], responses=REFUSALS)
    answers = JobAnswers(jobs, links)
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
        return answers.of(jobs.make_now(order))

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
        return JobPage(jobs=[answers.of(job) for job in found], next=following)

    # written once for all who look in the same moment, so not a model that is written again for each
    @router.get("/api/jobs/{job_id}", response_model=JobAnswer)
    async def job(job_id: str, who: Who) -> Response:
        """Say how far a job is, and what it made."""
        look = await answers.current(job_id)
        who.must_be_allowed(Scope.READ, look.job.tenant)
        return Response(look.content, media_type="application/json")

    @router.post("/api/jobs/{job_id}/cancel")
    def cancel(job_id: str, who: Who) -> Cancelled:
        """End a job; what has ended already stays as it is."""
        was_cancelled = jobs.cancel(the_callers(job_id, who, Scope.RUN))
        answers.forget(job_id)
        return Cancelled(cancelled=was_cancelled)

    @router.get("/api/jobs/{job_id}/events", response_class=EventSourceResponse)
    async def events(job_id: str, who: Who) -> EventSourceResponse:
        """Follow a job: an event `job` with its state whenever that changes, the last when it has ended."""
        await run_in_threadpool(the_callers, job_id, who, Scope.READ)
        return EventSourceResponse(_states(job_id, jobs, answers), headers={"Cache-Control": "no-store"})

    return router


async def _states(job_id: str, jobs: Jobs, answers: JobAnswers) -> AsyncIterator[dict[str, str]]:
    seen: tuple[object, ...] = ()
    for _ in range(round(FOLLOWED_FOR.total_seconds() / SECONDS_BETWEEN_LOOKS)):
        answer = await run_in_threadpool(lambda: answers.of(jobs.find(job_id)))
        state = (answer.status, answer.progress)
        if state != seen:
            seen = state
            yield {"event": "job", "data": answer.model_dump_json()}
        if answer.status in ("done", "error"):
            return
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
