"""The two `dagster.yaml`s: the one we ship and the one in docs/deploy.md, as far as they load without a PostgreSQL."""

import importlib
import re
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster._core.instance.config import dagster_instance_config

from serp_radio_pipeline.defs import instance as instance_module
from serp_radio_pipeline.defs.instance import open_instance, prepare_home

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy.md"
ONE_RUN_PER_TENANT = {
    "key": "dagster/partition/tenant",
    "value": {"applyLimitPerUniqueValue": True},
    "limit": 1,
}


def documented() -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", DEPLOY.read_text(encoding="utf-8"), re.DOTALL)


def classes_in(config: Any) -> list[tuple[str, str]]:
    if not isinstance(config, dict):
        return []
    here = [(config["module"], config["class"])] if {"module", "class"} <= config.keys() else []
    return here + [found for value in config.values() for found in classes_in(value)]


def test_the_shipped_queue_holds_a_run_per_core_and_one_per_tenant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instance_module, "available_cores", lambda: 7)
    with open_instance(tmp_path / "home") as instance:
        queue = instance.run_coordinator.get_run_queue_config()  # type: ignore[attr-defined]
        assert queue.max_concurrent_runs == 7
        assert queue.tag_concurrency_limits == [ONE_RUN_PER_TENANT]
        assert instance.run_coordinator.dequeue_interval_seconds == 1  # type: ignore[attr-defined]


def test_the_documented_production_file_fits_dagsters_schema(tmp_path: Path) -> None:
    production = documented()[0]
    (tmp_path / "dagster.yaml").write_text(production)
    config, _ = dagster_instance_config(str(tmp_path))
    assert set(config["storage"]["postgres"]["postgres_db"]) >= {"hostname", "username", "password", "db_name"}
    assert re.findall(r"password: *([^\n]+)", production) == ["{env: DAGSTER_PG_PASSWORD}"]


def test_everything_in_the_production_file_but_postgres_opens(tmp_path: Path) -> None:
    config = yaml.safe_load(documented()[0])
    del config["storage"]
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text(yaml.safe_dump(config))
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert instance.run_coordinator.get_run_queue_config().tag_concurrency_limits == [  # type: ignore[attr-defined]
            ONE_RUN_PER_TENANT
        ]


@pytest.mark.parametrize("config", documented())
def test_every_class_named_exists(config: str) -> None:
    for module, name in classes_in(yaml.safe_load(config)):
        if module.startswith("dagster_celery"):
            continue  # optional, as the page says: not among what this project installs
        assert hasattr(importlib.import_module(module), name)


def test_a_home_with_a_storage_of_its_own_keeps_it(tmp_path: Path) -> None:
    home = prepare_home(tmp_path / "home")
    (home / "dagster.yaml").write_text(f"storage: {{sqlite: {{base_dir: {tmp_path / 'elsewhere'}}}}}\n")
    with open_instance(home) as instance:
        instance.add_dynamic_partitions("tenants", ["one"])
    assert (tmp_path / "elsewhere" / "history").is_dir()
    assert not (home / "history").exists()


def test_runs_recorded_through_open_connections_are_dagsters_own_files(tmp_path: Path) -> None:
    """What the command line writes, the UI reads with the storage it would use by itself, and the other way round."""
    home = tmp_path / "home"

    @dg.op
    def nothing() -> None: ...

    @dg.job
    def empty() -> None:
        nothing()

    with open_instance(home) as ours:
        first = empty.execute_in_process(instance=ours).run_id
    with dg.DagsterInstance.from_config(str(home)) as stock:
        second = empty.execute_in_process(instance=stock).run_id
        events = {run.run_id: len(stock.all_logs(run.run_id)) for run in stock.get_runs()}
    with open_instance(home) as ours:
        assert {run.run_id: len(ours.all_logs(run.run_id)) for run in ours.get_runs()} == events
    assert events.keys() == {first, second}
    assert events[first] == events[second]
