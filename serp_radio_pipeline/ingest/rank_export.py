"""A rank tracker's figures in the places of clicks, impressions and position, so that they sound as those do."""

import datetime as dt

from serp_radio_pipeline.ingest.daily_metrics import DailyRow
from serp_radio_pipeline.ingest.daily_ranks import DailyRanks, DayRanks
from serp_radio_pipeline.ingest.vocabulary import SERP


def rank_rows(ranks: DailyRanks, observed_at: dt.datetime) -> tuple[DailyRow, ...]:
    """Return the figures as rows of the daily table: visibility, ranked keywords, average rank.

    Without a ranked keyword there is no average.
    """
    return tuple(_row(day, observed_at) for day in ranks.days)


def _row(day: DayRanks, observed_at: dt.datetime) -> DailyRow:
    return DailyRow(
        day.date,
        day.visibility,
        day.ranked,
        day.average if day.ranked else None,
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
