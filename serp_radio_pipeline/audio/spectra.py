"""Short spectra of an episode's decoded sound, as the ear takes them: left, right, and the difference of both.

What stands in the middle (bass, kit) is not in the difference, so the voices at the sides are heard there alone.
"""

import numpy as np
from numpy.typing import NDArray

from serp_radio_pipeline.audio.stereo import SAMPLE_RATE, Audio

FloatArray = NDArray[np.float64]

DECIMATION = 4
EAR_RATE = SAMPLE_RATE // DECIMATION
"""Frames a second that the ear works at, 11,025: every voice's first partials lie below 5 kHz."""
SIDE_GAIN = 4.0
"""How much the difference counts; at 1 the bass hid 1 % of the lead's notes an octave above it, at 4 none."""
FFT_FRAMES = 4096
HIGHEST_HZ, LOWEST_HZ = 5000.0, 22.0
_BINS = slice(round(LOWEST_HZ / EAR_RATE * FFT_FRAMES), round(HIGHEST_HZ / EAR_RATE * FFT_FRAMES))


class EarSignal:
    """Decoded audio at the ear's rate, three channels."""

    def __init__(self, audio: Audio) -> None:
        from scipy.signal import resample_poly  # noqa: PLC0415 - 0.2 s of import, loaded when first used

        low = resample_poly(audio, 1, DECIMATION, axis=0).astype(np.float64)
        side = SIDE_GAIN * (low[:, :1] - low[:, 1:])
        self._channels: FloatArray = np.concatenate([low, side], axis=1)

    def spectra(self, starts: FloatArray, seconds: float) -> FloatArray:
        """Return the magnitude spectra (starts x bins x 3) of Hann windows of that length; silence beyond the ends."""
        frames = round(seconds * EAR_RATE)
        first = np.round(np.atleast_1d(starts) * EAR_RATE).astype(int)
        index = first[:, None] + np.arange(frames)
        inside = (index >= 0) & (index < len(self._channels))
        windows = self._channels[np.clip(index, 0, len(self._channels) - 1)] * inside[:, :, None]
        hann = np.hanning(frames)
        magnitudes = np.abs(np.fft.rfft(windows * hann[:, None], FFT_FRAMES, axis=1)) / hann.sum()
        taken: FloatArray = magnitudes[:, _BINS, :]
        return taken


def bin_frequencies() -> FloatArray:
    """Return the frequency of each bin of a spectrum, hertz."""
    frequencies: FloatArray = np.arange(FFT_FRAMES // 2 + 1)[_BINS] * (EAR_RATE / FFT_FRAMES)
    return frequencies


def hertz(pitch: float) -> float:
    """Return the frequency of a MIDI pitch, A4 = 440 Hz."""
    return float(440 * 2 ** ((pitch - 69) / 12))
