"""By what the ear knows each earcon: which partials of its notes rise, in how long a look, and how much that says.

An earcon's notes are known from the contract. Its instrument is known as a musician knows it: a bell rings at 2.9, 4
and 5.2 times its note, a harp at the note itself. `weights` and `bias` were learned from made-up episodes with events
of every kind, in all packs on two soundfonts: `python -m benchmarks --only events` learns them anew and prints them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from serp_radio_pipeline.labels.happenings import HappeningKind


@dataclass(frozen=True, slots=True)
class Sign:
    """How an earcon is recognised: its notes' partials (multiples of their frequency), a look's seconds.

    `weights` are those of three figures, the mean rise of its notes (dB), the least of them (dB) and their level over
    the usual (dB); with `bias` they add up to the log odds that it was heard. Earcons without pitch have no partials.
    """

    partials: tuple[float, ...]
    seconds: float
    weights: tuple[float, float, float]
    bias: float


SIGNS: Mapping[HappeningKind, Sign] = {
    "record_high": Sign((1.0, 2.75), 0.07, (1.118, 0.647, -0.014), -10.06),
    "record_low": Sign((1.0, 2.0, 3.0), 0.07, (1.302, 0.362, 0.176), -12.06),
    "enters_top": Sign((1.0,), 0.05, (1.243, -0.132, 0.047), -13.54),
    "leaves_top": Sign((1.0,), 0.05, (0.997, -0.131, 0.023), -9.6),
    "rank_jump": Sign((1.0,), 0.07, (0.32, 0.13, 0.056), -8.53),
    "anomaly": Sign((), 0.09, (0.374, 0.166, 0.282), -14.58),
    "search_update": Sign((2.93, 4.0, 5.17), 0.12, (0.826, 0.826, 0.454), -49.81),
    "reporting_artefact": Sign((2.93, 4.0, 5.17), 0.12, (0.559, 0.559, 0.221), -24.75),
    "annotation": Sign((1.0, 4.0), 0.1, (-0.051, 0.74, 0.151), -11.18),
    "gap": Sign((), 0.05, (0.479, 0.0, 0.0), -10.22),
    "retune": Sign((1.0, 4.0), 0.08, (0.955, 0.834, 0.481), -19.16),
}
LEAST_LOG_ODDS = -4.0
"""From here on an event counts as heard: most days have none, and what is learned from them is cautious."""
