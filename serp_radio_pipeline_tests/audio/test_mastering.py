"""Mastering meets its loudness and its ceiling, or refuses; it moves nothing in time."""

import numpy as np
import pytest

from serp_radio_pipeline.audio.encoding import encode_mp3
from serp_radio_pipeline.audio.errors import MasteringError
from serp_radio_pipeline.audio.listening import decode_mp3, measure
from serp_radio_pipeline.audio.loudness import integrated_loudness, loudness_range
from serp_radio_pipeline.audio.mastering import master
from serp_radio_pipeline.audio.soundfont import Soundfont
from serp_radio_pipeline.audio.stereo import SAMPLE_RATE
from serp_radio_pipeline.audio.synthesis import synthesize
from serp_radio_pipeline.audio.true_peak import true_peak_dbtp
from serp_radio_pipeline_tests.audio.pieces import episode
from serp_radio_pipeline_tests.audio.signals import dull_noise, noise, silence, tone


@pytest.fixture(scope="module")
def raw(soundfont: Soundfont):
    return synthesize(episode(bars=4), soundfont, tail_seconds=4.0)


def with_hits(peak: float):
    """Noise with a short hit every second; at 0.2 they stand 2 dB over the ceiling when the whole is at -16 LUFS."""
    signal = dull_noise(12, 0.03)
    hit = tone(1500, 0.005, 0) * np.hanning(220)[:, None]
    for second in range(1, 12):
        signal[second * SAMPLE_RATE : second * SAMPLE_RATE + 220] += peak * hit[:220]
    return np.concatenate([silence(0.1), signal, silence(3)]).astype(np.float32)


@pytest.fixture(scope="module")
def peaky():
    return with_hits(0.2)


def test_a_piece_meets_its_loudness_by_one_gain(raw):
    mastered = master(raw, codec_loss_db=0.0)
    assert integrated_loudness(mastered.audio) == pytest.approx(-16.0, abs=0.05)
    assert mastered.max_reduction_db == 0.0
    gain = 10 ** (mastered.gain_db / 20)
    assert np.allclose(mastered.audio[: 10 * SAMPLE_RATE], raw[: 10 * SAMPLE_RATE] * gain, atol=1e-6)


@pytest.mark.parametrize("scale", [0.1, 0.3, 1.0, 2.0])
def test_the_level_it_comes_with_makes_no_difference(raw, scale):
    mastered = master(raw * np.float32(scale))
    assert mastered.loudness_lufs == pytest.approx(-16.0, abs=0.05)
    assert mastered.gain_db == pytest.approx(master(raw).gain_db - 20 * np.log10(scale), abs=0.011)


def test_the_limiter_holds_the_ceiling_and_the_loudness(peaky):
    mastered = master(peaky, codec_loss_db=0.0)
    assert 1.0 < mastered.max_reduction_db <= 3.0
    assert true_peak_dbtp(mastered.audio) <= -1.45
    assert integrated_loudness(mastered.audio) == pytest.approx(-16.0, abs=0.1)
    assert loudness_range(mastered.audio) == pytest.approx(loudness_range(peaky[: len(mastered.audio)]), abs=0.3)


def test_the_limiter_leaves_alone_what_is_far_from_a_peak(peaky):
    mastered = master(peaky, codec_loss_db=0.0)
    gain = 10 ** (mastered.gain_db / 20)
    quiet = slice(round(1.5 * SAMPLE_RATE), round(1.9 * SAMPLE_RATE))
    assert np.allclose(mastered.audio[quiet], peaky[quiet] * gain, atol=1e-6)


def test_what_is_heard_after_decoding_meets_both(raw, peaky):
    for signal in (raw, peaky):
        heard = measure(decode_mp3(encode_mp3(master(signal).audio)))
        assert heard.loudness_lufs == pytest.approx(-16.0, abs=0.1)
        assert heard.true_peak_dbtp <= -1.0


def test_a_piece_whose_peaks_need_a_little_more_gets_softer_within_the_gate():
    signal = with_hits(0.23)
    mastered = master(signal)
    assert mastered.max_reduction_db <= 3.0
    assert -16.45 <= mastered.loudness_lufs < -16.05
    heard = measure(decode_mp3(encode_mp3(mastered.audio)))
    assert heard.loudness_lufs == pytest.approx(-16.0, abs=0.5)
    assert heard.true_peak_dbtp <= -1.0


def test_over_3_db_of_limiting_is_refused():
    with pytest.raises(MasteringError, match=r"peaks stand \d+\.\d dB over -1.5 dBTP"):
        master(with_hits(0.4))


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.filterwarnings("ignore:invalid value")
def test_samples_that_are_no_numbers_are_refused(raw, wrong):
    signal = raw.copy()
    signal[123_456, 1] = wrong
    with pytest.raises(MasteringError, match="no numbers"):
        master(signal)


def test_silence_is_refused():
    with pytest.raises(MasteringError, match="silent"):
        master(silence(5))


@pytest.mark.parametrize("ring", [0.05, 1.0, 3.0])
def test_the_end_rings_out_and_1_2_s_of_silence_follow(ring):
    decay = tone(440, ring, -12) * np.geomspace(1, 10 ** (-56 / 20), round(ring * SAMPLE_RATE))[:, None]
    signal = np.concatenate([silence(0.1), tone(440, 5, -12), decay, silence(3)]).astype(np.float32)
    heard = measure(master(signal).audio)
    assert heard.tail_silence_s == pytest.approx(1.2, abs=0.02)
    assert heard.duration_seconds == pytest.approx(
        5.1 + 0.79 * ring + 1.2, abs=0.05 + 0.02 * ring
    )  # 44 of the 56 dB it falls
    assert heard.head_silence_s == pytest.approx(0.1, abs=0.011)


def test_a_ring_that_swells_once_more_after_silence_ends_where_it_first_fell_silent():
    swell = tone(440, 0.04, -57)
    signal = np.concatenate([tone(440, 5, -12), silence(0.35), swell, silence(3)]).astype(np.float32)
    heard = measure(master(signal).audio)
    assert heard.gaps == ()
    assert heard.duration_seconds == pytest.approx(5 + 1.2, abs=0.02)


def test_what_still_sounds_at_the_cut_is_faded():
    mastered = master(noise(8, 0.05))
    heard = measure(mastered.audio)
    assert heard.tail_silence_s == pytest.approx(1.2, abs=0.02)
    faded = mastered.audio[-round(1.4 * SAMPLE_RATE) : -round(1.2 * SAMPLE_RATE)]
    assert np.abs(faded).max() < 0.1
    assert not mastered.audio[-SAMPLE_RATE // 2 :].any()
