"""Annotations from people: what a CSV file may hold, and what is named and left out."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serp_radio_pipeline.labels.annotations import (
    LONGEST_TEXT,
    Annotation,
    AnnotationError,
    fold_annotations,
    read_annotations_csv,
)

DAY = dt.date(2026, 3, 5)


def read(text: str | bytes) -> tuple[list[Annotation], list[tuple[str, str]]]:
    content = text.encode() if isinstance(text, str) else text
    found, unread = read_annotations_csv(content, name="annotations.csv")
    return found, [(one.place, one.reason) for one in unread]


def test_a_file_of_dates_and_texts_is_read() -> None:
    text = '\ufeffdate,text\r\n2026-03-05,relaunch\r\n\r\n2026-03-06,"new menu, new ""logo"""\r\n'
    assert read(text) == ([Annotation(DAY, "relaunch"), Annotation(dt.date(2026, 3, 6), 'new menu, new "logo"')], [])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("05.03.2026,relaunch", "'05.03.2026' is not a date: write it as 2026-03-31"),
        ("2026-02-30,relaunch", "'2026-02-30' is not a date"),
        ("2026-03-05", "it has 1 fields instead of 2"),
        ("2026-03-05,a,b", "put a text with commas in double quotes"),
        ("2026-03-05, ", "one line of 1 to 200 characters"),
        (f"2026-03-05,{'x' * (LONGEST_TEXT + 1)}", "one line of 1 to 200 characters"),
        ("2026-03-05,bell\x07", "one line of 1 to 200 characters"),
        ("1999-03-05,old", "is before 2000-01-01"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_read(line: str, reason: str) -> None:
    found, ((place, said),) = read(f"date,text\n2026-03-05,relaunch\n{line}\n2026-03-07,sale\n")
    assert [one.text for one in found] == ["relaunch", "sale"]
    assert place == "annotations.csv, line 3"
    assert reason in said


def test_a_file_that_is_none_is_named_as_a_whole() -> None:
    assert read(b"\xff\xfe\x00") == ([], [("annotations.csv", "it is not UTF-8 text; save it as CSV UTF-8")])
    assert read("day;note\n") == ([], [("annotations.csv, line 1", "the columns must be 'date,text'")])
    assert read("")[1][0][0] == "annotations.csv, line 1"


def test_an_unclosed_quote_takes_only_what_follows_it() -> None:
    found, ((place, reason),) = read('date,text\n2026-03-05,relaunch\n2026-03-06,"open\n')
    assert found == [Annotation(DAY, "relaunch")]
    assert place == "annotations.csv, line 3"
    assert "not CSV" in reason


@given(st.binary(max_size=200))
def test_no_file_breaks_the_reader(content: bytes) -> None:
    read_annotations_csv(content, name="annotations.csv")
    read_annotations_csv(b"date,text\n" + content, name="annotations.csv")


def test_each_is_said_once_in_order_whatever_the_order_of_the_log() -> None:
    late, early = Annotation(DAY, "sale"), Annotation(DAY, "relaunch")
    assert fold_annotations([late, early, late]) == fold_annotations([early, late]) == (early, late)


def test_json_goes_round_and_damage_is_refused() -> None:
    annotation = Annotation(DAY, "relaunch")
    assert Annotation.from_json(annotation.to_json()) == annotation
    for damaged in ({}, {"date": 3, "text": "x"}, {"date": "2026-03-05", "text": None}):
        with pytest.raises(AnnotationError):
            Annotation.from_json(damaged)
