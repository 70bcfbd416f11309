"""Every tool in every container and every way to write numbers: read to the last digit, or refused with the reason."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.ingest.daily_metrics import DailyRow
from serp_radio_pipeline.ingest.export import ExportRefusedError
from serp_radio_pipeline.ingest.vocabulary import ROLES, default_vocabulary, normalised
from serp_radio_pipeline_tests.ingest import grammars, tool_files
from serp_radio_pipeline_tests.ingest.export_files import archive, numbers, read, workbook
from serp_radio_pipeline_tests.ingest.source_matrix import BEGIN, END, LANGUAGES, PAGE, matrix
from serp_radio_pipeline_tests.ingest.test_reading_properties import DATES, days

Make = Callable[[tuple[DailyRow, ...]], tool_files.Rows]
TOOLS: dict[str, tuple[Make, list[tuple[object, ...]]]] = {
    "Search Console": (grammars.gsc_rows, list(numbers(grammars.DAYS))),
    "Looker Studio": (lambda rows: tool_files.looker_rows(rows, "iso"), list(numbers(grammars.DAYS))),
    "Looker Studio by device": (tool_files.looker_rows_by, grammars.parted(grammars.DAYS, 2, 0)),
    "Bing": (grammars.bing_iso, list(numbers(grammars.DAYS))),
    "BigQuery": (tool_files.bulk_rows, grammars.parted(grammars.DAYS, 3, 1)),
}
CONTAINERS: dict[str, tuple[str, Callable[[tool_files.Rows], bytes]]] = {
    "csv": ("table.csv", tool_files.as_text),
    "csv of a spreadsheet": ("table.csv", lambda rows: tool_files.as_text(rows, ";", "utf-8-sig")),
    "tsv": ("table.tsv", lambda rows: tool_files.as_text(rows, "\t", "utf-16")),
    "zip": ("table.zip", lambda rows: archive({"Chart.csv": tool_files.as_text(rows)})),
    "xlsx of texts": ("table.xlsx", lambda rows: workbook({"Sheet": rows})),
    "parquet of texts": ("table.parquet", lambda rows: tool_files.as_parquet(rows, as_written=True)),
}


@pytest.mark.parametrize("grammar", grammars.GRAMMARS)
@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("tool", TOOLS)
def test_a_tools_table_is_read_to_the_last_digit_or_refused_with_the_reason(tool, container, grammar):
    make, wanted = TOOLS[tool]
    name, write = CONTAINERS[container]
    data = write(grammars.written(make(grammars.DAYS), grammars.GRAMMARS[grammar]))
    if tool == "BigQuery" and grammars.GRAMMARS[grammar] != grammars.ALWAYS_PLAIN:
        # BigQuery writes one grammar: another hand has been there
        with pytest.raises(ExportRefusedError, match="is not a whole number of 0 or more"):
            read(name, data)
    else:
        assert numbers(read(name, data)) == wanted


@pytest.mark.parametrize("tool", TOOLS)
def test_cells_with_types_are_read_to_the_last_digit(tool):
    make, wanted = TOOLS[tool]
    rows = make(grammars.DAYS)
    assert numbers(read("table.xlsx", grammars.typed_workbook(rows))) == wanted
    assert numbers(read("table.parquet", grammars.typed_parquet(rows))) == wanted


@st.composite
def any_grammar(draw):
    decimal = draw(st.sampled_from([".", ","]))
    groups = draw(st.sampled_from(["", "\u00a0", "’", {".": ",", ",": "."}[decimal]]))
    return grammars.Grammar(
        decimal, groups, draw(st.sampled_from([*DATES, "%Y%m%d"])), draw(st.sampled_from(["", *grammars.WORDS]))
    )


LAW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@LAW
@given(days(least=2), any_grammar(), st.sampled_from(list(CONTAINERS)), st.sampled_from(["one row", "two rows"]))
def test_any_table_in_any_grammar_is_read_as_it_was_or_refused(rows, grammar, container, kind):
    assume(any(row.impressions for row in rows))
    make, wanted = (
        (grammars.gsc_rows, numbers(rows))
        if kind == "one row"
        else (tool_files.looker_rows_by, grammars.parted(rows, 2, 0))
    )
    name, write = CONTAINERS[container]
    try:
        found = numbers(read(name, write(grammars.written(make(rows), grammar))))
    except ExportRefusedError:
        return
    assert found == wanted


@LAW
@given(days(least=2), st.sampled_from(list(CONTAINERS)))
def test_a_bulk_export_is_always_read(rows, container):
    name, write = CONTAINERS[container]
    assert numbers(read(name, write(tool_files.bulk_rows(rows)))) == grammars.parted(rows, 3, 1)


def test_the_table_in_the_documentation_is_what_reading_does():
    # `python -m serp_radio_pipeline_tests.ingest.source_matrix` writes it
    before, shown = PAGE.read_text(encoding="utf-8").split(BEGIN)
    assert shown.split(END)[0].strip() == matrix().strip()
    assert before


def test_the_languages_of_the_table_are_those_of_the_vocabulary():
    words = default_vocabulary().columns
    shown = [{normalised(language.headers[place]) for language in LANGUAGES.values()} for place in range(len(ROLES))]
    for role, headers in zip(ROLES, shown, strict=True):
        assert headers <= words[role]
    assert words["date"] - shown[0] == {"day"}
