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
    "record_high": Sign((1.0, 2.75), 0.07, (1.388, 0.030, 0.100), -10.70),
    "record_low": Sign((1.0, 2.0, 3.0), 0.07, (1.709, 0.069, 0.354), -19.19),
    "enters_top": Sign((1.0,), 0.05, (1.414, -0.049, 0.206), -19.40),
    "leaves_top": Sign((1.0,), 0.05, (0.885, -0.021, -0.023), -9.49),
    "rank_jump": Sign((1.0,), 0.07, (0.155, 0.316, 0.044), -8.40),
    "anomaly": Sign((), 0.09, (0.472, 0.110, 0.190), -11.66),
    "search_update": Sign((2.93, 4.0, 5.17), 0.12, (0.783, 0.783, 0.243), -36.27),
    "reporting_artefact": Sign((2.93, 4.0, 5.17), 0.12, (0.503, 0.503, 0.256), -24.95),
    "annotation": Sign((1.0, 4.0), 0.1, (0.673, -0.103, 0.197), -15.85),
    "gap": Sign((), 0.05, (0.406, 0.000, 0.000), -9.10),
    "retune": Sign((1.0, 4.0), 0.08, (1.152, 0.764, 0.996), -37.61),
}
LEAST_LOG_ODDS = -1.5
"""From here on an event counts as heard: most days have none, and what is learned from them is cautious."""
