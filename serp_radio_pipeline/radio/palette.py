"""Colours with a meaning, the same in every picture; told apart by people with any kind of colour blindness."""

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
INK, PAPER, FAINT = "#1B2228", "#FFFFFF", "#E3E7EB"
