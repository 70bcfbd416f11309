"""The MP3 stream: its level, its length to the frame, and what it refuses."""

import numpy as np
import pytest

from serp_radio_pipeline.audio.encoding import CODEC_LOSS_DB, encode_mp3, frame_header
from serp_radio_pipeline.audio.errors import EncodingError
from serp_radio_pipeline.audio.listening import decode_mp3
from serp_radio_pipeline.audio.loudness import integrated_loudness
from serp_radio_pipeline_tests.audio.signals import dull_noise, noise, silence, tone


@pytest.mark.parametrize("frames", [1, 575, 1152, 44_100, 100_003])
def test_decoding_gives_back_as_many_frames_as_were_encoded(frames):
    assert len(decode_mp3(encode_mp3(noise(3, 0.1)[:frames]))) == frames


def test_an_onset_is_decoded_where_it_was_encoded():
    signal = np.concatenate([silence(0.5), tone(2000, 0.5, -6)])
    heard = decode_mp3(encode_mp3(signal))
    best = max(range(-40, 41), key=lambda shift: float(np.dot(np.roll(heard[:, 0], -shift), signal[:, 0])))
    assert abs(best) <= 1


@pytest.mark.parametrize("bitrate", sorted(CODEC_LOSS_DB))
def test_what_lame_takes_off_is_what_the_table_says(bitrate):
    signal = dull_noise(4, 0.1)
    lost = integrated_loudness(signal) - integrated_loudness(decode_mp3(encode_mp3(signal, bitrate=bitrate)))
    assert lost == pytest.approx(CODEC_LOSS_DB[bitrate], abs=0.05)


def test_the_stream_is_192_kbit_frames_from_beginning_to_end():
    stream = encode_mp3(tone(440, 2, -6))
    position, count = 0, 0
    while position < len(stream):
        header = frame_header(stream, position)
        assert header.bitrate == 192
        position += header.length
        count += 1
    assert position == len(stream)
    told_frames, told_bytes = (int.from_bytes(stream[at : at + 4], "big") for at in (44, 48))
    assert (told_frames, told_bytes) == (count - 1, len(stream))


def test_full_scale_is_the_most_it_takes():
    encode_mp3(np.ones((2000, 2), np.float32))
    for wrong in (1.01, -1.01, np.nan, np.inf):
        with pytest.raises(EncodingError, match="over full scale or that are no numbers"):
            encode_mp3(np.full((2000, 2), wrong, np.float32))


def test_no_audio_and_an_unmeasured_bit_rate_are_refused():
    with pytest.raises(EncodingError, match="no audio"):
        encode_mp3(np.zeros((0, 2), np.float32))
    with pytest.raises(EncodingError, match="use one of"):
        encode_mp3(silence(1), bitrate=64)
    with pytest.raises(EncodingError, match="no MP3 frame at byte 3"):
        frame_header(b"abcdefgh", 3)
