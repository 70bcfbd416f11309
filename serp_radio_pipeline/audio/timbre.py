"""How each voice sounds, learned from the episode's own sonic key, where its low, middle and high note play alone.

So the ear needs neither the soundfont nor the sound pack: like a listener, it takes the key as the legend.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from serp_radio_pipeline.audio.spectra import EarSignal, FloatArray, bin_frequencies, hertz
from serp_radio_pipeline.music.calibration import LaneName
from serp_radio_pipeline.music.contract import Contract
from serp_radio_pipeline.music.harmony import PAD_REGISTER
from serp_radio_pipeline.music.phrases import KEY_PLACES, key_beat, key_onset
from serp_radio_pipeline.music.theory import DIATONIC

BED_PARTIALS = 4
BED_ROLL_OFF = 1.5
"""The bed plays in no key bar: its tones are taken as warm, partial k at k to the power -1.5."""


@dataclass(frozen=True, slots=True)
class KeyNote:
    """A note of the key: MIDI pitch, and when it begins, seconds."""

    pitch: int
    begins: float


class Timbres:
    """Spectra of every note that a data voice can play, and of the bed's, each of norm 1."""

    def __init__(self, signal: EarSignal, contract: Contract) -> None:
        self._signal, self._contract = signal, contract
        self._templates = lru_cache(maxsize=64)(self._learn)
        self._reference = lru_cache(maxsize=16)(self._loudness)

    def key_notes(self, lane: LaneName) -> tuple[KeyNote, ...]:
        """Return the lane's low, middle and high note of the key, each once."""
        tick, length = self._contract.sections["key"]
        beat, scale = key_beat(length), self._contract.calibration.lane(lane)
        found: dict[int, KeyNote] = {}
        for index, place in enumerate(KEY_PLACES):
            pitch = scale.pitch(scale.low + place * (scale.high - scale.low))
            begins = self._contract.seconds(key_onset(tick, beat, lane) + index * beat)
            found.setdefault(pitch, KeyNote(pitch, begins))
        return tuple(found[pitch] for pitch in sorted(found))

    def templates(self, lane: LaneName, after: float, seconds: float) -> FloatArray:
        """Return the spectrum (pitches x features) of each pitch of a lane, a window that begins `after` its onset."""
        return self._templates(lane, round(after, 4), seconds)

    def loudness(self, lane: LaneName, after: float, seconds: float) -> float:
        """Return what a present note of a lane is like in that window: the key's softest, at the series' level."""
        return self._reference(lane, round(after, 4), seconds) / self._contract.key_gains[lane]

    def bed(self, seconds: float) -> FloatArray:
        """Return the spectrum of each tone that the bed can play."""
        return _bed(self._contract.calibration.transposition, seconds)

    def _spectra(self, lane: LaneName, after: float, seconds: float) -> tuple[list[int], FloatArray]:
        notes = self.key_notes(lane)
        return [n.pitch for n in notes], self._signal.spectra(np.array([n.begins + after for n in notes]), seconds)

    def _learn(self, lane: LaneName, after: float, seconds: float) -> FloatArray:
        known, spectra = self._spectra(lane, after, seconds)
        unit = spectra / np.maximum(np.linalg.norm(spectra, axis=(1, 2), keepdims=True), 1e-12)
        frequencies = bin_frequencies(seconds)
        pitches = self._contract.calibration.lane(lane).pitches
        return np.stack([_between(known, unit, pitch, frequencies) for pitch in pitches])

    def _loudness(self, lane: LaneName, after: float, seconds: float) -> float:
        _, spectra = self._spectra(lane, after, seconds)
        return float(np.linalg.norm(spectra, axis=(1, 2)).min())


def _between(known: list[int], spectra: FloatArray, pitch: int, frequencies: FloatArray) -> FloatArray:
    """Return a pitch's spectrum from its known neighbours', each moved to it in frequency and weighed by nearness."""
    below = max((index for index, other in enumerate(known) if other <= pitch), default=0)
    above = min((index for index, other in enumerate(known) if other >= pitch), default=len(known) - 1)
    share = 0.0 if above == below else (pitch - known[below]) / (known[above] - known[below])
    moved = (1 - share) * _moved(spectra[below], known[below], pitch, frequencies)
    if share:
        moved = moved + share * _moved(spectra[above], known[above], pitch, frequencies)
    flat: FloatArray = moved.ravel() / max(float(np.linalg.norm(moved)), 1e-12)
    return flat


def _moved(spectrum: FloatArray, pitch: int, to: int, frequencies: FloatArray) -> FloatArray:
    sought = frequencies * (hertz(pitch) / hertz(to))
    return np.stack([np.interp(sought, frequencies, channel, right=0.0) for channel in spectrum.T], axis=1)


@lru_cache(maxsize=32)
def _bed(transposition: int, seconds: float) -> FloatArray:
    """Return the bed's tones as harmonic spectra: in the middle mostly, a third of it at the sides."""
    pitches = [
        pitch for pitch in range(PAD_REGISTER[0], PAD_REGISTER[1] + 1) if (pitch - transposition) % 12 in DIATONIC
    ]
    frequencies, width = bin_frequencies(seconds), 2 / seconds
    tones = []
    for pitch in pitches:
        lobes = [
            partial**-BED_ROLL_OFF * _lobe(frequencies - partial * hertz(pitch), width)
            for partial in range(1, BED_PARTIALS + 1)
        ]
        tone = np.sum(lobes, axis=0)
        stacked = np.stack([tone, tone, 0.3 * tone], axis=1).ravel()
        tones.append(stacked / np.linalg.norm(stacked))
    return np.stack(tones)


def _lobe(offset: FloatArray, width: float) -> FloatArray:
    """Return a Hann window's main lobe, as wide as the window is short."""
    lobe: FloatArray = np.where(np.abs(offset) < width, np.cos(np.pi / 2 * offset / width) ** 2, 0.0)
    return lobe
