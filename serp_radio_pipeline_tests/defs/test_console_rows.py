"""Fetching in Dagster: what a run leaves behind, what its checks say, for whom the schedule asks, and nobody else's."""

import datetime as dt
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest import mock

import dagster as dg
import pytest

from serp_radio_pipeline.console.source import make_source
from serp_radio_pipeline.definitions import build_defs
from serp_radio_pipeline.defs.partitions import TENANTS, tenant_day_key
from serp_radio_pipeline.defs.resources import ConsoleResource
from serp_radio_pipeline.defs.schedules import tenants_connected
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.sources import write_source
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.console.console_server import ConsoleServer, Fault, console_server
from serp_radio_pipeline_tests.console.made_up_site import made_up_site
from serp_radio_pipeline_tests.defs.memory_store import MemoryStore
from serp_radio_pipeline_tests.storage.test_tenant_feed import put_episode

SITE = "sc-domain:demo.example"
YESTERDAY = dt.date(2026, 3, 23)
NOW = dt.datetime(2026, 3, 25, 5, tzinfo=dt.UTC)
SHOP, OTHER, UPLOADER = "shop", "other", "uploader"


class Office:
    """Two connected tenants and one that lives on uploads, on an instance of their own."""

    def __init__(self, folder: Path, server: ConsoleServer, instance: dg.DagsterInstance) -> None:
        self.server, self.instance, self.store = server, instance, LocalStore(folder)
        self.settings = Settings.from_environment({"SERP_RADIO_STORE": str(folder)})
        server.sites[SITE] = made_up_site(YESTERDAY)
        write_source(self.store, Tenant(SHOP), make_source(SITE, "env:SHOP_SECRET"))
        write_source(self.store, Tenant(OTHER), make_source(SITE, "env:OTHER_SECRET", details=False))
        self.store.put(f"tenants/{UPLOADER}/uploads/Chart.csv", b"x")
        instance.add_dynamic_partitions(TENANTS, [SHOP, OTHER, UPLOADER])

    def definitions(self) -> dg.Definitions:
        console = ConsoleResource(
            endpoint=self.server.endpoint,
            authorities=str(self.server.certificates.authority),
            timeout_seconds=5,
            tries=2,
            fault_seconds=0,
            quota_seconds=0,
        )
        return build_defs(self.settings, resource_overrides={"console": console}, now=lambda: NOW)

    def fetch(self, tenant: str) -> dg.ExecuteInProcessResult:
        job = self.definitions().resolve_job_def("fetch")
        return job.execute_in_process(instance=self.instance, partition_key=tenant, raise_on_error=False)

    def overview_check(self) -> dg.AssetCheckEvaluation:
        result = self.definitions().resolve_job_def("overview").execute_in_process(instance=self.instance)
        checks = {one.check_name: one for one in result.get_asset_check_evaluations()}
        return checks["every_source_is_connected"]

    def schedule(self) -> dg.SkipReason | list[dg.RunRequest]:
        definitions = self.definitions()
        context = dg.build_schedule_context(
            instance=self.instance,
            scheduled_execution_time=NOW,
            resources={"store": definitions.resources["store"]},  # type: ignore[index]
        )
        # a schedule opens its instance by reference, which an ephemeral one does not have
        with mock.patch.object(dg.ScheduleEvaluationContext, "instance", self.instance):
            return definitions.resolve_schedule_def("daily_fetch")(context)  # type: ignore[return-value]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with console_server(tmp_path / "server") as server, dg.DagsterInstance.ephemeral() as instance:
        monkeypatch.setenv("SHOP_SECRET", server.service_account)
        monkeypatch.setenv("OTHER_SECRET", server.authorized_user)
        yield Office(tmp_path / "store", server, instance)


def checked(result: dg.ExecuteInProcessResult) -> dg.AssetCheckEvaluation:
    (evaluation,) = result.get_asset_check_evaluations()
    return evaluation


def test_raw_metrics_are_the_servers_rows_to_the_last_digit(office: Office) -> None:
    assert office.fetch(SHOP).success
    job = office.definitions().resolve_job_def("sonify")
    result = job.execute_in_process(
        instance=office.instance,
        partition_key=tenant_day_key(Tenant(SHOP), YESTERDAY),
        asset_selection=[dg.AssetKey("raw_metrics")],
    )
    metrics = result.output_for_node("raw_metrics")
    assert isinstance(metrics, DailyMetrics)
    rows = {row.date: (row.date.isoformat(), row.clicks, row.impressions, row.position) for row in metrics.rows}
    assert rows == office.server.sites[SITE].days
    assert [row.date for row in metrics.rows if row.is_provisional] == [dt.date(2026, 3, 22), YESTERDAY]


def test_a_run_says_what_it_asked_for_and_what_came(office: Office) -> None:
    result = office.fetch(SHOP)
    assert checked(result).passed
    (event,) = result.asset_materializations_for_node("console_rows")
    shown = {name: value.value for name, value in event.metadata.items()}
    assert shown["days asked for"] == "2024-11-24 to 2026-03-23"
    assert shown["days with data"] == "2025-08-26 to 2026-03-23"
    assert shown["first provisional day"] == "2026-03-22"
    assert shown["days of queries and pages"] == 56
    assert shown["secret"] == "env:SHOP_SECRET"  # noqa: S105 - its name
    assert shown["restated"] == "nothing"
    assert "the rest is anonymised" in str(shown["notes"])


@pytest.mark.parametrize("trouble", ["invalid_grant", "401", "unset"])
def test_revoked_credentials_read_reconnect_in_the_checks(
    office: Office, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if trouble == "unset":
        monkeypatch.delenv("SHOP_SECRET")
    office.server.fault_of_tokens = trouble if trouble == "invalid_grant" else ""
    office.server.refuse_tokens = trouble == "401"
    result = office.fetch(SHOP)
    words = "SHOP_SECRET is not set" if trouble == "unset" else f"({trouble}): reconnect"
    assert not result.success
    assert not checked(result).passed
    assert words in str(checked(result).description)
    fleet = office.overview_check()
    assert (fleet.passed, fleet.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert words in str(fleet.description)
    assert fleet.metadata["to connect again"].value == SHOP
    assert fleet.metadata["connected tenants"].value == 2


def test_the_page_that_says_reconnect_keeps_its_locale(office: Office) -> None:
    office.settings = Settings.from_environment(
        {"SERP_RADIO_STORE": office.settings.store_url, "SERP_RADIO_LOCALE": "de"}
    )
    put_episode(office.store, 0, tenant=SHOP)
    office.server.fault_of_tokens = "invalid_grant"
    assert not office.fetch(SHOP).success
    page = office.store.get(f"tenants/{SHOP}/index.html").decode()
    assert "it must be connected again" in page
    assert "März" in page


def test_the_next_good_fetch_clears_the_checks(office: Office) -> None:
    office.server.fault_of_tokens = "invalid_grant"
    office.fetch(SHOP)
    office.server.fault_of_tokens = ""
    assert checked(office.fetch(SHOP)).passed
    assert office.overview_check().passed


def test_one_tenants_trouble_never_touches_another(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_SECRET", "{}")
    assert not office.fetch(SHOP).success
    assert office.fetch(OTHER).success
    assert office.overview_check().metadata["to connect again"].value == SHOP
    assert list(office.store.list(f"tenants/{SHOP}/uploads/")) == []


def test_a_server_that_is_failing_is_no_reason_to_reconnect(office: Office) -> None:
    office.server.faults.extend([Fault(503)] * 9)
    result = office.fetch(SHOP)
    assert not result.success
    assert result.get_asset_check_evaluations() == []
    assert office.overview_check().passed


def test_a_tenant_that_lives_on_uploads_is_told_how_to_connect(office: Office) -> None:
    result = office.fetch(UPLOADER)
    assert not result.success
    assert "serp-radio connect uploader" in str(checked(result).description)
    assert office.overview_check().passed


def test_the_schedule_asks_for_whoever_is_connected_an_hour_before_the_episodes(office: Office) -> None:
    requests = office.schedule()
    assert isinstance(requests, list)
    assert [(one.partition_key, one.run_key) for one in requests] == [
        (OTHER, "other@2026-03-25"),
        (SHOP, "shop@2026-03-25"),
    ]
    definitions = office.definitions()
    crons = [definitions.resolve_schedule_def(name).cron_schedule for name in ("daily_fetch", "daily_sonification")]
    assert crons == ["0 5 * * *", "0 6 * * *"]


def test_a_tenant_that_was_connected_elsewhere_gets_its_partition(office: Office) -> None:
    office.instance.delete_dynamic_partition(TENANTS, SHOP)
    office.schedule()
    assert SHOP in office.instance.get_dynamic_partitions(TENANTS)


def test_where_nobody_is_connected_the_schedule_says_so(tmp_path: Path, office: Office) -> None:
    for tenant in (SHOP, OTHER):
        (tmp_path / "store" / "tenants" / tenant / "sources.yaml").unlink()
    skipped = office.schedule()
    assert isinstance(skipped, dg.SkipReason)
    assert skipped.skip_message == "No tenant is connected to Search Console."


def test_a_tenant_that_cant_be_looked_up_is_not_left_out() -> None:
    store = MemoryStore()
    store.put("tenants/a/sources.yaml", b"x")
    with mock.patch.object(store, "exists", side_effect=[True, False]):
        assert tenants_connected(store, [Tenant("a"), Tenant("b")]) == [Tenant("a")]


def test_a_fetchs_json_log_says_whose_it_is(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.settings = replace(office.settings, log_format="json")
    capsys.readouterr()
    office.fetch(SHOP)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {(line["tenant"], line["date"]) for line in lines} == {(SHOP, None)}
    assert any("210 days from 2025-08-26 to 2026-03-23" in line["message"] for line in lines)


def test_nothing_secret_is_in_events_logs_or_the_store(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    office.fetch(SHOP)
    office.server.fault_of_tokens = "invalid_grant"
    results = [office.fetch(SHOP), office.fetch(OTHER)]
    told = [str(event) for result in results for event in result.all_events]
    records = [
        str(record)
        for run in office.instance.get_runs()
        for record in office.instance.all_logs(run.run_id)  # with every error and its causes
    ]
    kept = [office.store.get(stored.key).decode(errors="replace") for stored in office.store.list("")]
    text = "\n".join([*told, *records, *kept, caplog.text])
    assert "reconnect" in text
    assert [secret for secret in office.server.unspeakable if secret in text] == []
