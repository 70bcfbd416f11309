"""Small pictures of a fleet: a label's sign, and how many tenants are how as one bar. Small, for logs keep them."""

from collections.abc import Mapping

from serp_radio_pipeline.radio.drawing import closed_path
from serp_radio_pipeline.radio.palette import INK, LABEL_COLOURS, LABEL_SHAPES, LABEL_WORDS, PAPER

SIGN_SIDE, BAR_WIDTH, BAR_HEIGHT, LINE = 16, 360, 14, 18
HEAD = '<svg xmlns="http://www.w3.org/2000/svg"'


def label_sign_svg(label: str) -> str:
    """Return a label's shape in its colour, 16 x 16 pixels."""
    path = f'<path fill="{LABEL_COLOURS[label]}" d="{closed_path(LABEL_SHAPES[label])}"/>'
    return f'{HEAD} viewBox="0 0 24 24" width="{SIGN_SIDE}" height="{SIGN_SIDE}">{path}</svg>'


def verdicts_svg(counts: Mapping[str, int]) -> str:
    """Return a bar of all tenants in their labels' colours, 360 pixels wide, and a line for each label that has any."""
    present = {label: count for label, count in counts.items() if count}
    total, left, parts = sum(present.values()), 0.0, []
    for index, (label, count) in enumerate(present.items()):
        width, line = BAR_WIDTH * count / total, BAR_HEIGHT + LINE * (index + 1)
        bar = f"M{left:.1f} 0h{max(width - 1, 1):.1f}v{BAR_HEIGHT}H{left:.1f}z"
        parts.append(f'<path fill="{LABEL_COLOURS[label]}" d="{bar}M0 {line - 10}h10v10H0z"/>')
        parts.append(f'<text x="16" y="{line}">{LABEL_WORDS[label]}: {count}</text>')
        left += width
    height = BAR_HEIGHT + LINE * len(present) + 4
    font = f'font-family="sans-serif" font-size="13" fill="{INK}" style="background:{PAPER}"'
    return f'{HEAD} width="{BAR_WIDTH}" height="{height}" {font}>{"".join(parts)}</svg>'
