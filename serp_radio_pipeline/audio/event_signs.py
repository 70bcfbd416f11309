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
    "record_high": Sign((1.0, 2.75), 0.07, (1.834, 0.008, 0.061), -13.32),
    "record_low": Sign((1.0, 2.0, 3.0), 0.07, (1.652, 0.331, 0.287), -16.26),
    "enters_top": Sign((1.0,), 0.05, (1.497, -0.158, 0.276), -22.75),
    "leaves_top": Sign((1.0,), 0.05, (1.431, -0.077, -0.056), -10.55),
    "rank_jump": Sign((1.0,), 0.07, (0.378, 0.066, 0.045), -7.46),
    "anomaly": Sign((), 0.09, (0.335, 0.268, 0.198), -11.99),
    "search_update": Sign((2.93, 4.0, 5.17), 0.12, (0.976, 0.976, 0.274), -43.56),
    "reporting_artefact": Sign((2.93, 4.0, 5.17), 0.12, (0.463, 0.463, 0.208), -21.22),
    "annotation": Sign((1.0, 4.0), 0.1, (0.277, 0.21, 0.119), -10.19),
    "gap": Sign((), 0.05, (0.497, 0.0, 0.0), -10.98),
    "retune": Sign((1.0, 4.0), 0.08, (1.163, 0.053, 0.621), -24.61),
}
LEAST_LOG_ODDS = -2.6
"""From here on an event counts as heard: most days have none, and what is learned from them is cautious."""
