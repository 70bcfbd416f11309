"""What the unattended way costs: a sensor tick over a large store, its cursor, the schedule and the overview."""

import datetime as dt
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg

from benchmarks.episodes import LAST_DAY, composed, labelled
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.ingest.demo_series import HARD_SETS, demo_series, generate_export_csv
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.keys import artefact_key, uploads_prefix
from serp_radio_pipeline.storage.served_uploads import ServedUploads, fingerprint
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant

TENANTS, OLD_UPLOADS, NEW_UPLOADS = 1000, 10_000, 10
MOST_SECONDS, MOST_CURSOR = 5.0, 64 * 1024
MORNING = dt.datetime.combine(LAST_DAY + dt.timedelta(days=3), dt.time(6), dt.UTC)


def run() -> None:
    """Print the figures of a store with 1,000 tenants on this machine's disk."""
    from serp_radio_pipeline.definitions import build_defs

    with tempfile.TemporaryDirectory() as folder, dg.instance_for_test() as instance:
        settings = Settings.from_environment({"SERP_RADIO_STORE": f"{folder}/store"})
        store = LocalStore(Path(folder) / "store")
        definitions = build_defs(settings, now=lambda: MORNING)
        export = _fill(store)
        print(f"{f'{TENANTS:,} tenants, {OLD_UPLOADS:,} old uploads':<52}{'wall s':>8}{'cursor':>10}{'asked':>7}")
        cursor = _ticks(definitions, instance, store, export)
        instance.add_dynamic_partitions("tenants", [tenant.slug for tenant in _tenants()])
        _schedule(definitions, instance)
        _overview(definitions, instance, store)
    print(f"Cursor under 64 KiB: {'yes' if cursor < MOST_CURSOR else 'NO'}.")


def _tenants() -> list[Tenant]:
    return [Tenant(f"site-{number:04}-of-an-agency") for number in range(TENANTS)]


def _fill(store: LocalStore) -> bytes:
    """Give each tenant its old uploads, and the ledger that knows them."""
    export = generate_export_csv(demo_series(HARD_SETS["small and steady"], LAST_DAY))
    for tenant in _tenants():
        for number in range(OLD_UPLOADS // TENANTS):
            path = store.path(f"{uploads_prefix(tenant)}{number}.csv")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(export)
        ServedUploads(store).add(tenant, map(fingerprint, store.list(uploads_prefix(tenant))))
    return export


def _ticks(definitions: dg.Definitions, instance: dg.DagsterInstance, store: LocalStore, export: bytes) -> int:
    """Print a first tick, one with new uploads and one without; return the largest cursor."""
    sensor, cursor, largest = definitions.resolve_sensor_def("new_uploads"), None, 0
    for name, new in (("first tick, without a cursor", 0), ("tick with 10 new uploads", NEW_UPLOADS), ("next tick", 0)):
        for tenant in _tenants()[:new]:
            store.put(f"{uploads_prefix(tenant)}new.csv", export)
        context = dg.build_sensor_context(instance=instance, cursor=cursor, resources=_resources(definitions))
        seconds, result = _timed(lambda: sensor(context))  # noqa: B023 - called at once
        cursor, largest = result.cursor, max(largest, len(result.cursor))
        print(f"{f'new_uploads: {name}':<52}{seconds:>8.2f}{len(cursor):>10,}{len(result.run_requests or []):>7}")
        if new:
            print(f"Tick under {MOST_SECONDS:g} s, each new upload asked for: ", end="")
            print("yes." if seconds < MOST_SECONDS and len(result.run_requests) == new else "NO.")
    return largest


def _schedule(definitions: dg.Definitions, instance: dg.DagsterInstance) -> None:
    """Print a tick of the schedule, Dagster's resolving of 1,000 partition keys included."""
    repository = definitions.get_repository_def()
    context = dg.build_schedule_context(
        instance=instance,
        scheduled_execution_time=MORNING,
        repository_def=repository,
        resources=_resources(definitions),
    )
    schedule = repository.get_schedule_def("daily_sonification")
    seconds, data = _timed(lambda: schedule.evaluate_tick(context))
    print(f"{'daily_sonification: tick':<52}{seconds:>8.2f}{'':>10}{len(data.run_requests):>7,}")


def _overview(definitions: dg.Definitions, instance: dg.DagsterInstance, store: LocalStore) -> None:
    """Print the job `overview`, each tenant with one episode."""
    metrics = DailyMetrics(Tenant("benchmark"), demo_series(HARD_SETS["small and steady"], LAST_DAY))
    score = composed(metrics, labelled(metrics)).to_json()
    for tenant in _tenants():
        for asset, extension, content in (("mp3", "mp3", b""), ("controls", "json", score)):
            path = store.path(artefact_key(tenant, asset, LAST_DAY, extension))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    job = definitions.resolve_job_def("overview")
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    seconds, _ = _timed(lambda: job.execute_in_process(instance=instance, run_config=quiet))
    print(f"{'overview: table and freshness':<52}{seconds:>8.2f}")


def _resources(definitions: dg.Definitions) -> dict[str, Any]:
    found = definitions.resources or {}
    return {name: found[name] for name in ("store", "rules", "sound", "publishing")}


def _timed(action: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = action()
    return time.perf_counter() - start, result


if __name__ == "__main__":
    run()
