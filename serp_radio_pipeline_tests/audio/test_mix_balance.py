"""The balance of a mix: noise of the target's slope is on target, and mono keeps what is in phase."""

import numpy as np
import pytest

from serp_radio_pipeline.audio.mix_balance import TARGET_DB_PER_OCTAVE, mix_balance
from serp_radio_pipeline_tests.audio.signals import noise, tone


def coloured(db_per_octave: float) -> np.ndarray:
    white = noise(8, 0.05)
    spectrum = np.fft.rfft(white, axis=0)
    octaves = np.log2(np.maximum(np.arange(len(spectrum)) / 8, 20) / 1000)
    shaped = spectrum * 10 ** (db_per_octave * octaves / 20)[:, None]
    return np.fft.irfft(shaped, len(white), axis=0).astype(np.float32)


def test_noise_that_falls_as_published_music_does_is_on_target() -> None:
    assert mix_balance(coloured(TARGET_DB_PER_OCTAVE)).octaves_db == pytest.approx((0,) * 7, abs=0.6)


def test_white_noise_is_harsh_and_says_by_how_much() -> None:
    # against -5 dB an octave white gains 5 dB an octave, from the middle of the body, 500 Hz, to 8 kHz four of them
    assert mix_balance(noise(8, 0.05)).brightness_db == pytest.approx(20, abs=1)


def test_mono_keeps_the_middle_and_halves_a_side() -> None:
    assert mix_balance(tone(440, 3, -20)).mono_loss_lu == pytest.approx(0, abs=0.05)
    assert mix_balance(tone(440, 3, -20, right=False)).mono_loss_lu == pytest.approx(3.01, abs=0.05)


def test_what_is_out_of_phase_is_lost_in_mono() -> None:
    wide = tone(440, 3, -20) * np.array([1, -0.9], np.float32)
    assert mix_balance(wide).mono_loss_lu > 20
