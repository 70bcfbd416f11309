"""Sensor `new_uploads`: a file that lands in the store becomes an episode. What it decides is `defs.new_uploads`'s."""

import datetime as dt
import time
from collections.abc import Callable

import dagster as dg

from serp_radio_pipeline.defs.new_uploads import NoPartitionError, RunAsked, UploadWatch, last_day_to_make
from serp_radio_pipeline.defs.partitions import TENANTS, TenantDayError, day_range, tenant_day_key, tenant_names
from serp_radio_pipeline.defs.resources import StoreResource
from serp_radio_pipeline.defs.upload_cursor import CursorError, UploadCursor
from serp_radio_pipeline.ingest.export import Export
from serp_radio_pipeline.ingest.refusal import shown
from serp_radio_pipeline.storage.store import StoredObject
from serp_radio_pipeline.storage.upload_log import UploadLog
from serp_radio_pipeline.tenant import Tenant

SECONDS_BETWEEN_TICKS = 30
SECONDS_OF_A_TICK = 20.0
"""A tick ends by itself long before Dagster would end it, after 60 s, and forget what it did."""
UPLOADS_TAG = "serp_radio/uploads"


def build_new_uploads(
    partitions: dg.MultiPartitionsDefinition,
    status: dg.DefaultSensorStatus,
    now: Callable[[], dt.datetime],
    seconds: Callable[[], float] = time.monotonic,
) -> dg.SensorDefinition:
    """Return the sensor; `now` says which days can be made, `seconds` how long a tick has taken."""

    @dg.sensor(job_name="sonify", minimum_interval_seconds=SECONDS_BETWEEN_TICKS, default_status=status)
    def new_uploads(context: dg.SensorEvaluationContext, store: StoreResource) -> dg.SensorResult:
        """Sees each new file under tenants/*/uploads/, adds its tenant, and asks for the last day that it holds."""
        deadline = seconds() + SECONDS_OF_A_TICK
        try:
            cursor = UploadCursor.from_text(context.cursor)
        except CursorError as error:
            context.log.warning(str(error))
            cursor = UploadCursor()
        try:
            first, last = day_range(partitions, now())
        except TenantDayError as error:
            return dg.SensorResult(skip_reason=str(error), cursor=context.cursor)
        day_of = _reader(store.upload_log(), first, last)
        watch = UploadWatch(store.store(), day_of, lambda: seconds() > deadline)
        decision = watch.tick(cursor, frozenset(context.instance.get_dynamic_partitions(TENANTS)))
        for report in decision.reports:
            context.log.warning(report)
        new = [tenant.slug for tenant in decision.new_tenants]
        return dg.SensorResult(
            run_requests=[_request(run) for run in decision.runs],
            # beside run requests Dagster refuses a reason to skip
            skip_reason=None if decision.runs else " ".join(decision.reports)[:1000] or "There is no new upload.",
            dynamic_partitions_requests=[tenant_names.build_add_request(new)] if new else [],
            cursor=decision.cursor.to_text(),
        )

    return new_uploads


def _request(run: RunAsked) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=run.run_key,
        partition_key=tenant_day_key(run.tenant, run.day),
        tags={UPLOADS_TAG: str(len(run.uploads))},
    )


def _reader(log: UploadLog, first: dt.date, last: dt.date) -> Callable[[StoredObject], dt.date]:
    """Return the function that reads an upload, as its tenant's log would, and says which day to make."""

    def day_of(stored: StoredObject) -> dt.date:
        export = log.read(Tenant(stored.key.split("/")[1]), stored).export
        if not isinstance(export, Export):
            raise NoPartitionError(
                f"{shown(export.file_name, 80)} compares two periods and holds no days: the next episode tells of it."
            )
        return last_day_to_make(export.file_name, _days(export), first, last)

    return day_of


def _days(export: Export) -> list[dt.date]:
    """Return the days that an upload can be heard on; of a fetch the final ones, if any: the next comes tomorrow."""
    final = [row.date for row in export.rows if not row.is_provisional] if export.fetched else []
    return final or [row.date for row in export.rows]
