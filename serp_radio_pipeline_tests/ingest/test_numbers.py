import pytest

from serp_radio_pipeline.ingest.numbers import first_unreadable, readings
from serp_radio_pipeline.ingest.table import TypedNumber

ONE_WAY = {
    "whole": (["0", "12177"], [0, 12177]),
    "decimal point": (["7.5", "8"], [7.5, 8]),
    "decimal comma": (["7,5", "8"], [7.5, 8]),
    "thousands by comma": (["1,234,567", "12"], [1234567, 12]),
    "thousands by point": (["1.234.567", "12"], [1234567, 12]),
    "thousands by space": (["1 234,5"], [1234.5]),
    "thousands by no-break space": (["1\u00a0234", "1\u202f234"], [1234, 1234]),
    "thousands by apostrophe": (["1'234.5", "1’234"], [1234.5, 1234]),
    "both marks": (["1,234.5"], [1234.5]),
    "percent": (["3.5%", "4 %", "4\u00a0%", "0"], [0.035, 0.04, 0.04, 0]),
    "no percent among fractions": (["0.035", "0%"], [0.035, 0]),
    "blank": (["", " ", "3"], [None, None, 3]),
    "negative": (["-3", "−4"], [-3, -4]),
    "a zero leads no thousands": (["0.123", "0,5"][:1], [0.123]),
    "four decimals": (["1.2345"], [1.2345]),
    "float in a fraction": (["0.16670000000000001"], [0.1667]),
}


@pytest.mark.parametrize(("cells", "values"), ONE_WAY.values(), ids=ONE_WAY.keys())
def test_a_column_is_read_in_its_own_grammar(cells, values):
    (reading,) = readings(cells)
    assert list(reading.values) == pytest.approx(values)


@pytest.mark.parametrize(("cells", "first", "second"), [(["1,234"], 1234, 1.234), (["12.500"], 12.5, 12500)])
def test_one_mark_before_three_digits_can_be_read_in_two_ways(cells, first, second):
    assert [reading.values[0] for reading in readings(cells)] == [first, second]


@pytest.mark.parametrize(
    "cells",
    [
        ["1,5", "2.5"],
        ["1,23,456"],
        ["12,34"[:2] + ",3456,789"],
        ["abc"],
        ["1e5"],
        ["nan"],
        ["٣"],
        ["3.5%", "0.04"],
        ["", ""],
    ],
)
def test_what_is_no_column_of_numbers_is_read_as_none(cells):
    assert readings(cells) == ()


def test_a_number_stored_in_a_workbook_has_one_reading():
    (reading,) = readings([TypedNumber("12.345"), TypedNumber("11")])
    assert reading.values == (12.345, 11)


def test_the_first_cell_that_is_no_number_is_found_by_the_grammar_of_the_others():
    assert first_unreadable(["7,5", "8,25", "9.5", "10,1"]) == 2
    assert first_unreadable(["1", "x", "y"]) == 1
    assert first_unreadable(["1", "2"]) is None
