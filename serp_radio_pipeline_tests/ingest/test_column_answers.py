import datetime as dt

import pytest

from serp_radio_pipeline.ingest.column_answers import (
    ColumnAnswer,
    ColumnAnswerError,
    answer_about,
    parse_columns,
)
from serp_radio_pipeline.ingest.container import open_tables
from serp_radio_pipeline.ingest.export import ExportRefusedError
from serp_radio_pipeline.ingest.limits import ReadingLimits
from serp_radio_pipeline_tests.ingest.export_files import numbers, read, series
from serp_radio_pipeline_tests.ingest.tool_files import as_text

SAID_AT = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
DAYS = series("office week")
HEADER = ["Tag", "Besuche", "Gesehen", "Rang"]
ANSWER = "date=Tag,clicks=Besuche,impressions=Gesehen,position=Rang"


def rows(header=HEADER):
    """A table without CTR: no arithmetic can tell its columns."""
    cells = [
        [d.date.isoformat(), str(d.clicks), str(d.impressions), "" if d.position is None else str(d.position)]
        for d in DAYS
    ]
    return [header, *cells]


def answered(data, said=ANSWER):
    return answer_about(open_tables("x.csv", data, ReadingLimits()), parse_columns(said), SAID_AT)


def test_a_table_that_cannot_be_told_is_refused_with_the_closest_mapping_as_a_question():
    with pytest.raises(ExportRefusedError) as refusal:
        read("x.csv", as_text(rows()))
    asked = f" Which column is which? Add --map {ANSWER} to 'serp-radio upload TENANT FILE' if that is right"
    assert f"{asked} (12% sure)" in str(refusal.value)


def test_known_words_make_the_question_surer():
    with pytest.raises(ExportRefusedError, match=r"date=Day,clicks=Clics.*50% sure"):
        read("x.csv", as_text(rows(["Day", "Clics", "Impressions", "Position"])))


def test_the_question_can_be_answered_word_for_word():
    with pytest.raises(ExportRefusedError) as refusal:
        read("x.csv", as_text(rows(["Der Tag", "Besuche, alle", "Gesehen", "Rang"])))
    said = str(refusal.value).rsplit("--map ", 1)[1].split(" to 'serp-radio")[0].strip("'")
    assert parse_columns(said)["clicks"] == "besuche, alle"


def test_an_answer_says_which_column_is_which():
    data = as_text(rows())
    export = read("x.csv", data, answers=[answered(data)])
    assert numbers(export) == numbers(DAYS)
    assert export.confidence == 0.9
    assert {m.role: m.header for m in export.mapping} == dict(
        zip(("date", "clicks", "impressions", "position"), HEADER, strict=True)
    )
    assert "a person said so" in export.explain()


def test_an_answer_holds_for_its_header_only():
    answer = answered(as_text(rows()))
    with pytest.raises(ExportRefusedError, match="Which column is which"):
        read("x.csv", as_text(rows(["Tag", "Gesehen", "Besuche", "Rang"])), answers=[answer])


def test_the_newest_answer_counts():
    data = as_text(rows())
    wrong = answered(data, "date=Tag,clicks=Gesehen,impressions=Besuche,position=Rang")
    assert numbers(read("x.csv", data, answers=[wrong, answered(data)])) == numbers(DAYS)


def test_an_answer_never_bends_the_laws():
    data = as_text(rows())
    wrong = answered(data, "date=Tag,clicks=Gesehen,impressions=Besuche,position=Rang")
    with pytest.raises(ExportRefusedError, match=r"line 2: there are more clicks .* if the columns are as you said"):
        read("x.csv", data, answers=[wrong])


def test_numbers_that_can_be_read_in_two_ways_stay_refused():
    lines = [HEADER, *[[f"2026-03-{day:02}", "12", "34", "3.456"] for day in range(1, 9)]]
    with pytest.raises(ExportRefusedError, match="more than one way"):
        read("x.csv", as_text(lines), answers=[answered(as_text(lines))])


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("", "Say which column is which"),
        ("clicks", "Say which column is which"),
        ("date=Tag", "missing: clicks, impressions, position"),
        (ANSWER + ",mood=Laune", "unknown: mood"),
        (ANSWER + ",clicks=Rang", "can be said once"),
        ("date=Tag,clicks=Rang,impressions=Gesehen,position=Rang", "a column of its own"),
    ],
)
def test_an_answer_that_says_too_little_is_refused(said, sentence):
    with pytest.raises(ColumnAnswerError, match=sentence):
        parse_columns(said)


def test_an_answer_about_columns_that_are_not_there_names_those_that_are():
    with pytest.raises(ColumnAnswerError, match="there are 'tag', 'besuche', 'gesehen', 'rang'"):
        answered(as_text(rows()), ANSWER.replace("Rang", "Stelle"))


def test_a_column_without_dates_or_numbers_is_named():
    data = as_text([[*row, "gut"] for row in rows()])
    data = data.replace(b"Rang,gut", b"Rang,Laune")
    with pytest.raises(ExportRefusedError, match="'laune', named for date, holds no dates"):
        read("x.csv", data, answers=[answered(data, ANSWER.replace("Tag", "Laune"))])
    with pytest.raises(ExportRefusedError, match="'laune', named for position, does not hold numbers"):
        read("x.csv", data, answers=[answered(data, ANSWER.replace("Rang", "Laune"))])


def test_an_answer_outlives_its_writing_down():
    answer = answered(as_text(rows()))
    assert ColumnAnswer.from_json(answer.to_json()) == answer
    for broken in ({}, [], {"header": [], "columns": {}, "said_at": "x"}, {**answer.to_json(), "header": ["a"]}):
        with pytest.raises(ColumnAnswerError):
            ColumnAnswer.from_json(broken)
