"""The ear: what it measures of decoded audio, and what it can't decode."""

import math

import numpy as np
import pytest

from serp_radio_pipeline.audio.errors import DecodingError
from serp_radio_pipeline.audio.listening import decode_mp3, measure
from serp_radio_pipeline_tests.audio.signals import silence, tone


def test_silence_is_told_by_where_it_lies():
    heard = measure(
        np.concatenate(
            [
                silence(0.2),
                tone(440, 1, -6),
                silence(0.25),
                tone(440, 1, -6),
                silence(0.5),
                tone(440, 1, -6),
                silence(1),
            ]
        )
    )
    assert heard.duration_seconds == pytest.approx(4.95)
    assert heard.head_silence_s == pytest.approx(0.2, abs=0.011)
    assert heard.tail_silence_s == pytest.approx(1.0, abs=0.011)
    assert heard.longest_gap_s == pytest.approx(0.5, abs=0.021)
    assert heard.gaps == (pytest.approx((3 - 0.55, 3 - 0.05), abs=0.021),)


def test_audio_that_sounds_throughout_has_no_silence():
    heard = measure(tone(440, 1, -6))
    assert (heard.head_silence_s, heard.tail_silence_s, heard.longest_gap_s, heard.gaps) == (0, 0, 0, ())


def test_silence_alone_is_all_head():
    heard = measure(silence(2.0))
    assert (heard.loudness_lufs, heard.true_peak_dbtp) == (-math.inf, -math.inf)
    assert heard.head_silence_s == pytest.approx(2.0)
    assert (heard.tail_silence_s, heard.longest_gap_s) == (0, 0)


def test_silence_begins_under_minus_60_dbfs():
    assert measure(tone(440, 1, -59.5)).head_silence_s == 0
    assert measure(tone(440, 1, -60.5)).head_silence_s == pytest.approx(1.0)


@pytest.mark.parametrize("wrong", [b"", b"no music", b"ID3\x03\0\0\0\0\0\0", b"\xff\xfb\xb0\x04" + bytes(50)])
def test_what_is_no_mp3_is_refused(wrong):
    with pytest.raises(DecodingError):
        decode_mp3(wrong)
