"""`serp-radio lesson`, as a person meets it."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from serp_radio_pipeline.audio.id3 import tag_length
from serp_radio_pipeline_tests.command_line import SerpRadio


def test_a_lesson_has_a_chapter_for_each_sound(serp_radio: SerpRadio, tmp_path: Path) -> None:
    answer = serp_radio("lesson", "8-bit", "--folder", tmp_path)
    assert (answer.code, answer.err) == (0, "")
    mp3 = (tmp_path / "lesson-8-bit.mp3").read_bytes()
    tag = mp3[: tag_length(mp3)]
    assert tag.count(b"CHAP\0") == 24
    assert "Event: record high".encode("utf-16-le") in tag
    assert soundfile.info(io.BytesIO(mp3[len(tag) :])).duration > 85
    assert "TimGM6mb" in answer.out


def test_apart_every_sound_is_a_file_and_every_file_sounds(serp_radio: SerpRadio, tmp_path: Path) -> None:
    answer = serp_radio("lesson", "--apart", "--folder", tmp_path / "sounds")
    assert answer.code == 0
    assert "newsroom-clicks.mp3 and 23 more" in answer.out
    files = sorted((tmp_path / "sounds").iterdir())
    assert len(files) == 24
    for file in files:
        audio, _ = soundfile.read(file)
        assert np.abs(audio).max() > 0.02, file.name
        assert np.abs(audio[-20:]).max() < 0.002, f"{file.name} ends in a click"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("lesson", "polka"), "There is no sound pack 'polka'"),
        (("lesson", "--folder", "/dev/null/x"), "be written to"),
    ],
)
def test_what_cannot_be_made_is_said(serp_radio: SerpRadio, words: tuple[str, ...], says: str) -> None:
    answer = serp_radio(*words)
    assert answer.code == 1
    assert says in answer.sentence
