"""Where the steps of a lane's scale lie: evenly, and bent towards the site's days only as far as their order needs.

An even step is the same ratio everywhere, so that twice as much is always as far. But a site of two kinds of days, say
workdays and weekends, fills only a few of 15 even steps, and its days then sound alike. There the steps move towards
equal shares of the days, no further than it takes to hear which of two days was better.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from serp_radio_pipeline.labels.calibration_period import MINIMUM_SPANS, Metric, MetricRange
from serp_radio_pipeline.music.rank_correlation import rank_correlation

PITCH_RHO_GATES: Mapping[Metric, float] = MappingProxyType({"clicks": 0.99, "impressions": 0.975, "position": 0.975})
"""What pitch alone should reach (Spearman's rho). Even steps that reach it on the calibration's days stay even."""
BENT_RHO: Mapping[Metric, float] = MappingProxyType({"clicks": 0.995, "impressions": 0.985, "position": 0.985})
"""What bent steps aim at on the calibration's days: above the gate, for the episode's days are others."""
BENDS = tuple(bend / 10 for bend in range(9))
"""How far steps move from even (0) to equal shares (1); never all the way: a threefold day must not sound just good.

Of 27 lanes of real exports 24 stay even; the other three missed their gate at 0 and reach it at 0.4 to 0.8."""
DECIMALS = 6


def step_edges(metric: Metric, metric_range: MetricRange, steps: int, levels: Sequence[float]) -> tuple[float, ...]:
    """Return the `steps - 1` levels, ascending, at which one step ends and the next begins.

    `levels` are those of the calibration's days, in octaves. Where they differ by less than the narrowest range, steps
    stay even: a flat series must not tremble over its whole register.
    """
    even = np.linspace(metric_range.low, metric_range.high, steps + 1)[1:-1]
    if levels and max(levels) - min(levels) >= MINIMUM_SPANS[metric]:
        shares = np.quantile(np.array(levels), np.linspace(0, 1, steps + 1)[1:-1])
        return _edges(even, shares, _least_bend(metric, even, shares, levels))
    return _edges(even, even, 0.0)


def _least_bend(metric: Metric, even: np.ndarray, shares: np.ndarray, levels: Sequence[float]) -> float:
    rhos = [_order_kept(levels, _edges(even, shares, bend)) for bend in BENDS]
    if rhos[0] is None or rhos[0] >= PITCH_RHO_GATES[metric]:
        return 0.0
    enough = [bend for bend, rho in zip(BENDS, rhos, strict=True) if rho is not None and rho >= BENT_RHO[metric]]
    return enough[0] if enough else max(BENDS, key=lambda bend: rhos[BENDS.index(bend)] or 0.0)


def _order_kept(levels: Sequence[float], edges: tuple[float, ...]) -> float | None:
    return rank_correlation(levels, [float(step) for step in np.searchsorted(edges, levels, side="right")])


def _edges(even: np.ndarray, shares: np.ndarray, bend: float) -> tuple[float, ...]:
    return tuple(round(float(edge), DECIMALS) for edge in (1 - bend) * even + bend * shares)
