import builtins
import importlib.metadata
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from serp_radio_pipeline.doctor import Finding, findings
from serp_radio_pipeline.settings import Settings


def found(settings: Settings) -> dict[str, Finding]:
    return {finding.subject: finding for finding in findings(settings)}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store=str(tmp_path / "store"), dagster_home=str(tmp_path / "home"))


def test_on_a_whole_installation_all_is_good(settings: Settings) -> None:
    assert [finding.subject for finding in findings(settings) if not finding.is_good] == []


def test_a_missing_package_is_named_with_how_to_get_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str, known: Callable[[str], str] = importlib.metadata.version) -> str:
        if name == "lameenc":
            raise importlib.metadata.PackageNotFoundError(name)
        return known(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    assert found(settings)["lameenc"] == Finding("lameenc", "is not installed", False, "pip install lameenc")


def test_a_room_that_cannot_load_is_a_finding_and_not_a_crash(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(name: str, *rest: Any, known: Callable[..., Any] = builtins.__import__) -> Any:
        if name.startswith("serp_radio_pipeline.defs"):
            raise ModuleNotFoundError("No module named 'dagster'", name="dagster")
        return known(name, *rest)

    monkeypatch.setattr(builtins, "__import__", load)
    rules = found(settings)["rules"]
    assert (rules.is_good, rules.state, rules.remedy) == (False, "No module named 'dagster'", "pip install dagster")


def test_wrong_rules_are_told_with_file_and_line(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "labels.yaml").write_text("rules:\n  - name: x\n    label: SIDEWAYS\n")
    rules = found(replace(settings, rules=str(tmp_path)))["rules"]
    assert not rules.is_good
    assert "labels.yaml" in rules.state


@pytest.mark.parametrize("subject", ["store", "DAGSTER_HOME"])
def test_a_folder_that_cannot_be_made_is_told_with_its_variable(
    settings: Settings, tmp_path: Path, subject: str
) -> None:
    (tmp_path / "file").touch()
    where = str(tmp_path / "file" / "below")
    finding = found(replace(settings, store=where, dagster_home=where))[subject]
    assert (finding.is_good, finding.state) == (False, f"{where} can't be written")
    assert ("SERP_RADIO_STORE" if subject == "store" else "DAGSTER_HOME") in finding.remedy


def test_a_folder_that_is_not_there_yet_is_good_and_stays_unmade(settings: Settings, tmp_path: Path) -> None:
    assert found(settings)["store"].state == f"{tmp_path / 'store'} (made on first use)"
    assert list(tmp_path.iterdir()) == []


def test_the_better_sound_is_offered_until_a_soundfont_is_chosen(settings: Settings) -> None:
    default = found(settings)["soundfont"]
    assert "FluidR3_GM sounds better" in default.remedy
    chosen = replace(settings, soundfont=default.state.rsplit(", ", 1)[-1])
    assert found(chosen)["soundfont"] == replace(default, remedy="")


def test_the_interpreter_is_named(settings: Settings) -> None:
    assert found(settings)["python"].state.endswith(sys.executable)
