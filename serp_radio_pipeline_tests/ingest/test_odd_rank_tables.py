"""Tables that look like ranks and are something else, and ranks that people and spreadsheets write oddly."""

import datetime as dt

import pytest

from serp_radio_pipeline.ingest.comparison_export import ComparisonExport
from serp_radio_pipeline.ingest.daily_ranks import RankedDay
from serp_radio_pipeline.ingest.export import ExportRefusedError
from serp_radio_pipeline.ingest.fold import Upload, fold_uploads
from serp_radio_pipeline.ingest.uploaded_file import read_upload
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.ingest.export_files import TODAY, read, workbook
from serp_radio_pipeline_tests.ingest.rank_files import long_table, made_up_ranks
from serp_radio_pipeline_tests.ingest.tool_files import as_text

HEAD = "Keyword,2026-03-01,2026-03-02"


def lines(*rows):
    return "\n".join(rows)


def looks(export):
    return [dict(day.ranks) for day in export.ranks.days]


@pytest.mark.parametrize(
    ("written", "rank"),
    [("3rd", 3), ("#12", 12), ("3.0", 3), ('"7,0"', 7), ("12 (+3)", 12), ("12 (-3)", 12), ("4 ↑2", 4), ("101.0", None)],
)
def test_a_rank_is_read_however_it_is_written(written, rank):
    export = read("ranks.csv", lines(HEAD, f"a,5,{written}", "b,6,6"))
    assert looks(export)[1] == {"a": rank, "b": 6}


@pytest.mark.parametrize("written", ["NaN", "#N/A", "null"])
def test_what_a_spreadsheet_or_program_writes_for_nothing_is_nobodys_look(written):
    export = read("ranks.csv", lines(HEAD, f"a,5,{written}", "b,6,6"))
    assert looks(export) == [{"a": 5, "b": 6}, {"b": 6}]


OTHERS = {
    "a column of positions beside them": (
        "x.csv",
        lines("Keyword,Position,2026-03-01,2026-03-02", "a,3,5,6", "b,9,1,0"),
        "nothing says that its numbers are ranks",
    ),
    "clicks above the table": (
        "rankings.csv",
        lines("Clicks per keyword", HEAD, "a,5,6", "b,9,1"),
        "'Clicks per keyword' says that its numbers may be no ranks",
    ),
    "clicks and impressions beside them": (
        "rankings.csv",
        lines("Suchanfrage,Klicks,Impressionen,2026-03-01,2026-03-02", "a,11,90,5,6"),
        "'Klicks' says that its numbers may be no ranks",
    ),
    "search volumes by month": (
        "rank volumes.csv",
        lines("Keyword,Search Volume,Tags,2026-01-01,2026-02-01", "a,90,,90,80"),
        "'rank volumes.csv' says that its numbers may be no ranks",
    ),
    "shares of clicks on each day": (
        "rank.csv",
        lines("Query,2026-03-01 CTR,2026-03-02 CTR", "a,5,6"),
        "'CTR' says that its numbers may be no ranks",
    ),
    "means on each day": (
        "x.csv",
        lines("Query,2026-03-01 Average Rank,2026-03-02 Average Rank", "a,5,6"),
        "'Average Rank' says that its numbers may be no ranks",
    ),
    "Search Console's by the file's name": (
        "gsc ranks.csv",
        lines(HEAD, "a,5,6"),
        "'gsc ranks.csv' says that its numbers may be no ranks",
    ),
    "visits on each day": (
        "rank.csv",
        lines("Keyword,Visits 2026-03-01,Visits 2026-03-02", "a,5,6"),
        "'Visits' says that its numbers may be no ranks",
    ),
}


@pytest.mark.parametrize("case", OTHERS)
def test_what_is_counted_by_keyword_and_day_is_not_taken_for_ranks(case):
    name, data, sentence = OTHERS[case]
    with pytest.raises(ExportRefusedError, match=sentence):
        read(name, data)


def test_two_single_days_that_search_console_compares_are_no_ranks():
    days = ("Mar 1, 2026", "Mar 2, 2026")
    header = ",".join(f'"{day} {metric}"' for metric in ("Clicks", "Impressions", "CTR", "Position") for day in days)
    data = lines(f"Top queries,{header}", "a,3,4,30,40,10%,10%,3,4", "b,1,4,10,40,10%,10%,7,8")
    assert isinstance(read_upload("Queries.csv", data.encode(), today=TODAY), ComparisonExport)


@pytest.mark.parametrize("pattern", ["{} 08:15", "Mon {}", "{} (Tue)", "Sunday, {} 9:00 AM"])
def test_a_time_or_weekday_beside_a_day_parts_no_columns(pattern):
    days = [pattern.format(day) for day in ("2026-03-01", "2026-03-02")]
    header = ",".join(f'"{day}"' for day in ("Keyword", *days))
    assert looks(read("ranks.csv", lines(header, "a,5,6"))) == [{"a": 5}, {"a": 6}]


LONG = "Keyword,Date,Rank,Device,Domain,URL"
MANY = {
    "two devices on days in turn": (
        ("a,2026-03-01,3,mobile,,", "a,2026-03-02,40,desktop,,"),
        r"'a' has ranks for device 'mobile' \(line 2\) and 'desktop'; export one device\.",
    ),
    "two sites with keywords of their own": (
        ("a,2026-03-01,3,,x.example,", "b,2026-03-01,4,,y.example,"),
        r"it has ranks for site 'x.example' \(line 2\) and 'y.example'; export one site",
    ),
    "pages of two sites": (
        ("a,2026-03-01,3,,,https://www.x.co.uk/1", "a,2026-03-01,4,,,https://y.co.uk/1"),
        r"of x.co.uk \(line 2\) and y.co.uk; export the ranks of one site",
    ),
    "two looks on a day written with slashes": (
        ("a,13/03/2026 08:00,3,,,", "a,13/03/2026 20:00,4,,,"),
        r"two ranks on 2026-03-13 \(also in line 2\)",
    ),
    "a last look at each keyword": (
        ("a,2026-03-01,3,,,", "b,2026-03-02,4,,,", "c,2026-03-03,9,,,"),
        "only 0 of 2 ranks are of keywords that were checked on the day before too",
    ),
}


@pytest.mark.parametrize("case", MANY)
def test_looks_that_are_of_more_than_one_series_are_refused(case):
    rows, sentence = MANY[case]
    with pytest.raises(ExportRefusedError, match=sentence):
        read("x.csv", lines(LONG, *rows))


def test_pages_and_subdomains_of_one_site_are_one_series():
    rows = ("a,2026-03-01,8,,x.example,https://x.example/1", "a,2026-03-01,3,,www.x.example,https://blog.x.example/2")
    assert looks(read("x.csv", lines(LONG, *rows, "a,2026-03-02,4,,https://x.example/,/1"))) == [{"a": 3}, {"a": 4}]


PERIODS = [("Sep 2026", "Oct 2026"), ("2026-09", "2026-10"), ("2026-W40", "2026-W41"), ("10/13/26", "10/14/26")]
PERIODS += [("Oct 13", "Oct 14"), ("13.10.", "14.10."), ("2026-10-05 - 2026-10-11", "2026-10-12 - 2026-10-18")]
PERIODS += [("1. März 2026", "2. März 2026"), ("1 de mayo de 2026", "2 de mayo de 2026"), ("KW 40", "Week 41")]


@pytest.mark.parametrize("columns", PERIODS)
def test_columns_called_after_no_whole_day_are_refused_with_what_to_call_them(columns):
    with pytest.raises(ExportRefusedError, match="call each column after the day on which they were checked"):
        read("ranks.csv", lines(f"Keyword,Market,{','.join(columns)}", "a,us,3,4"))


def test_a_second_table_below_the_first_is_named_as_that():
    with pytest.raises(ExportRefusedError, match="line 4: a second table begins here"):
        read("ranks.csv", lines("Google", HEAD, "a,3,4", HEAD, "a,13,14"))


def test_rows_over_all_keywords_are_none_and_rows_without_a_day_are_told():
    wide = read("ranks.csv", lines(HEAD, "a,3,4", "Average position,7,8", "Visibility,70,71"))
    assert looks(wide) == [{"a": 3}, {"a": 4}]
    assert [skip.reason for skip in wide.skipped] == ["total row", "total row"]
    long = read("ranks.csv", lines("Keyword,Date,Rank", "a,2026-03-01,3", "a,,9", "a,2026-03-02,4"))
    assert [(skip.line, skip.reason) for skip in long.skipped] == [(3, "no day")]


def test_a_keyword_called_total_is_one_where_its_rows_can_be_no_sums():
    rows = ["total,2026-03-01,3", "a,2026-03-01,9", "total,2026-03-02,>100", "a,2026-03-02,4"]
    assert looks(read("x.csv", lines("Keyword,Date,Rank", *rows))) == [{"total": 3, "a": 9}, {"total": None, "a": 4}]
    assert looks(read("ranks.csv", lines(HEAD, "a,3,4", "total,5,-", "z,6,7")))[0] == {"a": 3, "total": 5, "z": 6}
    for rows in (("Total,5,6", "a,3,4"), ("a,3,4", "Total,5,6"), ("a,3,4", "Total,170,6", "z,6,7")):
        assert "Total" not in looks(read("ranks.csv", lines(HEAD, *rows)))[0]
    rows = ["a,2026-03-01,9", "b,2026-03-01,70", "Total,2026-03-01,79", "a,2026-03-02,4", "b,2026-03-02,99"]
    export = read("x.csv", lines("Keyword,Date,Rank", *rows, "Total,2026-03-02,103"))
    assert looks(export) == [{"a": 9, "b": 70}, {"a": 4, "b": 99}]
    assert [skip.reason for skip in export.skipped] == ["total row"] * 2


def refused(*exports):
    """The reason for which the second of two uploads is left out."""
    at = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    uploads = [Upload(str(i), at + dt.timedelta(hours=i), str(i), read("x.csv", one)) for i, one in enumerate(exports)]
    (left_out,) = fold_uploads(Tenant("a"), uploads).refused
    return left_out.reason


def test_fewer_keywords_on_known_days_are_refused_in_words_of_ranks():
    days = made_up_ranks()
    few = [RankedDay(day.date, dict(sorted(day.ranks.items())[:12])) for day in days]
    reason = refused(as_text(long_table(days)), as_text(long_table(few)))
    assert "its ranked keywords are 0." in reason
    assert "export the same list of keywords" in reason
    assert not {"clicks", "impressions", "filters"} & set(reason.replace(",", "").split())


def test_a_list_that_shares_no_keyword_is_another_series_even_on_other_days():
    first = lines("Keyword,Date,Rank", "a,2026-03-01,3", "a,2026-03-02,4")
    then = lines("Keyword,Date,Rank", "b,2026-03-03,3", "b,2026-03-04,4")
    assert "none of its keywords is among the history's" in refused(first, then)


@pytest.mark.parametrize(("checked", "is_provisional"), [(4, True), (9, True), (10, False)])
def test_a_last_day_without_keywords_that_matter_is_still_being_checked(checked, is_provisional):
    rows = [f"k{i},3,4,{5 if i < checked else ''}" for i in range(10)]
    export = read("ranks.csv", lines(f"{HEAD},2026-03-03", *rows))
    assert [row.is_provisional for row in export.rows] == [False, False, is_provisional]


def test_a_note_counts_one_cell_as_one():
    notes = read("ranks.csv", lines(HEAD, "a,3,", "b,3,No data", "c,3,4")).notes
    assert "1 cell is empty: not checked, so no part of that day; where that means not ranked, write '-'." in notes
    assert "1 cell says 'No data': not checked, so no part of that day." in notes


TONGUES = {
    "German": "Suchbegriff;13.10.2026;14.10.2026\na;3;nicht gefunden\nb;4;5",
    "French": "Mot-clé;13/10/2026;14/10/2026\na;3;Non classé\nb;4;5",
    "Russian": "Запрос;13.10.2026;Динамика;14.10.2026;Динамика\na;3;0;-;0\nb;4;0;5;1",
    "Japanese": "キーワード,2026年10月13日,2026年10月14日\na,3,圏外\nb,4,5",
    "Polish": "Słowo kluczowe;Data;Pozycja\na;2026-10-13;3\nb;2026-10-13;4\na;2026-10-14;>100\nb;2026-10-14;5",
}


@pytest.mark.parametrize("tongue", TONGUES)
def test_ranks_are_read_in_other_languages(tongue):
    assert looks(read("x.csv", TONGUES[tongue])) == [{"a": 3, "b": 4}, {"a": None, "b": 5}]


@pytest.mark.parametrize(
    "header", [["Keyword", "2026-01", "2026-02"], ["Keyword", "Clicks", "2026-01-01", "2026-02-01"]]
)
def test_a_sheet_of_something_else_beside_the_ranks_is_left_alone(header):
    days = made_up_ranks(days=3, keywords=2)
    sheets = {"ranks": long_table(days), "other": [header, ["a", *("90" for _ in header[1:])]]}
    assert looks(read("x.xlsx", workbook(sheets))) == [dict(day.ranks) for day in days]


def test_a_faulty_sheet_of_ranks_beside_a_sound_one_is_refused():
    days = made_up_ranks(days=3, keywords=2)
    sheets = {"one": long_table(days), "two": [["Keyword", "Date", "Rank"], ["a", "2026-01-01", "3.4"]]}
    with pytest.raises(ExportRefusedError, match=r"two, row 2: '3\.4' for 'a'"):
        read("x.xlsx", workbook(sheets))


def test_a_tracker_may_have_looked_when_it_was_the_next_day_already():
    """Reading counts days in California; in Tokyo a tracker has looked before that day begins there."""
    days = [TODAY + dt.timedelta(days=offset) for offset in (0, 1, 2)]
    rows = [f"a,{day},{rank}" for rank, day in enumerate(days, 1)]
    export = read("x.csv", lines("Keyword,Date,Rank", *rows[:2]))
    assert export.last_date == days[1]
    with pytest.raises(ExportRefusedError, match=f"{days[2]} can't be"):
        read("x.csv", lines("Keyword,Date,Rank", *rows))
