"""How long the lead's notes last: each is held against the key's lead note, whose length is known.

A note dies away as the key's does, and is damped as the key's is, only at another moment: that moment is sought.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from serp_radio_pipeline.audio.spectra import EarSignal, FloatArray
from serp_radio_pipeline.audio.timbre import Timbres
from serp_radio_pipeline.music.calibration import LaneName
from serp_radio_pipeline.music.contract import Contract
from serp_radio_pipeline.music.lanes import LANE_OFFSETS
from serp_radio_pipeline.music.phrases import KEY_LENGTH, key_beat
from serp_radio_pipeline.music.score import TICKS_PER_BEAT

WINDOW, HOP = 0.06, 0.01
"""Seconds of a look, and between two."""
FIRST_LOOK, LAST_LOOK = 0.03, 0.60
BODY = 0.1
"""Seconds after the onset where a voice's spectrum has settled."""
SETTLED_AFTER, DAMPED_BEFORE = 0.08, 0.04
LENGTH_STEP = 4
"""Ticks between two lengths that are tried: 5 ms, about what a window of 60 ms can tell apart."""
SOFTEST, QUIETEST_LOG = 1e-6, -6.0


@dataclass(frozen=True, slots=True)
class Envelope:
    """How a note dies away, log magnitude by seconds since its onset, and is damped, by seconds since its end."""

    seconds: FloatArray
    magnitudes: FloatArray
    decay: FloatArray
    since_end: FloatArray
    damping: FloatArray

    def magnitude(self, at: FloatArray, length: float) -> FloatArray:
        """Return the magnitude, at those seconds after the onset, of a note that lasts `length` seconds."""
        attack = np.interp(at, self.seconds, self.magnitudes)
        body = np.where(at < SETTLED_AFTER, attack, np.polyval(self.decay, at))
        slope = (self.damping[-1] - self.damping[0]) / (self.since_end[-1] - self.since_end[0])
        late = at - length
        damped = np.interp(late, self.since_end, self.damping, left=0.0)
        beyond = self.damping[-1] + slope * (late - self.since_end[-1])
        damped = np.where(late > self.since_end[-1], np.maximum(beyond, QUIETEST_LOG), damped)
        magnitude: FloatArray = np.exp(body + damped)
        return magnitude


class LengthFinder:
    """Finds how long each day's lead note is held."""

    def __init__(self, signal: EarSignal, timbres: Timbres, contract: Contract) -> None:
        self._signal, self._timbres, self._contract = signal, timbres, contract
        self._looks = np.arange(FIRST_LOOK, LAST_LOOK, HOP)
        self._envelopes = {note.pitch: self._learn(note.pitch, note.begins) for note in timbres.key_notes("clicks")}

    def length_at(
        self, tick: int, notes: Mapping[LaneName, int], before: Mapping[LaneName, int], ends: tuple[float, float]
    ) -> int:
        """Return the length, ticks, of the lead's note on the day whose beat is at `tick`.

        `notes` are the day's pitches, `before` the last day's, whose counter note may still ring; `ends` is the range,
        in ticks, that the length can lie in.
        """
        known: list[tuple[LaneName, int]] = [
            ("clicks", notes["clicks"]),
            *((lane, pitch) for lane, pitch in notes.items() if lane != "clicks"),
        ]
        known += [(lane, pitch) for lane, pitch in before.items() if lane == "position"]
        magnitudes = self._magnitudes(tick, [self._template(lane, pitch) for lane, pitch in known])
        pitch = min(self._envelopes, key=lambda other: abs(other - notes["clicks"]))
        candidates = np.arange(ends[0], max(ends[1], ends[0]) + LENGTH_STEP / 2, LENGTH_STEP)
        errors = [self._error(magnitudes, self._envelopes[pitch], length) for length in candidates]
        return round(float(candidates[int(np.argmin(errors))]))

    def _error(self, heard: FloatArray, envelope: Envelope, length: float) -> float:
        expected = envelope.magnitude(self._looks, self._contract.seconds(length))
        loudness = float(expected @ heard) / float(expected @ expected)
        return float(((heard - loudness * expected) ** 2).sum())

    def _magnitudes(self, tick: int, templates: list[FloatArray]) -> FloatArray:
        """Return how much of the lead sounds at each look, beside the other voices' notes."""
        from scipy.optimize import nnls  # noqa: PLC0415 - 0.2 s of import, loaded when first used

        onset = self._contract.seconds(tick + LANE_OFFSETS["clicks"])
        heard = self._signal.spectra(onset + self._looks - WINDOW / 2, WINDOW).reshape(len(self._looks), -1)
        mean = heard.mean(axis=0)
        weights = 1 / (mean + 0.02 * heard.max() + 1e-12) ** 0.3
        columns = (np.stack(templates) * weights).T
        return np.array([nnls(columns, look * weights)[0][0] for look in heard])

    def _template(self, lane: LaneName, pitch: int) -> FloatArray:
        pitches = self._contract.calibration.lane(lane).pitches
        row: FloatArray = self._timbres.templates(lane, BODY, WINDOW)[pitches.index(pitch)]
        return row

    def _learn(self, pitch: int, begins: float) -> Envelope:
        """Read the envelope off a note of the key, which plays alone."""
        spectra = self._signal.spectra(begins + self._looks - WINDOW / 2, WINDOW).reshape(len(self._looks), -1)
        magnitudes = np.log(np.maximum(spectra @ self._template("clicks", pitch), SOFTEST))
        beat = key_beat(self._contract.sections["key"][1])
        length = self._contract.seconds(KEY_LENGTH * beat)
        settled = (self._looks > SETTLED_AFTER) & (self._looks < length - DAMPED_BEFORE)
        decay = np.polyfit(self._looks[settled], magnitudes[settled], 2 if beat == TICKS_PER_BEAT else 1)
        # the next note of the key begins a beat after this one
        ended = (self._looks > length - DAMPED_BEFORE) & (self._looks < self._contract.seconds(beat) - WINDOW / 2)
        damping = np.minimum(magnitudes[ended] - np.polyval(decay, self._looks[ended]), 0.0)
        return Envelope(self._looks, magnitudes, decay, self._looks[ended] - length, damping)
