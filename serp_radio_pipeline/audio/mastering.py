"""Bring a piece to its loudness and under its ceiling: one static gain and a true-peak limiter that rarely works.

Balance is never changed here; a mix whose peaks need more than 3 dB of limiting gets softer by as much as its gate on
loudness allows, and beyond that is refused, not squashed.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from serp_radio_pipeline.audio.errors import MasteringError
from serp_radio_pipeline.audio.loudness import integrated_loudness, loudness_range
from serp_radio_pipeline.audio.silence import WINDOW, silent_runs, sounding_windows
from serp_radio_pipeline.audio.stereo import SAMPLE_RATE, Audio
from serp_radio_pipeline.audio.true_peak import BLOCK, block_peaks, true_peak_dbtp

__all__ = ["Mastered", "integrated_loudness", "loudness_range", "master", "true_peak_dbtp"]

TARGET_LUFS = -16.0
CEILING_DBTP = -1.5  # the published limit is -1: encoding moves peaks by some tenths of a dB
LARGEST_REDUCTION_DB = 3.0
SOFTENINGS_LU = (0.0, 0.1, 0.2, 0.3, 0.4)  # of the 0.5 LU that the gate allows
TOLERANCE_LU = 0.05
PASSES = 4

LOOKAHEAD_BLOCKS = 4  # 5.8 ms
RELEASE_DB_PER_SECOND = 30.0

TAIL_SILENCE_SECONDS = 1.2  # of 0.8 to 2 s allowed
FADE_SECONDS = 0.5  # of what rings on below -60 dBFS
LONGEST_SWELL, SHORTEST_PAUSE = 10, 15  # windows of 10 ms
CUT_FADE_SECONDS = 1.0  # of what still sounds where the synthesizer stopped


@dataclass(frozen=True, slots=True)
class Mastered:
    """Audio ready to encode, and what was done to it; loudness and peak are those to expect after decoding."""

    audio: Audio
    loudness_lufs: float
    gain_db: float
    max_reduction_db: float


def master(
    audio: Audio,
    *,
    target_lufs: float = TARGET_LUFS,
    ceiling_dbtp: float = CEILING_DBTP,
    codec_loss_db: float = 0.27,
) -> Mastered:
    """Bring raw audio to `target_lufs` and under `ceiling_dbtp` as it will be after a codec that takes `codec_loss_db`.

    Time never moves: frame n stays frame n. The end rings out, fades, and is followed by 1.2 s of silence.

    Raises:
        MasteringError: silence, samples that are no numbers, or limiting of over 3 dB, which would be heard, even where
            the piece is 0.4 LU softer.
    """
    loudness = integrated_loudness(audio)
    if not (math.isfinite(loudness) and np.isfinite(audio.min()) and np.isfinite(audio.max())):
        raise MasteringError("The piece is silent or holds samples that are no numbers; check what was synthesized.")
    wanted, ceiling = target_lufs + codec_loss_db, ceiling_dbtp + codec_loss_db
    for softer in SOFTENINGS_LU:
        mastered = _at(wanted - softer, audio, loudness, ceiling)
        is_reached = abs(wanted - softer - mastered.loudness_lufs) <= TOLERANCE_LU
        if is_reached and mastered.max_reduction_db <= LARGEST_REDUCTION_DB:
            break
    else:
        raise MasteringError(
            f"At {target_lufs - SOFTENINGS_LU[-1]:g} LUFS the piece's peaks stand {mastered.max_reduction_db:.1f} dB "
            f"over {ceiling_dbtp:g} dBTP, and more than {LARGEST_REDUCTION_DB:g} dB of limiting would be heard; lower "
            "its loudest notes against the others."
        )
    return replace(mastered, loudness_lufs=mastered.loudness_lufs - codec_loss_db)


def _at(wanted: float, audio: Audio, loudness: float, ceiling: float) -> Mastered:
    """Return audio of that loudness, LUFS, brought to the one wanted, or as near as `LARGEST_REDUCTION_DB` lets it."""
    gain_db = 0.0
    for _ in range(PASSES):
        # Rounded, so that the last bit of an FFT, which differs between processors, can't change the bytes.
        gain_db = round(gain_db + wanted - loudness, 2)
        mastered = _with_quiet_end(audio, gain_db)
        reduction = _limit(mastered, ceiling)
        loudness = integrated_loudness(mastered) if reduction else wanted  # without limiting it is what was asked for
        if abs(wanted - loudness) <= TOLERANCE_LU or reduction > LARGEST_REDUCTION_DB:
            break
    return Mastered(mastered, loudness, gain_db, reduction)


def _with_quiet_end(audio: Audio, gain_db: float) -> Audio:
    """A copy at `gain_db` that ends 1.2 s after its last sound."""
    louder = audio * np.float32(10 ** (gain_db / 20))
    tail = round(TAIL_SILENCE_SECONDS * SAMPLE_RATE)
    end = _sound_end(louder)
    if end + tail // 2 > len(louder):  # rings on where the synthesizer stopped
        _fade_out(louder[-round(CUT_FADE_SECONDS * SAMPLE_RATE) :])
        end = _sound_end(louder)
    quiet_end = np.zeros((end + tail, 2), np.float32)
    rest = louder[: end + round(FADE_SECONDS * SAMPLE_RATE)]
    _fade_out(rest[end:])
    quiet_end[: len(rest)] = rest
    return quiet_end


def _sound_end(audio: Audio) -> int:
    """Return the frame after the last sound; where two rings beat and swell once more after silence is not one."""
    sounds = sounding_windows(audio)
    if not sounds.any():
        return 0
    end = int(np.flatnonzero(sounds)[-1]) + 1
    for first, last in reversed(silent_runs(sounds[:end])):
        if not first or end - last > LONGEST_SWELL or last - first < SHORTEST_PAUSE:
            break
        end = first
    return min(end * WINDOW, len(audio))


def _fade_out(audio: Audio) -> None:
    audio *= (np.cos(np.linspace(0, np.pi / 2, len(audio))) ** 2).astype(np.float32)[:, None]


def _limit(audio: Audio, ceiling_dbtp: float) -> float:
    """Hold `audio` under the ceiling, in place; returns the largest gain reduction, dB.

    Both channels get one gain. It falls within 6 ms before a peak and recovers by 30 dB a second.
    """
    ceiling = 10 ** (ceiling_dbtp / 20)
    peaks = block_peaks(audio, floor=ceiling).astype(np.float64)
    over_db = 20 * np.log10(np.maximum(peaks, ceiling) / ceiling)
    if not over_db.any():
        return 0.0
    gains = 10 ** (-_reduction_at_edges(over_db) / 20)
    active = np.flatnonzero((gains[:-1] < 1) | (gains[1:] < 1))
    slope = np.arange(BLOCK) / BLOCK
    for block in active:
        frames = audio[block * BLOCK : (block + 1) * BLOCK]
        ramp = gains[block] + (gains[block + 1] - gains[block]) * slope[: len(frames)]
        frames *= ramp.astype(np.float32)[:, None]
    return float(over_db.max())


def _reduction_at_edges(over_db: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gain reduction, dB, at the edges of the blocks, one more than blocks; never less than its neighbours need."""
    edges = np.maximum(np.append(over_db, 0.0), np.insert(over_db, 0, 0.0))
    ahead = np.pad(edges, (0, LOOKAHEAD_BLOCKS))
    held = np.lib.stride_tricks.sliding_window_view(ahead, LOOKAHEAD_BLOCKS + 1).max(axis=1)
    fall = np.arange(held.size) * (RELEASE_DB_PER_SECOND * BLOCK / SAMPLE_RATE)
    released = np.maximum(np.maximum.accumulate(held + fall) - fall, 0.0)
    released[released < 1e-6] = 0.0
    # A mean over the look-ahead makes the fall a ramp; every value in it already covers the peak that it leads to.
    before = np.pad(released, (LOOKAHEAD_BLOCKS, 0))
    ramps: NDArray[np.float64] = np.lib.stride_tricks.sliding_window_view(before, LOOKAHEAD_BLOCKS + 1).mean(axis=1)
    return ramps
