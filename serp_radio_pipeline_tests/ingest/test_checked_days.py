"""Days on which a rank tracker passed part of its list over: they never look like a fall or a gain."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.ingest.ctr_curve import DEFAULT_CURVE
from serp_radio_pipeline.ingest.daily_ranks import ALIKE, PASSED_OVER_DAYS, KeywordRanks, RankedDay
from serp_radio_pipeline.ingest.fold import Upload, fold_uploads
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.ingest.export_files import read
from serp_radio_pipeline_tests.ingest.rank_files import long_table
from serp_radio_pipeline_tests.ingest.tool_files import as_text

FIRST = dt.date(2026, 3, 1)
LIST = {f"keyword {i}": rank for i, rank in enumerate([1, 2, 4, 9, 15, 30, 44, 60, 88, None])}


def looked(*days):
    """The looks of days in a row: each has ranks by keyword."""
    return KeywordRanks(
        tuple(RankedDay(FIRST + dt.timedelta(days=i), ranks) for i, ranks in enumerate(days)), DEFAULT_CURVE
    )


def offsets(ranks):
    """Which days count, from 0."""
    return [(day.date - FIRST).days for day in ranks.figures().days]


STANDING = st.dictionaries(
    st.integers(0, 40).map("keyword {}".format), st.one_of(st.none(), st.integers(1, 100)), min_size=1, max_size=30
)


@settings(deadline=None, max_examples=200)
@given(STANDING, st.data())
def test_where_no_rank_changes_no_day_looks_like_a_change_whatever_was_passed_over(standing, data):
    subsets = st.sets(st.sampled_from(sorted(standing)), min_size=1)
    partial = data.draw(st.lists(subsets, max_size=PASSED_OVER_DAYS))
    last = [standing] if data.draw(st.booleans()) else []
    days = [standing, *({word: standing[word] for word in words} for words in partial), *last]
    ranks = looked(*days)
    whole, *figures = ranks.figures().days
    for day in (one for one in figures if one.date not in ranks.open_days):
        for was, now in ((whole.visibility, day.visibility), (whole.ranked, day.ranked), (whole.average, day.average)):
            assert abs(now - was) <= ALIKE * was
        assert day.volatility in (None, 0)
    assert {0, len(days) - 1} <= set(offsets(ranks))
    assert not (last and ranks.open_days)
    assert [day.ranks for day in ranks.days] == days


@settings(deadline=None)
@given(st.lists(st.fixed_dictionaries({"a": st.integers(1, 100), "b": st.none()}), min_size=1, max_size=12))
def test_every_day_on_which_the_whole_list_was_checked_counts(days):
    ranks = looked(*days)
    assert offsets(ranks) == list(range(len(days)))
    assert not ranks.open_days


def without(*words):
    return {word: rank for word, rank in LIST.items() if word not in words}


def test_a_day_without_the_best_keyword_is_left_out_and_one_without_the_worst_counts():
    assert offsets(looked(LIST, without("keyword 0"), LIST)) == [0, 2]
    assert offsets(looked({**LIST, "far": None, "off": None}, LIST, {**LIST, "far": None, "off": None})) == [0, 2]
    many = {**LIST, **{f"lost {i}": None for i in range(90)}}
    assert offsets(looked(many, {word: many[word] for word in many if word != "lost 1"}, many)) == [0, 1, 2]


def test_keywords_that_stay_away_were_taken_off_the_list_and_every_day_counts():
    fewer = without("keyword 0", "keyword 9")
    ranks = looked(LIST, LIST, *[fewer] * 12)
    assert offsets(ranks) == list(range(14))
    assert not ranks.open_days
    again = looked(LIST, *[fewer] * (PASSED_OVER_DAYS + 1), LIST)
    assert offsets(again) == list(range(PASSED_OVER_DAYS + 3))
    assert offsets(looked(LIST, *[fewer] * PASSED_OVER_DAYS, LIST)) == [0, PASSED_OVER_DAYS + 1]


@pytest.mark.parametrize(("days", "open_days"), [(0, 0), (1, 1), (3, 3), (PASSED_OVER_DAYS, PASSED_OVER_DAYS), (8, 0)])
def test_the_last_days_are_open_while_it_is_not_known_whether_keywords_come_again(days, open_days):
    ranks = looked(LIST, *[without("keyword 0")] * days)
    assert offsets(ranks) == list(range(days + 1))
    assert ranks.open_days == {day.date for day in ranks.days[1 : open_days + 1]}


def test_a_keyword_that_is_new_on_the_last_day_leaves_none_open():
    assert not looked(without("keyword 0"), without("keyword 0"), LIST).open_days


def exported(ranks):
    return read("x.csv", as_text(long_table(ranks.days)))


def test_a_day_left_out_is_told():
    notes = exported(looked(LIST, without("keyword 0"), LIST)).notes
    assert any(note.startswith("1 day is left out, for keywords that matter were not checked") for note in notes)
    many = exported(looked(LIST, *[without("keyword 0")] * 6, LIST)).notes
    advice = "Export the keywords that are checked each day by themselves."
    assert any("6 days are left out" in note and f"2026-03-06 and 1 more. {advice}" in note for note in many)
    assert not any(advice in note for note in notes)


def folded(*exports):
    at = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    uploads = [Upload(str(i), at + i * dt.timedelta(hours=1), str(i), one) for i, one in enumerate(exports)]
    return fold_uploads(Tenant("a"), uploads).metrics


def later(days, start):
    """The same looks from the day `start` on."""
    return KeywordRanks(tuple(day for day in days.days if (day.date - FIRST).days >= start), DEFAULT_CURVE)


@pytest.mark.parametrize(
    ("then", "counted", "provisional"),
    [([LIST, LIST], [0, 2, 3], []), ([without("keyword 0")] * 2, [0, 1, 2, 3], [1, 2, 3])],
)
def test_what_a_file_cannot_know_of_its_last_days_the_next_one_tells(then, counted, provisional):
    whole = looked(LIST, without("keyword 0"), *then)
    first = KeywordRanks(whole.days[:2], DEFAULT_CURVE)
    alone = folded(exported(first))
    assert [row.is_provisional for row in alone.rows] == [False, True]
    both = folded(exported(first), exported(later(whole, 2)))
    assert [(row.date - FIRST).days for row in both.rows] == counted
    assert [day.date for day in both.ranks.days] == [row.date for row in both.rows]
    assert [(row.date - FIRST).days for row in both.rows if row.is_provisional] == provisional


def test_a_half_checked_day_reads_the_same_from_a_file():
    export = exported(looked(LIST, without("keyword 0"), LIST))
    assert [row.clicks for row in export.rows] == [export.rows[0].clicks] * 2
    assert export.missing_days == 1


def test_a_half_checked_day_of_a_later_file_takes_no_whole_one_away():
    whole = looked(LIST, LIST, LIST, LIST)
    half = looked(LIST, LIST, without("keyword 0"), LIST, LIST)
    both = folded(exported(whole), exported(half))
    assert [(row.date - FIRST).days for row in both.rows] == [0, 1, 2, 3, 4]
    assert {day.keywords for day in both.ranks.days} == {len(LIST)}
    assert not any(row.is_provisional for row in both.rows)
