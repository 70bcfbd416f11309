"""A user's own templates in a run: used where they work; where they don't, a check warns and the rest is intact."""

import shutil
from pathlib import Path

import dagster as dg

from serp_radio_pipeline.definitions import build_defs
from serp_radio_pipeline.defs.runs import run_tenant_day
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.defs.fleets import upload
from serp_radio_pipeline_tests.episodes import SUNDAY

TENANT = Tenant("my-company")


def test_a_good_one_is_used_and_a_faulty_one_is_warned_of(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(Settings.from_environment({}).rules_folder, rules)
    (rules / "templates").mkdir()
    (rules / "templates" / "notes.md").write_text("Mine: {{ verdict }}")
    (rules / "templates" / "tenant.html").write_text("<h1>\n{{ absent }}")
    settings = Settings.from_environment({"SERP_RADIO_STORE": str(tmp_path / "store"), "SERP_RADIO_RULES": str(rules)})
    upload(settings, TENANT)
    with dg.DagsterInstance.ephemeral() as instance:
        run = run_tenant_day(build_defs(settings), instance, TENANT, SUNDAY, lookback="1w", pack="newsroom")
        records = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION).records
    evaluations = [record.event_log_entry.dagster_event.asset_check_evaluation_data for record in records]
    found = {one.asset_key.to_user_string(): one for one in evaluations if one.check_name == "own_templates_work"}
    assert (found["episode"].passed, found["episode"].description) == (True, "All holds.")
    assert (found["feed"].passed, found["feed"].severity) == (False, dg.AssetCheckSeverity.WARN)
    assert found["feed"].description == (
        "templates/tenant.html, line 2: 'absent' is undefined; the shipped one is used."
    )
    store = LocalStore(settings.store_folder)
    assert store.get(f"tenants/my-company/episode/{SUNDAY}.md").startswith(b"Mine: ")
    assert b"Compare two days by ear" in store.get("tenants/my-company/index.html")
