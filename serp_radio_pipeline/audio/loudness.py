"""Loudness (ITU-R BS.1770-4) and loudness range (EBU Tech 3342) of stereo audio, by numpy alone. It changes nothing.

scipy's filter would do the same for 0.5 to 1.4 s of import in every new process.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from serp_radio_pipeline.audio.stereo import SAMPLE_RATE, Audio

TENTH = SAMPLE_RATE // 10  # frames in 100 ms, the hop of both measures
ROW_TENTHS = 4  # with a tenth of run-up 22,050 frames, 2 3^2 5^2 7^2: short primes for the FFT
ROWS_AT_ONCE = 4  # 700 kB; one at a time costs half as much again, since numpy plans each call anew
BLOCK_TENTHS = 4  # 400 ms
SHORT_TERM_TENTHS = 30  # 3 s
OFFSET = -0.691  # dB; makes a 997 Hz sine at full scale on one channel -3.01 LUFS
ABSOLUTE_GATE = -70.0  # LUFS
RELATIVE_GATE = -10.0  # LU under the mean of what passes the absolute gate; BS.1770-4
RANGE_GATE = -20.0  # the same for the loudness range; EBU Tech 3342
RANGE_PERCENTILES = (10, 95)

# The K weighting as analogue prototypes, so that it can be had at 44.1 kHz: BS.1770-4 tabulates 48 kHz only. Values
# from Brecht De Man, "Evaluation of implementations of the EBU R128 loudness measurement", AES 145, 2018.
SHELF_HERTZ, SHELF_DB, SHELF_Q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
PASS_HERTZ, PASS_Q = 38.13547087602444, 0.5003270373238773


def integrated_loudness(audio: Audio) -> float:
    """Integrated loudness, LUFS, gated as ITU-R BS.1770-4 says; -inf for silence and for less than 400 ms."""
    return gated_loudness(tenth_second_powers(audio))


def loudness_range(audio: Audio) -> float:
    """Loudness range, LU, EBU Tech 3342; 0.0 for silence and for less than 3 s."""
    return gated_range(tenth_second_powers(audio))


def gated_loudness(powers: NDArray[np.float64]) -> float:
    """Integrated loudness, LUFS, of the powers that `tenth_second_powers` gives."""
    blocks = _moving_mean(powers, BLOCK_TENTHS)
    loud = blocks[blocks > _power(ABSOLUTE_GATE)]
    if not loud.size:
        return -math.inf
    return _lufs(float(loud[loud > loud.mean() * 10 ** (RELATIVE_GATE / 10)].mean()))


def gated_range(powers: NDArray[np.float64]) -> float:
    """Loudness range, LU, of the powers that `tenth_second_powers` gives."""
    blocks = _moving_mean(powers, SHORT_TERM_TENTHS)
    loud = blocks[blocks > _power(ABSOLUTE_GATE)]
    if not loud.size:
        return 0.0
    low, high = np.percentile(loud[loud > loud.mean() * 10 ** (RANGE_GATE / 10)], RANGE_PERCENTILES)
    return float(10 * np.log10(high / low))


def tenth_second_powers(audio: Audio) -> NDArray[np.float64]:
    """K-weighted mean square, summed over both channels, of every whole 100 ms.

    Left and right are filtered as the two halves of one complex signal: the filter is real, so they don't mix. 45 ms of
    CPU for a minute of audio.
    """
    tenths = len(audio) // TENTH
    rows = -(-tenths // ROW_TENTHS)
    if not rows:
        return np.zeros(0)
    signal = np.zeros((rows * ROW_TENTHS + 1) * TENTH, np.complex64)
    frames = tenths * TENTH
    signal[TENTH : TENTH + frames] = np.ascontiguousarray(audio[:frames], np.float32).view(np.complex64)[:, 0]
    # Each row begins with 100 ms of run-up, by which the slower filter's ringing is 190 dB down.
    width = (ROW_TENTHS + 1) * TENTH
    segments = np.lib.stride_tricks.sliding_window_view(signal, width)[:: ROW_TENTHS * TENTH]
    weighting = _k_weighting(width)
    powers = np.zeros((rows, ROW_TENTHS))
    for first in range(0, rows, ROWS_AT_ONCE):
        spectra = np.fft.fft(segments[first : first + ROWS_AT_ONCE])
        spectra *= weighting
        weighted = np.ascontiguousarray(np.fft.ifft(spectra)[:, TENTH:]).view(np.float32)
        weighted = weighted.reshape(-1, ROW_TENTHS, 2 * TENTH)
        powers[first : first + ROWS_AT_ONCE] = np.einsum("rtf,rtf->rt", weighted, weighted) / TENTH
    return powers.ravel()[:tenths]


def _moving_mean(powers: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    if len(powers) < width:
        return np.zeros(0)
    means: NDArray[np.float64] = np.lib.stride_tricks.sliding_window_view(powers, width).mean(axis=1)
    return means


def _lufs(power: float) -> float:
    return OFFSET + 10 * math.log10(power)


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - OFFSET) / 10))


@lru_cache(maxsize=1)
def _k_weighting(length: int) -> NDArray[np.complex64]:
    """Frequency response of the K weighting on the bins of an FFT of `length` frames."""
    delay = np.exp(-2j * np.pi * np.fft.fftfreq(length))
    shelf, high_pass = _shelf(), _high_pass()
    response = np.ones(length, np.complex128)
    for numerator, denominator in (shelf, high_pass):
        response *= np.polyval(numerator[::-1], delay) / np.polyval(denominator[::-1], delay)
    return response.astype(np.complex64)


def _shelf() -> tuple[list[float], list[float]]:
    k = math.tan(math.pi * SHELF_HERTZ / SAMPLE_RATE)
    high = 10 ** (SHELF_DB / 20)
    middle = high**0.4996667741545416
    scale = 1 + k / SHELF_Q + k * k
    numerator = [high + middle * k / SHELF_Q + k * k, 2 * (k * k - high), high - middle * k / SHELF_Q + k * k]
    denominator = [scale, 2 * (k * k - 1), 1 - k / SHELF_Q + k * k]
    return [value / scale for value in numerator], [value / scale for value in denominator]


def _high_pass() -> tuple[list[float], list[float]]:
    k = math.tan(math.pi * PASS_HERTZ / SAMPLE_RATE)
    scale = 1 + k / PASS_Q + k * k
    return [1.0, -2.0, 1.0], [1.0, 2 * (k * k - 1) / scale, (1 - k / PASS_Q + k * k) / scale]
