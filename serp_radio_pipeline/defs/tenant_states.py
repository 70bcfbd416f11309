"""Looks up what the overview says: each tenant's last episode in the store, its last run's checks in the instance."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath

import dagster as dg

from serp_radio_pipeline.defs.partitions import DATE_DIMENSION, TENANT_DIMENSION, tenant_day_key
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.radio.overview import SHOWN_DAYS, TenantState
from serp_radio_pipeline.storage.codecs import load_score
from serp_radio_pipeline.storage.keys import artefact_key, tenant_prefix, uploads_prefix
from serp_radio_pipeline.storage.store import Store
from serp_radio_pipeline.tenant import Tenant

RUNS_SINCE = dt.timedelta(days=2)
MOST_RUNS = 5000
"""How far back, and how many runs, are looked through for each tenant's last one; a backfill may have started many."""
_TAG = "dagster/partition/"


def tenant_states(
    store: Store,
    instance: dg.DagsterInstance,
    tenants: Sequence[Tenant],
    check_keys: Sequence[dg.AssetCheckKey],
    now: dt.datetime,
) -> tuple[TenantState, ...]:
    """Return every tenant's state; the store is asked for several tenants at once, the instance for all."""
    with ThreadPoolExecutor(store.parallel_reads) as pool:
        last_days = dict(zip(tenants, pool.map(lambda tenant: last_episode(store, tenant), tenants), strict=True))
        checks = last_checks(instance, last_days, check_keys, now)
        return tuple(pool.map(lambda one: _state(store, one, last_days[one], checks.get(one, "no run")), tenants))


def last_episode(store: Store, tenant: Tenant) -> dt.date | None:
    """Return the day of the tenant's latest MP3, None where there is none; other hands' files are passed over."""
    found = []
    for stored in store.list(f"{tenant_prefix(tenant)}mp3/"):
        path = PurePosixPath(stored.key)
        try:
            found.append(dt.date.fromisoformat(path.stem))
        except ValueError:
            continue
    return max(found, default=None)


def last_checks(
    instance: dg.DagsterInstance,
    last_days: Mapping[Tenant, dt.date | None],
    check_keys: Sequence[dg.AssetCheckKey],
    now: dt.datetime,
) -> dict[Tenant, str]:
    """Return a word for what became of each tenant's last run of job `sonify`; without one, of its last episode's."""
    runs = _last_runs(instance, now)
    partitions: dict[Tenant, str] = {}
    for tenant, day in last_days.items():
        run = runs.get(tenant.slug)
        if run is not None:
            date = run.tags.get(_TAG + DATE_DIMENSION, "")
            partitions[tenant] = dg.MultiPartitionKey({DATE_DIMENSION: date, TENANT_DIMENSION: tenant.slug})
        elif day is not None:
            partitions[tenant] = tenant_day_key(tenant, day)
    verdicts = _verdicts(instance, check_keys, partitions.values())
    return {
        tenant: _word(runs.get(tenant.slug), verdicts.get(partition, {})) for tenant, partition in partitions.items()
    }


def _last_runs(instance: dg.DagsterInstance, now: dt.datetime) -> dict[str, dg.DagsterRun]:
    """Return the last run of each tenant, one query for all."""
    wanted = dg.RunsFilter(job_name="sonify", created_after=now - RUNS_SINCE)
    latest: dict[str, dg.DagsterRun] = {}
    for run in instance.get_runs(wanted, limit=MOST_RUNS):
        slug = run.tags.get(_TAG + TENANT_DIMENSION)
        if slug is not None:
            latest.setdefault(slug, run)
    return latest


def _verdicts(
    instance: dg.DagsterInstance, check_keys: Sequence[dg.AssetCheckKey], partitions: Iterable[str]
) -> dict[str, dict[str, str]]:
    """Return, per partition and check, the status of its last evaluation: one query for each check.

    One for each tenant and check, the public way, would take ten seconds for 1,000 tenants.
    """
    wanted = [str(partition) for partition in partitions]
    found: dict[str, dict[str, str]] = {}
    if wanted:
        storage = instance.event_log_storage
        for info in storage.get_asset_check_partition_info(list(check_keys), partition_keys=wanted):
            if info.partition_key is not None:
                found.setdefault(info.partition_key, {})[info.check_key.name] = info.latest_execution_status.value
    return found


def _word(run: dg.DagsterRun | None, verdicts: Mapping[str, str]) -> str:
    if run is not None and not run.is_finished:
        return "running"
    failed = sorted(name for name, status in verdicts.items() if status == "FAILED")
    if failed:
        return f"failed: {', '.join(failed)}"
    if run is not None and not run.is_success:
        return "run failed"
    return "passed" if verdicts else "no run"


def _state(store: Store, tenant: Tenant, day: dt.date | None, checks: str) -> TenantState:
    has_uploads = next(iter(store.list(uploads_prefix(tenant))), None) is not None
    if day is None:
        return TenantState(tenant, has_uploads, checks=checks)
    link = store.uri(artefact_key(tenant, "mp3", day, "mp3"))
    try:
        score = load_score(store.get(artefact_key(tenant, "controls", day, "json")))
        label, clicks = Label(score.overall.label), tuple(one.clicks for one in score.days[-SHOWN_DAYS:])
        return TenantState(tenant, has_uploads, day, label, checks, clicks, link, score.source)
    except (SerpRadioError, ValueError):
        # the episode is there all the same; making it again mends its score
        return TenantState(tenant, has_uploads, day, None, checks, (), link)
