"""Where audio sounds and where it is silent, in windows of 10 ms."""

import numpy as np
from numpy.typing import NDArray

from serp_radio_pipeline.audio.stereo import SAMPLE_RATE, Audio
from serp_radio_pipeline.audio.true_peak import sample_peaks

WINDOW = SAMPLE_RATE // 100
SILENCE_DBFS = -60.0
"""A window whose sample peak stays under this is silent: 44 dB under the episode's loudness."""


def sounding_windows(audio: Audio) -> NDArray[np.bool_]:
    """For every 10 ms, the last part included: does any sample reach -60 dBFS?"""
    return sample_peaks(audio, WINDOW) >= 10 ** (SILENCE_DBFS / 20)


def silent_runs(sounds: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Runs of silent windows as (first, end), in order; head and tail among them."""
    edges = np.flatnonzero(np.diff(np.concatenate(([True], sounds, [True])).astype(np.int8)))
    return [(int(first), int(end)) for first, end in edges.reshape(-1, 2)]
