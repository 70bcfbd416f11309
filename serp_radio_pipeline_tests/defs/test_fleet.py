"""A fleet's day on one machine, with real processes, runs and instance."""

import json
import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections import Counter
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from serp_radio_pipeline.definitions import build_defs
from serp_radio_pipeline.defs.fleet import make_fleet
from serp_radio_pipeline.defs.instance import open_instance
from serp_radio_pipeline.defs.partitions import TENANTS, tenant_day_key
from serp_radio_pipeline.defs.runs import run_tenant_day
from serp_radio_pipeline.defs.warm_worker import Ending, FleetOrder, Outcome, WarmWorker
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.pack_choice import choose_pack
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.command_line import SerpRadio
from serp_radio_pipeline_tests.defs.fleets import (
    NOW,
    VICTIM,
    definitions_that_kill_the_victims_worker,
    files_in,
    order_of,
    settings_in,
    upload,
)
from serp_radio_pipeline_tests.episodes import SUNDAY

TENANT = Tenant("my-company")


def endings(outcomes: list[Outcome]) -> dict[str, Ending]:
    return {outcome.tenant.slug: outcome.ending for outcome in outcomes}


def made_once(settings: Settings, instance: dg.DagsterInstance, order: FleetOrder) -> Outcome:
    return WarmWorker(build_defs(settings), instance, order).make(TENANT, str(uuid.uuid4()))


@pytest.fixture
def made(tmp_path: Path) -> Settings:
    """A store with one tenant's last day made."""
    settings = settings_in(tmp_path)
    upload(settings, TENANT)
    with open_instance(settings.home_folder) as instance:
        assert made_once(settings, instance, order_of(settings)).ending == Ending.MADE
    return settings


def test_one_tenants_death_and_one_tenants_bad_file_are_theirs_alone(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    good = [Tenant("a-good"), Tenant("d-good")]
    for tenant in (*good, VICTIM):
        upload(settings, tenant)
    bad = Tenant("c-bad")
    LocalStore(settings.store_folder).put("tenants/c-bad/uploads/notes.csv", b"hello,world\n1,2\n")
    tenants = sorted([*good, VICTIM, bad])
    outcomes = list(make_fleet(settings, definitions_that_kill_the_victims_worker, tenants, order_of(settings), 2))
    assert endings(outcomes) == {"a-good": "made", "b-dies": "failed", "c-bad": "failed", "d-good": "made"}
    reasons = {outcome.tenant: outcome.reason for outcome in outcomes}
    assert reasons[VICTIM] == "the process that made it ended with exit code -9."
    assert "notes.csv" in reasons[bad]
    with open_instance(settings.home_folder) as instance:
        statuses = Counter((run.tags["dagster/partition/tenant"], run.status.value) for run in instance.get_runs())
        assert statuses == {("a-good", "SUCCESS"): 1, ("d-good", "SUCCESS"): 1, ("b-dies", "FAILURE"): 1}
        assert sorted(instance.get_dynamic_partitions(TENANTS)) == [tenant.slug for tenant in tenants]
    again = list(make_fleet(settings, build_defs, tenants, order_of(settings), 2))
    assert endings(again) == {"a-good": "skipped", "b-dies": "made", "c-bad": "failed", "d-good": "skipped"}


def test_what_is_up_to_date_is_not_made_again(made: Settings) -> None:
    before = files_in(made)
    with open_instance(made.home_folder) as instance:
        runs = instance.get_runs_count()
        assert made_once(made, instance, order_of(made)) == Outcome(TENANT, SUNDAY, Ending.SKIPPED, "up to date")
        assert instance.get_runs_count() == runs
    assert files_in(made) == before


def test_another_wish_a_new_upload_or_a_lost_file_makes_a_day_stale(made: Settings) -> None:
    with open_instance(made.home_folder) as instance:
        assert made_once(made, instance, order_of(made, "2w")).ending == Ending.MADE
        assert made_once(made, instance, order_of(made, "1w")).ending == Ending.MADE
        (made.store_folder / f"tenants/my-company/midi/{SUNDAY}.mid").unlink()
        assert made_once(made, instance, order_of(made)).ending == Ending.MADE
        assert made_once(made, instance, order_of(made)).ending == Ending.SKIPPED


def test_another_locale_makes_a_day_stale(made: Settings) -> None:
    german = replace(made, locale_name="de")
    with open_instance(made.home_folder) as instance:
        assert made_once(german, instance, order_of(made)).ending == Ending.MADE
        page = LocalStore(made.store_folder).get(f"tenants/my-company/episode/{SUNDAY}.html").decode()
        assert "Sonntag, 22. März 2026" in page
        assert made_once(german, instance, order_of(made)).ending == Ending.SKIPPED
        assert made_once(made, instance, order_of(made)).ending == Ending.MADE


def test_another_pack_that_a_tenant_chose_makes_its_day_stale(made: Settings) -> None:
    store, own_choice = LocalStore(made.store_folder), replace(order_of(made), pack="")
    with open_instance(made.home_folder) as instance:
        assert made_once(made, instance, own_choice).ending == Ending.SKIPPED
        choose_pack(store, TENANT, "8-bit", NOW)
        assert made_once(made, instance, own_choice).ending == Ending.MADE
        score = Score.from_json(store.get(f"tenants/my-company/controls/{SUNDAY}.json"))
        assert score.pack.name == "8-bit"
        assert made_once(made, instance, own_choice).ending == Ending.SKIPPED
        assert made_once(made, instance, order_of(made)).ending == Ending.MADE


def test_edited_rules_make_a_day_stale(tmp_path: Path, made: Settings) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(made.rules_folder, rules)
    with (rules / "labels.yaml").open("a") as file:
        file.write("# edited\n")
    edited = settings_in(tmp_path, SERP_RADIO_RULES=str(rules))
    with open_instance(made.home_folder) as instance:
        assert made_once(edited, instance, order_of(edited)).ending == Ending.MADE


def test_a_day_whose_last_run_failed_is_stale(made: Settings) -> None:
    with open_instance(made.home_folder) as instance:
        job = build_defs(made).resolve_job_def("sonify")
        job.execute_in_process(
            instance=instance,
            partition_key=tenant_day_key(TENANT, SUNDAY),
            asset_selection=[dg.AssetKey("raw_metrics")],
        )
        # one stage is newer than the others: whether they fit nobody says
        assert made_once(made, instance, order_of(made)).ending == Ending.MADE


def test_a_run_started_elsewhere_with_the_same_wishes_counts(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    upload(settings, TENANT)
    with open_instance(settings.home_folder) as instance:
        definitions = build_defs(settings)
        run_tenant_day(definitions, instance, TENANT, SUNDAY, lookback="1w", pack="newsroom")
        assert made_once(settings, instance, order_of(settings)).ending == Ending.SKIPPED


@pytest.mark.parametrize(("words", "says"), [(("--all", "tenant"), "Say which tenant"), ((), "Say which tenant")])
def test_either_one_tenant_or_all(serp_radio: SerpRadio, words: tuple[str, ...], says: str) -> None:
    answer = serp_radio("sonify", *words)
    assert answer.code == 1
    assert says in answer.sentence


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--lookback", "20w"), "13 weeks"),
        (("--pack", "polka"), "polka"),
        (("--date", "1999-01-01"), "outside"),
    ],
)
def test_a_wish_that_would_fail_for_all_is_refused_at_once(
    serp_radio: SerpRadio, words: tuple[str, ...], says: str
) -> None:
    answer = serp_radio("sonify", "--all", *words)
    assert answer.code == 1
    assert says in answer.sentence


def test_no_tenants_is_no_failure(serp_radio: SerpRadio) -> None:
    answer = serp_radio("sonify", "--all")
    assert (answer.code, answer.err) == (0, "")
    assert "No tenants yet" in answer.out


def test_the_closing_table_and_the_exit_code(serp_radio: SerpRadio, store_folder: Path) -> None:
    settings = Settings.from_environment()
    upload(settings, TENANT)
    answer = serp_radio("sonify", "--all", "--lookback", "1w")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines()[-1] == "1 made, 0 skipped, 0 failed"
    LocalStore(store_folder).put("tenants/other/uploads/notes.csv", b"hello,world\n1,2\n")
    answer = serp_radio("sonify", "--all", "--lookback", "1w")
    assert answer.code == 1
    assert answer.out.splitlines()[-1] == "0 made, 1 skipped, 1 failed"
    assert "notes.csv" in answer.out


def test_ctrl_c_lets_the_runs_in_progress_end(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    for number in range(6):
        upload(settings, Tenant(f"t{number}"))
    program = str(Path(sys.executable).with_name("serp-radio"))
    environment = {
        **os.environ,
        "SERP_RADIO_STORE": str(settings.store_folder),
        "DAGSTER_HOME": str(settings.home_folder),
        "SERP_RADIO_LOG_FORMAT": "json",
    }
    # what a shell starts in the background ignores Ctrl-C, and so would all below it: here it is heard again
    heeding = (
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    command = [sys.executable, "-c", heeding, program, "sonify", "--all", "--lookback", "1w"]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stderr is not None
    first = process.stderr.readline()  # a run has begun
    assert json.loads(first)["event"] == "PIPELINE_START"
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "not reached" in out
    assert "Traceback" not in err
    with open_instance(settings.home_folder) as instance:
        assert {run.status for run in instance.get_runs()} == {dg.DagsterRunStatus.SUCCESS}


def test_every_line_of_a_json_log_says_tenant_date_stage_and_run(
    made: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_in(tmp_path, SERP_RADIO_LOG_FORMAT="json")
    with open_instance(made.home_folder) as instance:
        capsys.readouterr()
        run = run_tenant_day(build_defs(settings), instance, TENANT, SUNDAY, lookback="2w", pack="newsroom")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {(line["tenant"], line["date"], line["run"]) for line in lines} == {
        ("my-company", SUNDAY.isoformat(), run.run_id)
    }
    assert {"raw_metrics", "labels", "controls", "midi", "mp3"} <= {line["stage"] for line in lines}
    assert [lines[0]["event"], lines[-1]["event"]] == ["PIPELINE_START", "PIPELINE_SUCCESS"]


def test_a_json_log_names_the_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = settings_in(tmp_path, SERP_RADIO_LOG_FORMAT="json")
    LocalStore(settings.store_folder).put("tenants/my-company/uploads/notes.csv", b"hello,world\n1,2\n")
    job = build_defs(settings).resolve_job_def("sonify")
    with open_instance(settings.home_folder) as instance:
        instance.add_dynamic_partitions(TENANTS, [TENANT.slug])
        # as the daemon starts it: with the job's own configuration
        job.execute_in_process(instance=instance, partition_key=tenant_day_key(TENANT, SUNDAY), raise_on_error=False)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    failure = next(line for line in lines if line["event"] == "STEP_FAILURE")
    assert (failure["level"], failure["stage"]) == ("ERROR", "raw_metrics")
    assert "notes.csv" in failure["error"]


def test_the_stored_episode_is_the_same_whoever_makes_it(made: Settings, tmp_path: Path) -> None:
    alone = settings_in(tmp_path / "alone")
    upload(alone, TENANT)
    with dg.DagsterInstance.ephemeral() as instance:
        run_tenant_day(build_defs(alone), instance, TENANT, SUNDAY, lookback="1w", pack="newsroom")
    assert files_in(alone) == files_in(made)
