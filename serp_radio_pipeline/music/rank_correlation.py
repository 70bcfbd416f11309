"""Spearman's rank correlation: how well the order of what is heard agrees with the order of what was said."""

from collections.abc import Sequence

import numpy as np

FEWEST_DAYS_FOR_RHO = 28


def rank_correlation(one: Sequence[float | None], other: Sequence[float | None]) -> float | None:
    """Return Spearman's rho over the places where both have a value, ties sharing their mean rank.

    None where fewer than 28 places remain or either side is constant: a rank correlation says nothing there.
    """
    known = [(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None]
    if len(known) < FEWEST_DAYS_FOR_RHO:
        return None
    ranks = [_mean_ranks(np.array(values, dtype=float)) for values in zip(*known, strict=True)]
    if any(np.ptp(rank) == 0 for rank in ranks):
        return None
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _mean_ranks(values: np.ndarray) -> np.ndarray:
    order = np.argsort(values, kind="stable")
    ranks = np.empty(len(values))
    ranks[order] = np.arange(len(values))
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    means: np.ndarray = (np.bincount(group, weights=ranks) / sizes)[group]
    return means
