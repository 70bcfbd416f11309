"""Loudness and its range, held against theory, the EBU's own test signals and another program."""

import math

import numpy as np
import pyloudnorm
import pytest

from serp_radio_pipeline.audio.loudness import integrated_loudness, loudness_range
from serp_radio_pipeline_tests.audio.signals import noise, silence, tone


def test_a_full_scale_997_hz_sine_on_one_channel_is_minus_3_01_lufs():
    assert integrated_loudness(tone(997, 5, 0, right=False)) == pytest.approx(-3.01, abs=0.01)


@pytest.mark.parametrize(
    "signal",
    [
        [tone(1000, 20, -23)],
        [tone(1000, 10, -36), tone(1000, 60, -23), tone(1000, 10, -36)],
        [tone(1000, 10, -72), tone(1000, 10, -36), tone(1000, 60, -23), tone(1000, 10, -36), tone(1000, 10, -72)],
        [tone(1000, 20, -26), tone(1000, 20.1, -20), tone(1000, 20, -26)],
    ],
    ids=["case 1", "case 3", "case 4", "case 5"],
)
def test_the_signals_of_ebu_tech_3341_are_minus_23_lufs(signal):
    assert integrated_loudness(np.concatenate(signal)) == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize(("levels", "expected"), [((-20, -30), 10), ((-20, -15), 5), ((-40, -20), 20)])
def test_the_signals_of_ebu_tech_3342_have_their_range(levels, expected):
    signal = np.concatenate([tone(1000, 20, level) for level in levels])
    assert loudness_range(signal) == pytest.approx(expected, abs=0.2)


@pytest.mark.parametrize("make", [lambda: noise(7.33, 0.1), lambda: tone(31.5, 6, -6), lambda: tone(12_000, 6, -20)])
def test_loudness_agrees_with_pyloudnorm(make):
    signal = make()
    meter = pyloudnorm.Meter(44_100, filter_class="DeMan")
    assert integrated_loudness(signal) == pytest.approx(meter.integrated_loudness(signal.astype(float)), abs=0.01)


def test_an_episode_agrees_with_pyloudnorm(heard):
    for filters in ("DeMan", "K-weighting"):  # the second rounds the filter's corners: 0.045 LU apart from the standard
        meter = pyloudnorm.Meter(44_100, filter_class=filters)
        assert integrated_loudness(heard) == pytest.approx(meter.integrated_loudness(heard.astype(float)), abs=0.05)
    assert loudness_range(heard) == pytest.approx(meter.loudness_range(heard.astype(float)), abs=0.1)


def test_silence_and_less_than_a_block_have_no_loudness():
    assert integrated_loudness(silence(5)) == -math.inf
    assert integrated_loudness(tone(997, 0.39, 0)) == -math.inf
    assert integrated_loudness(np.zeros((0, 2), np.float32)) == -math.inf
    assert loudness_range(silence(5)) == 0.0
    assert loudness_range(tone(997, 2.9, 0)) == 0.0
