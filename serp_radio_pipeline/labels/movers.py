"""Which queries and pages moved between two periods: true movement in clicks, and the mix effects kept apart from it.

How a change is taken apart is arithmetic, in `decomposition`; here it is decided what is worth telling.
"""

import datetime as dt
import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, replace

from serp_radio_pipeline.ingest.breakdowns import BreakdownRow, Comparison, Dimension
from serp_radio_pipeline.ingest.refusal import shown
from serp_radio_pipeline.labels.calibration_period import Metric
from serp_radio_pipeline.labels.decomposition import Average, Mix, Parts, how_ctr_falls, mix_of, parts_of
from serp_radio_pipeline.labels.events import EventCalendar

MOST_MOVERS = 2
LEAST_DEVIATIONS = 3.0
"""Clicks are counts: of two with the same expectation, 3 pairs in 1,000 differ by more than 3 roots of their sum."""
FALSE_ALARMS = 0.05
"""Chance that of all rows that did not move one is taken for a mover: of 1,000 rows, 3 deviations would name three."""
LEAST_CHANGE = 0.05
"""Share of the larger number: a smaller change is no news, however sure."""
LABEL_LENGTH = 80
UNDATED_REACH = dt.timedelta(days=184)
"""How far back a comparison may reach whose days the export does not say."""
AVERAGES: tuple[Average, ...] = ("position", "ctr")
PARTED: tuple[Metric, ...] = ("impressions", "position", "ctr")
"""What a change of clicks is explained by, and what an average is made of."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a query or page had in one period; `is_listed` is False where the table does not name it."""

    clicks: int
    impressions: int
    position: float | None
    is_listed: bool


@dataclass(frozen=True, slots=True)
class Mover:
    """A query or page whose clicks truly changed between two periods.

    `label` is one line of at most 80 characters without control or direction marks; it may still be markup to others.
    `periods` are the words for both. `parts` is None where the way of counting changed in between; `knows_rank` says
    whether rank could be told from CTR.
    """

    dimension: Dimension
    label: str
    periods: tuple[str, str]
    before: Numbers
    now: Numbers
    parts: Parts | None
    knows_rank: bool

    @property
    def change(self) -> int:
        """Clicks more, or fewer, than in the period before."""
        return self.now.clicks - self.before.clicks


@dataclass(frozen=True, slots=True)
class Movement:
    """All that is said of how queries and pages moved: up to two movers, and the averages' mix effects.

    `mixes` are of the averages over all rows by `mix_of`, in `periods`. `unlisted` is the share of clicks, before and
    now, that no query is named for; None where the export does not say.
    """

    movers: tuple[Mover, ...]
    mix_of: Dimension
    periods: tuple[str, str]
    mixes: tuple[Mix, ...]
    unlisted: tuple[float, float] | None


def movement(comparisons: Iterable[Comparison], calendar: EventCalendar) -> Movement | None:
    """Return what moved; None without a comparison of clicks that were counted alike.

    Movers are the largest of queries and the largest of pages; of one alone its two largest.
    """
    known = {one.dimension: one for one in comparisons if _are_alike(one, ("clicks",), calendar)}
    if not known:
        return None
    ranked = [movers_of(one, is_parted=_are_alike(one, PARTED, calendar)) for one in known.values()]
    firsts = [found[0] for found in ranked if found]
    movers = firsts if len(firsts) == MOST_MOVERS else [mover for found in ranked for mover in found[:MOST_MOVERS]]
    leading = known.get("query") or known["page"]
    before, now = leading.before, leading.now
    mixes = (mix_of(metric, before.rows, now.rows) for metric in AVERAGES if _are_alike(leading, PARTED, calendar))
    shares = before.unlisted_share, now.unlisted_share
    return Movement(
        movers=tuple(movers),
        mix_of=leading.dimension,
        periods=(before.period.words, now.period.words),
        mixes=tuple(replace(mix, most_by=_label(mix.most_by)) for mix in mixes if mix),
        unlisted=(shares[0], shares[1])
        if leading.dimension == "query" and shares[0] is not None and shares[1] is not None
        else None,
    )


def _are_alike(comparison: Comparison, metrics: Iterable[Metric], calendar: EventCalendar) -> bool:
    """Whether no artefact on these metrics begins or ends in either period."""
    first, last = comparison.before.period.first, comparison.now.period.last
    first, last = first or comparison.known_on - UNDATED_REACH, last or comparison.known_on
    return all(calendar.artefact_boundary(metric, first, last) is None for metric in metrics)


def movers_of(comparison: Comparison, *, is_parted: bool) -> tuple[Mover, ...]:
    """Return every row of a comparison that moved by more than noise, the largest first, of equals by name."""
    before, now = comparison.before, comparison.now
    falls = how_ctr_falls((*before.rows, *now.rows)) if is_parted else None
    labels = sorted(before.by_label.keys() | now.by_label.keys())
    deviations = deviations_for(len(labels))
    found = []
    for label in labels:
        old, new = before.by_label.get(label), now.by_label.get(label)
        if (old is None and not before.absent_means_none) or (new is None and not now.absent_means_none):
            continue  # cut off from a table of 1,000 rows: nobody knows what it had
        one, other = old or BreakdownRow(label, 0, 0, None), new or BreakdownRow(label, 0, 0, None)
        if not is_movement(one.clicks, other.clicks, deviations):
            continue
        mover = Mover(
            dimension=comparison.dimension,
            label=_label(label),
            periods=(before.period.words, now.period.words),
            before=Numbers(one.clicks, one.impressions, one.position, is_listed=old is not None),
            now=Numbers(other.clicks, other.impressions, other.position, is_listed=new is not None),
            parts=parts_of(one, other, falls) if is_parted else None,
            knows_rank=falls is not None,
        )
        found.append((-abs(mover.change), label, mover))
    return tuple(mover for *_, mover in sorted(found, key=lambda one: one[:2]))


def deviations_for(rows: int) -> float:
    """Return by how many standard deviations a row among so many must differ: at least 3, more where many could."""
    return max(LEAST_DEVIATIONS, statistics.NormalDist().inv_cdf(1 - FALSE_ALARMS / 2 / max(rows, 1)))


def is_movement(before: int, now: int, deviations: float = LEAST_DEVIATIONS) -> bool:
    """Whether two counts of clicks differ by more than chance, and by enough to be told."""
    change = abs(now - before)
    return change > deviations * math.sqrt(before + now) and change >= LEAST_CHANGE * max(before, now)


def _label(label: str) -> str:
    return shown(label, LABEL_LENGTH) or "(nothing that can be shown)"
