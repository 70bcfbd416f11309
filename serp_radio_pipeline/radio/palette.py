"""Colours and shapes with a meaning, the same everywhere; told apart by people with any kind of colour blindness."""

from collections.abc import Mapping

from serp_radio_pipeline.labels.rules import Label

# Okabe and Ito's palette, chosen for colour-blind readers
LABEL_COLOURS: Mapping[str, str] = {
    Label.MOMENTUM_POS: "#0072B2",
    Label.MOMENTUM_NEG: "#D55E00",
    Label.VOLATILE_SPIKE: "#CC79A7",
    Label.NEUTRAL: "#5C6670",
}
LANE_COLOURS: Mapping[str, str] = {
    "lead": "#0072B2",
    "bass": "#009E73",
    "counter": "#E69F00",
    "pad": "#B8C0C8",
    "motif": "#CC79A7",
    "kit": "#8A949E",
    "earcons": "#D55E00",
}
LABEL_WORDS: Mapping[str, str] = {
    Label.MOMENTUM_POS: "Momentum up",
    Label.MOMENTUM_NEG: "Momentum down",
    Label.VOLATILE_SPIKE: "Volatile",
    Label.NEUTRAL: "Steady",
}
LABEL_SHAPES: Mapping[str, tuple[tuple[float, float], ...]] = {
    Label.MOMENTUM_POS: ((12, 3), (22, 14), (16, 14), (16, 21), (8, 21), (8, 14), (2, 14)),
    Label.MOMENTUM_NEG: ((12, 21), (2, 10), (8, 10), (8, 3), (16, 3), (16, 10), (22, 10)),
    Label.VOLATILE_SPIKE: ((13, 2), (4, 14), (10, 14), (9, 22), (19, 9), (12, 9)),
    Label.NEUTRAL: ((2, 9), (22, 9), (22, 15), (2, 15)),
}
"""An outline for each label, 24 x 24 units: they are told apart without their colours."""
INK, PAPER, FAINT = "#1B2228", "#FFFFFF", "#E3E7EB"
