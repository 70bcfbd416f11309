"""What a rank is worth: the share of searchers who click a result at each rank, as an estimate."""

import math
from bisect import bisect_right
from dataclasses import dataclass

from serp_radio_pipeline.errors import SerpRadioError

DEFAULT_POINTS = "1:28.5 2:15.7 3:11 4:8 5:7.2 6:5.1 7:4 8:3.2 9:2.8 10:2.5 20:1 100:0"
"""Ranks 1 to 10 as Sistrix measured them on mobile searches (2020); from there evenly down to 1 %, then to nothing."""

MOST_POINTS = 100


class CtrCurveError(SerpRadioError):
    """A text that is no curve of click-through rates."""


@dataclass(frozen=True, slots=True)
class CtrCurve:
    """Click-through rates (0 to 1) at ascending `ranks`, the first of which is 1; straight lines between them.

    Beyond the last rank nobody clicks.
    """

    ranks: tuple[int, ...]
    rates: tuple[float, ...]

    def rate(self, rank: int) -> float:
        """Return the share of searchers who click the result at a rank (1 or more)."""
        after = bisect_right(self.ranks, rank)
        if after == len(self.ranks):
            return self.rates[-1] if rank == self.ranks[-1] else 0.0
        (x0, x1), (y0, y1) = self.ranks[after - 1 : after + 1], self.rates[after - 1 : after + 1]
        return y0 + (y1 - y0) * (rank - x0) / (x1 - x0)


def parse_ctr_curve(text: str) -> CtrCurve:
    """Read a curve such as `1:28.5 2:15.7 10:2.5 100:0`: ranks, and the percentage that clicks there.

    Raises:
        CtrCurveError: it can't be read, does not begin at rank 1, or rises.
    """
    points = []
    for part in text.replace(",", " ").split()[: MOST_POINTS + 1]:
        rank, _, percent = part.partition(":")
        try:
            points.append((int(rank), float(percent) / 100))
        except ValueError:
            raise CtrCurveError(f"{part!r:.40} is no rank with a percentage, such as 1:28.5.") from None
    ranks, rates = tuple(rank for rank, _ in points), tuple(rate for _, rate in points)
    if not ranks or ranks[0] != 1 or len(ranks) > MOST_POINTS or list(ranks) != sorted(set(ranks)):
        raise CtrCurveError(f"A CTR curve has 1 to {MOST_POINTS} ascending ranks, and begins at rank 1.")
    if not all(math.isfinite(rate) and 0 <= rate <= 1 for rate in rates) or rates[0] == 0:
        raise CtrCurveError("A CTR curve's percentages lie between 0 and 100, and rank 1 has more than 0.")
    if list(rates) != sorted(rates, reverse=True):
        raise CtrCurveError("A CTR curve never rises: a worse rank gets no more clicks.")
    return CtrCurve(ranks, rates)


DEFAULT_CURVE = parse_ctr_curve(DEFAULT_POINTS)
