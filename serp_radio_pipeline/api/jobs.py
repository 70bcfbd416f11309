"""Jobs, which are Dagster runs: ordered, looked up, cancelled. Routes know no Dagster; this module knows no HTTP."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from threading import BoundedSemaphore, RLock
from typing import Any, Literal

import dagster as dg
from dagster._core.utils import make_new_run_id

from serp_radio_pipeline.api.orders import Order
from serp_radio_pipeline.definitions import build_defs
from serp_radio_pipeline.defs.instance import available_cores, open_instance
from serp_radio_pipeline.defs.json_logs import console_level
from serp_radio_pipeline.defs.lost_runs import made_by_this_process
from serp_radio_pipeline.defs.partitions import tenant_day_key, tenant_days
from serp_radio_pipeline.defs.previews import PreviewConfig
from serp_radio_pipeline.defs.queued_runs import queue_run
from serp_radio_pipeline.defs.run_endings import reason_of_failure
from serp_radio_pipeline.defs.runs import RunFailedError, add_tenant, run_config
from serp_radio_pipeline.defs.tenant_inputs import input_versions, observe_outside_runs
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.codecs import load_score
from serp_radio_pipeline.storage.job_claims import claim_job
from serp_radio_pipeline.storage.keys import artefact_key, preview_key
from serp_radio_pipeline.storage.rules_log import RulesLog
from serp_radio_pipeline.storage.store import ObjectMissingError
from serp_radio_pipeline.storage.upload_log import UploadLog
from serp_radio_pipeline.tenant import Tenant, TenantError

# what runs are tagged with; of partitioned ones by Dagster itself
TENANT_TAG, DATE_TAG = "dagster/partition/tenant", "dagster/partition/date"
SONIFY, PREVIEW = "sonify", "preview"
STAGES: Mapping[str, tuple[str, ...]] = {
    SONIFY: ("raw_metrics", "labels", "trained_model", "controls", "midi", "mp3", "episode", "feed"),
    PREVIEW: ("make_preview",),
}
MOST_LOG_LINES = 1000
MOST_REMEMBERED = 4096
"""Ended jobs, which are asked about most."""

Status = Literal["queued", "running", "done", "error"]
StageState = Literal["waiting", "running", "done", "error"]
FileName = Literal["midi", "mp3", "page", "momentum_json", "score"]


class JobMissingError(SerpRadioError):
    """A job that is not there, or not the caller's."""


class BusyError(SerpRadioError):
    """All that may be made at once is being made."""


@dataclass(frozen=True, slots=True)
class Job:
    """A run as the API shows it: times in UTC; `error` is one sentence, where it failed or was cancelled."""

    job_id: str
    kind: Literal["sonify", "preview"]
    tenant: Tenant
    date: str | None
    status: Status
    created_at: dt.datetime
    completed_at: dt.datetime | None
    was_cancelled: bool = False

    @property
    def files(self) -> Mapping[FileName, str]:
        """The keys of what it makes."""
        if self.kind == PREVIEW:
            names: dict[FileName, str] = {
                "midi": "preview.mid",
                "mp3": "preview.mp3",
                "page": "preview.html",
                "momentum_json": "labels.json",
                "score": "score.json",
            }
            return {file: preview_key(self.tenant, self.job_id, name) for file, name in names.items()}
        day = dt.date.fromisoformat(str(self.date))
        assets: dict[FileName, tuple[str, str]] = {
            "midi": ("midi", "mid"),
            "mp3": ("mp3", "mp3"),
            "page": ("episode", "html"),
            "momentum_json": ("labels", "json"),
            "score": ("controls", "json"),
        }
        return {file: artefact_key(self.tenant, asset, day, ending) for file, (asset, ending) in assets.items()}


@dataclass(frozen=True, slots=True)
class Heard:
    """What a finished job's piece is like: its overall label and its length."""

    label: str
    seconds: float


class Jobs:
    """The runs of one DAGSTER_HOME; Dagster is opened when first needed."""

    def __init__(self, settings: Settings, log: UploadLog) -> None:
        self._settings, self._log = settings, log
        self._opening = RLock()
        self._heard = lru_cache(maxsize=MOST_REMEMBERED)(self._read_heard)
        self._ended: dict[str, Job] = {}

    def welcome(self, tenant: Tenant) -> None:
        """Make a tenant known to Dagster; again changes nothing."""
        add_tenant(self._instance, tenant)

    def tell(self, tenant: Tenant) -> None:
        """Let Dagster know what people said of a tenant, so that its UI shows what is stale."""
        self.welcome(tenant)
        rules = RulesLog(self._log.store, self._settings.rules_folder / "labels.yaml")
        observe_outside_runs(self._instance, tenant, input_versions(rules, tenant))

    def submit(self, order: Order, idempotency_key: str | None, said: bytes) -> Job:
        """Queue what was ordered; the same key with the same order, as it was `said`, is the same job.

        Raises:
            ClaimConflictError: the key stands for another order.
        """
        run_id = self._new_run_id()
        if idempotency_key is not None:
            run_id = claim_job(self._log.store, order.tenant, idempotency_key, said, run_id)
        if not order.is_preview:
            self.welcome(order.tenant)
        queue_run(self._instance, self._definitions, self._name(order), run_id, self._config(order), self._tags(order))
        return self.find(run_id)

    def make_now(self, order: Order) -> Job:
        """Make a preview in this process, as a run like any other.

        Raises:
            BusyError: as many as there are cores are being made.
            RunFailedError: with the sentence of the room that refused.
        """
        if not self._cores.acquire(timeout=2):
            raise BusyError("As many previews as this machine can make at once are being made: try again in a moment.")
        try:
            run_id = self._new_run_id()
            self._definitions.resolve_job_def(PREVIEW).execute_in_process(
                instance=self._instance,
                run_config=self._config(order),
                tags={**self._tags(order), **made_by_this_process()},
                raise_on_error=False,
                run_id=run_id,
            )
        finally:
            self._cores.release()
        job = self.find(run_id)
        if job.status == "error":
            raise RunFailedError(self.error(job) or "The preview failed.")
        return job

    def find(self, job_id: str) -> Job:
        """Return a job.

        Raises:
            JobMissingError: there is none.
        """
        return self._ended.get(job_id) or self._looked_up(job_id)

    def _looked_up(self, job_id: str) -> Job:
        record = self._instance.get_run_record_by_id(job_id)
        job = _job(record) if record else None
        if job is None:
            raise JobMissingError("There is nothing here.")
        if job.completed_at is not None and job.status in ("done", "error"):
            while len(self._ended) >= MOST_REMEMBERED:
                self._ended.pop(next(iter(self._ended), ""), None)
            self._ended[job_id] = job  # what has ended stays as it is
        return job

    def of_tenant(self, tenant: Tenant, limit: int, before: str | None) -> list[Job]:
        """Return a tenant's jobs, newest first, those made before the job `before`."""
        wanted = dg.RunsFilter(tags={TENANT_TAG: tenant.slug})
        records = self._instance.get_run_records(wanted, limit=limit, cursor=before)
        return [job for job in map(_job, records) if job is not None]

    def cancel(self, job: Job) -> bool:
        """End a job that has not ended; False where it had."""
        if job.completed_at is not None:
            return False
        return self._instance.run_coordinator.cancel_run(job.job_id)

    def stages(self, job: Job) -> Mapping[str, StageState]:
        """Return what became of each stage: `waiting`, `running`, `done` or `error`."""
        if job.status in ("queued", "done"):
            state: StageState = "done" if job.status == "done" else "waiting"
            return dict.fromkeys(STAGES[job.kind], state)
        words: dict[str, StageState] = {
            "SUCCESS": "done",
            "FAILURE": "error",
            "SKIPPED": "waiting",
            "IN_PROGRESS": "running",
        }
        known: dict[str, StageState] = {
            step.step_key: words[step.status.value] if step.status else "running"
            for step in self._instance.get_run_step_stats(job.job_id)
        }
        return {stage: known.get(stage, "waiting") for stage in STAGES[job.kind]}

    def heard(self, job: Job) -> Heard | None:
        """Return what a finished job's piece is like; None where it was removed since."""
        try:
            return self._heard(job.job_id, job.files["score"])
        except ObjectMissingError:
            return None

    def error(self, job: Job) -> str | None:
        """Return why a job failed, in one sentence; None where it did not."""
        if job.status != "error":
            return None
        return "It was cancelled." if job.was_cancelled else reason_of_failure(self._instance, job.job_id)

    def log_lines(self, job: Job) -> list[dict[str, str | None]]:
        """Return what the run said, oldest first: time (ISO), level, stage and sentence."""
        entries = self._instance.all_logs(job.job_id)[:MOST_LOG_LINES]
        return [
            {
                "time": dt.datetime.fromtimestamp(entry.timestamp, dt.UTC).isoformat(),
                "level": str(entry.level),
                "stage": entry.step_key,
                "message": entry.message,
            }
            for entry in entries
        ]

    def _read_heard(self, job_id: str, score_key: str) -> Heard:  # noqa: ARG002 - it is remembered by the job
        score = load_score(self._log.store.get(score_key))
        return Heard(score.overall.label, round(score.seconds(score.end_tick), 1))

    def _new_run_id(self) -> str:
        return make_new_run_id()

    def _name(self, order: Order) -> str:
        return PREVIEW if order.is_preview else SONIFY

    def _tags(self, order: Order) -> dict[str, str]:
        source = {"serp-radio/source": order.source}
        if order.is_preview:
            # not a partition of its own, but its tenant's: found by it, and one at a time
            return {**source, TENANT_TAG: order.tenant.slug, DATE_TAG: order.day.isoformat()}
        key = tenant_day_key(order.tenant, order.day)
        return {**source, **tenant_days(self._settings.start_date).get_tags_for_partition_key(key)}

    def _config(self, order: Order) -> dict[str, Any]:
        level = console_level(self._definitions.resolve_job_def(self._name(order)))
        if not order.is_preview:
            return run_config(order.lookback, order.pack, level, use_training=order.use_training)
        wish = order.last_week
        config = PreviewConfig(
            tenant=order.tenant.slug,
            day=order.day.isoformat(),
            is_demo=order.source == "demo",
            lookback=order.lookback,
            pack=order.pack,
            use_training=order.use_training,
            momentum=order.momentum,
            seed=order.seed,
            clicks=wish.clicks,
            impressions=wish.impressions,
            ctr=wish.ctr,
            position=wish.position,
        )
        return {
            "ops": {"make_preview": {"config": config.model_dump()}},
            "loggers": {"console": {"config": {"log_level": level}}},
        }

    @cached_property
    def _cores(self) -> BoundedSemaphore:
        return BoundedSemaphore(available_cores())

    @cached_property
    def _instance(self) -> dg.DagsterInstance:
        with self._opening:
            return self.__dict__.get("_instance") or open_instance(self._settings.home_folder)

    @cached_property
    def _definitions(self) -> dg.Definitions:
        with self._opening:
            return self.__dict__.get("_definitions") or build_defs(self._settings)


def _job(record: dg.RunRecord) -> Job | None:
    """Return the job that a run is; None for a run of another kind, such as the overview, or of no tenant."""
    run = record.dagster_run
    try:
        tenant = Tenant(run.tags.get(TENANT_TAG, ""))
    except TenantError:
        return None
    if run.job_name not in STAGES or (run.job_name == SONIFY and DATE_TAG not in run.tags):
        return None
    return Job(
        job_id=run.run_id,
        kind="preview" if run.job_name == PREVIEW else "sonify",
        tenant=tenant,
        date=run.tags.get(DATE_TAG),
        status=_STATUS.get(run.status.value, "running"),
        created_at=record.create_timestamp.replace(tzinfo=record.create_timestamp.tzinfo or dt.UTC),
        completed_at=dt.datetime.fromtimestamp(record.end_time, dt.UTC) if record.end_time else None,
        was_cancelled=run.status.value == "CANCELED",
    )


_STATUS: Mapping[str, Status] = {
    "NOT_STARTED": "queued",
    "QUEUED": "queued",
    "SUCCESS": "done",
    "FAILURE": "error",
    "CANCELED": "error",
}
