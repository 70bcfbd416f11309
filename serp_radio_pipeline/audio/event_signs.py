"""By what the ear knows each earcon: which partials of its notes rise, in how long a look, and how much that says.

An earcon's notes are known from the contract. Its instrument is known as a musician knows it: a bell rings at 2.9, 4
and 5.2 times its note, a kalimba at the note itself. `weights` and `bias` were learned from episodes in all packs on
two soundfonts, half of them with made-up events of every kind and half with their series' own, which are few:
`python -m benchmarks --only events` learns them anew and prints them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from serp_radio_pipeline.audio.spectra import HIGHEST_HZ, hertz
from serp_radio_pipeline.labels.happenings import HappeningKind

TAIKO_HZ = (40.0, 75.0)
"""Where the taiko's skin sounds, under everything else in the middle."""
STROKE_LOOK_BACK = (0.07, 0.065)
"""Seconds from the look before a stroke to the stroke, and that look's length."""


@dataclass(frozen=True, slots=True)
class Sign:
    """How an earcon is recognised: its notes' partials (multiples of their frequency), a look's seconds.

    `weights` are those of three figures, the mean rise of its notes (dB), the least of them (dB) and their level over
    the usual (dB); with `bias` they add up to the log odds that it was heard, which it counts as from
    `least_log_odds` on. A note rises as its partials do on average, or, `is_any_partial`, as the one that rises most:
    of a glockenspiel one soundfont has the first and another the second. Earcons without pitch have no partials.
    """

    partials: tuple[float, ...]
    seconds: float
    weights: tuple[float, float, float]
    bias: float
    least_log_odds: float = -2.5
    is_any_partial: bool = False

    def frequencies(self, pitch: int) -> list[float]:
        """Return the partials of a note of that MIDI pitch, hertz, as far up as the ear hears."""
        return [sought for partial in self.partials if (sought := hertz(pitch) * partial) < HIGHEST_HZ]


SIGNS: Mapping[HappeningKind, Sign] = {
    "record_high": Sign((1.0, 2.75), 0.07, (1.258, -0.136, -0.009), -11.68, -1.5, is_any_partial=True),
    "record_low": Sign((1.0, 2.0, 3.0), 0.07, (1.901, 0.098, 0.304), -17.84),
    "enters_top": Sign((1.0,), 0.05, (1.082, 0.837, 0.423), -24.36),
    "leaves_top": Sign((1.0,), 0.05, (1.570, 0.068, 0.186), -22.99),
    "rank_jump": Sign((1.0,), 0.07, (0.569, 0.065, 0.181), -15.73),
    "anomaly": Sign((), 0.09, (0.494, 0.161, 0.227), -12.81),
    "search_update": Sign((2.93, 4.0, 5.17), 0.12, (0.856, 0.856, 0.306), -42.27),
    "reporting_artefact": Sign((2.93, 4.0, 5.17), 0.12, (0.462, 0.462, 0.226), -22.03),
    "annotation": Sign((1.0, 4.0), 0.1, (0.571, -0.093, 0.177), -14.37),
    "gap": Sign((), 0.05, (0.414, 0.000, 0.000), -9.36),
    "retune": Sign((1.0, 4.0), 0.08, (1.505, -0.171, 0.446), -29.32, is_any_partial=True),
}
"""Most days have no event, and what is learned from them is cautious: an event counts as heard before it is likelier
than not. The lead of Synthwave rises on the days of no record as a glockenspiel would, so that must be surer.
"""
