"""The ear: an MP3 is decoded again and measured, so that what is said of an episode is said of what listeners get."""

import io
from dataclasses import dataclass

from serp_radio_pipeline.audio.errors import DecodingError
from serp_radio_pipeline.audio.stereo import SAMPLE_RATE, Audio

SHORTEST_GAP_SECONDS = 0.3
"""Silence inside a piece that lasts longer is heard as a fault, unless the data says so."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a listener gets.

    Loudness is integrated (ITU-R BS.1770-4), its range after EBU Tech 3342. Silence is 10 ms or more under -60 dBFS;
    `gaps` holds start and end, in seconds, of silences over 300 ms between head and tail. Silent audio has -inf LUFS
    and dBTP, and is all head.
    """

    loudness_lufs: float
    loudness_range_lu: float
    true_peak_dbtp: float
    duration_seconds: float
    head_silence_s: float
    tail_silence_s: float
    longest_gap_s: float
    gaps: tuple[tuple[float, float], ...]


def decode_mp3(mp3: bytes) -> Audio:
    """The audio of an MP3 with or without tags, decoded by libsndfile; peaks over full scale are kept.

    Raises:
        DecodingError: it is no MP3, or not at 44.1 kHz in stereo.
    """
    import soundfile  # noqa: PLC0415 - 40 ms, loaded when first used

    try:
        audio, rate = soundfile.read(io.BytesIO(mp3), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise DecodingError(f"The bytes can't be decoded as an MP3 ({error}); make the episode again.") from error
    if rate != SAMPLE_RATE or audio.shape[1] != 2:
        raise DecodingError(
            f"The MP3 has {audio.shape[1]} channels at {rate} Hz; two at {SAMPLE_RATE} Hz are expected."
        )
    decoded: Audio = audio
    return decoded


def measure(audio: Audio) -> Measured:
    """Loudness, peaks, duration and silence of decoded audio; 0.1 CPU s for a minute."""
    from serp_radio_pipeline.audio import loudness, silence, true_peak  # noqa: PLC0415 - numpy, loaded when first used

    powers = loudness.tenth_second_powers(audio)
    sounds = silence.sounding_windows(audio)
    duration = len(audio) / SAMPLE_RATE
    second = silence.WINDOW / SAMPLE_RATE  # of one window
    runs = silence.silent_runs(sounds)
    head_end = next((end for first, end in runs if first == 0), 0) * second
    tail_start = next((first for first, end in runs if end == len(sounds) and first > 0), None)
    inner = [(first * second, end * second) for first, end in runs if first > 0 and end < len(sounds)]
    return Measured(
        loudness_lufs=loudness.gated_loudness(powers),
        loudness_range_lu=loudness.gated_range(powers),
        true_peak_dbtp=true_peak.true_peak_dbtp(audio),
        duration_seconds=duration,
        head_silence_s=min(head_end, duration),
        tail_silence_s=0.0 if tail_start is None else duration - tail_start * second,
        longest_gap_s=max((end - start for start, end in inner), default=0.0),
        gaps=tuple((start, end) for start, end in inner if end - start > SHORTEST_GAP_SECONDS),
    )
