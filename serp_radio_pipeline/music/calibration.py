"""A tenant's scale: which value sounds as which pitch, how long, how loud. The same value is always the same pitch.

Laws are pure functions here, each with its inverse: `lanes` applies them to days, `decode` reads them backwards.
"""

import hashlib
import json
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from serp_radio_pipeline.labels.calibration_period import CalibrationPeriod, MetricRange
from serp_radio_pipeline.music.scale_steps import step_edges
from serp_radio_pipeline.music.theory import DIATONIC, MAJOR_PENTATONIC, collection_pitches
from serp_radio_pipeline.tenant import Tenant

LEAD_REGISTER, BASS_REGISTER, COUNTER_REGISTER = (62, 86), (36, 60), (74, 98)
"""MIDI pitches of each data voice's register, in C, before the tenant's transposition."""
LOWEST_TRANSPOSITION, TRANSPOSITIONS = -5, 12
VELOCITIES = (74, 104)
"""Velocity at the low and high end of a lane; it repeats its own lane's value, in the same direction."""
VELOCITY_MARGIN = 4
"""Velocity steps kept beyond either end for values outside the calibrated range."""
LENGTHS: Mapping[str, tuple[int, int]] = {"ctr": (112, 420), "impressions": (200, 440), "position": (120, 360)}
"""Note length in ticks at the low and high end; 480 ticks are one beat of 600 ms.

The lead's is the CTR. Bass and counter repeat their own lane's value, finer than velocity can: a site whose position
moved from 7 to 13 still varies by tenths around each.
"""
LENGTH_MARGIN = 12
NO_CLICKS_LENGTH = 96
"""The lead's length, 0.20 beat, on a day without clicks: shorter than any day with one."""

LaneName = Literal["clicks", "impressions", "position"]

_LANES: Mapping[LaneName, tuple[str, tuple[int, int], tuple[int, ...]]] = {
    "clicks": ("log2(x + 0.5)", LEAD_REGISTER, DIATONIC),
    "impressions": ("log2(x + 0.5)", BASS_REGISTER, DIATONIC),
    "position": ("-log2(x)", COUNTER_REGISTER, MAJOR_PENTATONIC),
}
"""Of each pitched lane: the law from value to level, the register, the pitch classes."""


class LaneScale(BaseModel):
    """One pitched lane: levels (octaves, see `metric_level`) from `low` to `high`, cut at `edges` into steps.

    A step has a pitch; `edges` are the levels between steps, one fewer than pitches.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    law: str
    low: float
    high: float
    pitches: tuple[int, ...]
    edges: tuple[float, ...]

    @model_validator(mode="after")
    def _rises(self) -> "LaneScale":
        if not self.low < self.high:
            raise ValueError("a lane's range must rise")
        if len(self.pitches) < 2 or list(self.pitches) != sorted(set(self.pitches)):
            raise ValueError("a lane's pitches must rise")
        bounds = (self.low, *self.edges, self.high)
        if len(self.edges) != len(self.pitches) - 1 or list(bounds) != sorted(set(bounds)):
            raise ValueError("a lane's edges must rise from low to high, one between each two pitches")
        return self

    def place(self, level: float) -> float:
        """Return where a level lies: 0 at `low`, 1 at `high`; outside them beyond 0-1."""
        return MetricRange(self.low, self.high).place(level)

    def pitch(self, level: float) -> int:
        """Return the MIDI pitch of a level; a level outside the range gets the outermost pitch."""
        return self.pitches[bisect_right(self.edges, level)]

    def step_range(self, pitch: int) -> tuple[float, float]:
        """Return the levels that a pitch stands for; the outermost steps reach to infinity.

        Raises:
            ValueError: the pitch is none of this lane's.
        """
        step = self.pitches.index(pitch)
        bounds = (-math.inf, *self.edges, math.inf)
        return bounds[step], bounds[step + 1]

    def clips(self, level: float) -> Literal[-1, 0, 1]:
        """Return -1 below the range, 1 above it, 0 inside."""
        place = self.place(level)
        return -1 if place < 0 else 1 if place > 1 else 0


class Calibration(BaseModel):
    """Everything that maps values to sound for one tenant, with an id that changes exactly when the map does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    first: str
    last: str
    days: int
    reason: str
    transposition: int
    clicks: LaneScale
    impressions: LaneScale
    position: LaneScale
    ctr_low: float
    ctr_high: float

    def lane(self, name: LaneName) -> LaneScale:
        """Return the pitched lane of that name."""
        lane: LaneScale = getattr(self, name)
        return lane

    def velocity(self, name: LaneName, level: float) -> int:
        """Return the velocity (70-108) that repeats a lane's level, finer than its pitch."""
        return round(stretch(self.lane(name).place(level), VELOCITIES, VELOCITY_MARGIN))

    def length(self, ctr_level: float | None) -> int:
        """Return the lead's note length in ticks (96-432) for log2(CTR), or for a day without clicks."""
        if ctr_level is None:
            return NO_CLICKS_LENGTH
        place = MetricRange(self.ctr_low, self.ctr_high).place(ctr_level)
        return round(stretch(place, LENGTHS["ctr"], LENGTH_MARGIN))

    def ctr_level(self, length: float) -> float | None:
        """Return the log2(CTR) that a lead note's length in ticks stands for, or None for a day without clicks."""
        if length < (NO_CLICKS_LENGTH + LENGTHS["ctr"][0] - LENGTH_MARGIN) / 2:
            return None
        return self.ctr_low + unstretch(length, LENGTHS["ctr"], LENGTH_MARGIN) * (self.ctr_high - self.ctr_low)

    def lane_length(self, name: Literal["impressions", "position"], level: float) -> int:
        """Return the note length in ticks that repeats a bass or counter lane's level."""
        return round(stretch(self.lane(name).place(level), LENGTHS[name], LENGTH_MARGIN))

    def level_of_velocity(self, name: LaneName, velocity: float) -> float:
        """Return the level that a velocity stands for."""
        lane = self.lane(name)
        return lane.low + unstretch(velocity, VELOCITIES, VELOCITY_MARGIN) * (lane.high - lane.low)

    def level_of_length(self, name: Literal["impressions", "position"], length: float) -> float:
        """Return the level that a bass or counter note's length stands for."""
        lane = self.lane(name)
        return lane.low + unstretch(length, LENGTHS[name], LENGTH_MARGIN) * (lane.high - lane.low)


def stretch(place: float, ends: tuple[int, int], margin: float) -> float:
    """Map 0-1 linearly onto `ends`; beyond them bend, never past `margin` outside: order is kept for any value."""
    low, high = ends
    value = low + place * (high - low)
    if value < low:
        return low - margin * (1 - 1 / (1 + (low - value) / margin))
    if value > high:
        return high + margin * (1 - 1 / (1 + (value - high) / margin))
    return value


def unstretch(value: float, ends: tuple[int, int], margin: float) -> float:
    """Undo `stretch`; a value at or past the margin's end counts as just inside it."""
    low, high = ends
    inside = margin * 0.95
    if value < low:
        excess = min(low - value, inside)
        value = low - margin * (1 / (1 - excess / margin) - 1)
    elif value > high:
        excess = min(value - high, inside)
        value = high + margin * (1 / (1 - excess / margin) - 1)
    return (value - low) / (high - low)


def transposition_of(tenant: Tenant) -> int:
    """Return the tenant's own transposition, -5 to +6 semitones, from its name alone."""
    digest = hashlib.sha256(f"transposition {tenant.slug}".encode()).digest()
    return LOWEST_TRANSPOSITION + digest[0] % TRANSPOSITIONS


def calibrate(tenant: Tenant, period: CalibrationPeriod) -> Calibration:
    """Return the tenant's scale for that period's ranges: a pure function, so the same history sounds the same."""
    transposition = transposition_of(tenant)
    clicks, impressions = period.ranges["clicks"], period.ranges["impressions"]
    # one span for both: the same number of even steps per doubling, so their interval follows the CTR
    span = max(clicks.high - clicks.low, impressions.high - impressions.low)
    ranges: dict[LaneName, MetricRange] = {
        "clicks": _centred(clicks, span),
        "impressions": _centred(impressions, span),
        "position": period.ranges["position"],
    }
    lanes = {name: _lane(name, place, period.levels[name], transposition) for name, place in ranges.items()}
    content = {
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "days": period.days,
        "reason": period.reason,
        "transposition": transposition,
        **{str(name): lane.model_dump(mode="json") for name, lane in lanes.items()},
        "ctr_low": period.ranges["ctr"].low,
        "ctr_high": period.ranges["ctr"].high,
    }
    mapping = {key: value for key, value in content.items() if key not in ("first", "last", "days", "reason")}
    identity = hashlib.sha256(json.dumps(mapping, sort_keys=True).encode()).hexdigest()[:12]
    return Calibration.model_validate({"id": identity, **content})


def _centred(metric_range: MetricRange, span: float) -> MetricRange:
    middle = (metric_range.low + metric_range.high) / 2
    return MetricRange(round(middle - span / 2, 6), round(middle + span / 2, 6))


def _lane(name: LaneName, metric_range: MetricRange, levels: Sequence[float], transposition: int) -> LaneScale:
    law, register, classes = _LANES[name]
    pitches = collection_pitches(*register, classes, transposition)
    edges = step_edges(name, metric_range, len(pitches), levels)
    return LaneScale(law=law, low=metric_range.low, high=metric_range.high, pitches=pitches, edges=edges)
