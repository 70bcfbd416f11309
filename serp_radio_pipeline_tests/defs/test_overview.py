"""The morning's table and the check of who is late, on a real instance: what they say of good and bad tenants."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serp_radio_pipeline.definitions import build_defs
from serp_radio_pipeline.defs.metadata import overview_markdown
from serp_radio_pipeline.defs.runs import RunFailedError, run_tenant_day
from serp_radio_pipeline.ingest.demo_series import HARD_SETS, demo_series, generate_export_csv
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.radio.overview import Overview, OverviewError, TenantState
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.episodes import SUNDAY

SOON = dt.datetime(2026, 3, 25, 7, tzinfo=dt.UTC)


class Fleet:
    """A store with a good tenant, one whose file is broken, one with a spare file, one that has nothing yet."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        self.settings = Settings.from_environment({"SERP_RADIO_STORE": str(folder)})
        self.store = LocalStore(folder)
        export = generate_export_csv(demo_series(HARD_SETS["small and steady"], SUNDAY))
        for tenant in ("good", "spare"):
            self.store.put(f"tenants/{tenant}/uploads/Chart.csv", export)
        self.store.put("tenants/spare/uploads/notes.csv", b"hello,world\n1,2\n")
        self.store.put("tenants/broken/uploads/broken.zip", b"PK\x03\x04 not a zip")
        self.store.put("tenants/Bad Name/uploads/x.csv", b"x")
        definitions = build_defs(self.settings)
        for tenant in ("good", "spare"):
            run_tenant_day(definitions, instance, Tenant(tenant), SUNDAY, lookback="1w", pack="newsroom")
        with pytest.raises(RunFailedError):
            run_tenant_day(definitions, instance, Tenant("broken"), SUNDAY, lookback="1w", pack="newsroom")
        self.store.put("tenants/good/mp3/notes.txt", b"other hands' file")

    def overview(self, now: dt.datetime | None = None) -> dg.ExecuteInProcessResult:
        """Make the overview at a moment: now, for what the instance remembers of runs is of now."""
        definitions = build_defs(self.settings, now=lambda: now or dt.datetime.now(dt.UTC))
        return definitions.resolve_job_def("overview").execute_in_process(instance=self.instance)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Fleet(tmp_path_factory.mktemp("fleet"), instance)


def freshness(result: dg.ExecuteInProcessResult) -> dg.AssetCheckEvaluation:
    checks = {one.check_name: one for one in result.get_asset_check_evaluations()}
    assert checks.keys() == {"every_tenant_is_fresh", "every_source_is_connected", "own_templates_work"}
    return checks["every_tenant_is_fresh"]


def test_the_overview_has_each_tenants_day_label_checks_clicks_and_link(fleet: Fleet) -> None:
    overview = fleet.overview().output_for_node("tenant_overview")
    states = {state.tenant.slug: state for state in overview.tenants}
    assert list(states) == ["broken", "good", "spare"]
    good = states["good"]
    assert (good.last_day, good.checks, len(good.clicks)) == (SUNDAY, "passed", 7)
    assert good.label in Label
    assert good.link == fleet.store.uri(f"tenants/good/mp3/{SUNDAY}.mp3")
    assert states["spare"].checks == "failed: every_upload_was_read"
    assert (states["broken"].last_day, states["broken"].checks) == (None, "run failed")


def test_the_overview_is_stored_once_and_reads_back(fleet: Fleet) -> None:
    overview = fleet.overview().output_for_node("tenant_overview")
    assert Overview.from_json(fleet.store.get("catalog/tenant_overview.json")) == overview


def test_the_ui_shows_who_is_in_trouble_first_with_a_picture_and_a_link(fleet: Fleet) -> None:
    fleet.overview()
    event = fleet.instance.get_latest_materialization_event(dg.AssetKey("tenant_overview"))
    assert event is not None
    assert event.asset_materialization is not None
    metadata = event.asset_materialization.metadata
    shown = str(metadata["tenants"].value).splitlines()
    assert [line.split(" | ")[0] for line in shown[2:]] == ["| broken", "| spare", "| good"]
    assert shown[4].count("data:image/svg+xml;base64,") == 2
    assert str(metadata["verdicts"].value).startswith("![verdicts](data:image/svg+xml;base64,")
    assert "![clicks](data:image/svg+xml;base64," in shown[4]
    assert f"`{fleet.store.uri(f'tenants/good/mp3/{SUNDAY}.mp3')}`" in shown[4]
    assert metadata["in trouble"].value == 2
    assert str(metadata["uri"].value).endswith("/catalog/tenant_overview.json")
    assert metadata["fleet page"].value == fleet.store.uri("catalog/fleet.html")
    assert b'<a href="../tenants/good/index.html">good</a>' in fleet.store.get("catalog/fleet.html")
    assert fleet.store.exists("tenants/good/index.html")


def test_days_after_the_last_run_the_overview_still_knows_its_checks(fleet: Fleet) -> None:
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=9)
    states = {state.tenant.slug: state for state in fleet.overview(later).output_for_node("tenant_overview").tenants}
    assert states["good"].checks == "passed"
    assert states["broken"].checks == "no run"


def test_tenants_with_uploads_and_no_episode_are_late(fleet: Fleet) -> None:
    check = freshness(fleet.overview(SOON))
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.WARN
    assert check.description == "1 of 3 tenants late: broken (no episode)"
    records = check.metadata["late tenants"].records  # type: ignore[union-attr]
    assert [record.data["tenant"] for record in records] == ["broken"]


@pytest.mark.parametrize(("days", "late"), [(4, ["broken"]), (5, ["broken", "good", "spare"])])
def test_an_episode_is_late_a_day_after_the_datas_delay(fleet: Fleet, days: int, late: list[str]) -> None:
    now = dt.datetime.combine(SUNDAY + dt.timedelta(days=days), dt.time(23, tzinfo=dt.UTC))
    records = freshness(fleet.overview(now)).metadata["late tenants"].records  # type: ignore[union-attr]
    assert [record.data["tenant"] for record in records] == late


def test_a_score_that_can_not_be_read_leaves_its_row_without_label(fleet: Fleet) -> None:
    key = f"tenants/spare/controls/{SUNDAY}.json"
    before = fleet.store.get(key)
    fleet.store.put(key, b"{")
    try:
        states = fleet.overview().output_for_node("tenant_overview").tenants
    finally:
        fleet.store.put(key, before)
    assert [(state.last_day, state.label) for state in states if state.tenant.slug == "spare"] == [(SUNDAY, None)]


def test_an_empty_store_has_an_empty_table_and_nobody_is_late(tmp_path: Path) -> None:
    definitions = build_defs(Settings.from_environment({"SERP_RADIO_STORE": str(tmp_path)}))
    with dg.DagsterInstance.ephemeral() as instance:
        result = definitions.resolve_job_def("overview").execute_in_process(instance=instance)
    assert freshness(result).passed
    assert result.output_for_node("tenant_overview").tenants == ()


@pytest.mark.parametrize(
    ("address", "cell"),
    [
        ("s3://bucket/a` | <b/x.mp3", "`s3://bucket/a%60%20%7C%20%3Cb/x.mp3`"),
        ("https://radio.example/a> | b", "[listen](<https://radio.example/a%3E%20%7C%20b>)"),
        ("", ""),
    ],
)
def test_nothing_in_a_stores_address_ends_a_link_or_a_cell(address: str, cell: str) -> None:
    row = overview_markdown([TenantState(Tenant("a"), True, SUNDAY, Label.NEUTRAL, link=address)]).splitlines()[-1]
    assert row.count(" | ") == 5
    assert row.endswith(f" | {cell} |")


states = st.builds(
    TenantState,
    st.from_regex(r"\A[a-z0-9]{1,8}\Z").map(Tenant),
    st.booleans(),
    st.none() | st.dates(),
    st.none() | st.sampled_from(Label),
    st.sampled_from(["passed", "no run", "failed: mp3_is_fit_to_publish"]),
    st.lists(st.none() | st.integers(0, 10**9)).map(tuple),
    st.text(max_size=20).filter(lambda text: text.isprintable()),
)


@given(st.datetimes(timezones=st.just(dt.UTC)), st.lists(states, max_size=5).map(tuple))
def test_an_overview_reads_back_as_it_was_written(made_at: dt.datetime, rows: tuple[TenantState, ...]) -> None:
    overview = Overview(made_at, rows)
    assert Overview.from_json(overview.to_json()) == overview


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"format": "x"}', b"\xff", b"[" * 100_000])
def test_bytes_that_are_no_overview_are_refused(content: bytes) -> None:
    with pytest.raises(OverviewError):
        Overview.from_json(content)
