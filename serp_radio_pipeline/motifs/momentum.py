"""How much a section pushes on: a score from its tempo, velocity and pitch slope, with the components and the words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from serp_radio_pipeline.motifs.bars import Section

PITCH_WEIGHT, VELOCITY_WEIGHT, TEMPO_WEIGHT = 0.6, 0.25, 0.15
PITCH_FULL, VELOCITY_FULL = 2.0, 8.0
"""Semitones, and steps of velocity, per beat that count as full momentum."""
HOUSE_TEMPO = 100.0


@dataclass(frozen=True, slots=True)
class Momentum:
    """A section's momentum and its components, each from -1 (falls, slackens) to 1 (rises, pushes)."""

    score: float
    tempo: float
    velocity: float
    pitch: float
    explanation: str


def momentum_of(section: Section) -> Momentum:
    """Return the momentum of a section, by its melody. Slopes are taken within bars: a motif is one bar."""
    slopes, louder = [], []
    for bar in section.bars:
        melody = bar.melody
        beats = [(note.tick - bar.tick) / bar.ticks_per_beat for note in melody]
        slopes.append(_slope(beats, [note.pitch for note in melody]))
        louder.append(_slope(beats, [note.velocity for note in melody]))
    pitch = _bounded(sum(slopes) / len(slopes) / PITCH_FULL)
    velocity = _bounded(sum(louder) / len(louder) / VELOCITY_FULL)
    bpm = section.bars[0].tempo
    tempo = _bounded(math.log2(bpm / HOUSE_TEMPO))
    score = round(PITCH_WEIGHT * pitch + VELOCITY_WEIGHT * velocity + TEMPO_WEIGHT * tempo, 4)
    words = (
        f"{_way(pitch, 'falls', 'stays level', 'rises')}, {_way(velocity, 'fades', 'keeps its loudness', 'swells')}, "
        f"at {bpm:g} beats a minute"
    )
    return Momentum(score, tempo, velocity, pitch, words)


def _way(value: float, down: str, level: str, up: str) -> str:
    return down if value < -0.05 else up if value > 0.05 else level


def _bounded(value: float) -> float:
    return round(max(-1.0, min(1.0, value)), 4)


def _slope(x: Sequence[float], y: Sequence[float]) -> float:
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    spread = sum((value - mean_x) ** 2 for value in x)
    if not spread:
        return 0.0
    return sum((one - mean_x) * (other - mean_y) for one, other in zip(x, y, strict=True)) / spread
