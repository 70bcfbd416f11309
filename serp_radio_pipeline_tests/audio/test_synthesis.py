"""Synthesis: the same bytes sound the same, and nothing wrong passes for music."""

import hashlib
import struct
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from serp_radio_pipeline.audio import synthesis
from serp_radio_pipeline.audio.errors import AudioError, MidiError, SoundfontError, SynthesisError
from serp_radio_pipeline.audio.fluidsynth import load_library, wheel_libraries
from serp_radio_pipeline.audio.soundfont import find_soundfont
from serp_radio_pipeline.audio.stereo import SAMPLE_RATE
from serp_radio_pipeline.audio.synthesis import synthesize
from serp_radio_pipeline_tests.audio.pieces import episode

SHORT = episode(bars=2)


def digest(audio) -> str:
    return hashlib.sha256(audio.tobytes()).hexdigest()


def test_a_piece_becomes_stereo_that_begins_with_its_first_note(soundfont):
    audio = synthesize(SHORT, soundfont, tail_seconds=2.0)
    assert audio.dtype == np.float32
    assert audio.shape == (len(audio), 2)
    assert 8.4 + 2 <= len(audio) / SAMPLE_RATE <= 8.4 + 2 + 6
    onset = np.argmax(np.abs(audio).max(axis=1) > 1e-3) / SAMPLE_RATE
    assert onset == pytest.approx(0.1, abs=0.02)


def test_pan_is_heard(soundfont):
    audio = synthesize(SHORT, soundfont, tail_seconds=0.0)
    assert digest(audio[:, 0].copy()) != digest(audio[:, 1].copy())


def test_repeated_and_parallel_renderings_are_the_same(soundfont):
    first = digest(synthesize(SHORT, soundfont, tail_seconds=1.0))
    other = digest(synthesize(episode(bars=1, seed=3), soundfont, tail_seconds=1.0))
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(synthesize, piece, soundfont, tail_seconds=1.0) for piece in [SHORT] * 3]
    assert {digest(job.result()) for job in jobs} == {first}
    assert other != first


def test_nothing_is_printed(soundfont, capfd):
    synthesize(SHORT, soundfont, tail_seconds=0.0)
    with pytest.raises(AudioError):
        synthesize(SHORT[:-50] + b"\xff" * 50, soundfont, tail_seconds=0.0)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("midi", "sentence"),
    [
        (b"", "not a standard MIDI file"),
        (b"RIFF" + SHORT, "not a standard MIDI file"),
        (SHORT[:-30], "is cut off: 5 of its 6 tracks"),
        (SHORT[:14], "is cut off: 0 of its 6 tracks"),
        (b"MThd\0\0\0\6\0\1\0\0\1\xe0", "is cut off"),
    ],
)
def test_what_is_no_whole_midi_file_is_refused(soundfont, midi, sentence):
    with pytest.raises(MidiError, match=sentence):
        synthesize(midi, soundfont, tail_seconds=0.0)


def test_a_track_of_garbage_is_refused(soundfont):
    garbage = b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\0\x08" + b"\x81" * 8
    with pytest.raises((MidiError, SynthesisError)):
        synthesize(garbage, soundfont, tail_seconds=0.0)


def test_a_piece_without_notes_is_refused_as_silent(soundfont):
    with pytest.raises(SynthesisError, match="is silent"):
        synthesize(b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\0\4\0\xff\x2f\0", soundfont, tail_seconds=0.5)


def test_a_piece_that_would_last_for_hours_is_refused(soundfont, monkeypatch):
    monkeypatch.setattr(synthesis, "LONGEST_SECONDS", 5)
    with pytest.raises(MidiError, match="check its delta times"):
        synthesize(SHORT, soundfont, tail_seconds=0.0)


@pytest.mark.parametrize(("sample", "sentence"), [(np.nan, "no sound"), (np.inf, "no sound"), (2.0, r"6\.0 dB over")])
def test_samples_that_are_no_sound_or_over_full_scale_are_refused(soundfont, monkeypatch, sample, sentence):
    real = synthesis._next_block

    def spoilt(*arguments):
        block = real(*arguments)
        block[17, 1] = sample
        return block

    monkeypatch.setattr(synthesis, "_next_block", spoilt)
    with pytest.raises(SynthesisError, match=sentence):
        synthesize(SHORT, soundfont, tail_seconds=0.0)


def test_a_font_that_went_missing_is_refused(soundfont, tmp_path):
    gone = replace(soundfont, path=tmp_path / "gone.sf2", sha256="gone")
    with pytest.raises(SoundfontError, match="can't load the soundfont"):
        synthesize(SHORT, gone, tail_seconds=0.0)


def test_a_font_whose_presets_are_garbage_is_refused(soundfont, tmp_path):
    path = tmp_path / "garbage.sf2"
    path.write_bytes(soundfont.path.read_bytes().replace(b"phdr", b"xhdr", 1))
    with pytest.raises(SoundfontError, match="can't load the soundfont"):
        synthesize(SHORT, find_soundfont(path), tail_seconds=0.0)


def test_a_font_without_an_instrument_of_the_piece_is_refused_not_substituted(soundfont, tmp_path):
    content = bytearray(soundfont.path.read_bytes())
    position = content.index(b"phdr") + 8
    while struct.unpack_from("<HH", content, position + 20) != (73, 0):
        position += 38
    struct.pack_into("<HH", content, position + 20, 73, 99)  # the flute moves to bank 99
    path = tmp_path / "no flute.sf2"
    path.write_bytes(content)
    with pytest.raises(SoundfontError, match=r"lacks an instrument .*prog=73"):
        synthesize(SHORT, find_soundfont(path), tail_seconds=0.0)


def test_the_library_in_the_wheel_plays_as_well(soundfont):
    wheel = Path(wheel_libraries()[0])
    audio = synthesize(SHORT, soundfont, library=wheel, tail_seconds=0.0)
    assert load_library(wheel).path == str(wheel)
    assert 0.05 < np.abs(audio).max() < 1.0
