"""What is remembered for a moment: looks at jobs, and keys that were recognised."""

import asyncio
from pathlib import Path

import pytest

from serp_radio_pipeline.api.job_answers import SECONDS_FRESH, SECONDS_USABLE, JobAnswers, Look
from serp_radio_pipeline.api.jobs import Job, JobMissingError, Jobs
from serp_radio_pipeline.api.links import Links
from serp_radio_pipeline.api.recent_keys import MOST_KEPT, SECONDS_BELIEVED, RecentKeys
from serp_radio_pipeline.ingest.limits import ReadingLimits
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.api_keys import ApiKey, Scope
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.storage.upload_log import UploadLog
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.api.doors import NOW, bearer, door, keys_in

DEMO = {"tenant": "acme", "source": "demo", "lookback": "7d"}


class CountingJobs(Jobs):
    """Jobs that count how often each is looked up."""

    looked_up = 0

    def find(self, job_id: str) -> Job:
        """Return a job."""
        self.looked_up += 1
        return super().find(job_id)


class Watch:
    """Looks at the jobs of a folder, at a moment that a test sets."""

    def __init__(self, folder: Path) -> None:
        self.moment = 0.0
        store = LocalStore(folder / "store")
        settings = Settings.from_environment({"DAGSTER_HOME": str(folder / "home")})
        self.jobs = CountingJobs(settings, UploadLog(store, ReadingLimits()))
        self.answers = JobAnswers(self.jobs, Links(store, lambda: NOW), lambda: self.moment)

    def look(self, job_id: str, by: int = 1) -> list[Look]:
        """Return what so many see who look at once; the look that it may start has ended then."""

        async def together() -> list[Look]:
            seen = await asyncio.gather(*(self.answers.current(job_id) for _ in range(by)))
            await asyncio.gather(*self.answers._looking.values())
            return seen

        return asyncio.run(together())


@pytest.fixture
def job_id(tmp_path: Path) -> str:
    """A job that waits in the queue of the folder's door."""
    return str(door(tmp_path).post("/api/sonify", json=DEMO).json()["job_id"])


def test_many_who_look_at_once_ask_dagster_once(tmp_path: Path, job_id: str) -> None:
    watch = Watch(tmp_path)
    assert {look.job.status for look in watch.look(job_id, by=20)} == {"queued"}
    watch.moment = SECONDS_FRESH / 2
    watch.look(job_id, by=20)
    assert watch.jobs.looked_up == 1


def test_a_look_that_is_no_longer_fresh_answers_once_more_while_another_is_taken(tmp_path: Path, job_id: str) -> None:
    watch = Watch(tmp_path)
    watch.look(job_id)
    watch.jobs.cancel(watch.jobs.find(job_id))
    watch.moment = (SECONDS_FRESH + SECONDS_USABLE) / 2
    (old,), (new,) = watch.look(job_id), watch.look(job_id)
    assert (old.job.status, new.job.status) == ("queued", "error")


def test_no_answer_is_older_than_is_promised(tmp_path: Path, job_id: str) -> None:
    watch = Watch(tmp_path)
    watch.look(job_id)
    watch.jobs.cancel(watch.jobs.find(job_id))
    watch.moment = SECONDS_USABLE
    assert {look.job.status for look in watch.look(job_id, by=5)} == {"error"}


def test_a_job_that_is_not_there_is_looked_for_each_time(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    for count in (1, 2):
        with pytest.raises(JobMissingError):
            asyncio.run(watch.answers.current("00000000-0000-4000-8000-000000000000"))
        assert watch.jobs.looked_up == count


def test_who_cancels_a_job_sees_it_cancelled_at_once(tmp_path: Path, job_id: str) -> None:
    client = door(tmp_path)
    assert client.get(f"/api/jobs/{job_id}").json()["status"] == "queued"
    client.post(f"/api/jobs/{job_id}/cancel")
    assert client.get(f"/api/jobs/{job_id}").json()["error"] == "It was cancelled."


def test_a_look_that_is_kept_is_shown_to_nobody_else(tmp_path: Path, job_id: str) -> None:
    _, own = keys_in(tmp_path).issue(Tenant("acme"), frozenset({Scope.READ}), NOW)
    _, others = keys_in(tmp_path).issue(Tenant("other"), frozenset({Scope.READ}), NOW)
    _, lacking = keys_in(tmp_path).issue(Tenant("acme"), frozenset({Scope.RUN}), NOW)
    client = door(tmp_path)
    answers = [client.get(f"/api/jobs/{job_id}", headers=bearer(key)).status_code for key in (own, others, lacking)]
    assert answers == [200, 404, 403]


def test_a_key_is_believed_for_a_moment_and_by_its_whole_text_alone() -> None:
    moment = 0.0
    recent = RecentKeys(lambda: moment)
    key = ApiKey("0123456789abcdef", None, frozenset({Scope.READ}), "0" * 64, NOW)
    recent.add("text", key, recent.now())
    assert (recent.find("text"), recent.find("tex"), recent.find("")) == (key, None, None)
    moment = SECONDS_BELIEVED
    assert recent.find("text") is None


def test_no_more_keys_are_remembered_than_a_bound() -> None:
    recent = RecentKeys(lambda: 0.0)
    key = ApiKey("0123456789abcdef", None, frozenset({Scope.READ}), "0" * 64, NOW)
    for number in range(MOST_KEPT + 1):
        recent.add(f"text {number}", key, 0.0)
    assert (recent.find("text 0"), recent.find(f"text {MOST_KEPT}")) == (None, key)
