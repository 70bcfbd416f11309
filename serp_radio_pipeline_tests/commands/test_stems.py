"""`serp-radio stems`, as a person meets it."""

from pathlib import Path

import pytest
import soundfile

from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline_tests.command_line import SerpRadio
from serp_radio_pipeline_tests.episodes import demo_score

DAY = "2026-03-22"


def test_an_episodes_voices_become_a_file_each(serp_radio: SerpRadio, store_folder: Path, tmp_path: Path) -> None:
    LocalStore(store_folder).put(f"tenants/acme/midi/{DAY}.mid", midi_bytes(demo_score("1w")))
    answer = serp_radio("stems", "acme", DAY, "--folder", tmp_path / "out")
    assert (answer.code, answer.err) == (0, "")
    files = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert files == ["bass.flac", "counter.flac", "kit.flac", "lead.flac", "motif.flac", "pad.flac"]
    frames = {soundfile.info(tmp_path / "out" / name).frames for name in files}
    assert len(frames) == 1
    assert "lead.flac" in answer.out
    assert "TimGM6mb" in answer.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("acme", DAY), f"acme has no episode of {DAY} yet: make it with 'serp-radio sonify acme --date {DAY}'."),
        (("acme", "yesterday"), "'yesterday' is not a date"),
        (("../acme", DAY), "is not a tenant name"),
    ],
)
def test_what_cannot_be_made_is_said(serp_radio: SerpRadio, words: tuple[str, ...], says: str) -> None:
    answer = serp_radio("stems", *words)
    assert (answer.code, answer.out) == (1, "")
    assert says in answer.sentence


def test_a_folder_that_cannot_be_written_is_said(serp_radio: SerpRadio, store_folder: Path, tmp_path: Path) -> None:
    LocalStore(store_folder).put(f"tenants/acme/midi/{DAY}.mid", midi_bytes(demo_score("1w")))
    (tmp_path / "file").write_text("x")
    assert "can't be written to" in serp_radio("stems", "acme", DAY, "--folder", tmp_path / "file").sentence
