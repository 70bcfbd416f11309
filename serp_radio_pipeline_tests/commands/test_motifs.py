"""`serp-radio motifs`: how MIDI files are read, what a library holds, and a tenant's own."""

from pathlib import Path

import pytest

from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.command_line import SerpRadio
from serp_radio_pipeline_tests.defs.fleets import upload
from serp_radio_pipeline_tests.motifs.test_motif_library import BAD, PHRASE, midi_of, notes


@pytest.fixture(autouse=True)
def acme(store_folder: Path) -> LocalStore:
    upload(Settings.from_environment(), Tenant("acme"))
    return LocalStore(store_folder)


@pytest.fixture
def riff(tmp_path: Path) -> Path:
    path = tmp_path / "riff.mid"
    path.write_bytes(PHRASE)
    path.with_suffix(".csv").write_text("bar_index,label,description\n0,NEUTRAL,home\n")
    return path


def test_check_says_how_a_file_is_read_and_keeps_nothing(serp_radio: SerpRadio, riff: Path, store_folder: Path) -> None:
    answer = serp_radio("motifs", "check", riff)
    assert answer.code == 0
    assert answer.out.startswith("riff.mid: 1 bars, 1 sections, 1 motifs\n  bars 0 to 0: momentum ")
    assert [line.split()[1] for line in answer.out.splitlines() if "NEUTRAL" in line] == ["NEUTRAL"]
    assert not list(store_folder.rglob("*.mid"))


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_can_not_be_used_is_refused_in_a_sentence(serp_radio: SerpRadio, tmp_path: Path, case: str) -> None:
    content, reason = BAD[case]
    (tmp_path / "bad.mid").write_bytes(content)
    for words in (("check",), ("add", "acme")):
        answer = serp_radio("motifs", *words, tmp_path / "bad.mid")
        assert answer.code == 1
        assert reason in answer.sentence


def test_all_are_read_before_one_is_kept(serp_radio: SerpRadio, riff: Path, store_folder: Path) -> None:
    bad = riff.with_name("bad.mid")
    bad.write_bytes(b"nothing")
    assert serp_radio("motifs", "add", "acme", riff, bad).code == 1
    assert not list(store_folder.rglob("*.mid"))
    assert serp_radio("motifs", "add", "acme", riff).out == "acme: riff.csv added\nacme: riff.mid added\n"
    assert serp_radio("motifs", "add", "acme", riff).out.endswith("riff.mid is there already\n")
    assert LocalStore(store_folder).get("tenants/acme/motifs/riff.mid") == PHRASE


def test_a_mistyped_tenant_is_refused_and_does_not_come_to_be(
    serp_radio: SerpRadio, riff: Path, acme: LocalStore
) -> None:
    answer = serp_radio("motifs", "add", "acmee", riff)
    assert answer.code == 1
    assert "There is no tenant acmee yet: add a file with 'serp-radio upload acmee FILE'." in answer.sentence
    assert acme.folders("tenants/") == ("acme",)


def test_labels_never_join_another_midi_file_of_their_name(
    serp_radio: SerpRadio, tmp_path: Path, riff: Path, acme: LocalStore
) -> None:
    acme.put("tenants/acme/motifs/riff.mid", midi_of(*notes(60, 72)))
    answer = serp_radio("motifs", "add", "acme", riff)
    assert answer.code == 1
    assert "acme has another riff.mid already, and none is replaced" in answer.sentence
    assert not acme.exists("tenants/acme/motifs/riff.csv")
    twin = tmp_path / "twin" / "song.mid"
    twin.parent.mkdir()
    twin.write_bytes(midi_of(*notes(67, 60)))
    (tmp_path / "song.mid").write_bytes(PHRASE)
    answer = serp_radio("motifs", "add", "acme", tmp_path / "song.mid", twin)
    assert answer.code == 1
    assert "Two different files would be kept as song.mid: rename one." in answer.sentence
    assert not acme.exists("tenants/acme/motifs/song.mid")


def test_labels_too_large_are_refused_unread(serp_radio: SerpRadio, riff: Path) -> None:
    riff.with_suffix(".csv").write_bytes(bytes(2 * 2**20 + 1))
    assert "riff.csv has over 2097152 bytes" in serp_radio("motifs", "check", riff).sentence


@pytest.mark.parametrize(
    ("setting", "says"), [("NOTES", "over 2 notes"), ("BEATS", "at most 1 are read"), ("MB", "over 1048576 bytes")]
)
def test_the_settings_bound_what_a_file_may_hold(
    serp_radio: SerpRadio, riff: Path, monkeypatch: pytest.MonkeyPatch, setting: str, says: str
) -> None:
    if setting == "MB":
        riff.write_bytes(PHRASE + bytes(2**20))
    monkeypatch.setenv(f"SERP_RADIO_MAX_MIDI_{setting}", "2" if setting == "NOTES" else "1")
    for words in (["check"], ["add", "acme"]):
        answer = serp_radio("motifs", *words, riff)
        assert answer.code == 1
        assert says in answer.sentence


def test_lists_show_coverage_and_what_is_left_out(serp_radio: SerpRadio, riff: Path, store_folder: Path) -> None:
    assert serp_radio("motifs", "list").out.startswith("12 files, 64 bars, 64 motifs\n")
    assert serp_radio("motifs", "list", "acme").out.startswith("acme has no motifs of its own")
    serp_radio("motifs", "add", "acme", riff)
    LocalStore(store_folder).put("tenants/acme/motifs/worse.mid", b"nothing")
    listed = serp_radio("motifs", "list", "acme").out
    assert listed.startswith("1 files, 1 bars, 1 motifs\n")
    assert "left out: acme/worse.mid is no whole MIDI file" in listed


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("check", "none.mid"), "none.mid can't be read: No such file"),
        (("check", "song.wav"), "'song.wav' is no MIDI file"),
        (("add", "../acme", "none.mid"), "is not a tenant"),
        (("list", "a|b"), "is not a tenant"),
    ],
)
def test_mistakes_are_said_in_a_sentence(serp_radio: SerpRadio, words: tuple[str, ...], says: str) -> None:
    answer = serp_radio("motifs", *words)
    assert answer.code == 1
    assert says in answer.sentence
