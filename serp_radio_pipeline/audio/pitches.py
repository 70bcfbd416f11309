"""Which notes the data voices play on a day: the mix is taken apart into spectra that the key has taught.

Bass first, then the lead beside the bass found, then the counter-voice beside both: each is sought where it begins.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from serp_radio_pipeline.audio.spectra import EarSignal, FloatArray
from serp_radio_pipeline.audio.timbre import Timbres
from serp_radio_pipeline.music.calibration import LaneName
from serp_radio_pipeline.music.contract import Contract
from serp_radio_pipeline.music.lanes import LANE_OFFSETS
from serp_radio_pipeline.music.score import TICKS_PER_BEAT


@dataclass(frozen=True, slots=True)
class Glance:
    """When a voice is looked at: seconds after its onset, for how long; `whitening` (0-1) lifts soft partials."""

    after: float
    seconds: float
    whitening: float


GLANCES: Mapping[LaneName, Glance] = {
    "impressions": Glance(0.02, 0.23, 0.5),
    "clicks": Glance(0.015, 0.12, 0.3),
    "position": Glance(0.03, 0.20, 0.15),
}
"""No longer than each voice's shortest note: 250, 120 and 150 ms."""
PRESENT_SHARES: Mapping[LaneName, float] = {"impressions": 0.06, "clicks": 0.15, "position": 0.28}
"""A voice plays where at least so much sounds of its key's softest note. What rings on of others reached 0.04, 0.08 and
0.23; a note that was there 0.08, 0.21 and 0.34."""
VELOCITY_LAW = 2
"""A synthesizer's magnitude follows about the square of velocity, so a provisional day's notes have a third of it."""
ONE_CLICK_LEVEL = 0.0
"""log2(0.5 + 0.5): from here on a pitch of the lead means at least half a click, so one."""
FLOOR = 0.02


class PitchFinder:
    """Finds each day's notes in an episode's sound."""

    def __init__(self, signal: EarSignal, timbres: Timbres, contract: Contract) -> None:
        self._signal, self._timbres, self._contract = signal, timbres, contract

    def notes_at(self, tick: int, before: Mapping[LaneName, int], *, is_provisional: bool) -> dict[LaneName, int]:
        """Return the MIDI pitch of each voice that plays on the day whose beat is at `tick`.

        `before` are the last day's, whose counter note rings on into the lead: its partials are those of a lead note an
        octave below.
        """
        softness = self._contract.provisional_velocity**VELOCITY_LAW if is_provisional else 1.0
        bass = self._seek("impressions", tick, {"clicks": None}, softness)
        lead = (
            None
            if bass is None
            else self._seek("clicks", tick, {"impressions": bass}, softness, before.get("position"))
        )
        if bass is None or lead is None:
            return {}  # on a day with data both play
        notes: dict[LaneName, int] = {"clicks": lead, "impressions": bass}
        counter = self._seek("position", tick, {"impressions": bass, "clicks": lead}, softness)
        if counter is None and self._plays_in_unison(lead):
            counter = lead
        if counter is not None:
            notes["position"] = counter
        return notes

    def _plays_in_unison(self, lead: int) -> bool:
        """Whether a counter note that is not heard must hide in the lead's: a day with a click has a position."""
        calibration = self._contract.calibration
        fewest_level, _ = calibration.clicks.step_range(lead)
        return lead in calibration.position.pitches and fewest_level >= ONE_CLICK_LEVEL

    def _seek(
        self,
        lane: LaneName,
        tick: int,
        beside: Mapping[LaneName, int | None],
        softness: float,
        ringing: int | None = None,
    ) -> int | None:
        from scipy.optimize import nnls  # noqa: PLC0415 - 0.2 s of import, loaded when first used

        glance, pitches = GLANCES[lane], self._contract.calibration.lane(lane).pitches
        start = self._contract.seconds(tick + LANE_OFFSETS[lane]) + glance.after
        heard = self._signal.spectra(np.array([start]), glance.seconds)[0].ravel()
        columns = [self._timbres.templates(lane, glance.after, glance.seconds)]
        columns += [self._known(other, pitch, lane, glance) for other, pitch in beside.items()]
        if ringing is not None:
            columns.append(self._known("position", ringing, lane, glance, beats_ago=1))
        columns.append(self._timbres.bed(glance.seconds))
        weights = 1 / (heard + FLOOR * heard.max() + 1e-12) ** glance.whitening
        shares, _ = nnls((np.concatenate(columns) * weights).T, heard * weights)
        loudest = int(np.argmax(shares[: len(pitches)]))
        softest = softness * PRESENT_SHARES[lane] * self._timbres.loudness(lane, glance.after, glance.seconds)
        return pitches[loudest] if shares[loudest] >= softest else None

    def _known(
        self, lane: LaneName, pitch: int | None, sought: LaneName, glance: Glance, beats_ago: int = 0
    ) -> FloatArray:
        """Return the spectrum of another voice's note at that moment; all of its notes where it is not known yet."""
        ticks = beats_ago * TICKS_PER_BEAT + LANE_OFFSETS[sought] - LANE_OFFSETS[lane]
        since = self._contract.seconds(ticks)
        templates = self._timbres.templates(lane, glance.after + since, glance.seconds)
        if pitch is None:
            return templates
        index = self._contract.calibration.lane(lane).pitches.index(pitch)
        return templates[index : index + 1]
