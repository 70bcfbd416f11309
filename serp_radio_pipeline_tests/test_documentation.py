"""What README and docs say is true: commands, targets, settings, tables and examples."""

import dataclasses
import datetime as dt
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from serp_radio_pipeline.cli import app
from serp_radio_pipeline.console.source import parse_source
from serp_radio_pipeline.console.spans import newest_days
from serp_radio_pipeline.labels.features import FEATURES, TEXT_FEATURES
from serp_radio_pipeline.labels.rules import parse_rules
from serp_radio_pipeline.music.earcons import EARCONS
from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline.radio.show_notes import show_notes
from serp_radio_pipeline.radio.templates import read_templates, using_templates
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.command_line import SerpRadio
from serp_radio_pipeline_tests.console.console_server import console_server
from serp_radio_pipeline_tests.console.made_up_site import made_up_site
from serp_radio_pipeline_tests.defs.fleets import upload
from serp_radio_pipeline_tests.episodes import demo_score
from serp_radio_pipeline_tests.radio.entries import entry_of

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def table_rows(page: Path) -> set[str]:
    return {line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("|")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_target_named_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:\$ |`|')serp-radio ([a-z]+)", text)) <= commands
    assert set(re.findall(r"(?:\$ |`)make ([a-z-]+)", text)) <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_named_exists(page: Path) -> None:
    for name in re.findall(r"`((?:docs|rules)/[\w./-]+)`", page.read_text(encoding="utf-8")):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_linked_exists(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_short_example_is_linked() -> None:
    text = (ROOT / "docs/how-it-sounds.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\((sounds/[^)]+)\)", text))
    assert linked == {f"sounds/{path.name}" for path in (ROOT / "docs/sounds").iterdir()}


def test_readme_and_example_environment_list_every_setting_with_its_default() -> None:
    rows = table_rows(ROOT / "README.md")
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    for setting in dataclasses.fields(Settings):
        variable = setting.metadata["variable"]
        row = next(row for row in rows if row.startswith(f"| `{variable}` |"))
        assert not setting.default or f"| `{setting.default}` |" in row
        assert f"# {variable}={setting.default}\n" in example


def test_the_commands_shown_for_feeds_do_what_is_shown(
    serp_radio: SerpRadio, store_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, entry = LocalStore(store_folder), entry_of(0, tenant="my-company")
    store.put("tenants/my-company/uploads/x.csv", b"x")
    store.put(f"tenants/my-company/feed/{entry.date}.json", entry.to_json())
    store.put(f"tenants/my-company/mp3/{entry.date}.mp3", b"ID3")
    monkeypatch.chdir(tmp_path)
    commands = [part for block in blocks(ROOT / "docs" / "feed.md", "console") for part in block.split("$ ")[1:]]
    assert len(commands) == 7
    for command in commands:
        line, shown = command.split("\n", 1)
        first, *words = shlex.split(line, comments=True)
        if first == "export":
            monkeypatch.setenv(*words[0].split("="))
            continue
        answer = serp_radio(*words)
        assert answer.code == 0, line
        assert re.match(re.escape(shown).replace(re.escape("..."), "[A-Za-z0-9_-]+"), answer.out), line
    assert list((tmp_path / "www" / "feeds").iterdir()) == []


def test_the_template_shown_is_used_and_escapes_what_a_tenant_wrote(tmp_path: Path) -> None:
    (example,) = blocks(ROOT / "docs" / "pages.md", "jinja")
    (tmp_path / "notes.md").write_text(example, encoding="utf-8")
    with using_templates(read_templates(tmp_path)) as problems:
        notes = show_notes(demo_score().model_copy(update={"tenant": "a*b"})).decode()
    assert problems == []
    assert notes.startswith("# a\\*b: Momentum up\n\n259 clicks this Sunday")


def test_the_table_of_features_is_the_codes() -> None:
    rows = table_rows(ROOT / "docs" / "labels.md")
    assert {f"| `{name}` | {meaning.meaning} | {meaning.unit} |" for name, meaning in FEATURES.items()} <= rows
    assert {f"| `{name}` | {meaning} | text, with `==` only |" for name, meaning in TEXT_FEATURES.items()} <= rows


def test_the_table_of_events_has_a_row_for_each_earcon() -> None:
    rows = [row.split("|")[1:3] for row in table_rows(ROOT / "docs" / "how-it-sounds.md") if row.startswith("| `")]
    heard = {kind.strip(" `"): sound for kind, sound in rows}
    assert heard.keys() == EARCONS.keys()
    for kind, earcon in EARCONS.items():
        if kind != "retune":  # the pack's motif plays it
            instrument = earcon.name.replace("two ", "").split(" ")[0].rstrip(",")
            assert instrument in heard[kind], kind


def test_the_rules_shown_are_rules() -> None:
    (shown,) = blocks(ROOT / "docs" / "labels.md", "yaml")
    assert [rule.name for rule in parse_rules(shown, name="docs").rules] == ["step up"]


def test_the_commands_shown_for_labels_say_what_is_shown(
    serp_radio: SerpRadio, store_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(Settings.from_environment(), Tenant("my-company"), "demo")
    monkeypatch.chdir(tmp_path)
    commands = [part for block in blocks(ROOT / "docs" / "labels.md", "console") for part in block.split("$ ")[1:]]
    assert len(commands) == 10
    for command in commands:
        line, shown = command.split("\n", 1)
        words, _, file = line.partition(" > ")
        answer = serp_radio(*shlex.split(words)[1:])
        assert (answer.code, answer.err) == (0, ""), line
        if file:
            changed = answer.out.replace("slope >= 0.004", "slope >= 0.008")
            Path(file).write_text(changed, encoding="utf-8")
        else:
            pattern = re.escape(shown).replace(re.escape("..."), ".*")
            assert re.fullmatch(pattern, answer.out, re.DOTALL), f"{line}\n{answer.out}"


def test_the_decoder_in_the_file_contract_runs_and_is_right(tmp_path: Path) -> None:
    (program,) = blocks(ROOT / "docs" / "file-contract.md", "python")
    score = demo_score(series="gaps")
    (tmp_path / "episode.mid").write_bytes(midi_bytes(score))
    command = [sys.executable, "-c", program]
    printed = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.splitlines()
    step = 2 ** ((score.calibration.clicks.high - score.calibration.clicks.low) / len(score.calibration.clicks.pitches))
    assert len(printed) == len(score.days)
    for line, day in zip(printed, score.days, strict=True):
        date, heard = line.split(" ", 1)
        assert date == day.date.isoformat()
        if day.is_missing:
            assert heard == "no data"
        elif not day.notes[0].clipped:
            assert day.clicks is not None
            assert day.clicks / step - 1 <= int(heard) <= day.clicks * step + 1


def test_the_commands_shown_for_search_console_say_what_is_shown(
    serp_radio: SerpRadio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = [
        part for block in blocks(ROOT / "docs" / "search-console.md", "console") for part in block.split("$ ")[1:]
    ]
    assert len(commands) == 5
    with console_server(tmp_path / "server") as server:
        server.sites["sc-domain:demo.example"] = made_up_site(newest_days(dt.datetime.now(dt.UTC), 1).last)
        (tmp_path / "key.json").write_text(server.service_account)
        monkeypatch.setenv("SHOP_SECRET", str(tmp_path / "key.json"))
        monkeypatch.setenv("SERP_RADIO_SEARCH_CONSOLE_URL", server.endpoint)
        monkeypatch.setenv("SERP_RADIO_SEARCH_CONSOLE_CA", str(server.certificates.authority))
        assert commands[0].startswith("export SHOP_SECRET=")
        for command in commands[1:]:
            line, shown = command.split("\n", 1)
            answer = serp_radio(*shlex.split(line)[1:])
            pattern = re.escape(shown).replace(re.escape("..."), ".*")
            assert re.match(pattern, answer.out, re.DOTALL), f"{line}\n{answer.out}{answer.err}"


def test_the_source_shown_is_a_source() -> None:
    (shown,) = blocks(ROOT / "docs" / "search-console.md", "yaml")
    assert parse_source(shown.encode()).to_yaml().decode() == shown
