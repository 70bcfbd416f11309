"""Sensor `new_uploads` on a real Dagster instance and a real store: what it asks Dagster for, and what it says."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from serp_radio_pipeline.definitions import build_defs
from serp_radio_pipeline.defs.partitions import TENANTS, tenant_days
from serp_radio_pipeline.defs.sensors import SECONDS_OF_A_TICK, build_new_uploads
from serp_radio_pipeline.ingest.console_fetch import ConsoleFetch
from serp_radio_pipeline.ingest.demo_breakdowns import generate_comparison_zip
from serp_radio_pipeline.ingest.demo_series import HARD_SETS, demo_series, generate_export_csv
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.keys import upload_key
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.episodes import SUNDAY

NOW = dt.datetime(2026, 3, 25, 12, tzinfo=dt.UTC)


class Office:
    """An instance, a store and the sensor over them."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance, now: dt.datetime = NOW, **more: str) -> None:
        self.settings = Settings.from_environment({"SERP_RADIO_STORE": str(folder / "store"), **more})
        self.store = LocalStore(folder / "store")
        self.instance = instance
        self.definitions = build_defs(self.settings, now=lambda: now)
        self.cursor: str | None = None

    def upload(self, tenant: str, name: str = "Chart.csv", last: dt.date = SUNDAY) -> None:
        content = generate_export_csv(demo_series(HARD_SETS["small and steady"], last))
        self.store.put(f"tenants/{tenant}/uploads/{name}", content)

    def tick(self) -> dg.SensorResult:
        """Call the sensor as Dagster does, and keep its cursor and partitions as Dagster would."""
        context = dg.build_sensor_context(
            instance=self.instance,
            cursor=self.cursor,
            resources={"store": self.definitions.resources["store"]},  # type: ignore[index]
        )
        result = self.definitions.resolve_sensor_def("new_uploads")(context)
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        for request in result.dynamic_partitions_requests or []:
            self.instance.add_dynamic_partitions(TENANTS, list(request.partition_keys))
        return result


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Office(tmp_path, instance)


def asked(result: dg.SensorResult) -> list[tuple[str, str]]:
    keys = [request.partition_key for request in result.run_requests or []]
    return [(key.keys_by_dimension["tenant"], key.keys_by_dimension["date"]) for key in keys]  # type: ignore[union-attr]


def test_a_new_upload_adds_its_tenant_and_asks_for_its_last_day(office: Office) -> None:
    office.upload("my-company")
    result = office.tick()
    assert asked(result) == [("my-company", SUNDAY.isoformat())]
    assert office.instance.get_dynamic_partitions(TENANTS) == ["my-company"]
    assert (result.run_requests or [])[0].tags["serp_radio/uploads"] == "1"
    again = office.tick()
    assert asked(again) == []
    assert "no new upload" in str(again.skip_reason)


def test_an_upload_that_reaches_beyond_the_range_asks_for_the_last_day_that_can_be_made(tmp_path: Path) -> None:
    now = dt.datetime(2026, 3, 21, 12, tzinfo=dt.UTC)
    with dg.DagsterInstance.ephemeral() as instance:
        office = Office(tmp_path, instance, now)
        office.upload("my-company")
        assert asked(office.tick()) == [("my-company", "2026-03-20")]


def test_an_upload_none_of_whose_days_can_be_made_is_reported_and_passed(tmp_path: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        office = Office(tmp_path, instance, SERP_RADIO_START_DATE="2026-03-23")
        office.upload("my-company")
        result = office.tick()
        assert asked(result) == []
        assert "2026-03-23 to 2026-03-24 can" in str(result.skip_reason)


def test_before_the_first_day_that_can_be_made_nothing_is_asked_and_nothing_forgotten(tmp_path: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        office = Office(tmp_path, instance, SERP_RADIO_START_DATE="2027-01-01")
        office.upload("my-company")
        result = office.tick()
    assert "lies in the future" in str(result.skip_reason)
    assert result.cursor is None


def test_a_broken_file_is_named_and_the_others_are_served(office: Office) -> None:
    office.store.put("tenants/other/uploads/broken.zip", b"PK\x03\x04 not a zip")
    alone = office.tick()
    assert "broken.zip" in str(alone.skip_reason)
    office.upload("my-company")
    office.store.put("tenants/my-company/uploads/notes.csv", b"hello,world\n1,2\n")
    assert asked(office.tick()) == [("my-company", SUNDAY.isoformat())]


def test_a_cursor_that_somebody_edited_is_begun_anew_without_asking_twice(office: Office) -> None:
    office.upload("my-company")
    office.tick()
    office.tick()
    office.cursor = "edited"
    assert asked(office.tick()) == []


def test_a_tick_stops_when_its_time_is_over_and_the_next_goes_on(tmp_path: Path) -> None:
    seconds = iter(range(0, 100000, int(SECONDS_OF_A_TICK) // 2))
    with dg.DagsterInstance.ephemeral() as instance:
        office = Office(tmp_path, instance)
        for number in range(5):
            office.upload(f"tenant-{number}")
        slow = build_new_uploads(
            tenant_days(office.settings.start_date),
            dg.DefaultSensorStatus.STOPPED,
            lambda: NOW,
            seconds=lambda: next(seconds),
        )
        served = []
        for _ in range(5):
            context = dg.build_sensor_context(
                instance=instance,
                cursor=office.cursor,
                resources={"store": office.definitions.resources["store"]},  # type: ignore[index]
            )
            result = slow(context)
            assert isinstance(result, dg.SensorResult)
            office.cursor = result.cursor
            served.append(len(asked(result)))
    assert sum(served) == 5
    assert max(served) < 5


@pytest.mark.parametrize(("unattended", "running"), [("on", True), ("off", False)])
def test_sensor_and_schedules_begin_by_themselves_unless_switched_off(unattended: str, running: bool) -> None:
    definitions = build_defs(Settings.from_environment({"SERP_RADIO_UNATTENDED": unattended}))
    sensor = definitions.resolve_sensor_def("new_uploads")
    assert (sensor.default_status == dg.DefaultSensorStatus.RUNNING) == running
    for name in ("daily_fetch", "daily_sonification", "daily_overview"):
        schedule = definitions.resolve_schedule_def(name)
        assert (schedule.default_status == dg.DefaultScheduleStatus.RUNNING) == running


def test_a_fetch_asks_for_its_last_final_day(office: Office) -> None:
    days = tuple(demo_series(HARD_SETS["large"], SUNDAY)[-9:])
    fetch = ConsoleFetch("sc-domain:a.example", "web", days[0].date, days[-1].date, NOW, days[-2].date, days)
    key = upload_key(Tenant("acme"), fetch.file_name, "0" * 64, NOW)
    office.store.put(key, fetch.to_lines())
    assert asked(office.tick()) == [("acme", days[-3].date.isoformat())]
    office.store.put(f"{key}.json", replace(fetch, first_incomplete=days[0].date).to_lines())
    assert asked(office.tick()) == [("acme", SUNDAY.isoformat())]


def test_a_comparison_asks_for_no_run_and_the_days_beside_it_do(office: Office) -> None:
    days = demo_series(HARD_SETS["large"], SUNDAY)
    office.store.put("tenants/acme/uploads/compared.zip", generate_comparison_zip(days[-28:], days[-56:-28]))
    result = office.tick()
    assert asked(result) == []
    assert "compared.zip compares two periods and holds no days" in str(result.skip_reason)
    office.upload("acme")
    assert asked(office.tick()) == [("acme", SUNDAY.isoformat())]
    assert asked(office.tick()) == []
