"""The schedules of an unattended day: for whom they ask, for which day, and whom they pass over."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import dagster as dg
import pytest

from serp_radio_pipeline.definitions import build_defs
from serp_radio_pipeline.defs.partitions import TENANTS, tenant_day_key
from serp_radio_pipeline.defs.schedules import tenants_heard_of
from serp_radio_pipeline.defs.settled import Settled
from serp_radio_pipeline.defs.staleness import code_versions_of
from serp_radio_pipeline.ingest.daily_metrics import DailyRow
from serp_radio_pipeline.ingest.demo_series import HARD_SETS, demo_series, generate_export_csv
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.defs.memory_store import MemoryStore

DAY = dt.date(2026, 3, 22)
SIX_UTC = dt.datetime(2026, 3, 25, 6, tzinfo=dt.UTC)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def definitions_of(folder: Path, **more: str) -> dg.Definitions:
    return build_defs(Settings.from_environment({"SERP_RADIO_STORE": str(folder), **more}))


def evaluate(
    folder: Path, instance: dg.DagsterInstance, at: dt.datetime = SIX_UTC, **more: str
) -> dg.SkipReason | list[dg.RunRequest]:
    definitions = definitions_of(folder, **more)
    context = dg.build_schedule_context(
        instance=instance,
        scheduled_execution_time=at,
        resources={name: definitions.resources[name] for name in ("store", "rules", "sound", "publishing")},  # type: ignore[index]
    )
    # a schedule opens its instance by reference, which an ephemeral one does not have
    with mock.patch.object(dg.ScheduleEvaluationContext, "instance", instance):
        return definitions.resolve_schedule_def("daily_sonification")(context)  # type: ignore[return-value]


def add(folder: Path, instance: dg.DagsterInstance, *tenants: str) -> None:
    for tenant in tenants:
        LocalStore(folder).put(f"tenants/{tenant}/uploads/Chart.csv", b"x")
    instance.add_dynamic_partitions(TENANTS, list(tenants))


def test_every_tenant_is_asked_for_once_for_the_day_three_days_ago(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    add(tmp_path, instance, "b", "a")
    requests = evaluate(tmp_path, instance)
    assert isinstance(requests, list)
    assert [str(request.partition_key) for request in requests] == ["2026-03-22|a", "2026-03-22|b"]
    assert [request.run_key for request in requests] == ["a/2026-03-22#2026-03-25", "b/2026-03-22#2026-03-25"]
    assert evaluate(tmp_path, instance) == requests


@pytest.mark.parametrize(
    ("timezone", "at", "lag", "day"),
    [
        ("Asia/Tokyo", dt.datetime(2026, 3, 24, 21, tzinfo=dt.UTC), "3", "2026-03-22"),
        ("America/Los_Angeles", dt.datetime(2026, 3, 25, 5, tzinfo=dt.UTC), "2", "2026-03-22"),
    ],
)
def test_the_day_is_counted_where_the_schedules_clock_hangs(
    tmp_path: Path, instance: dg.DagsterInstance, timezone: str, at: dt.datetime, lag: str, day: str
) -> None:
    add(tmp_path, instance, "a")
    requests = evaluate(tmp_path, instance, at, SERP_RADIO_TIMEZONE=timezone, SERP_RADIO_DATA_LAG_DAYS=lag)
    assert isinstance(requests, list)
    assert str(requests[0].partition_key) == f"{day}|a"


def test_the_hour_is_the_settings_and_the_overview_follows_in_the_next() -> None:
    definitions = build_defs(Settings.from_environment({"SERP_RADIO_HOUR": "23", "SERP_RADIO_TIMEZONE": "Asia/Tokyo"}))
    crons = {name: definitions.resolve_schedule_def(name) for name in ("daily_sonification", "daily_overview")}
    assert {name: one.cron_schedule for name, one in crons.items()} == {
        "daily_sonification": "0 23 * * *",
        "daily_overview": "0 0 * * *",
    }
    assert {one.execution_timezone for one in crons.values()} == {"Asia/Tokyo"}


def test_a_day_without_a_partition_is_not_asked_for(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    add(tmp_path, instance, "a")
    skipped = evaluate(tmp_path, instance, SERP_RADIO_START_DATE="2026-03-23")
    assert isinstance(skipped, dg.SkipReason)
    assert "2026-03-22 is outside the days that can be made" in str(skipped.skip_message)


def test_names_that_are_no_tenants_and_tenants_without_uploads_are_passed_over(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    add(tmp_path, instance, "a")
    instance.add_dynamic_partitions(TENANTS, ["../x", "empty", "A|B"])
    requests = evaluate(tmp_path, instance)
    assert isinstance(requests, list)
    assert [str(request.partition_key) for request in requests] == ["2026-03-22|a"]


def test_with_nobody_there_it_says_so(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    assert isinstance(evaluate(tmp_path, instance), dg.SkipReason)


def test_a_tenant_whose_uploads_can_not_be_listed_now_is_not_left_out() -> None:
    store = MemoryStore(unlisted={"tenants/a/"})
    store.put("tenants/a/uploads/x.csv", b"x")
    assert tenants_heard_of(store, [Tenant("a"), Tenant("b")], DAY) == [Tenant("a")]


@pytest.mark.parametrize(("came", "heard"), [("20260322T065959", False), ("20260322T070000", True)])
def test_a_tenant_is_asked_for_while_an_upload_came_late_enough_to_hold_the_day(came: str, heard: bool) -> None:
    store = MemoryStore()
    store.put(f"tenants/a/uploads/{came}.000000Z-0123456789ab-x.csv", b"x")
    assert tenants_heard_of(store, [Tenant("a")], DAY) == [Tenant("a")] * heard


def partitions_asked(folder: Path, instance: dg.DagsterInstance) -> list[str]:
    requests = evaluate(folder, instance)
    return [str(request.partition_key) for request in requests] if isinstance(requests, list) else []


ROWS = demo_series(HARD_SETS["small and steady"], DAY + dt.timedelta(days=1))
CHANGED = replace(ROWS[-2], clicks=ROWS[-2].clicks + 1, impressions=ROWS[-2].impressions + 1)


def export(folder: Path, moment: str, rows: Sequence[DailyRow] = ROWS[:-1]) -> None:
    """Put a made-up export into the tenant's log; as a rule it ends on the day."""
    LocalStore(folder).put(f"tenants/a/uploads/{moment}.000000Z-0123456789ab-x.csv", generate_export_csv(rows))


def made(folder: Path, instance: dg.DagsterInstance) -> None:
    job = definitions_of(folder).resolve_job_def("sonify")
    assert job.execute_in_process(instance=instance, partition_key=tenant_day_key(Tenant("a"), DAY)).success


def test_an_episode_that_would_be_the_same_again_is_not_asked_for_until_something_changes(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    export(tmp_path, "20260325T050000")
    instance.add_dynamic_partitions(TENANTS, ["a"])
    asked = [f"{DAY}|a"]
    assert partitions_asked(tmp_path, instance) == asked
    made(tmp_path, instance)  # as sensor `new_uploads` has it made
    skipped = evaluate(tmp_path, instance)
    assert isinstance(skipped, dg.SkipReason)
    assert "is made, or is being made" in str(skipped.skip_message)
    export(tmp_path, "20260325T053000", ROWS)  # one day more, and of the others the same
    assert partitions_asked(tmp_path, instance) == []
    export(tmp_path, "20260325T055000", [*ROWS[:-2], CHANGED, ROWS[-1]])
    assert partitions_asked(tmp_path, instance) == asked


def test_what_people_say_makes_a_made_day_wanted_again(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    export(tmp_path, "20260325T050000")
    instance.add_dynamic_partitions(TENANTS, ["a"])
    made(tmp_path, instance)
    assert partitions_asked(tmp_path, instance) == []
    LocalStore(tmp_path).put("tenants/a/annotations.csv", b"date,text\n2026-03-20,new menu\n")
    assert partitions_asked(tmp_path, instance) == [f"{DAY}|a"]


@pytest.mark.parametrize(
    ("status", "uploaded", "is_asked"),
    [
        (dg.DagsterRunStatus.NOT_STARTED, "20260325", False),
        (dg.DagsterRunStatus.STARTED, "20260325", False),
        (dg.DagsterRunStatus.STARTED, "29990101", True),  # a file that the run may not have seen
        (dg.DagsterRunStatus.FAILURE, "20260325", True),
        (dg.DagsterRunStatus.CANCELED, "20260325", True),
        (dg.DagsterRunStatus.SUCCESS, "20260325", True),  # and yet nothing lies in the store
    ],
)
def test_a_run_that_is_waited_for_is_not_asked_for_twice(
    tmp_path: Path, instance: dg.DagsterInstance, status: dg.DagsterRunStatus, uploaded: str, is_asked: bool
) -> None:
    export(tmp_path, f"{uploaded}T050000")
    instance.add_dynamic_partitions(TENANTS, ["a"])
    job = definitions_of(tmp_path).resolve_job_def("sonify")
    tags = {"dagster/partition/date": str(DAY), "dagster/partition/tenant": "a"}
    instance.create_run_for_job(job, status=status, tags=tags)
    assert partitions_asked(tmp_path, instance) == [f"{DAY}|a"] * is_asked


@pytest.mark.parametrize("is_late", [False, True])
def test_whom_there_was_no_time_to_look_up_is_asked_for(
    tmp_path: Path, instance: dg.DagsterInstance, is_late: bool
) -> None:
    export(tmp_path, "20260325T050000")
    definitions = definitions_of(tmp_path)
    job = definitions.resolve_job_def("sonify")
    tags = {"dagster/partition/date": str(DAY), "dagster/partition/tenant": "a"}
    instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED, tags=tags)
    given: Any = [(definitions.resources or {})[name] for name in ("store", "rules", "sound", "publishing")]
    settled = Settled(instance, *given, code_versions_of(job), lambda: is_late)
    assert settled.tenants([Tenant("a")], DAY, SIX_UTC) == [Tenant("a")] * (not is_late)
