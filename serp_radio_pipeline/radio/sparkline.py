"""A sparkline small enough to stand inline in the Dagster UI: one metric over the window, in the verdict's colour."""

import base64
from collections.abc import Sequence

HEIGHT = 40
STEP = 3


def sparkline_svg(values: Sequence[float | None], colour: str) -> str:
    """Return an SVG of the values, low to high over its height; gaps stay gaps, the last value carries a dot.

    Up to 91 values, the longest window, its `inline_image` stays under 1,000 characters: the UI shows no more inline.
    """
    if not any(value is not None for value in values):
        return f'<svg xmlns="http://www.w3.org/2000/svg" width="{STEP}" height="{HEIGHT}"/>'
    heights = _heights(values)
    width = STEP * (len(values) - 1) + 8
    last = max(index for index, height in enumerate(heights) if height is not None)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}">'
        f'<path d="{_path(heights)}" fill="none" stroke="{colour}" stroke-width="2" stroke-linecap="round"/>'
        f'<circle cx="{4 + last * STEP}" cy="{heights[last]}" r="3" fill="{colour}"/></svg>'
    )


def sparkline_path(values: Sequence[float | None]) -> str:
    """Return the line alone, as an SVG path 40 units high; nothing where there is no value."""
    return _path(_heights(values))


def inline_image(svg: str, text: str) -> str:
    """Return Markdown that shows an SVG inline, with `text` for those who can't see it."""
    return f"![{text}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def _heights(values: Sequence[float | None]) -> list[int | None]:
    known = [value for value in values if value is not None]
    return [None if value is None else _height(value, min(known), max(known)) for value in values]


def _height(value: float, low: float, high: float) -> int:
    if low == high:
        return HEIGHT // 2
    return round(HEIGHT - 4 - (value - low) / (high - low) * (HEIGHT - 8))


def _path(heights: Sequence[int | None]) -> str:
    # relative steps without needless separators: absolute ones are twice as long
    path, x, y, command = "", 0, 0, ""
    for index, height in enumerate(heights):
        if height is None:
            command = "m"
            continue
        right, down = 4 + index * STEP - x, height - y
        step = f"{right}{down}" if down < 0 else f"{right} {down}"
        if command == "l":
            path += step if path[-1] == "l" else f" {step}"
        else:
            # a line of no length between two gaps is a dot, thanks to its round ends
            path += f"m{step}" + ("l" if index + 1 < len(heights) and heights[index + 1] is not None else "h0")
        x, y, command = x + right, y + down, "l"
    return path
