"""Sound packs as files: which there are, and what is said of one that can't be used."""

import shutil
from pathlib import Path

import pytest

from serp_radio_pipeline.music.compose import compose
from serp_radio_pipeline.music.decode import decode_midi
from serp_radio_pipeline.music.fidelity import fidelity
from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline.music.pack import DEFAULT_PACK, PackError, PackRefusedError, pack_names, parse_pack, read_pack
from serp_radio_pipeline_tests.episodes import RULES, labels_of, metrics_of

SHIPPED = ("newsroom", "8-bit", "arena-rock", "synthwave")
NEWSROOM = (RULES / "packs" / "newsroom.yaml").read_text(encoding="utf-8")


def test_the_packs_that_ship_are_listed_the_default_first() -> None:
    assert pack_names(RULES) == SHIPPED
    assert SHIPPED[0] == DEFAULT_PACK


@pytest.mark.parametrize("name", SHIPPED)
def test_a_pack_changes_the_sound_and_no_data_note(name: str) -> None:
    metrics = metrics_of("gaps")
    labels = labels_of(metrics)
    score = compose(metrics, labels, read_pack(RULES, name), "4w")
    assert score.days == compose(metrics, labels, read_pack(RULES, DEFAULT_PACK), "4w").days
    assert fidelity(score, decode_midi(midi_bytes(score))).wrong == ()


@pytest.mark.parametrize("name", SHIPPED)
def test_voices_of_data_stand_apart_left_and_right_and_the_rest_in_the_middle(name: str) -> None:
    roles = read_pack(RULES, name).roles
    assert roles["lead"].pan < 40
    assert roles["counter"].pan > 88
    assert roles["bass"].pan == roles["kit"].pan == roles["pad"].pan == 64


def test_a_pack_of_ones_own_is_a_file_more(tmp_path: Path) -> None:
    shutil.copytree(RULES / "packs", tmp_path / "packs")
    (tmp_path / "packs" / "mine.yaml").write_text(NEWSROOM.replace("name: newsroom", "name: mine"), encoding="utf-8")
    assert "mine" in pack_names(tmp_path)
    assert read_pack(tmp_path, "mine").title == "Newsroom"


def test_a_pack_under_another_name_than_its_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs" / "mine.yaml").write_text(NEWSROOM, encoding="utf-8")
    with pytest.raises(PackError, match=r"in mine\.yaml calls itself 'newsroom': write 'name: mine'"):
        read_pack(tmp_path, "mine")
    with pytest.raises(PackError, match=r"There is no sound pack '\.\./mine'"):
        read_pack(tmp_path, "../mine")


def test_everything_that_is_wrong_is_said_with_its_line() -> None:
    lines = NEWSROOM.replace("tempo: 100", "tempo: 180").replace("pan: 118", "pan: right").splitlines()
    wrong = [line for line in lines if not line.startswith("  earcons:")]
    with pytest.raises(PackRefusedError) as refused:
        parse_pack("\n".join(wrong), name="mine.yaml")
    tempo = next(number for number, line in enumerate(wrong, 1) if line.startswith("tempo"))
    counter = next(number for number, line in enumerate(wrong, 1) if line.startswith("  counter"))
    assert [line for line, _ in refused.value.problems] == [tempo, counter]
    assert "mine.yaml is refused" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: the file is empty"),
        ("name: x\nname: y", "line 2: the field 'name' is written twice"),
        ("- a list", "line 1"),
        (NEWSROOM.replace("  kit:", "  drums:"), "roles.drums"),
        (NEWSROOM + "volume: 11\n", "volume: Extra inputs"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_file_that_is_no_pack_is_refused(text: str | bytes, says: str) -> None:
    with pytest.raises(PackRefusedError, match=says):
        parse_pack(text, name="mine.yaml")


def test_a_role_without_a_voice_is_named() -> None:
    without = "\n".join(line for line in NEWSROOM.splitlines() if not line.startswith("  motif:"))
    with pytest.raises(PackRefusedError, match="roles without a voice: motif"):
        parse_pack(without, name="mine.yaml")
