"""Tables that look like ranks and are something else, and ranks that people and spreadsheets write oddly."""

import pytest

from serp_radio_pipeline_tests.ingest.export_files import read

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
