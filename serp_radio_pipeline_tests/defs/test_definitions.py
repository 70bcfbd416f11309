"""The definitions as a whole: partitions, names, versions, what importing them costs, the doors of partition keys."""

import datetime as dt
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serp_radio_pipeline.definitions import build_defs
from serp_radio_pipeline.defs.code_versions import room_version
from serp_radio_pipeline.defs.instance import InstanceError, open_instance, prepare_home
from serp_radio_pipeline.defs.partitions import (
    TenantDayError,
    check_day_in_range,
    parse_tenant_day,
    tenant_day_key,
    tenant_days,
)
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.tenant import Tenant, TenantError

NOW = dt.datetime(2026, 3, 25, 12, tzinfo=dt.UTC)


def graph() -> Any:
    return build_defs(Settings.from_environment({})).resolve_asset_graph()


def test_the_stages_follow_each_other() -> None:
    parents = {
        key.to_user_string(): sorted(p.to_user_string() for p in graph().get(key).parent_keys)
        for key in graph().get_all_asset_keys()
    }
    assert parents == {
        "console_rows": [],
        "raw_metrics": [],
        "label_rules": [],
        "corrections": [],
        "annotations": [],
        "labels": ["corrections", "label_rules", "raw_metrics"],
        "trained_model": ["labels"],
        "own_motifs": [],
        "sound_pack": [],
        "controls": ["annotations", "labels", "own_motifs", "raw_metrics", "sound_pack", "trained_model"],
        "motif_catalog": [],
        "midi": ["controls"],
        "mp3": ["controls", "midi"],
        "episode": ["controls", "mp3"],
        "feed": ["controls", "episode", "mp3"],
        "tenant_overview": [],
    }


def test_every_asset_is_described_grouped_owned_and_versioned() -> None:
    for key in graph().get_all_asset_keys():
        node = graph().get(key)
        assert node.description
        assert node.owners == ["team:serp-radio"]
        assert node.group_name in ("ingest", "labels", "motifs", "music", "audio", "radio", "overview")
        assert node.kinds
        assert node.code_version or key.path[-1] in (
            "label_rules",
            "corrections",
            "own_motifs",
            "annotations",
            "sound_pack",
        )  # people make them, no code


def test_importing_the_definitions_loads_no_heavy_library() -> None:
    program = (
        "import sys, serp_radio_pipeline.definitions\n"
        "heavy = {'sklearn', 'matplotlib', 'scipy', 'pandas', 'pyarrow', 'PIL', 'lameenc', 'soundfile', 'pygame',"
        " 'boto3', 'botocore', 'dagster_aws', 'google', 'googleapiclient', 'httplib2', 'lxml', 'feedgen', 'jinja2'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"


def test_a_change_of_rules_is_a_change_of_version(tmp_path: Path) -> None:
    rules = tmp_path / "labels.yaml"
    rules.write_text("one")
    before = room_version("labels", rules)
    rules.write_text("two")
    room_version.cache_clear()
    assert room_version("labels", rules) != before
    assert room_version("music") != room_version("audio")


@given(st.text(max_size=30), st.dates())
def test_no_partition_key_opens_a_door(name: str, day: dt.date) -> None:
    key = dg.MultiPartitionKey({"date": day.isoformat(), "tenant": name})
    try:
        tenant = Tenant(name)
    except TenantError:
        with pytest.raises(TenantError):
            parse_tenant_day(key)
    else:
        assert parse_tenant_day(key) == (tenant, day)
        assert parse_tenant_day(tenant_day_key(tenant, day)) == (tenant, day)


@pytest.mark.parametrize("date", ["../x", "2026-13-01", "2026-1-1", ""])
def test_a_date_that_is_none_is_no_tenant_day(date: str) -> None:
    with pytest.raises(TenantDayError):
        parse_tenant_day(dg.MultiPartitionKey({"date": date, "tenant": "demo"}))


def test_a_key_of_another_shape_is_no_tenant_day() -> None:
    with pytest.raises(TenantDayError, match="choose a date and a tenant"):
        parse_tenant_day("2026-01-01|demo")


@pytest.mark.parametrize(("day", "fits"), [("2024-12-31", False), ("2025-01-01", True), ("2026-03-24", True)])
def test_the_range_begins_where_the_settings_say(day: str, fits: bool) -> None:
    partitions = tenant_days(dt.date(2025, 1, 1))
    if fits:
        check_day_in_range(partitions, dt.date.fromisoformat(day), NOW)
    else:
        with pytest.raises(TenantDayError, match="2025-01-01 to 2026-03-24"):
            check_day_in_range(partitions, dt.date.fromisoformat(day), NOW)


def test_a_day_that_is_not_over_in_california_has_no_partition_yet() -> None:
    partitions = tenant_days(dt.date(2025, 1, 1))
    with pytest.raises(TenantDayError):
        check_day_in_range(partitions, dt.date(2026, 3, 25), NOW)


def test_a_home_is_made_once_and_never_overwritten(tmp_path: Path) -> None:
    home = prepare_home(tmp_path / "home")
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    assert prepare_home(home) == home
    assert (home / "dagster.yaml").read_text() == "telemetry: {enabled: false}\n"


def test_the_shipped_dagster_yaml_opens(tmp_path: Path) -> None:
    with open_instance(tmp_path / "home") as instance:
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled


def test_a_broken_dagster_yaml_is_said(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text("telemetry: [")
    with pytest.raises(InstanceError, match=r"dagster\.yaml can't be used"):
        open_instance(tmp_path)


def test_a_start_in_the_future_is_said() -> None:
    with pytest.raises(TenantDayError, match="SERP_RADIO_START_DATE lies in the future"):
        check_day_in_range(tenant_days(dt.date(2030, 1, 1)), dt.date(2026, 3, 1), NOW)


def test_a_home_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InstanceError, match="can't be written"):
        prepare_home(tmp_path / "file" / "home")
