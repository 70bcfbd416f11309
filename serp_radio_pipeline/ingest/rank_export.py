"""A rank tracker's figures in the places of clicks, impressions and position, so that they sound as those do."""

import datetime as dt
from collections.abc import Set

from serp_radio_pipeline.ingest.daily_metrics import DailyRow
from serp_radio_pipeline.ingest.daily_ranks import DailyRanks, DayRanks, KeywordRanks
from serp_radio_pipeline.ingest.vocabulary import SERP

SHOWN_DAYS = 5


def rank_rows(
    ranks: DailyRanks, observed_at: dt.datetime, open_days: Set[dt.date] = frozenset()
) -> tuple[DailyRow, ...]:
    """Return the figures as rows of the daily table: visibility, ranked keywords, average rank.

    Without a ranked keyword there is no average. Days that are open are provisional.
    """
    return tuple(_row(day, observed_at, is_provisional=day.date in open_days) for day in ranks.days)


def days_left_out(ranks: KeywordRanks, figures: DailyRanks) -> tuple[str, ...]:
    """Return a note on the days that do not count, if there are any."""
    counted = {day.date for day in figures.days}
    left_out = [str(day.date) for day in ranks.days if day.date not in counted]
    if not left_out:
        return ()
    more = f" and {len(left_out) - SHOWN_DAYS:,} more" if len(left_out) > SHOWN_DAYS else ""
    days = "1 day is" if len(left_out) == 1 else f"{len(left_out):,} days are"
    # as where part of the list is checked daily and part of it once a week
    advice = " Export the keywords that are checked each day by themselves." if len(left_out) > len(counted) else ""
    return (
        f"{days} left out, for keywords that matter were not checked, and the figures would show a change that never "
        f"was: {', '.join(left_out[:SHOWN_DAYS])}{more}.{advice}",
    )


def _row(day: DayRanks, observed_at: dt.datetime, *, is_provisional: bool) -> DailyRow:
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
