"""Which notes the data voices play on a day: the mix is taken apart into spectra that the key has taught.

Bass first, then the lead beside the bass found, then the counter-voice beside both: each is sought where it begins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from serp_radio_pipeline.audio.spectra import EarSignal, FloatArray
from serp_radio_pipeline.audio.timbre import Timbres
from serp_radio_pipeline.music.calibration import LaneName
from serp_radio_pipeline.music.contract import Contract
from serp_radio_pipeline.music.lanes import LANE_OFFSETS
from serp_radio_pipeline.music.score import TICKS_PER_BEAT


@dataclass(frozen=True, slots=True)
class Found:
    """The pitch that fits best, and its level in those of the softest note that its voice plays in the key."""

    pitch: int
    level: float


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
PRESENT_LEVELS: Mapping[LaneName, float] = {"impressions": 0.06, "clicks": 0.31, "position": 0.28}
"""A voice plays where at least so much sounds of its key's softest note. In 170 episodes, four packs on two soundfonts,
what rings on reached 0.26, 0.26 and 0.12; a note that was there, at the first look, 0.08, 0.37 and 0.18. So the lead
decides whether a day has data."""
LEAST_POSITION = 0.15
"""A day with a click has a position: there a softer counter note counts. On days without, what sounds else
reached 0.44."""
CLEAR_LEVEL, LEAST_GAIN = 0.35, 1.1
"""A soft counter note on a partial of the lead's must explain the sound so much better than none. Of a note in unison
with the lead, what the lead leaves there reached a level of 0.17 and explained 1.04; in one episode 0.53, which is no
softer than notes that were there."""
PARTIALS_ABOVE = (12, 19, 24)
"""Semitones from a note to its second, third and fourth partial."""
OWN_SHARE = 0.05
"""Under this share of the lead's largest magnitude a bin is the bass's own: two tones at one frequency may cancel."""
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
        if bass.level < PRESENT_LEVELS["impressions"]:
            return {}  # on a day with data bass and lead both play
        beside_lead: dict[LaneName, int | None] = {"impressions": bass.pitch}
        lead = self._seek("clicks", tick, beside_lead, softness, before.get("position"))
        if lead.level < PRESENT_LEVELS["clicks"]:
            return {}
        again = self._seek("impressions", tick, {"clicks": lead.pitch}, softness, is_apart=True)
        bass = max(bass, again, key=lambda found: found.level)
        beside_both: dict[LaneName, int | None] = {"impressions": bass.pitch, "clicks": lead.pitch}
        counter = self._seek("position", tick, beside_both, softness)
        if counter.level < CLEAR_LEVEL and self._hides_in_the_leads(counter.pitch, lead.pitch, tick, beside_both):
            counter = Found(lead.pitch, counter.level)
        notes: dict[LaneName, int] = {"clicks": lead.pitch, "impressions": bass.pitch}
        if counter.level >= PRESENT_LEVELS["position"]:
            return {**notes, "position": counter.pitch}
        return self._without_a_clear_counter(notes, lead, counter)

    def _hides_in_the_leads(self, pitch: int, lead: int, tick: int, beside: Mapping[LaneName, int | None]) -> bool:
        """Whether a counter note is but a partial of one in unison with the lead."""
        pitches = self._contract.calibration.position.pitches
        if pitch - lead not in PARTIALS_ABOVE or lead not in pitches:
            return False
        heard, others, weights = self._moment("position", tick, beside)
        glance = GLANCES["position"]
        own = self._timbres.templates("position", glance.after, glance.seconds)[pitches.index(pitch)]
        return _misfit(others, heard, weights) < LEAST_GAIN * _misfit([*others, own[None]], heard, weights)

    def _without_a_clear_counter(self, notes: dict[LaneName, int], lead: Found, counter: Found) -> dict[LaneName, int]:
        """Weigh lead and counter together: a day with a click has a position."""
        calibration = self._contract.calibration
        fewest_level, _ = calibration.clicks.step_range(lead.pitch)
        if fewest_level < ONE_CLICK_LEVEL:
            return notes
        if counter.level >= LEAST_POSITION:
            return {**notes, "position": counter.pitch}
        if lead.pitch in calibration.position.pitches:
            return {**notes, "position": lead.pitch}  # it hides in the lead's
        return notes

    def _seek(
        self,
        lane: LaneName,
        tick: int,
        beside: Mapping[LaneName, int | None],
        softness: float,
        ringing: int | None = None,
        *,
        is_apart: bool = False,
    ) -> Found:
        """Return what a voice plays most likely `beside` others; `is_apart` leaves out what they touch."""
        glance, pitches = GLANCES[lane], self._contract.calibration.lane(lane).pitches
        heard, others, weights = self._moment(lane, tick, beside)
        if ringing is not None:
            others.append(self._known("position", ringing, lane, glance, beats_ago=1))
        if is_apart:
            touched = np.concatenate(others[1:]).max(axis=0)
            weights = weights * (touched < OWN_SHARE * touched.max())
        own = self._timbres.templates(lane, glance.after, glance.seconds)
        shares, _ = _fit([own, *others], heard, weights)
        loudest = int(np.argmax(shares[: len(pitches)]))
        softest = softness * self._timbres.loudness(lane, glance.after, glance.seconds)
        return Found(pitches[loudest], float(shares[loudest] / softest))

    def _moment(
        self, lane: LaneName, tick: int, beside: Mapping[LaneName, int | None]
    ) -> tuple[FloatArray, list[FloatArray], FloatArray]:
        """Return what is heard where a voice begins, the bed's and the other voices' spectra there, and weights."""
        glance = GLANCES[lane]
        start = self._contract.seconds(tick + LANE_OFFSETS[lane]) + glance.after
        heard = self._signal.spectra(np.array([start]), glance.seconds)[0].ravel()
        others = [self._timbres.bed(glance.seconds)]
        others += [self._known(other, pitch, lane, glance) for other, pitch in beside.items()]
        return heard, others, 1 / (heard + FLOOR * heard.max() + 1e-12) ** glance.whitening

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


def _fit(columns: Sequence[FloatArray], heard: FloatArray, weights: FloatArray) -> tuple[FloatArray, float]:
    """Return the share of each spectrum in what is heard, none negative, and how much they leave unexplained."""
    from scipy.optimize import nnls  # noqa: PLC0415 - 0.2 s of import, loaded when first used

    shares, left = nnls((np.concatenate(columns) * weights).T, heard * weights)
    return shares, float(left)


def _misfit(columns: Sequence[FloatArray], heard: FloatArray, weights: FloatArray) -> float:
    return _fit(columns, heard, weights)[1]
