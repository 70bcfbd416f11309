"""The schedules of an unattended day, an hour apart: what Search Console has, every tenant's episode, the overview.

The overview does not wait for the last run: the morning's table is due at its hour, and who is late stands in it.
"""

import datetime as dt
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import dagster as dg

from serp_radio_pipeline.defs.partitions import TENANTS, TenantDayError, check_day_in_range, tenant_day_key
from serp_radio_pipeline.defs.resources import PublishingResource, RulesResource, SoundResource, StoreResource
from serp_radio_pipeline.defs.settled import Settled
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.keys import uploads_prefix
from serp_radio_pipeline.storage.sources import is_connected
from serp_radio_pipeline.storage.store import Store, StoreError
from serp_radio_pipeline.storage.upload_log import latest_day, logged_upload
from serp_radio_pipeline.tenant import Tenant, TenantError

SECONDS_OF_LOOKING = 20.0
"""How long the schedule may look up whose episode is made already: Dagster ends it after 60 s."""


def build_daily_sonification(
    partitions: dg.MultiPartitionsDefinition,
    settings: Settings,
    status: dg.DefaultScheduleStatus,
    code_versions: Mapping[str, str | None],
    seconds: Callable[[], float] = time.monotonic,
) -> dg.ScheduleDefinition:
    """Return the schedule that asks for every tenant's episode, once a day; `code_versions` are the stages'."""
    zone, lag = ZoneInfo(settings.timezone), dt.timedelta(days=settings.data_lag_days)

    @dg.schedule(
        job_name="sonify",
        cron_schedule=f"0 {settings.daily_hour} * * *",
        execution_timezone=settings.timezone,
        default_status=status,
    )
    def daily_sonification(
        context: dg.ScheduleEvaluationContext,
        store: StoreResource,
        rules: RulesResource,
        sound: SoundResource,
        publishing: PublishingResource,
    ) -> dg.SkipReason | list[dg.RunRequest]:
        """One run for each tenant that was heard of since, for the last day that the search engine has finished, unless
        that episode would be the same again.
        """
        morning = context.scheduled_execution_time.astimezone(zone).date()
        day = morning - lag
        try:
            check_day_in_range(partitions, day, context.scheduled_execution_time)
        except TenantDayError as error:
            return dg.SkipReason(str(error))
        tenants, misnamed = parse_tenants(context.instance.get_dynamic_partitions(TENANTS))
        for sentence in misnamed:
            context.log.warning(f"A partition is passed over: {sentence}")
        chosen = tenants_heard_of(store.store(), tenants, day)
        silent = [tenant.slug for tenant in tenants if tenant not in chosen]
        said = f"{len(silent)} tenants have no upload that could hold {day}: {', '.join(silent[:20])}"[:1000]
        if not chosen:
            return dg.SkipReason(said if silent else "There is no tenant yet.")
        if silent:
            context.log.warning(said)
        deadline = seconds() + SECONDS_OF_LOOKING
        known = Settled(
            context.instance, store, rules, sound, publishing, code_versions, lambda: seconds() > deadline
        ).tenants(chosen, day, context.scheduled_execution_time)
        if len(known) == len(chosen):
            return dg.SkipReason(f"Every episode of {day} is made, or is being made, from what is known now.")
        return [
            dg.RunRequest(run_key=f"{tenant}/{day}#{morning}", partition_key=tenant_day_key(tenant, day))
            for tenant in chosen
            if tenant not in known
        ]

    return daily_sonification


def build_daily_fetch(settings: Settings, status: dg.DefaultScheduleStatus) -> dg.ScheduleDefinition:
    """Return the schedule that fetches for every tenant with a source, an hour before the episodes are asked for."""

    @dg.schedule(
        job_name="fetch",
        cron_schedule=f"0 {(settings.daily_hour - 1) % 24} * * *",
        execution_timezone=settings.timezone,
        default_status=status,
    )
    def daily_fetch(context: dg.ScheduleEvaluationContext, store: StoreResource) -> dg.SkipReason | list[dg.RunRequest]:
        """One run for each tenant that is connected to Search Console; the others live on uploads."""
        connected = tenants_connected(store.store(), store.upload_log().tenants())
        if not connected:
            return dg.SkipReason("No tenant is connected to Search Console.")
        # connected on another machine, a tenant has no partition here yet
        context.instance.add_dynamic_partitions(TENANTS, [tenant.slug for tenant in connected])
        morning = context.scheduled_execution_time.astimezone(ZoneInfo(settings.timezone)).date()
        return [dg.RunRequest(run_key=f"{tenant}@{morning}", partition_key=tenant.slug) for tenant in connected]

    return daily_fetch


def build_daily_overview(settings: Settings, status: dg.DefaultScheduleStatus) -> dg.ScheduleDefinition:
    """Return the schedule that makes the overview, an hour after the episodes were asked for."""
    return dg.ScheduleDefinition(
        name="daily_overview",
        job_name="overview",
        cron_schedule=f"0 {(settings.daily_hour + 1) % 24} * * *",
        execution_timezone=settings.timezone,
        default_status=status,
        description="The morning's table and the tenants that are late, an hour after the episodes were asked for.",
    )


def parse_tenants(names: Iterable[str]) -> tuple[list[Tenant], list[str]]:
    """Return the tenants, ascending, and a sentence for each name that is no tenant's: Dagster takes any."""
    tenants, misnamed = [], []
    for name in sorted(names):
        try:
            tenants.append(Tenant(name))
        except TenantError as error:
            misnamed.append(str(error))
    return tenants, misnamed


def tenants_connected(store: Store, tenants: Sequence[Tenant]) -> list[Tenant]:
    """Return the tenants that have a source; one that can't be looked up now is not left out: its run tells."""

    def is_wanted(tenant: Tenant) -> bool:
        try:
            return is_connected(store, tenant)
        except StoreError:
            return True

    with ThreadPoolExecutor(store.parallel_reads) as pool:
        return [tenant for tenant, wanted in zip(tenants, pool.map(is_wanted, tenants), strict=True) if wanted]


def tenants_heard_of(store: Store, tenants: Sequence[Tenant], day: dt.date) -> list[Tenant]:
    """Return the tenants that have an upload which came late enough to hold `day`.

    Without one a run would fail every morning and say nothing new; check `every_tenant_is_fresh` names them instead.
    One whose uploads can't be listed now is not left out: its run tells.
    """

    def is_heard_of(tenant: Tenant) -> bool:
        try:
            return any(
                latest_day(logged_upload(stored).uploaded_at) >= day for stored in store.list(uploads_prefix(tenant))
            )
        except StoreError:
            return True

    with ThreadPoolExecutor(store.parallel_reads) as pool:
        return [tenant for tenant, heard in zip(tenants, pool.map(is_heard_of, tenants), strict=True) if heard]
