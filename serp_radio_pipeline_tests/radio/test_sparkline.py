import base64
import re
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from serp_radio_pipeline.radio.palette import INK, LABEL_COLOURS
from serp_radio_pipeline.radio.sparkline import HEIGHT, inline_image, sparkline_svg

LONGEST = 91
MOST_CHARACTERS = 1000
"""The Dagster UI shows shorter Markdown inline."""

series = st.lists(st.none() | st.integers(0, 10) | st.integers(0, 10**15) | st.floats(0, 1e9), max_size=LONGEST)
Point = tuple[float, float]


def drawn(svg: str) -> tuple[list[list[Point]], Point | None, tuple[float, float]]:
    """The lines of a sparkline as lists of points, the centre of its dot, and its size."""
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own
    size = (float(root.attrib["width"]), float(root.attrib["height"]))
    path, dot = root.find("{*}path"), root.find("{*}circle")
    if path is None or dot is None:
        return [], None, size
    lines: list[list[Point]] = []
    x = y = 0.0
    for command, arguments in re.findall(r"([a-zA-Z])([^a-zA-Z]*)", path.attrib["d"]):
        numbers = [int(number) for number in re.findall(r"-?\d+", arguments)]
        assert command in "mlh"
        if command == "h":
            assert numbers == [0]
            continue
        for right, down in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + right, y + down
            if command == "m":
                lines.append([])
            lines[-1].append((x, y))
    return lines, (float(dot.attrib["cx"]), float(dot.attrib["cy"])), size


@given(series, st.sampled_from([*LABEL_COLOURS.values(), INK]))
@example([0, 10**15] * 45 + [0], "#CC79A7")
@example([0, None] * 45 + [0], "#CC79A7")
@example([0, 9, None] * 30, "#CC79A7")
def test_markdown_of_any_window_is_short_enough_to_be_shown_inline(values: list[float | None], colour: str) -> None:
    markdown = inline_image(sparkline_svg(values, colour), "clicks")
    assert len(markdown) < MOST_CHARACTERS
    assert re.fullmatch(r"!\[clicks\]\(data:image/svg\+xml;base64,[A-Za-z0-9+/=]+\)", markdown)


@given(series)
@example([5])
@example([None, 5, None])
@example([3, 3, None, 3])
@example([1e-308, 0])
def test_each_known_value_is_a_point_and_each_gap_a_break_in_the_line(values: list[float | None]) -> None:
    lines, dot, (width, height) = drawn(sparkline_svg(values, INK))
    points = [point for line in lines for point in line]
    known = [index for index, value in enumerate(values) if value is not None]
    assert [x for x, _ in points] == [4 + 3 * index for index in known]
    assert all(0 <= x <= width and 0 <= y <= height for x, y in points)
    assert len(lines) == sum(index == 0 or values[index - 1] is None for index in known)
    assert dot == (points[-1] if points else None)


@given(series.filter(lambda values: any(value is not None for value in values)))
def test_a_higher_value_is_never_drawn_lower(values: list[float | None]) -> None:
    lines, _, _ = drawn(sparkline_svg(values, INK))
    heights = [y for line in lines for _, y in line]
    known = [value for value in values if value is not None]
    for (low, low_y), (high, high_y) in zip(
        sorted(zip(known, heights, strict=True))[:-1], sorted(zip(known, heights, strict=True))[1:], strict=True
    ):
        assert high_y <= low_y or high == low
    if max(known) > min(known):
        assert (min(heights), max(heights)) == (4, HEIGHT - 4)


def test_a_flat_series_runs_through_the_middle() -> None:
    lines, _, _ = drawn(sparkline_svg([7, 7, 7], INK))
    assert {y for line in lines for _, y in line} == {HEIGHT / 2}


@pytest.mark.parametrize("values", [[], [None], [None] * 56])
def test_nothing_known_is_an_empty_picture(values: list[None]) -> None:
    lines, dot, _ = drawn(sparkline_svg(values, INK))
    assert (lines, dot) == ([], None)


def test_the_image_is_the_svg_itself() -> None:
    svg = sparkline_svg([1, 2], INK)
    encoded = inline_image(svg, "clicks").partition("base64,")[2].rstrip(")")
    assert base64.b64decode(encoded).decode() == svg
