"""One metric over the window as the page draws it: a line in a box that stretches with the page, gaps left open."""

import datetime as dt
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.figures import Metric
from serp_radio_pipeline.radio.locale_format import short_date

DAY, HEIGHT, PADDING = 10, 100, 8
"""Units of the drawing: a day's width, the height, and the room above and below the line."""
LONG = 91
"""Days, the longest window of an episode, from which on weekdays hide how it went: a trend is drawn over them."""
FEWEST_OF_A_WEEK = 4


@dataclass(frozen=True, slots=True)
class Chart:
    """A metric's drawing, `width` x `HEIGHT` units, and the words for those who can't see it.

    `dots` are (x, y, is provisional) of days that no line reaches, or that are not final; `trend`, where there is one,
    is the mean of 7 days.
    """

    metric: Metric
    width: int
    line: str
    dots: tuple[tuple[float, float, bool], ...]
    low: str
    high: str
    summary: str
    voice: str
    trend: str = ""


def chart(score: Score, metric: Metric) -> Chart:
    """Return a metric's chart over an episode's window."""
    return series_chart(
        metric,
        [metric.of(day) for day in score.days],
        [day.is_provisional for day in score.days],
        (score.first_date, score.date),
        f"{score.pack.roles[metric.role].name}, {metric.sounds}",
    )


def series_chart(
    metric: Metric,
    values: Sequence[float | None],
    provisional: Sequence[bool],
    dates: tuple[dt.date, dt.date],
    voice: str,
) -> Chart:
    """Return the chart of a value a day from the first date to the last; up is better, so rank 1 is on top."""
    known = [value for value in values if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    heights = [None if value is None else _height(value, low, high, metric.lower_is_better) for value in values]
    first, last = (next((v for v in order if v is not None), None) for order in (values, reversed(values)))
    since, until = map(short_date, dates)
    summary = (
        f"{metric.title}, {since} to {until}: from {_said(metric, first)} to {_said(metric, last)}, "
        f"lowest {_said(metric, low if known else None)}, highest {_said(metric, high if known else None)}."
    )
    bottom, top = (high, low) if metric.lower_is_better else (low, high)
    return Chart(
        metric,
        DAY * len(values),
        _line(heights),
        _dots(heights, provisional),
        _said(metric, bottom if known else None),
        _said(metric, top if known else None),
        summary,
        voice,
        _line([None if mean is None else _height(mean, low, high, metric.lower_is_better) for mean in _means(values)])
        if len(values) > LONG
        else "",
    )


def _means(values: Sequence[float | None]) -> list[float | None]:
    """Return the mean of each day and the six before it; None where most of them have no value."""
    means: list[float | None] = []
    for index in range(len(values)):
        known = [value for value in values[max(0, index - 6) : index + 1] if value is not None]
        means.append(statistics.fmean(known) if len(known) >= FEWEST_OF_A_WEEK else None)
    return means


def _said(metric: Metric, value: float | None) -> str:
    return "none" if value is None else metric.write(value)


def _height(value: float, low: float, high: float, turned: bool) -> float:
    share = 0.5 if low == high else (value - low) / (high - low)
    return round(PADDING + (share if turned else 1 - share) * (HEIGHT - 2 * PADDING), 1)


def _middle(index: int) -> int:
    return index * DAY + DAY // 2


def _line(heights: list[float | None]) -> str:
    parts, pen_is_down = [], False
    for index, height in enumerate(heights):
        if height is not None:
            parts.append(f"{'L' if pen_is_down else 'M'}{_middle(index)} {height}")
        pen_is_down = height is not None
    return "".join(parts)


def _dots(heights: list[float | None], provisional: Sequence[bool]) -> tuple[tuple[float, float, bool], ...]:
    found = []
    for index, height in enumerate(heights):
        around = heights[max(0, index - 1) : index] + heights[index + 1 : index + 2]
        is_alone = all(neighbour is None for neighbour in around)
        if height is not None and (is_alone or provisional[index]):
            found.append((_middle(index), height, provisional[index]))
    return tuple(found)
