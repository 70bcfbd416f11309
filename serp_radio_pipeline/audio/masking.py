"""Is a data note heard beside everything else? Each is looked for in its own stem and in the rest of the mix."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from serp_radio_pipeline.audio.stereo import SAMPLE_RATE, Audio
from serp_radio_pipeline.music.calibration import LaneName
from serp_radio_pipeline.music.lanes import LANE_ROLES
from serp_radio_pipeline.music.score import DayNote, Score

HEARD_ABOVE_DB = 6.0
"""A partial that stands so far over all else in its critical band is heard as a tone of its own."""
SETTLED_SECONDS, LONGEST_LOOK_SECONDS = 0.015, 0.25
PARTIALS = 10
HIGHEST_HERTZ = 8000.0
AUDIBLE_DB = -20.0
"""Partials under a note's strongest one by more than this don't count: nobody follows a tune by them."""


def unmasked_shares(score: Score, parts: Mapping[str, Audio]) -> dict[LaneName, float]:
    """Return, of each lane with notes, the share (0-1) of data notes whose best partial stands 6 dB over the rest.

    `parts` are the mix's stems by role. The better ear decides: left or right, whichever hears more of the note. A data
    voice in unison with the note is no rest: the pitch that it says is heard.
    """
    mix = np.sum(list(parts.values()), axis=0)
    shares: dict[LaneName, float] = {}
    for lane, role in LANE_ROLES.items():
        notes = [note for day in score.days for note in day.notes if note.lane == lane]
        if notes:
            heard = [
                best_partial_db(parts[role], _rest(score, note, mix, parts), *_window(score, note)) > HEARD_ABOVE_DB
                for note in notes
            ]
            shares[lane] = sum(heard) / len(heard)
    return shares


def _rest(score: Score, day_note: DayNote, mix: Audio, parts: Mapping[str, Audio]) -> Audio:
    """Return all that a note has to stand out of."""
    note = day_note.note
    rest = mix - parts[note.role]
    for other in score.data_notes():
        is_together = other.tick < note.tick + note.length and note.tick < other.tick + other.length
        if other.role != note.role and other.pitch == note.pitch and is_together:
            rest = rest - parts[other.role]
    return rest


def best_partial_db(own: Audio, rest: Audio, start: float, seconds: float, fundamental: float) -> float:
    """Return by how many dB the best audible partial of a note stands over the rest in its critical band."""
    first, frames = round(start * SAMPLE_RATE), round(seconds * SAMPLE_RATE)
    hann = np.hanning(frames)[:, None]
    spectra = [
        np.abs(np.fft.rfft(audio[first : first + frames] * hann, 4 * frames, axis=0)) ** 2 for audio in (own, rest)
    ]
    frequencies = np.asarray(np.fft.rfftfreq(4 * frames, 1 / SAMPLE_RATE), dtype=np.float64)
    bands = [_band(frequencies, fundamental * number) for number in range(1, PARTIALS + 1)
             if fundamental * number < HIGHEST_HERTZ]  # fmt: skip
    note, others = (np.array([power[band].sum(axis=0) for band in bands]) for power in spectra)
    audible = note > note.max() * 10 ** (AUDIBLE_DB / 10)
    return float(10 * np.log10((note[audible] + 1e-20) / (others[audible] + 1e-20)).max())


def _window(score: Score, day_note: DayNote) -> tuple[float, float, float]:
    """Return where to look for a note, and its fundamental: start and length in seconds, hertz."""
    note = day_note.note
    seconds = min(score.seconds(note.length) - SETTLED_SECONDS, LONGEST_LOOK_SECONDS)
    return score.seconds(note.tick) + SETTLED_SECONDS, seconds, 440 * 2 ** ((note.pitch - 69) / 12)


def _band(frequencies: NDArray[np.float64], centre: float) -> slice:
    """Return the bins of a critical band: equivalent rectangular bandwidth, Glasberg and Moore 1990."""
    half = 24.7 * (4.37 * centre / 1000 + 1) / 2
    first, end = np.searchsorted(frequencies, [centre - half, centre + half])
    return slice(int(first), int(end))
