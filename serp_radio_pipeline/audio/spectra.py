"""Short spectra of an episode's decoded sound, as the ear takes them: left, right, and the difference of both.

What stands in the middle (bass, kit) is not in the difference, so the voices at the sides are heard there alone.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from serp_radio_pipeline.audio.stereo import SAMPLE_RATE, Audio

FloatArray = NDArray[np.float64]

DECIMATION = 4
EAR_RATE = SAMPLE_RATE // DECIMATION
"""Frames a second that the ear works at, 11,025: every voice's first partials lie below 5 kHz."""
SIDE_GAIN = 4.0
"""How much the difference counts; at 1 the bass hid 1 % of the lead's notes an octave above it, at 4 none."""
HIGHEST_HZ, LOWEST_HZ = 5000.0, 22.0
CENTRE_FFT, CENTRE_BINS = 4096, 2
"""Length of the spectrum of what stands in the middle, and how many of its bins on either side belong to a partial."""
ZERO_PADDING = 1.6
"""How much longer than its window a spectrum is at least: finer bins put a partial's peak where it belongs."""


class EarSignal:
    """Decoded audio at the ear's rate, three channels."""

    def __init__(self, audio: Audio) -> None:
        from scipy.signal import resample_poly  # noqa: PLC0415 - 0.2 s of import, loaded when first used

        low = resample_poly(audio, 1, DECIMATION, axis=0).astype(np.float64)
        side = SIDE_GAIN * (low[:, :1] - low[:, 1:])
        self._channels = np.concatenate([low, side], axis=1)

    def spectra(self, starts: FloatArray, seconds: float) -> FloatArray:
        """Return the magnitude spectra (starts x bins x 3) of Hann windows of that length; silence beyond the ends."""
        frames, length = round(seconds * EAR_RATE), _fft_length(seconds)
        first = np.round(np.atleast_1d(starts) * EAR_RATE).astype(int)
        index = first[:, None] + np.arange(frames)
        inside = (index >= 0) & (index < len(self._channels))
        windows = self._channels[np.clip(index, 0, len(self._channels) - 1)] * inside[:, :, None]
        hann = np.hanning(frames)
        magnitudes = np.abs(np.fft.rfft(windows * hann[:, None], length, axis=1)) / hann.sum()
        return np.asarray(magnitudes[:, _bins(length), :], dtype=np.float64)

    def centre(self, starts: FloatArray, seconds: float, hertz_sought: Sequence[float]) -> FloatArray:
        """Return the amplitude (starts x frequencies) of what stands in the middle: the softer of left and right."""
        windows = self._windows(starts, seconds)
        step = EAR_RATE / CENTRE_FFT
        frequencies = np.array(
            [sought + bins * step for sought in hertz_sought for bins in range(-CENTRE_BINS, CENTRE_BINS + 1)]
        )
        times = np.arange(windows.shape[1]) / EAR_RATE
        basis = np.exp(-2j * np.pi * times[:, None] * frequencies[None, :])
        softer = np.minimum(*(np.abs(windows[:, :, side] @ basis) for side in (0, 1)))
        amplitudes: FloatArray = softer.reshape(len(windows), len(hertz_sought), -1).max(axis=2)
        return amplitudes

    def centre_band(self, starts: FloatArray, seconds: float, band: tuple[float, float]) -> FloatArray:
        """Return the power of what stands in the middle in a band of frequencies."""
        power: FloatArray = (self.centre_bins(starts, seconds, band) ** 2).sum(axis=1)
        return power

    def centre_bins(self, starts: FloatArray, seconds: float, band: tuple[float, float]) -> FloatArray:
        """Return the amplitude (starts x bins) of what stands in the middle in a band of frequencies."""
        low, high = (round(edge / EAR_RATE * CENTRE_FFT) for edge in band)
        spectra = np.abs(np.fft.rfft(self._windows(starts, seconds), CENTRE_FFT, axis=1))[:, low:high]
        softer: FloatArray = np.minimum(spectra[:, :, 0], spectra[:, :, 1])
        return softer

    def _windows(self, starts: FloatArray, seconds: float) -> FloatArray:
        """Return left and right (starts x frames x 2) under Hann windows of sum 1; silence beyond the ends."""
        frames = round(seconds * EAR_RATE)
        index = np.round(np.atleast_1d(starts) * EAR_RATE).astype(int)[:, None] + np.arange(frames)
        inside = (index >= 0) & (index < len(self._channels))
        hann = np.hanning(frames)
        windows = self._channels[np.clip(index, 0, len(self._channels) - 1), :2]
        weighted: FloatArray = windows * (inside * hann / hann.sum())[:, :, None]
        return weighted


def bin_frequencies(seconds: float) -> FloatArray:
    """Return the frequency of each bin of the spectrum of a window of that length, hertz."""
    length = _fft_length(seconds)
    return np.asarray(np.arange(length // 2 + 1)[_bins(length)] * (EAR_RATE / length), dtype=np.float64)


def hertz(pitch: float) -> float:
    """Return the frequency of a MIDI pitch, A4 = 440 Hz."""
    return float(440 * 2 ** ((pitch - 69) / 12))


def _fft_length(seconds: float) -> int:
    return 1 << (int(ZERO_PADDING * seconds * EAR_RATE) - 1).bit_length()


def _bins(length: int) -> slice:
    return slice(round(LOWEST_HZ / EAR_RATE * length), round(HIGHEST_HZ / EAR_RATE * length))
