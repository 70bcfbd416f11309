"""A rank tracker's figures in the places of clicks, impressions and position, so that they sound as those do."""

import datetime as dt

from serp_radio_pipeline.ingest.daily_metrics import DailyRow
from serp_radio_pipeline.ingest.daily_ranks import DailyRanks, DayRanks
from serp_radio_pipeline.ingest.vocabulary import SERP

WHOLE_LIST = 0.5
"""A last day with less than this share of the keywords of the day before is still being checked."""


def rank_rows(ranks: DailyRanks, observed_at: dt.datetime) -> tuple[DailyRow, ...]:
    """Return the figures as rows of the daily table: visibility, ranked keywords, average rank.

    Without a ranked keyword there is no average. A last day that is still being checked is provisional.
    """
    *settled, last = ranks.days
    is_open = bool(settled) and last.keywords < WHOLE_LIST * settled[-1].keywords
    return (*(_row(day, observed_at) for day in settled), _row(last, observed_at, is_provisional=is_open))


def _row(day: DayRanks, observed_at: dt.datetime, *, is_provisional: bool = False) -> DailyRow:
    return DailyRow(
        day.date,
        day.visibility,
        day.ranked,
        day.average if day.ranked else None,
        is_provisional,
        source=SERP,
        observed_at=observed_at,
    )


def last_day_in_words(ranks: DailyRanks) -> str:
    """Return how many keywords there are on the last day, and how many of them in which top."""
    last = ranks.days[-1]
    return (
        f"On {last.date}, {last.ranked:,} of {last.keywords:,} keywords are ranked: {last.top_3:.0%} of all in the top "
        f"3, {last.top_10:.0%} in the top 10."
    )
