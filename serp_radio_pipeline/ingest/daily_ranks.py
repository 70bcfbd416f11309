"""A rank tracker's own series: where a list of keywords ranked each day, and the figures that say how that was.

A rank is one look at one result list. It is no Search Console position, which is a mean over everybody's searches; the
two are never mixed.
"""

import datetime as dt
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.ctr_curve import CtrCurve

DEEPEST_RANK = 100
"""A keyword that ranks beyond it is not ranked: nobody turns that many pages."""

UNRANKED = DEEPEST_RANK + 1
"""What such a keyword counts as in an average: losing it must never look like an improvement."""

TOPS = (3, 10, DEEPEST_RANK)
CHURN_TOP = 10
PASSED_OVER_DAYS = 7
"""A keyword that is away for more days than this in a row was taken off the list; for fewer, it was passed over."""

ALIKE = 0.05
"""By no more than this share of themselves may figures differ for want of the keywords that were passed over."""

VISIBILITY_UNITS = 10_000
"""Visibility is a whole number of hundredths of a percent: 10,000 where every keyword ranks first."""


class DailyRanksError(SerpRadioError):
    """Ranks that can't be: of no keyword, below 1, or days out of order."""


@dataclass(frozen=True)
class RankedDay:
    """One day's look: each keyword that was checked, with its rank (1 to 100), or None where it is not ranked.

    Raises:
        DailyRanksError: no keyword, or a rank outside 1 to 100.
    """

    date: dt.date
    ranks: Mapping[str, int | None]

    def __post_init__(self) -> None:
        if not self.ranks:
            raise DailyRanksError(f"{self.date}: no keyword was checked.")
        if any(rank is not None and not 1 <= rank <= DEEPEST_RANK for rank in self.ranks.values()):
            raise DailyRanksError(f"{self.date}: ranks lie between 1 and {DEEPEST_RANK}.")


@dataclass(frozen=True)
class KeywordRanks:
    """The looks of one file, in ascending order of days, and what ranks are worth.

    Raises:
        DailyRanksError: days out of order or doubled.
    """

    days: tuple[RankedDay, ...]
    curve: CtrCurve

    def __post_init__(self) -> None:
        _check_order([day.date for day in self.days])

    def figures(self) -> "DailyRanks":
        """Return the figures of each day that counts; each is compared with the one before it that does.

        A keyword was passed over on a day if it was not checked on it, was before and is again soon after. Where the
        days before would look otherwise without the keywords passed over, a day would show a fall or gain that never
        was, and does not count.
        """
        days, _ = self._counted
        before: list[RankedDay | None] = [None, *days[:-1]]
        return DailyRanks(tuple(_figures(day, other, self._rates) for day, other in zip(days, before, strict=True)))

    @property
    def open_days(self) -> frozenset[dt.date]:
        """The last days that would not count if keywords that are missing since come again soon enough."""
        return self._counted[1]

    @cached_property
    def _rates(self) -> list[float]:
        return [self.curve.rate(rank) for rank in range(1, DEEPEST_RANK + 1)]

    @cached_property
    def _counted(self) -> tuple[tuple[RankedDay, ...], frozenset[dt.date]]:
        """The days that count, and which of the last of them are open."""
        counted, open_days, last_seen = list[RankedDay](), set[dt.date](), dict[str, int]()
        for place, day in enumerate(self.days):
            missing = {word: last_seen[word] for word in last_seen.keys() - day.ranks.keys()}
            passed_over = {word for word, at in missing.items() if self._comes_again(word, at, place)}
            if passed_over and not self._is_alike_without(passed_over, day, last_seen):
                continue
            may_come = {word for word, at in missing.items() if at + PASSED_OVER_DAYS + 1 >= len(self.days)}
            if may_come - passed_over and not self._is_alike_without(may_come | passed_over, day, last_seen):
                open_days.add(day.date)
            counted.append(day)
            last_seen.update(dict.fromkeys(day.ranks, place))
        return tuple(counted), frozenset(open_days)

    def _comes_again(self, word: str, last_seen: int, place: int) -> bool:
        """Whether a keyword that is missing is checked again before it counts as taken off the list."""
        return any(word in day.ranks for day in self.days[place + 1 : last_seen + PASSED_OVER_DAYS + 2])

    def _is_alike_without(self, passed_over: Set[str], day: RankedDay, last_seen: Mapping[str, int]) -> bool:
        """Whether the last looks at a day's keywords give the same figures with and without those passed over."""
        words = sorted(passed_over | (day.ranks.keys() & last_seen.keys()))
        whole = {word: self.days[last_seen[word]].ranks[word] for word in words}
        part = {word: rank for word, rank in whole.items() if word not in passed_over}
        if not part:
            return False
        one, other = (_figures(RankedDay(day.date, ranks), None, self._rates) for ranks in (whole, part))
        pairs = ((one.visibility, other.visibility), (one.ranked, other.ranked), (one.average, other.average))
        return all(abs(a - b) <= ALIKE * a for a, b in pairs)


@dataclass(frozen=True, slots=True)
class DayRanks:
    """A day's figures over the keywords checked on it.

    `keywords` were checked, `ranked` of them are in the top 100. `average` is their mean rank, one that is not ranked
    counting as 101. `visibility` (0 to 10,000, hundredths of a percent) is what the ranks would get of all clicks that
    rank 1 everywhere would get. `top_3`, `top_10` and `top_100` are shares of the keywords, 0 to 1. `volatility` is the
    mean change of rank since the day checked before, and `churn` the share that entered or left the top 10 of those in
    it on either day; both are None where there is nothing to compare.
    """

    date: dt.date
    keywords: int
    ranked: int
    average: float
    visibility: int
    top_3: float
    top_10: float
    top_100: float
    volatility: float | None = None
    churn: float | None = None


@dataclass(frozen=True)
class DailyRanks:
    """The figures of every day on which the list was checked, ascending.

    Raises:
        DailyRanksError: days out of order or doubled.
    """

    days: tuple[DayRanks, ...]

    def __post_init__(self) -> None:
        _check_order([day.date for day in self.days])

    def between(self, first: dt.date, last: dt.date) -> "DailyRanks":
        """Return the days after `first` up to `last`, that one included."""
        return DailyRanks(tuple(day for day in self.days if first < day.date <= last))


def _check_order(dates: Sequence[dt.date]) -> None:
    for earlier, later in pairwise(dates):
        if earlier >= later:
            raise DailyRanksError(f"{later} does not come after {earlier} in the ranks.")


def _figures(day: RankedDay, before: RankedDay | None, rates: Sequence[float]) -> DayRanks:
    ranks = list(day.ranks.values())
    known = [rank for rank in ranks if rank is not None]
    got = sum(rates[rank - 1] for rank in sorted(known))  # in order, so that the sum is the same to the last bit
    top_3, top_10, top_100 = (sum(rank <= top for rank in known) / len(ranks) for top in TOPS)
    volatility, churn = _movement(before, day) if before else (None, None)
    return DayRanks(
        date=day.date,
        keywords=len(ranks),
        ranked=len(known),
        average=(sum(known) + UNRANKED * (len(ranks) - len(known))) / len(ranks),
        visibility=round(VISIBILITY_UNITS * got / (len(ranks) * rates[0])),
        top_3=top_3,
        top_10=top_10,
        top_100=top_100,
        volatility=volatility,
        churn=churn,
    )


def _movement(before: RankedDay, now: RankedDay) -> tuple[float | None, float | None]:
    """Return volatility and churn between two looks, over the keywords that were checked in both."""
    shared = [word for word in now.ranks if word in before.ranks]
    pairs = [(before.ranks[word] or UNRANKED, now.ranks[word] or UNRANKED) for word in shared]
    if not pairs:
        return None, None
    volatility = sum(abs(a - b) for a, b in pairs) / len(pairs)
    on_page = [(a <= CHURN_TOP, b <= CHURN_TOP) for a, b in pairs if min(a, b) <= CHURN_TOP]
    churn = sum(was != is_now for was, is_now in on_page) / len(on_page) if on_page else None
    return volatility, churn
