"""Search Console's positions are no ranks, whole as they may be: without a tracker's mark or a person's word they are
never read as such. What may be ranks is asked about, and the question can be answered by pasting it.
"""

import datetime as dt
import shlex

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.ingest.column_answers import ColumnAnswer, ColumnAnswerError, answer_about, parse_columns
from serp_radio_pipeline.ingest.container import open_tables
from serp_radio_pipeline.ingest.export import Export, ExportRefusedError, ReadingLimits
from serp_radio_pipeline.ingest.tools import every_word
from serp_radio_pipeline.ingest.trackers import columns_beside, every_tracker_word
from serp_radio_pipeline.ingest.uploaded_file import read_upload
from serp_radio_pipeline.ingest.vocabulary import normalised
from serp_radio_pipeline_tests.ingest.export_files import TODAY, archive, read, workbook
from serp_radio_pipeline_tests.ingest.tool_files import as_parquet, as_text, typed

SAID_AT = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
CONTAINERS = {
    "table.csv": as_text,
    "semicolons.csv": lambda rows: as_text(rows, ";", "utf-8-sig"),
    "table.tsv": lambda rows: as_text(rows, "\t", "utf-16"),
    "table.zip": lambda rows: archive({"table.csv": as_text(rows)}),
    "table.xlsx": lambda rows: workbook({"Sheet": rows}),
    "typed.xlsx": lambda rows: workbook({"Sheet": [[typed(cell) for cell in row] for row in rows]}),
    "table.parquet": lambda rows: as_parquet(rows, as_written=True),
}
LAW = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
WORDS, SEARCHES = every_tracker_word(), every_word()
KNOWN = columns_beside().union(*WORDS.columns.values(), *SEARCHES.columns.values(), *SEARCHES.dimensions.values())
POSITIONS = sorted(SEARCHES.columns["position"])
RANKS = ["Rank", "Ranking", "Rang", "Classement", "順位", "SERP rank"]
UNKNOWN = st.text("bcdfghjklmnpqrstvwxyzäöüß ", min_size=1, max_size=9).map(str.strip)
UNKNOWN = UNKNOWN.filter(lambda name: name and normalised(name) not in KNOWN)
DAYS = st.lists(st.dates(dt.date(2026, 2, 1), dt.date(2026, 10, 28)), min_size=2, max_size=5, unique=True)
QUERIES = st.lists(st.sampled_from(["shoes", "blue hats", "socks 2", "größe"]), min_size=1, unique=True)


def found(name: str, data: bytes) -> Export | None:
    """What is read of a file; None where it is refused."""
    try:
        export = read_upload(name, data, today=TODAY)
    except ExportRefusedError:
        return None
    assert isinstance(export, Export)
    return export


@st.composite
def searches(draw, rank_names, least_clicks):
    """Whole positions by query and day, some missing, with columns of clicks under unknown names, in any order."""
    names = [*draw(st.lists(UNKNOWN, min_size=least_clicks, max_size=3, unique_by=normalised))]
    header = [draw(st.sampled_from(["Query", "Keyword", "query", "Suchbegriff", "Search term"])), "Date"]
    header += [draw(st.sampled_from(rank_names)), *names]
    whole = st.integers(1, 120).map(str)
    counts = [st.one_of(st.integers(0, 900).map(str), st.integers(0, 900).map("{:,}".format)) for _ in names]
    rows = [
        [query, day.isoformat(), draw(whole), *(draw(count) for count in counts)]
        for day in sorted(draw(DAYS))
        for query in draw(QUERIES)
    ]
    order = draw(st.permutations(range(len(header))))
    return [[row[i] for i in order] for row in (header, *rows)]


@LAW
@given(searches(POSITIONS, 0), st.sampled_from(list(CONTAINERS)))
def test_whole_positions_by_query_and_day_are_never_read_as_ranks(rows, container):
    export = found(container, CONTAINERS[container](rows))
    assert export is None or export.ranks is None


@LAW
@given(searches(RANKS, 1), st.sampled_from(list(CONTAINERS)))
def test_clicks_under_any_name_beside_a_rank_are_asked_about(rows, container):
    export = found(container, CONTAINERS[container](rows))
    assert export is None or export.ranks is None


@LAW
@given(DAYS, QUERIES, st.sampled_from(["{}", "{} Position", "Position {}", "Average position {}"]), st.data())
def test_positions_with_a_column_a_day_are_never_read_as_ranks(days, queries, pattern, data):
    rows = [["Query", *(pattern.format(day) for day in days)]]
    cells = st.one_of(st.just(""), st.just("None"), st.integers(1, 120).map(str))
    rows += [[query, *(data.draw(cells) for _ in days)] for query in queries]
    container = data.draw(st.sampled_from(list(CONTAINERS)))
    export = found(container, CONTAINERS[container](rows))
    assert export is None or export.ranks is None


BESIDE = {"Search volume": "1,300", "URL": "https://x.example/1", "Location": "Berlin", "Device": "tv", "CPC": "1.20"}


@LAW
@given(DAYS, QUERIES, st.sets(st.sampled_from(sorted(BESIDE))), st.sampled_from(RANKS[:-1]), st.data())
def test_ranks_with_a_trackers_columns_beside_are_read_to_the_last_one(days, queries, beside, name, data):
    looks = {day: {query: data.draw(st.integers(1, 100)) for query in queries} for day in sorted(days)}
    names = ["Keyword", "Date", name, *sorted(beside)]
    more = [BESIDE[one] for one in sorted(beside)]
    rows = [[query, day.isoformat(), str(rank), *more] for day, ranks in looks.items() for query, rank in ranks.items()]
    order = data.draw(st.permutations(range(len(names))))
    rows = [[row[i] for i in order] for row in (names, *rows)]
    container = data.draw(st.sampled_from(list(CONTAINERS)))
    export = read(container, CONTAINERS[container](rows))
    assert {day.date: dict(day.ranks) for day in export.ranks.days} == looks


def lines(*rows):
    return "\n".join(rows)


def long_table(header, *cells):
    """Two words on two days: `cells` follow each of the four rows' word and day."""
    places = [("shoes", 1), ("hats", 1), ("shoes", 2), ("hats", 2)]
    return lines(header, *(f"{word},2026-03-0{day},{cell}" for (word, day), cell in zip(places, cells, strict=True)))


NUMBERS = ("3", "12", "4", "11")
ASKED = {
    "a position of a query": (long_table("query,date,position", *NUMBERS), "nothing says that 'position' is a rank"),
    "a position with volumes": (
        long_table("Keyword,Date,Position,Volume", "3,10", "12,20", "4,10", "11,20"),
        "nothing says that 'Position' is a rank",
    ),
    "numbers of an unknown name": (
        long_table("Keyword,Date,Rank,Besuche", "3,0", "12,1", "4,0", "11,2"),
        "'Besuche' beside it holds numbers that may be clicks or impressions",
    ),
    "clicks with their word": (
        long_table("Keyword,Date,Rank,Besuche", "3,0 mal", "12,1 mal", "4,0 mal", "11,2 mal"),
        "'Besuche' beside it holds numbers",
    ),
    "numbers without a name": (
        long_table("Keyword,Date,Rank,", "3,0", "12,1", "4,0", "11,2"),
        "column 4, which has no name, beside it holds numbers",
    ),
    "a mean in a line above": (
        lines("Average rank by query", long_table("Keyword,Date,Rank", *NUMBERS)),
        "'Average rank by query' says that they may be no ranks",
    ),
    "nothing in the word of nobody": (
        long_table("Query,Date,Position", "3", "None", "4", "11"),
        "nothing says that 'Position' is a rank",
    ),
    "no known name": (long_table("foo,bar,baz", *NUMBERS), "which column is which can't be told for sure"),
    "two columns of ranks": (long_table("Keyword,Date,Rank,Position", "3,1", "12,2", "4,1", "11,2"), "rank=Rank"),
    "two columns of keywords": (
        lines("Keyword,Query,Date,Rank", "shoes,a,2026-03-01,3", "shoes,a,2026-03-02,4", "hats,b,2026-03-01,12"),
        "keyword=Keyword",
    ),
    "two columns of days": (
        lines("Keyword,Date,Day,Rank", "shoes,2026-03-01,2026-03-01,3", "hats,2026-03-01,2026-03-01,12")
        + "\nshoes,2026-03-02,2026-03-02,4",
        "date=Date",
    ),
    "a column a day": (
        lines("Keyword,2026-03-01,2026-03-02", "shoes,3,4", "hats,12,11"),
        "nothing says that its numbers are ranks",
    ),
    "a position a day": (
        lines("Query,2026-03-01 Position,2026-03-02 Position", "shoes,3,4", "hats,12,11"),
        "nothing says that its numbers are ranks",
    ),
    "a rank with clicks beside it": (
        long_table("Keyword,Date,Rank,Clicks", "3,0", "12,5", "4,1", "11,0"),
        "which column is which can't be told for sure",
    ),
    "ranks of two devices": (
        long_table("Keyword,Date,Desktop Rank,Mobile Rank", "3,9", "12,5", "4,1", "11,8"),
        "rank=Desktop Rank",
    ),
    "two engines": (
        long_table("Keyword,Date,Google,Bing", "3,9", "12,5", "4,1", "11,8"),
        "rank=Google",
    ),
    "one keyword": (
        lines("Keyword,Looked at,Rank", "shoes,2026-03-01,3", "shoes,2026-03-02,4"),
        "date=Looked at",
    ),
    "a name with a comma": (
        long_table('"Wort, gesucht",Tag,"Stelle ""hier"""', *NUMBERS),
        "which column is which can't be told for sure",
    ),
}


def answered(refusal: ExportRefusedError, name: str, data: str) -> ColumnAnswer:
    """Answer with the very words of the question, as a shell takes them."""
    words = str(refusal)
    option = shlex.split(words[words.index("--map") : words.index(" to 'serp-radio upload TENANT FILE'")])[1]
    return answer_about(open_tables(name, data.encode(), ReadingLimits()), parse_columns(option), SAID_AT)


@pytest.mark.parametrize("case", ASKED)
def test_what_may_be_ranks_is_asked_about_and_the_question_is_its_own_answer(case):
    data, sentence = ASKED[case]
    with pytest.raises(ExportRefusedError, match=sentence) as refusal:
        read("x.csv", data)
    export = read("x.csv", data, answers=[answered(refusal.value, "x.csv", data)])
    assert dict(export.ranks.days[0].ranks)["shoes"] == 3
    assert dict(export.ranks.days[1].ranks)["shoes"] == 4
    assert export.confidence == 0.9


@pytest.mark.parametrize("name", ["gsc ranks.csv", "x.example-Performance-on-Search-2026-03-09.csv"])
def test_a_file_called_after_search_console_is_asked_about(name):
    with pytest.raises(ExportRefusedError, match="add --map keyword=Keyword,date=Date,rank=Rank"):
        read(name, long_table("Keyword,Date,Rank", *NUMBERS))


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("semrush traffic.csv", "Keyword,2026-03-01,2026-03-02\na,3,4", "'semrush traffic.csv' says"),
        ("ahrefs.csv", "Clicks by keyword\nKeyword,2026-03-01,2026-03-02\na,3,4", "'Clicks by keyword' says"),
        ("semrush.csv", long_table("Query,Date,Position,Besuche", "3,0", "12,1", "4,0", "11,2"), "'Besuche' beside it"),
    ],
)
def test_a_file_called_after_a_tracker_proves_nothing_against_its_columns(name, data, sentence):
    with pytest.raises(ExportRefusedError, match=sentence):
        read(name, data)


def test_an_empty_cell_means_what_it_means_to_a_tracker_only_in_its_own_columns():
    by_name = read("ahrefs ranks.csv", lines("Keyword,2026-03-01,2026-03-02", "shoes,3,4", "hats,9,"))
    assert [dict(day.ranks) for day in by_name.ranks.days] == [{"shoes": 3, "hats": 9}, {"shoes": 4}]
    header = "Keyword,KD,Current position,Previous position,Current date,Previous date"
    own = read("x.csv", lines(header, "shoes,1,4,3,2026-03-02,2026-03-01", "hats,1,,9,2026-03-02,2026-03-01"))
    assert [dict(day.ranks) for day in own.ranks.days] == [{"shoes": 3, "hats": 9}, {"shoes": 4, "hats": None}]


def test_a_site_called_traffic_says_nothing_against_ranks():
    header = "Keyword,*.traffic-sales.example/*_20260301,*.traffic-sales.example/*_20260302"
    export = read("semrush.csv", lines(header, "shoes,3,4"))
    assert (export.identity.site, len(export.rows)) == ("traffic-sales.example", 2)


def test_a_site_called_rank_says_nothing_of_a_position():
    with pytest.raises(ExportRefusedError, match="nothing says that 'Position' is a rank"):
        read("top-rank.example queries.csv", long_table("Query,Date,Position", *NUMBERS))


def test_means_are_named_as_what_they_are():
    with pytest.raises(ExportRefusedError, match=r"'Position' holds means such as '3\.4', as Search Console's"):
        read("x.csv", long_table("Query,Date,Position", "3.4", "12", "4", "11"))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("my rankings.csv", long_table("Keyword,Date,Position", *NUMBERS)),
        ("x.csv", lines("Google rankings of demo.example", long_table("Keyword,Date,Position", *NUMBERS))),
        ("semrush.csv", long_table("Keyword,Date,Position", *NUMBERS)),
        ("x.csv", long_table("Keyword,Date,Google Rank", *NUMBERS)),
        ("x.csv", long_table("Keyword,Date,Ranking position", *NUMBERS)),
        ("x.csv", long_table("Keyword,Date,Position", "3", "> 100", "4", "not in top 100")),
        ("x.csv", long_table("Keyword,Date,Position,Tags,Intents", *(f"{n},t,i" for n in NUMBERS))),
        ("x.csv", long_table("Keyword,Date,Rank,Seitentitel", *(f"{n},10 best hats of all" for n in NUMBERS))),
        ("x.csv", lines(",keyword,date,rank", "0,shoes,2026-03-01,3", "1,hats,2026-03-01,12", "2,shoes,2026-03-02,4")),
    ],
)
def test_what_says_rank_is_read_as_ranks(name, data):
    assert [dict(day.ranks)["shoes"] for day in read(name, data).ranks.days] == [3, 4]


def test_a_file_called_after_a_tracker_is_not_surer_than_one_whose_words_say_rank():
    data = long_table("Keyword,Date,Rank", *NUMBERS)
    assert read("semrush.csv", data).confidence == read("x.csv", data).confidence == 0.85


@pytest.mark.parametrize("header", ["Keyword,Rank", "Rank,Keyword,Volume", "Search term,Google Rank,URL"])
def test_ranks_of_no_day_are_asked_for_their_history(header):
    with pytest.raises(ExportRefusedError, match="no day on which it was checked; export the history of the ranks"):
        read("x.csv", lines(header, "shoes,3,9", "hats,4,9"))


def test_columns_without_names_are_asked_for_names():
    rows = ("shoes,2026-03-01,3", "hats,2026-03-01,4", "shoes,2026-03-02,4")
    with pytest.raises(ExportRefusedError, match="write Keyword, Date and Rank above its columns"):
        read("x.csv", lines(*rows))
    with pytest.raises(ExportRefusedError, match="call only the column of keywords Keyword"):
        read("x.csv", lines(",2026-03-01,2026-03-02", "shoes,3,4", "hats,9,8"))


WIDE = lines("Keyword,Group,2026-03-01,2026-03-02", "shoes,a,3,4", "hats,b,12,-")
LATER = lines("Keyword,Group,2026-03-03,2026-03-04,2026-03-05", "shoes,a,5,6,7", "hats,b,12,-,9")


def said_of(data: str, text: str) -> ColumnAnswer:
    return answer_about(open_tables("x.csv", data.encode(), ReadingLimits()), parse_columns(text), SAID_AT)


def test_an_answer_on_columns_called_after_days_serves_files_of_other_days():
    answer = said_of(WIDE, "keyword=Keyword,rank=*")
    assert ColumnAnswer.from_json(answer.to_json()) == answer
    for data, days in ((WIDE, 2), (LATER, 3)):
        export = read("x.csv", data, answers=[answer])
        assert (len(export.ranks.days), export.confidence) == (days, 0.9)
        assert "a person said so" in export.explain()


@pytest.mark.parametrize("change", [("Keyword,", "Query,"), ("2026-03-03", "Foo 2026-03-03"), ("Group", "Besuche")])
def test_such_an_answer_serves_no_other_columns(change):
    with pytest.raises(ExportRefusedError, match="one column"):
        read("x.csv", LATER.replace(*change), answers=[said_of(WIDE, "keyword=Keyword,rank=*")])


def test_an_answer_on_ranks_counts_no_more_after_one_that_says_otherwise():
    data = lines("Wort,Tag,Stelle,Platz,Rang", "a,2026-03-01,3,2,1", "a,2026-03-02,4,9,2", "a,2026-03-03,4,9,2")
    ranks = said_of(data, "keyword=Wort,date=Tag,rank=Rang")
    searches = said_of(data, "date=Tag,clicks=Stelle,impressions=Platz,position=Rang")
    assert read("x.csv", data, answers=[searches, ranks]).ranks is not None
    with pytest.raises(ExportRefusedError, match="if the columns are as you said"):
        read("x.csv", data, answers=[ranks, searches])


def test_such_an_answer_wants_columns_called_after_days():
    with pytest.raises(ColumnAnswerError, match="with columns called after days beside"):
        said_of(long_table("Keyword,Date,Rank", *NUMBERS), "keyword=Keyword,rank=*")


def test_days_of_something_else_stay_refused_whatever_is_said():
    data = lines("Keyword,Traffic 2026-03-01,Traffic 2026-03-02", "shoes,3,4")
    with pytest.raises(ExportRefusedError, match="says that they are no ranks"):
        read("x.csv", data, answers=[said_of(data, "keyword=Keyword,rank=*")])
