"""How well a model knows a tenant's weeks, as two pictures: the confusion matrix and the reliability curve."""

from serp_radio_pipeline.labels.evaluation import Evaluation
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.radio.palette import FAINT, INK, LABEL_COLOURS, LABEL_WORDS, PAPER

CELL, LEFT, TOP = 96, 120, 56
SIDE, MARGIN = 260, 44


def confusion_svg(evaluation: Evaluation) -> str:
    """Return an SVG with a row per label that people say, a column per label that the model says, and weeks counted."""
    most = max(max(row) for row in evaluation.confusion)
    size = CELL * len(Label)
    parts = [
        _opening(LEFT + size + 12, TOP + size + 12),
        _text(LEFT + size / 2, 18, "the model says"),
        _text(LEFT - 8, 18, "people say", anchor="end"),
    ]
    for index, label in enumerate(Label):
        parts.append(_text(LEFT + (index + 0.5) * CELL, TOP - 12, LABEL_WORDS[label], size=11))
        parts.append(_text(LEFT - 8, TOP + (index + 0.5) * CELL + 4, LABEL_WORDS[label], anchor="end"))
        for column, weeks in enumerate(evaluation.confusion[index]):
            x, y = LEFT + column * CELL, TOP + index * CELL
            # right answers in the label's colour, wrong ones in ink; more weeks, more of it
            colour, share = (LABEL_COLOURS[label] if column == index else INK), weeks / most if most else 0.0
            parts.append(f'<rect x="{x}" y="{y}" width="{CELL - 2}" height="{CELL - 2}" fill="{FAINT}"/>')
            parts.append(
                f'<rect x="{x}" y="{y}" width="{CELL - 2}" height="{CELL - 2}" fill="{colour}" opacity="{share:.2f}"/>'
            )
            tint = PAPER if share > 0.5 else INK
            parts.append(_text(x + CELL / 2 - 1, y + CELL / 2 + 5, str(weeks), size=16, colour=tint))
    return "".join([*parts, "</svg>"])


def reliability_svg(evaluation: Evaluation) -> str:
    """Return an SVG of how often the model is right (upwards, 0-1) against how sure it says it is (rightwards, 0-1).

    On the diagonal it is as often right as it claims; a dot's area is its number of weeks.
    """
    parts = [
        _opening(SIDE + 2 * MARGIN, SIDE + 2 * MARGIN),
        f'<rect x="{MARGIN}" y="{MARGIN}" width="{SIDE}" height="{SIDE}" fill="none" stroke="{FAINT}"/>',
        f'<path d="M{MARGIN} {MARGIN + SIDE}L{MARGIN + SIDE} {MARGIN}" stroke="{FAINT}" stroke-dasharray="4 4"/>',
        _text(MARGIN + SIDE / 2, SIDE + 2 * MARGIN - 10, "how sure the model is"),
        _text(MARGIN, MARGIN - 14, "how often it is right", anchor="start"),
    ]
    for end, place in (("0", 0.0), ("1", 1.0)):
        parts.append(_text(MARGIN + place * SIDE, MARGIN + SIDE + 16, end))
        parts.append(_text(MARGIN - 8, MARGIN + (1 - place) * SIDE + 4, end, anchor="end"))
    points = [
        (MARGIN + sure * SIDE, MARGIN + (1 - right) * SIDE, weeks) for sure, right, weeks in evaluation.reliability
    ]
    line = "L".join(f"{x:.1f} {y:.1f}" for x, y, _ in points)
    parts.append(f'<path d="M{line}" fill="none" stroke="{INK}" stroke-width="2"/>')
    parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{2 + weeks**0.5:.1f}" fill="{INK}"/>' for x, y, weeks in points]
    return "".join([*parts, "</svg>"])


def _opening(width: float, height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">'
        f'<rect width="100%" height="100%" fill="{PAPER}"/>'
    )


def _text(x: float, y: float, words: str, *, size: int = 12, anchor: str = "middle", colour: str = INK) -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" fill="{colour}">{words}</text>'
