"""`serp-radio rules`, as a person meets it."""

from pathlib import Path

import pytest

from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.command_line import SerpRadio
from serp_radio_pipeline_tests.defs.fleets import upload

ACME = "acme"
DEFAULT_RULES = (Settings.from_environment({}).rules_folder / "labels.yaml").read_bytes()
STRICTER = DEFAULT_RULES.replace(b"slope >= 0.004", b"slope >= 0.02").replace(b"momentum >= 0.10", b"momentum >= 0.5")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_bytes(STRICTER)
    return path


@pytest.fixture
def acme(store_folder: Path) -> LocalStore:
    settings = Settings.from_environment()
    for name in (ACME, "other"):
        upload(settings, Tenant(name))
    return LocalStore(store_folder)


def everything_in(store: LocalStore) -> dict[str, bytes]:
    return {stored.key: store.get(stored.key) for stored in store.list("")}


def test_a_file_is_checked_without_any_tenant(serp_radio: SerpRadio, file: Path, store_folder: Path) -> None:
    answer = serp_radio("rules", "check", file)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("mine.yaml: 7 rules and a default, SHA-256 ")
    assert not store_folder.exists()


def test_a_tenants_rules_in_force_are_checked_too(serp_radio: SerpRadio, file: Path, acme: LocalStore) -> None:
    assert serp_radio("rules", "check", ACME).out.startswith("acme: default, 7 rules and a default, SHA-256 ")
    assert serp_radio("rules", "check", ACME, file).out.startswith("mine.yaml: 7 rules and a default")
    assert "is not a tenant name" in serp_radio("rules", "check", "Acme", file).sentence
    serp_radio("rules", "put", ACME, file)
    assert serp_radio("rules", "check", ACME).out.startswith("acme: version 1, 7 rules")
    acme.put("tenants/acme/rules/1.json", b"{}")
    assert "version 1 of acme's rules can't be read" in serp_radio("rules", "check", ACME).sentence


def test_everything_that_is_wrong_is_listed_with_its_line(serp_radio: SerpRadio, file: Path, acme: LocalStore) -> None:
    file.write_bytes(DEFAULT_RULES.replace(b"z >= 4", b"zz >= 4").replace(b"label: NEUTRAL", b"label: FINE"))
    before = everything_in(acme)
    for words in (("check",), ("put", ACME), ("try", ACME)):
        answer = serp_radio("rules", *words, file)
        assert answer.code == 1
        lines = answer.err.splitlines()
        assert [line.split(": ")[0] for line in lines[:-1]] == ["mine.yaml:64", "mine.yaml:81"]
        assert "did you mean 'z'?" in lines[0]
        assert lines[-1] == "serp-radio: mine.yaml is refused: 2 problems, listed above; nothing was kept."
    assert everything_in(acme) == before


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"x" * 10_000_000, "larger than 100 KB"),
        (b"rules: &a\n  - *a\n", "anchors and aliases"),
        (b"a: &a [x]\nb: [*a, *a]\n", "anchors and aliases"),
        (DEFAULT_RULES + b"colour: red\n", "unknown field 'colour'"),
        (b"rules: !!python/object/apply:os.system ['true']\n", "tags such as"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"", "the file is empty"),
        (b"rules:\n\x1b[31m", "control character"),
    ],
)
def test_bad_files_are_refused_in_clear_words_and_nothing_is_kept(
    serp_radio: SerpRadio, file: Path, acme: LocalStore, content: bytes, says: str
) -> None:
    file.write_bytes(content)
    before = everything_in(acme)
    answer = serp_radio("rules", "put", ACME, file)
    assert answer.code == 1
    assert says in answer.err
    assert "\x1b" not in answer.err
    assert "Traceback" not in answer.err
    assert everything_in(acme) == before


def test_a_file_that_is_not_there_is_a_sentence(serp_radio: SerpRadio, tmp_path: Path) -> None:
    assert "is not a file" in serp_radio("rules", "check", tmp_path / "none.yaml").sentence
    assert "is not a file" in serp_radio("rules", "check", tmp_path).sentence


def test_what_was_put_is_shown_as_it_was_and_what_it_changes_was_tried(
    serp_radio: SerpRadio, file: Path, acme: LocalStore
) -> None:
    before = everything_in(acme)
    tried = serp_radio("rules", "try", ACME, file)
    assert tried.code == 0
    assert everything_in(acme) == before
    assert "of 13 weeks would change; the whole, up to 2026-03-22" in tried.out
    put = serp_radio("rules", "put", ACME, file, "--note", "summer is quiet")
    assert (put.code, put.out, put.err) == (0, "acme: saved as version 1, 7 rules and a default\n", "")
    assert serp_radio("rules", "show", ACME).out.encode() == STRICTER
    assert serp_radio("rules", "show", ACME, "--version", "default").out.encode() == DEFAULT_RULES
    assert serp_radio("rules", "show", "other").out.encode() == DEFAULT_RULES
    assert "0 of 13 weeks would change" in serp_radio("rules", "try", ACME, file).out


def test_trying_names_each_week_that_would_change_with_both_rules(
    serp_radio: SerpRadio, file: Path, acme: LocalStore
) -> None:
    file.write_text(
        "rules: [{name: nothing, label: VOLATILE_SPIKE, when: otherwise, description: All is turmoil.}]", "utf-8"
    )
    serp_radio("label", ACME, "2026-W11", "MOMENTUM_NEG")
    answer = serp_radio("rules", "try", ACME, file)
    rows = [line for line in answer.out.splitlines() if "2026-W" in line or "2025-W" in line]
    assert f"{len(rows)} of 13 weeks would change" in answer.out
    assert all("VOLATILE_SPIKE" in row and "nothing" in row for row in rows)
    # a week that a person spoke about is theirs, whatever the rules
    assert not any("2026-W11" in row for row in rows)


def test_versions_are_listed_compared_and_restored(serp_radio: SerpRadio, file: Path, acme: LocalStore) -> None:
    assert serp_radio("rules", "history", ACME).out == "acme follows the project's rules: it has none of its own.\n"
    assert serp_radio("rules", "diff", ACME).out == "acme: default and default are the same.\n"
    assert "follows the project's rules already" in serp_radio("rules", "restore", ACME, "default").out
    serp_radio("rules", "put", ACME, file, "--note", "quiet [bold]summer")
    assert "version 1 says the same already" in serp_radio("rules", "put", ACME, file).out
    diff = serp_radio("rules", "diff", ACME).out.splitlines()
    assert diff[:2] == ["--- default", "+++ version 1"]
    assert "-      - slope >= 0.004" in diff
    assert "+      - slope >= 0.02" in diff
    assert serp_radio("rules", "diff", ACME, "1", "1").out == "acme: version 1 and version 1 are the same.\n"
    assert serp_radio("rules", "restore", ACME, "default").out == (
        "acme: back to the project's rules, noted as version 2; its own versions stay\n"
    )
    assert serp_radio("rules", "show", ACME).out.encode() == DEFAULT_RULES
    assert serp_radio("rules", "restore", ACME, "1").out == "acme: version 1 is in force again, saved as version 3\n"
    listed = serp_radio("rules", "history", ACME).out.splitlines()
    assert [line.split("│")[1].strip() for line in listed if line.startswith("│")] == ["1", "2", "3"]
    assert "quiet [bold]summer" in listed[3]
    assert "restores default" in listed[4]
    assert "restores version 1" in listed[5]
    assert [("in force" in line) for line in listed[3:6]] == [False, False, True]


def test_the_second_of_two_is_told(serp_radio: SerpRadio, file: Path, acme: LocalStore) -> None:
    serp_radio("rules", "put", ACME, file, "--based-on", "0")
    file.write_bytes(STRICTER + b"# mine\n")
    answer = serp_radio("rules", "put", ACME, file, "--based-on", "0")
    assert answer.code == 1
    assert "Somebody saved version 1 of acme's rules meanwhile" in answer.sentence
    assert serp_radio("rules", "show", ACME).out.encode() == STRICTER


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("put", "../acme"), "is not a tenant name"),
        (("put", "amce"), "There is no tenant amce yet"),
        (("put", ACME, "--note", "two\nlines"), "A note is one line"),
        (("put", ACME, "--based-on", "7"), "has no rules of version 7: its newest is 0"),
    ],
)
def test_a_wrong_word_with_a_file_is_said(
    serp_radio: SerpRadio, file: Path, acme: LocalStore, words: tuple[str, ...], says: str
) -> None:
    before = everything_in(acme)
    command, tenant, *options = words
    assert says in serp_radio("rules", command, tenant, file, *options).sentence
    assert everything_in(acme) == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("show", ACME, "--version", "4"), "acme has no rules of version 4"),
        (("show", ACME, "--version", "latest"), "'latest' is no version: write its number, or default"),
        (("restore", ACME, "4"), "acme has no rules of version 4"),
        (("restore", ACME, "٤"), "is no version"),
        (("diff", ACME, "1"), "acme has no rules of version 1"),
        (("history", "Acme"), "is not a tenant name"),
    ],
)
def test_a_version_that_is_none_is_said(
    serp_radio: SerpRadio, acme: LocalStore, words: tuple[str, ...], says: str
) -> None:
    answer = serp_radio("rules", *words)
    assert answer.code == 1
    assert says in answer.sentence


def test_a_damaged_version_is_named_in_the_list_and_can_be_replaced(
    serp_radio: SerpRadio, file: Path, acme: LocalStore
) -> None:
    serp_radio("rules", "put", ACME, file)
    acme.put("tenants/acme/rules/1.json", b"{}")
    assert "version 1 of acme's rules can't be read" in serp_radio("rules", "history", ACME).out
    assert "can't be read" in serp_radio("rules", "show", ACME).sentence
    assert serp_radio("rules", "put", ACME, file).out.startswith("acme: saved as version 2")
