"""Where libfluidsynth is found, and what is said when it is not."""

import subprocess
import sys
from pathlib import Path

import pytest

from serp_radio_pipeline.audio import fluidsynth
from serp_radio_pipeline.audio.errors import LibraryError
from serp_radio_pipeline.audio.fluidsynth import captured_log, load_library

ROOT = Path(__file__).parents[2]
find_anew = load_library.__wrapped__


def test_a_library_is_found_and_tells_its_version():
    assert int(load_library().version.split(".")[0]) >= 2


def test_without_a_system_library_the_one_in_the_wheel_serves_and_pygame_stays_unloaded():
    script = (
        "import sys; from serp_radio_pipeline.audio import fluidsynth\n"
        "fluidsynth.SYSTEM_NAMES = {}\n"
        "print('pygame' in fluidsynth.load_library().path, 'pygame' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (said.stdout.split(), said.stderr) == (["True", "False"], "")


def test_a_missing_or_unusable_explicit_library_is_refused(tmp_path):
    with pytest.raises(LibraryError, match="There is no libfluidsynth at"):
        find_anew(tmp_path / "none.so")
    wrong = tmp_path / "wrong.so"
    wrong.write_bytes(b"not a library")
    with pytest.raises(LibraryError, match="can't be used as libfluidsynth"):
        find_anew(wrong)


def test_with_no_library_anywhere_the_sentence_says_how_to_get_one(monkeypatch):
    monkeypatch.setattr(fluidsynth, "SYSTEM_NAMES", {})
    monkeypatch.setattr(fluidsynth, "find_spec", lambda name: None)
    with pytest.raises(LibraryError, match="pip install pygame-ce"):
        find_anew(None)


def test_the_log_is_captured_and_never_printed(capfd):
    c = load_library().c
    settings = c.new_fluid_settings()
    with captured_log() as log:
        c.fluid_settings_setint(settings, b"no.such-setting", 1)
    c.fluid_settings_setint(settings, b"no.such-setting", 1)
    c.delete_fluid_settings(settings)
    assert [line.is_error for line in log] == [True]
    assert "no.such-setting" in log[0].text
    assert capfd.readouterr() == ("", "")
