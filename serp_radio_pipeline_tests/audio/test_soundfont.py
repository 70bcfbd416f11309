"""Which soundfont is found, and that one that is not whole is refused before it sounds wrong."""

import hashlib
import shutil
from pathlib import Path

import pytest

from serp_radio_pipeline.audio import soundfont as soundfonts
from serp_radio_pipeline.audio.errors import SoundfontError
from serp_radio_pipeline.audio.soundfont import Soundfont, find_soundfont


def test_the_default_is_the_one_in_the_pretty_midi_package(soundfont):
    assert soundfont.path.name == "TimGM6mb.sf2"
    assert soundfont.path.parent.name == "pretty_midi"
    assert soundfont.sha256 == hashlib.sha256(soundfont.path.read_bytes()).hexdigest()
    assert (soundfont.name, soundfont.licence) == ("TimGM6mb", "GPL-2.0")


def test_an_explicit_path_is_taken_and_a_changed_file_is_read_again(tmp_path, soundfont):
    copy = Path(shutil.copy(soundfont.path, tmp_path / "other name.sf2"))
    assert find_soundfont(copy).sha256 == soundfont.sha256
    content = bytearray(copy.read_bytes())
    content[1000] ^= 1
    copy.write_bytes(bytes(content) + b"\0\0")
    assert find_soundfont(copy).sha256 != soundfont.sha256


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda font: b"", "is not a SoundFont 2 file"),
        (lambda font: b"<html>404</html>", "is not a SoundFont 2 file"),
        (lambda font: b"RIFF" + font[4:8] + b"WAVE" + font[12:], "is not a SoundFont 2 file"),
        (lambda font: font[:-1], "is cut off: 5,994,283 of 5,994,284 bytes"),
        (lambda font: font[:2_000_000], "is cut off"),
        (lambda font: font.replace(b"sdta", b"xxxx", 1), "is broken"),
        (lambda font: font.replace(b"pdta", b"xxxx", 1), "is broken"),
    ],
)
def test_a_broken_file_is_refused_with_its_reason(tmp_path, soundfont, change, sentence):
    path = tmp_path / "font.sf2"
    path.write_bytes(change(soundfont.path.read_bytes()))
    with pytest.raises(SoundfontError, match=sentence) as refusal:
        find_soundfont(path)
    assert str(path) in str(refusal.value)


def test_a_missing_file_a_folder_and_a_missing_package_are_refused(tmp_path, monkeypatch):
    with pytest.raises(SoundfontError, match="There is no soundfont at"):
        find_soundfont(tmp_path / "none.sf2")
    with pytest.raises(SoundfontError, match="is not a file"):
        find_soundfont(tmp_path)
    monkeypatch.setattr(soundfonts, "find_spec", lambda name: None)
    with pytest.raises(SoundfontError, match="pip install pretty_midi"):
        find_soundfont()


def test_a_soundfont_can_be_compared():
    one = Soundfont(Path("a.sf2"), "00", "a", "MIT")
    assert one == Soundfont(Path("a.sf2"), "00", "a", "MIT")
