"""Events that are written in batches: all of them are there when a run ends, whichever way."""

import datetime as dt
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log.sqlite import sqlite_event_log

from serp_radio_pipeline.defs.instance import open_instance, prepare_home
from serp_radio_pipeline.defs.resources import StoreResource
from serp_radio_pipeline.ingest.demo_series import HARD_SETS, demo_series, generate_export_csv
from serp_radio_pipeline.storage import upload_log
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.episodes import SUNDAY

NOON = dt.datetime(2026, 3, 25, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize("fails", [False, True])
def test_all_events_of_a_run_are_there_for_another_process_when_it_ends(tmp_path: Path, *, fails: bool) -> None:
    @dg.op
    def stage() -> None:
        if fails:
            raise ValueError("no")

    @dg.job
    def made() -> None:
        stage()

    with open_instance(tmp_path) as instance:
        result = made.execute_in_process(instance=instance, raise_on_error=False)
        # Dagster's own storage, as the UI opens it, while ours is still open
        with dg.DagsterInstance.from_config(str(tmp_path)) as other:
            stored = [e.dagster_event_type for e in other.all_logs(result.run_id) if e.is_dagster_event]
            run = other.get_run_by_id(result.run_id)
    assert [event.event_type for event in result.all_events] == stored
    assert run is not None
    assert run.is_success is not fails


def test_what_waits_is_there_for_who_asks_in_the_same_process(tmp_path: Path) -> None:
    with open_instance(tmp_path) as instance:
        run_id = "00000000-0000-0000-0000-000000000001"
        instance.report_engine_event("begun", job_name="job", run_id=run_id)
        with dg.DagsterInstance.from_config(str(tmp_path)) as other:
            assert other.all_logs(run_id) == []
        assert [entry.get_dagster_event().message for entry in instance.all_logs(run_id)] == ["begun"]


def test_a_run_of_another_process_is_read_without_dagsters_migrations_and_one_that_is_half_set_up_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, half = (f"00000000-0000-0000-0000-00000000000{number}" for number in (1, 2))
    with dg.DagsterInstance.from_config(str(prepare_home(tmp_path))) as other:
        other.report_engine_event("begun", job_name="job", run_id=whole)
    (tmp_path / "history" / "runs" / f"{half}.db").touch()  # a process that has only just begun to make it
    with open_instance(tmp_path) as instance:
        asked: list[object] = []
        check = sqlite_event_log.check_alembic_revision
        monkeypatch.setattr(sqlite_event_log, "check_alembic_revision", lambda *to: (asked.append(to), check(*to))[1])
        assert [entry.get_dagster_event().message for entry in instance.all_logs(whole)] == ["begun"]
        assert len(asked) == 0
        instance.report_engine_event("begun too", job_name="job", run_id=half)
        assert [entry.get_dagster_event().message for entry in instance.all_logs(half)] == ["begun too"]
        assert len(asked) == 1


def test_an_upload_is_read_once_in_a_process_and_never_for_another_tenant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = StoreResource(url=str(tmp_path), max_upload_bytes=10**7)
    tenants = Tenant("one"), Tenant("two")
    for tenant, series in zip(tenants, ("demo", "rising"), strict=True):
        content = generate_export_csv(demo_series(HARD_SETS[series], SUNDAY))
        store.upload_log().add(tenant, "Chart.csv", content, NOON)
    read, reads = upload_log.read_upload, []
    monkeypatch.setattr(upload_log, "read_upload", lambda *args, **more: (reads.append(1), read(*args, **more))[1])
    one, two = (store.upload_log().history(tenant).metrics for tenant in tenants)
    assert store.upload_log().history(tenants[1]).metrics == two
    assert len(reads) == 2
    assert (one.tenant, two.tenant) == tenants
    assert one.rows != two.rows
    assert store.upload_log().history(tenants[0]).metrics == one
    assert len(reads) == 3  # only the last tenant's are kept
