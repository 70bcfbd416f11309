"""True peaks of signals that reach between their samples what no sample shows."""

import math

import numpy as np
import pytest

from serp_radio_pipeline.audio.stereo import SAMPLE_RATE
from serp_radio_pipeline.audio.true_peak import BLOCK, block_peaks, sample_peaks, true_peak_dbtp
from serp_radio_pipeline_tests.audio.signals import noise, silence, tone


@pytest.mark.parametrize(("divisor", "degrees"), [(4, 0), (4, 45), (6, 60), (8, 67.5)])
def test_the_signals_of_ebu_tech_3341_have_their_true_peak(divisor, degrees):
    signal = tone(SAMPLE_RATE / divisor, 1, -6, phase=math.radians(degrees))
    fade = np.minimum(1, np.arange(len(signal)) / 500)[:, None]
    assert -6.4 <= true_peak_dbtp((signal * fade * fade[::-1]).astype(np.float32)) <= -5.8


def test_a_peak_between_samples_is_seen_3_db_over_them():
    signal = tone(SAMPLE_RATE / 4, 1, 0, phase=math.radians(45))
    assert 20 * math.log10(np.abs(signal).max()) == pytest.approx(-3.01, abs=0.01)
    assert true_peak_dbtp(signal[1000:-1000]) >= -0.1


@pytest.mark.parametrize("place", [0, 1, 63, 64, 500, 1023])
def test_a_peak_is_found_in_any_place_of_its_block(place):
    signal = np.zeros((1024, 2), np.float32)
    signal[place, 1] = -0.5
    assert true_peak_dbtp(signal) == pytest.approx(-6.02, abs=0.01)
    assert np.argmax(block_peaks(signal, floor=0.1)) == place // BLOCK


def test_leaving_low_blocks_out_never_loses_a_peak():
    signal = noise(2, 0.1) * np.linspace(0, 1, 2 * SAMPLE_RATE, dtype=np.float32)[:, None]
    whole = block_peaks(signal, floor=0.0)
    for floor in (0.1, 0.3):
        some = block_peaks(signal, floor=floor)
        assert np.array_equal(some[whole > floor], whole[whole > floor])
    assert 20 * math.log10(whole.max()) == pytest.approx(true_peak_dbtp(signal), abs=1e-6)


def test_sample_peaks_cover_the_last_part_of_a_block():
    signal = silence(0.01)
    signal[-1, 0] = -0.25
    assert sample_peaks(signal, 100).tolist() == [0, 0, 0, 0, 0.25]


def test_silence_has_no_peak():
    assert true_peak_dbtp(silence(1)) == -math.inf
    assert true_peak_dbtp(np.zeros((0, 2), np.float32)) == -math.inf
