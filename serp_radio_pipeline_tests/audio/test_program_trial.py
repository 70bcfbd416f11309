"""Instruments tried by single notes: what hides a length or begins late is told from what does not."""

import numpy as np
import pytest

from serp_radio_pipeline.audio.errors import SoundfontError
from serp_radio_pipeline.audio.program_trial import heard_seconds, onset_seconds, try_program
from serp_radio_pipeline.audio.stereo import SAMPLE_RATE
from serp_radio_pipeline_tests.audio.signals import silence, tone

ELECTRIC_PIANO, MARIMBA, SLOW_STRINGS = 4, 12, 49
PITCHES, LENGTHS = (62, 74, 86), (0.14, 0.33, 0.52)


@pytest.mark.parametrize("seconds", [0.12, 0.3, 0.54])
def test_a_tone_lasts_as_long_as_it_is_loud(seconds: float) -> None:
    note = np.concatenate([tone(440, seconds, -12), tone(440, 0.2, -40), silence(0.5)])
    assert heard_seconds(note) == pytest.approx(seconds, abs=0.01)


def test_a_tone_begins_where_it_reaches_a_tenth() -> None:
    ramp = np.minimum(np.arange(SAMPLE_RATE) / SAMPLE_RATE / 0.5, 1.0).astype(np.float32)
    assert onset_seconds(tone(2000, 1, -6) * ramp[:, None]) == pytest.approx(0.05, abs=0.003)
    assert onset_seconds(tone(2000, 1, -6)) < 0.002


def test_silence_has_no_length() -> None:
    assert heard_seconds(silence(0.5)) == 0.0


def test_an_electric_piano_tells_lengths_and_a_marimba_does_not(soundfont) -> None:
    piano = try_program(ELECTRIC_PIANO, PITCHES, LENGTHS, soundfont)
    assert piano.length_slope > 0.85
    assert piano.onset_seconds < 0.02
    assert try_program(MARIMBA, PITCHES, LENGTHS, soundfont).length_slope < 0.3


def test_slow_strings_begin_late(soundfont) -> None:
    assert try_program(SLOW_STRINGS, PITCHES, LENGTHS, soundfont).onset_seconds > 0.02


def test_a_soundfont_without_the_instrument_is_said(soundfont) -> None:
    with pytest.raises((SoundfontError, ValueError)):
        try_program(200, PITCHES, LENGTHS, soundfont)
