"""Test signals whose loudness and peaks are known from theory."""

import numpy as np

from serp_radio_pipeline.audio.stereo import SAMPLE_RATE


def tone(hertz: float, seconds: float, dbfs: float, *, phase: float = 0.0, right: bool = True) -> np.ndarray:
    """A sine whose peak is `dbfs`, on both channels, or with silence on the right."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    left = 10 ** (dbfs / 20) * np.sin(2 * np.pi * hertz * time + phase)
    return np.stack([left, left * right], axis=1).astype(np.float32)


def noise(seconds: float, level: float, *, seed: int = 1) -> np.ndarray:
    """White noise, independent on both channels, of standard deviation `level`."""
    frames = round(seconds * SAMPLE_RATE)
    return np.random.default_rng(seed).normal(0, level, (frames, 2)).astype(np.float32)


def dull_noise(seconds: float, level: float, *, seed: int = 1) -> np.ndarray:
    """The same without anything over 8 kHz, so that no codec's low-pass touches it."""
    white = noise(seconds, level, seed=seed)
    spectrum = np.fft.rfft(white, axis=0)
    spectrum[round(8000 * seconds) :] = 0
    return np.fft.irfft(spectrum, len(white), axis=0).astype(np.float32)


def silence(seconds: float) -> np.ndarray:
    return np.zeros((round(seconds * SAMPLE_RATE), 2), np.float32)
