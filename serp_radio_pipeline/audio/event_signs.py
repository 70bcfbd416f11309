"""By what the ear knows each earcon: which partials of its notes rise, in how long a look, and how much that says.

An earcon's notes are known from the contract. Its instrument is known as a musician knows it: a bell rings at 2.9, 4
and 5.2 times its note, a kalimba at the note itself. `weights` and `bias` were learned from episodes in all packs on
two soundfonts, half of them with made-up events of every kind and half with their series' own, which are few:
`python -m benchmarks --only events` learns them anew and prints them.
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
    "record_high": Sign((1.0, 2.75), 0.07, (1.521, 0.271, 0.047), -10.27),
    "record_low": Sign((1.0, 2.0, 3.0), 0.07, (1.661, 0.206, 0.132), -13.09),
    "enters_top": Sign((1.0,), 0.05, (1.285, -0.185, 0.201), -17.39),
    "leaves_top": Sign((1.0,), 0.05, (1.185, -0.257, -0.013), -10.74),
    "rank_jump": Sign((1.0,), 0.07, (0.268, 0.128, 0.079), -8.73),
    "anomaly": Sign((), 0.09, (0.628, 0.161, 0.227), -13.49),
    "search_update": Sign((2.93, 4.0, 5.17), 0.12, (0.713, 0.713, 0.330), -38.62),
    "reporting_artefact": Sign((2.93, 4.0, 5.17), 0.12, (0.513, 0.513, 0.324), -26.97),
    "annotation": Sign((1.0, 4.0), 0.1, (0.398, 0.336, 0.259), -17.23),
    "gap": Sign((), 0.05, (0.414, 0.000, 0.000), -9.26),
    "retune": Sign((1.0, 4.0), 0.08, (1.573, 0.049, 0.796), -31.48),
}
LEAST_LOG_ODDS = -2.0
"""From here on an event counts as heard: most days have none, and what is learned from them is cautious."""
