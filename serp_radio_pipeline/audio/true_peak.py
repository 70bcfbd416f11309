"""True peaks: what the waveform reaches between its samples, four times oversampled as ITU-R BS.1770-4 Annex 2 asks."""

import math

import numpy as np
from numpy.typing import NDArray

from serp_radio_pipeline.audio.stereo import Audio

BLOCK = 64  # frames, 1.5 ms: the grain in which peaks are told
OVERSAMPLING = 4
TAPS = 12  # neighbours an in-between value is made of
BEFORE = TAPS // 2 - 1  # of them up to and before the frame it follows, less that frame
ROWS_AT_ONCE = 256  # 150 kB, so that the work stays in the cache


def _phases() -> NDArray[np.float32]:
    """Windowed-sinc interpolators for the three instants after a frame, shape (3, TAPS)."""
    fractions = np.arange(1, OVERSAMPLING)[:, None] / OVERSAMPLING
    distance = np.arange(TAPS)[None, :] - BEFORE - fractions
    window = np.cos(np.pi * distance / (TAPS + 1)) ** 2
    taps = np.sinc(distance) * window
    scaled: NDArray[np.float32] = (taps / taps.sum(axis=1, keepdims=True)).astype(np.float32)
    return scaled


PHASES = _phases()
LARGEST_GAIN = float(np.abs(PHASES).sum(axis=1).max())  # no in-between value exceeds its neighbours by more


def sample_peaks(audio: Audio, width: int) -> NDArray[np.float32]:
    """The largest absolute sample of each block of `width` frames, the last one being as long as it is."""
    whole = len(audio) // width
    blocks = np.ascontiguousarray(audio[: whole * width]).reshape(whole, width * 2)
    peaks = np.empty(-(-len(audio) // width), np.float32)
    for first in range(0, whole, ROWS_AT_ONCE):
        rows = blocks[first : first + ROWS_AT_ONCE]
        peaks[first : first + len(rows)] = np.abs(rows).max(axis=1)
    if whole < len(peaks):
        peaks[whole] = np.abs(audio[whole * width :]).max()
    return peaks


def true_peak_dbtp(audio: Audio) -> float:
    """The true peak of both channels, dBTP; -inf for silence."""
    if not len(audio):
        return -math.inf
    sample_peak = float(np.maximum(audio.max(), -audio.min()))
    if sample_peak == 0.0:
        return -math.inf
    return 20 * math.log10(float(block_peaks(audio, floor=sample_peak).max()))


def block_peaks(audio: Audio, *, floor: float) -> NDArray[np.float32]:
    """The true peak of every block of 64 frames (the last filled up with silence), over both channels.

    Only blocks that may exceed `floor` are oversampled; the others tell their sample peak. That saves nine tenths of
    the work and loses nothing, since the interpolator's gain is bounded.
    """
    count = -(-len(audio) // BLOCK)
    padded = np.zeros((count * BLOCK + TAPS, 2), np.float32)
    padded[BEFORE : BEFORE + len(audio)] = audio
    peaks = sample_peaks(padded[BEFORE : BEFORE + count * BLOCK], BLOCK)
    around = np.maximum(peaks, np.maximum(_shifted(peaks, 1), _shifted(peaks, -1)))
    candidates = np.flatnonzero(around * LARGEST_GAIN > floor)
    for first in range(0, len(candidates), ROWS_AT_ONCE):
        rows = candidates[first : first + ROWS_AT_ONCE]
        frames = padded[rows[:, None] * BLOCK + np.arange(BLOCK + TAPS - 1)].reshape(len(rows), -1)
        peaks[rows] = np.maximum(peaks[rows], _between(frames))
    return peaks


def _between(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Largest in-between value of each row; rows hold a block's frames with their neighbours, interleaved."""
    width = BLOCK * 2
    largest = np.zeros(len(frames), np.float32)
    value, product = np.empty((2, len(frames), width), np.float32)
    for taps in PHASES:
        np.multiply(frames[:, :width], taps[0], out=value)
        for index in range(1, TAPS):
            np.multiply(frames[:, 2 * index : 2 * index + width], taps[index], out=product)
            value += product
        np.maximum(largest, np.maximum(value.max(axis=1), -value.min(axis=1)), out=largest)
    return largest


def _shifted(peaks: NDArray[np.float32], by: int) -> NDArray[np.float32]:
    shifted = np.zeros_like(peaks)
    if by > 0:
        shifted[by:] = peaks[:-by]
    else:
        shifted[:by] = peaks[-by:]
    return shifted
