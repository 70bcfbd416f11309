"""Rank trackers' files: read to the last rank, or refused with the reason; figures that mean what they are called."""

import csv
import dataclasses
import datetime as dt
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.ingest.column_answers import ColumnAnswer, ColumnAnswerError, answer_about, parse_columns
from serp_radio_pipeline.ingest.container import open_tables
from serp_radio_pipeline.ingest.ctr_curve import DEFAULT_CURVE, CtrCurveError, parse_ctr_curve
from serp_radio_pipeline.ingest.daily_ranks import DailyRanks, DailyRanksError, KeywordRanks, RankedDay
from serp_radio_pipeline.ingest.export import ExportRefusedError, ReadingLimits
from serp_radio_pipeline.ingest.fold import Upload, fold_uploads
from serp_radio_pipeline.ingest.trackers import default_trackers, parse_tracker
from serp_radio_pipeline.ingest.vocabulary import VocabularyError, sources_folder
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.ingest.export_files import TODAY, archive, chart, read, workbook
from serp_radio_pipeline_tests.ingest.rank_files import (
    TRACKERS,
    ahrefs,
    long_table,
    made_up_ranks,
    se_ranking,
    semrush,
    wide_table,
)
from serp_radio_pipeline_tests.ingest.tool_files import as_text, typed

DAYS = made_up_ranks()
CONTAINERS = {
    "csv": ("ranks.csv", as_text),
    "csv with a mark": ("ranks.csv", lambda rows: as_text(rows, encoding="utf-8-sig")),
    "csv in UTF-16 with tabs": ("ranks.csv", lambda rows: as_text(rows, "\t", encoding="utf-16")),
    "semicolons": ("ranks.csv", lambda rows: as_text(rows, ";")),
    "zip": ("ranks.zip", lambda rows: archive({"ranks.csv": as_text(rows)})),
    "xlsx": ("ranks.xlsx", lambda rows: workbook({"ranks": rows})),
    "xlsx with numbers": (
        "ranks.xlsx",
        lambda rows: workbook({"ranks": [[typed(cell) for cell in row] for row in rows]}),
    ),
}


def looks(export):
    return {day.date: dict(day.ranks) for day in export.ranks.days}


def as_looks(days):
    return {day.date: dict(day.ranks) for day in days}


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("tracker", TRACKERS)
def test_every_trackers_table_is_read_to_the_last_rank(tracker, container):
    (write, tool), (name, pack) = TRACKERS[tracker], CONTAINERS[container]
    export = read(name, pack(write(DAYS)))
    assert looks(export) == as_looks(DAYS)
    assert (export.tool, {row.source for row in export.rows}) == (tool, {"serp"})


def test_the_two_looks_of_an_ahrefs_table_are_two_days():
    export = read("x.csv", as_text(ahrefs(DAYS), "\t", encoding="utf-16"))
    assert looks(export) == as_looks([DAYS[0], DAYS[-1]])
    assert (export.tool, export.confidence) == ("Ahrefs", 1.0)


def test_semrush_names_the_site():
    assert read("x.csv", as_text(semrush(DAYS))).identity.site == "demo.example"


@pytest.mark.parametrize(
    ("above", "site"),
    [
        ("demo.example - Google.com (United States)", "demo.example"),
        ("https://www.Demo.example/", "www.demo.example"),
        ("Positions of demo.example", None),
        ("demo.example, other.example", None),
        ("google.de", None),
        ("ranks.csv", None),
        ("", None),
    ],
)
def test_se_rankings_line_above_names_the_site_where_it_begins_with_one(above, site):
    _, *table = se_ranking(DAYS)
    assert read("x.csv", as_text([[above], *table])).identity.site == site


def test_a_line_above_names_no_site_in_another_trackers_table():
    _, *table = wide_table(DAYS)
    export = read("rankings.csv", as_text([["demo.example"], *table]))
    assert export.identity.site is None


def test_a_reading_explains_itself():
    words = read("x.csv", as_text(semrush(DAYS))).explain()
    for part in (
        "a daily Semrush table",
        "rank = column 4",
        "visibility  ranked keywords  average rank",
        "in the top 10",
    ):
        assert part in words


WORDS = st.text("abcdefghij äöü日", min_size=1, max_size=8).map(str.strip).filter(bool).map(lambda word: f"k {word}")


@st.composite
def rank_tables(draw):
    """Looks of a few days, and how they are written: shape, delimiter, encoding, dates, orders."""
    words = draw(st.lists(WORDS, min_size=1, max_size=5, unique=True))
    first, count = TODAY - dt.timedelta(days=draw(st.integers(20, 300))), draw(st.integers(2, 6))
    ranks = st.one_of(st.none(), st.integers(1, 100))
    days = [RankedDay(first + dt.timedelta(days=i), {word: draw(ranks) for word in words}) for i in range(count)]
    pattern = draw(st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%b %d, %Y", "%Y/%m/%d"]))
    missing = draw(st.sampled_from(["-", "not ranked", ">100", "100+", "0"]))
    if draw(st.booleans()):
        order = draw(st.permutations([(day, word) for day in days for word in words]))
        rows = [["Keyword", "Date", "Rank"]]
        rows += [[word, day.date.strftime(pattern), str(day.ranks[word] or missing)] for day, word in order]
    else:
        columns = draw(st.permutations(days))
        rows = [["My ranks"], ["Keyword", *(day.date.strftime(pattern) for day in columns)]]
        rows += [[word, *(str(day.ranks[word] or missing) for day in columns)] for word in draw(st.permutations(words))]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=draw(st.sampled_from([",", ";", "\t", "|"]))).writerows(rows)
    return days, out.getvalue().encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rank_tables())
def test_any_table_of_ranks_reads_back_equal_or_is_refused_as_ambiguous(table):
    days, data = table
    try:
        export = read("x.csv", data)
    except ExportRefusedError as refusal:
        assert "No day over 12" in str(refusal) or "in two ways" in str(refusal)  # noqa: PT017 - either is right
    else:
        assert looks(export) == as_looks(days)


def lines(*rows):
    return "\n".join(rows)


HEAD = "Keyword,2026-03-01,2026-03-02,2026-03-03"
REFUSED = {
    "numbers that may be anything": (lines(HEAD, "a,3,4,2", "b,9,8,1"), "nothing says that its numbers are ranks"),
    "averages": (lines("Ranks", HEAD, "a,3.5,4,2", "b,9,8,1"), r"'3.5' for 'a' on 2026-03-01 is no rank"),
    "search volumes": (lines("Ranks", HEAD, "a,3000,4,2"), "no result list is longer than 1,000"),
    "words": (lines("Ranks", HEAD, "a,3,gone fishing,2"), "line 3: 'gone fishing' for 'a' on 2026-03-02 is no rank"),
    "metrics": (lines(HEAD, "Clicks,3,4,2", "Impressions,9,8,1"), "its rows are metrics"),
    "competitors": (
        lines("Rank,x", "Keyword,*.a.example/*_20260301,*.b.example/*_20260301,*.a.example/*_20260302", "k,1,2,3"),
        "more than one column for each day",
    ),
    "a day twice": (lines("Ranks", "Keyword,2026-03-01,2026-03-02,2026-03-01", "a,3,4,2"), "a day has two columns"),
    "a keyword twice": (lines("Ranks", HEAD, "a,3,4,2", "a,3,5,2"), "has two ranks on 2026-03-02"),
    "two devices": (
        lines("Keyword,Device,Date,Rank", "a,mobile,2026-03-01,3", "a,desktop,2026-03-01,4", "a,mobile,2026-03-02,3"),
        r"for device 'mobile' \(line 2\) and 'desktop'; export one device",
    ),
    "one day": (lines("Keyword,Date,Rank", "a,2026-03-01,3", "b,2026-03-01,4"), "ranks of a single day, 2026-03-01"),
    "no rank at all": (lines("Ranks", HEAD, "a,,,", "b,,,"), "no keyword has a rank on any day"),
    "the future": (lines("Keyword,Date,Rank", "a,2027-03-01,3", "a,2027-03-02,4"), "2027-03-01 can't be"),
    "no date": (lines("Keyword,Date,Rank", "a,yesterday,3", "a,2026-03-02,4"), "'yesterday' is not a day"),
    "days or months": (lines("Keyword,Date,Rank", "a,03/04/2026,3", "a,04/04/2026,4"), "No day over 12"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_table_of_ranks_is_refused_in_a_sentence(case):
    data, sentence = REFUSED[case]
    with pytest.raises(ExportRefusedError, match=sentence):
        read("x.csv", data)


def test_of_two_pages_for_a_keyword_the_better_rank_counts_and_that_is_said():
    export = read(
        "x.csv",
        lines(
            "Keyword,Date,Rank,URL",
            "a,2026-03-01,8,x.example/1",
            "a,2026-03-01,3,x.example/2",
            "a,2026-03-02,4,x.example/1",
        ),
    )
    assert looks(export)[dt.date(2026, 3, 1)] == {"a": 3}
    assert any("two pages" in note for note in export.notes)


def test_a_cell_that_nobody_checked_is_no_part_of_its_day():
    export = read("x.csv", lines("Ranks", HEAD, "a,3,No data,2", "b,9,8,"))
    assert [dict(day.ranks) for day in export.ranks.days] == [{"a": 3, "b": 9}, {"b": 8}, {"a": 2}]
    assert sum("not checked, so no part of that day" in note for note in export.notes) == 2


UNKNOWN = lines("Wort;Tag;Stelle", "a;2026-03-01;3", "b;2026-03-01;12", "a;2026-03-02;4", "b;2026-03-02;-")


def test_columns_in_no_known_language_are_read_as_a_person_names_them():
    with pytest.raises(ExportRefusedError):
        read("x.csv", UNKNOWN)
    said = parse_columns("keyword=Wort,date=Tag,rank=Stelle")
    answer = answer_about(
        open_tables("x.csv", UNKNOWN.encode(), ReadingLimits()), said, dt.datetime(2026, 3, 3, tzinfo=dt.UTC)
    )
    assert ColumnAnswer.from_json(answer.to_json()) == answer
    export = read("x.csv", UNKNOWN, answers=[answer])
    assert [dict(day.ranks) for day in export.ranks.days] == [{"a": 3, "b": 12}, {"a": 4, "b": None}]
    assert export.confidence == 0.9


@pytest.mark.parametrize("said", ["keyword=Wort,date=Tag", "keyword=Wort,date=Tag,rank=Stelle,clicks=x"])
def test_half_an_answer_about_ranks_is_refused(said):
    with pytest.raises(ColumnAnswerError, match=r"keyword=\.\.\.,date=\.\.\.,rank="):
        parse_columns(said)


def figures(*ranks):
    first = dt.date(2026, 3, 1)
    days = tuple(RankedDay(first + dt.timedelta(days=i), one) for i, one in enumerate(ranks))
    return KeywordRanks(days, DEFAULT_CURVE).figures().days


def test_the_figures_of_a_day_are_those_worked_out_by_hand():
    before, now = figures({"a": 1, "b": 12, "c": None, "d": 50}, {"a": 2, "b": 9, "c": None, "d": None})
    assert (before.keywords, before.ranked, before.average) == (4, 3, (1 + 12 + 101 + 50) / 4)
    # rank 12 is a fifth of the way from 2.5 % at rank 10 to 1 % at rank 20; rank 50 3/8 of it from 1 % to 0 at 100
    assert before.visibility == round(10_000 * (0.285 + 0.022 + 0.00625) / (4 * 0.285))
    assert (before.top_3, before.top_10, before.top_100) == (0.25, 0.25, 0.75)
    assert (before.volatility, before.churn) == (None, None)
    assert now.volatility == (1 + 3 + 0 + 51) / 4
    assert now.churn == 0.5  # of a and b, in the top 10 on either day, b came


LOOKS = st.dictionaries(st.sampled_from("abcdef"), st.one_of(st.none(), st.integers(1, 100)), min_size=1)


@settings(deadline=None)
@given(LOOKS, st.data())
def test_a_better_rank_never_looks_worse(looked, data):
    word = data.draw(st.sampled_from(sorted(looked)))
    better = data.draw(st.integers(1, looked[word] or 100))
    (was,), (now,) = figures(looked), figures({**looked, word: better})
    assert now.visibility >= was.visibility
    assert now.average <= was.average
    assert now.ranked >= was.ranked


@settings(deadline=None)
@given(LOOKS)
def test_visibility_lies_between_nothing_and_first_everywhere(looked):
    (day,) = figures(looked)
    assert 0 <= day.visibility <= 10_000
    assert figures(dict.fromkeys(looked, 1))[0].visibility == 10_000
    assert figures(dict.fromkeys(looked))[0].visibility == 0


def test_a_curve_of_ones_own_changes_visibility_and_nothing_else():
    steep = parse_ctr_curve("1:50 2:0")
    plain = read("x.csv", as_text(long_table(DAYS)))
    other = read("x.csv", as_text(long_table(DAYS)), limits=ReadingLimits(ctr_curve=steep))
    assert [row.clicks for row in plain.rows] != [row.clicks for row in other.rows]
    assert [(r.impressions, r.position) for r in plain.rows] == [(r.impressions, r.position) for r in other.rows]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "begins at rank 1"),
        ("2:10", "begins at rank 1"),
        ("1:10 2:20", "never rises"),
        ("1:0", "rank 1 has more than 0"),
        ("1:200", "between 0 and 100"),
        ("1:nan", "between 0 and 100"),
        ("1:ten", "is no rank with a percentage"),
        ("1:10 1:5", "ascending"),
    ],
)
def test_a_text_that_is_no_curve_is_refused(text, sentence):
    with pytest.raises(CtrCurveError, match=sentence):
        parse_ctr_curve(text)


@given(st.integers(1, 200), st.integers(1, 200))
def test_a_curve_never_rises(one, other):
    assert DEFAULT_CURVE.rate(min(one, other)) >= DEFAULT_CURVE.rate(max(one, other))


def test_beyond_a_curves_last_rank_nobody_clicks():
    assert DEFAULT_CURVE.rate(101) == 0


def test_ranks_that_cannot_be_are_refused():
    day = dt.date(2026, 3, 1)
    for ranks in ({}, {"a": 0}, {"a": 101}):
        with pytest.raises(DailyRanksError):
            RankedDay(day, ranks)
    looked = RankedDay(day, {"a": 1})
    with pytest.raises(DailyRanksError, match="does not come after"):
        KeywordRanks((looked, looked), DEFAULT_CURVE)
    (row,) = figures({"a": 1})
    with pytest.raises(DailyRanksError, match="does not come after"):
        DailyRanks((row, row))


def folded(*exports):
    at = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    uploads = [Upload(e.file_name, at + i * dt.timedelta(hours=1), str(i), e) for i, e in enumerate(exports)]
    return fold_uploads(Tenant("a"), uploads)


def test_files_of_following_weeks_fold_to_what_one_file_says():
    whole = read("x.csv", as_text(long_table(DAYS)))
    first, then = (read("x.csv", as_text(wide_table(days))) for days in (DAYS[:30], DAYS[25:]))
    for order in ((first, then), (then, first)):
        history = folded(*order)
        assert not history.refused
        assert history.metrics.ranks == whole.ranks.figures()
        assert [dataclasses.replace(r, observed_at=whole.observed_at) for r in history.metrics.rows] == list(whole.rows)


def test_ranks_and_searches_never_mix():
    ranks, searches = read("x.csv", as_text(long_table(DAYS))), read("Chart.csv", chart())
    for first, then in ((ranks, searches), (searches, ranks)):
        assert "count different searches" in folded(first, then).refused[0].reason


def test_the_table_of_a_day_holds_the_figures_up_to_it():
    history = folded(read("x.csv", as_text(long_table(DAYS))))
    known = history.known_on(DAYS[20].date)
    assert [day.date for day in known.ranks.days] == [row.date for row in known.rows] == [d.date for d in DAYS[:21]]
    assert known.source == "serp"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("source: serp", "source: gsc"), "a tracker's source is serp"),
        (("empty: not checked", "empty: maybe"), "empty must be one of"),
        (("empty: not checked", "empty: not checked\nsite_above: maybe"), "site_above must be true or false"),
        (("not_ranked:", "not_rank:"), "missing or unknown"),
    ],
)
def test_a_trackers_file_that_cannot_be_used_is_refused(change, sentence):
    text = (sources_folder() / "semrush.yaml").read_text(encoding="utf-8")
    assert change[0] in text
    with pytest.raises(VocabularyError, match=sentence):
        parse_tracker(text.replace(*change), "semrush.yaml")


def test_the_project_ships_four_trackers_and_a_table_of_no_tool():
    assert [one.name for one in default_trackers()] == [
        "Ahrefs",
        "Link-Assistant",
        "rank tracker",
        "SE Ranking",
        "Semrush",
    ]
