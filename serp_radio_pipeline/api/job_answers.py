"""What the API says of a job, and for a moment the same again: many who look at one job ask Dagster once.

An answer is at most `SECONDS_USABLE` old, in this process's memory alone. Who may see it is asked each time.
"""

import asyncio
import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from anyio import CapacityLimiter, to_thread
from pydantic import BaseModel

from serp_radio_pipeline.api.jobs import Job, Jobs, StageState, Status
from serp_radio_pipeline.api.links import Links

SECONDS_FRESH = 0.5
"""How long a look answers all who ask."""
SECONDS_USABLE = 1.5
"""How long it answers while somebody looks anew: else all who look at many jobs would wait at the same moments."""
MOST_KEPT = 1024
MOST_AT_ONCE = 4
"""Looks that ask Dagster at the same time: its storage has one connection, and more threads only take turns."""


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


@dataclass(frozen=True, slots=True)
class Look:
    """A job as it was at a moment (seconds of the clock), and the JSON that says so."""

    job: Job
    content: bytes
    moment: float


class JobAnswers:
    """Answers about jobs, each kept for a moment."""

    def __init__(self, jobs: Jobs, links: Links, clock: Callable[[], float] = time.monotonic) -> None:
        self._jobs, self._links, self._clock = jobs, links, clock
        self._kept: dict[str, Look] = {}
        self._looking: dict[str, asyncio.Future[Look]] = {}

    async def current(self, job_id: str) -> Look:
        """Return the last look at a job while it is usable, else look; one looks anew for all who ask.

        Raises:
            JobMissingError: there is none.
        """
        look = self._kept.get(job_id)
        age = self._clock() - look.moment if look is not None else SECONDS_USABLE
        if look is not None and age < SECONDS_FRESH:
            return look
        looking = self._looking.get(job_id)
        if looking is None:
            looking = asyncio.ensure_future(to_thread.run_sync(self.look, job_id, limiter=self._at_once))
            self._looking[job_id] = looking
            looking.add_done_callback(lambda ended: self._keep(job_id, ended))
        if look is not None and age < SECONDS_USABLE:
            return look
        # one who goes away takes the look from nobody else
        return await asyncio.shield(looking)

    def look(self, job_id: str) -> Look:
        """Look at a job; this waits for Dagster.

        Raises:
            JobMissingError: there is none.
        """
        moment = self._clock()
        job = self._jobs.find(job_id)
        return Look(job, self.of(job).model_dump_json().encode(), moment)

    def forget(self, job_id: str) -> None:
        """Look anew the next time: somebody changed the job here."""
        self._looking.pop(job_id, None)
        self._kept.pop(job_id, None)

    def _keep(self, job_id: str, looking: "asyncio.Future[Look]") -> None:
        is_last = self._looking.get(job_id) is looking  # else it was forgotten meanwhile
        if is_last:
            self._looking.pop(job_id, None)
        # where nobody waited for one that failed, the next who asks looks again, and is told
        if looking.cancelled() or looking.exception() or not is_last:
            return
        self._kept.pop(job_id, None)
        if len(self._kept) >= MOST_KEPT:
            for oldest in list(self._kept)[: MOST_KEPT // 2]:
                self._kept.pop(oldest, None)
        self._kept[job_id] = looking.result()

    def of(self, job: Job) -> JobAnswer:
        """Return what is said of a job."""
        stages = self._jobs.stages(job)
        done = sum(state == "done" for state in stages.values())
        answer = JobAnswer(
            job_id=job.job_id,
            kind=job.kind,
            tenant=job.tenant.slug,
            date=job.date,
            status=job.status,
            progress=Progress(done=done, total=len(stages), stages=dict(stages)),
            created_at=job.created_at,
            completed_at=job.completed_at,
            log_url=self._links.log(job.job_id),
            error=self._jobs.error(job),
        )
        heard = self._jobs.heard(job) if job.status == "done" else None
        if heard is None:
            return answer
        files, link = job.files, self._links.file
        return answer.model_copy(
            update={
                "label_summary": heard.label,
                "duration_sec": heard.seconds,
                "midi_url": link(files["midi"]),
                "mp3_url": link(files["mp3"]),
                "page_url": link(files["page"]),
                "momentum_json_url": link(files["momentum_json"]),
            }
        )

    @cached_property
    def _at_once(self) -> CapacityLimiter:
        return CapacityLimiter(MOST_AT_ONCE)
