"""Every tool in every container and every way to write numbers: read to the last digit, or refused with the reason."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.ingest.daily_metrics import DailyRow
from serp_radio_pipeline.ingest.export import ExportRefusedError
from serp_radio_pipeline_tests.ingest.export_files import archive, numbers, read, series, workbook
from serp_radio_pipeline_tests.ingest.test_reading_properties import DATES, days
from serp_radio_pipeline_tests.ingest.tool_files import (
    Rows,
    as_parquet,
    as_text,
    bing_rows,
    bulk_rows,
    looker_rows,
    looker_rows_by,
    parts_of,
    typed,
)

DAYS = tuple(
    DailyRow(day.date, 40 * day.clicks, 40 * day.impressions, day.position) for day in series("office week")[-45:]
)  # over a thousand a day, so that marks between thousands show
WORDS = {
    "de": {"Date": "Datum", "Clicks": "Klicks", "Impressions": "Impressionen", "Position": "Position"},
    "fr": {"Date": "Date", "Clicks": "Clics", "Impressions": "Impressions", "Average Position": "Position moyenne"},
    "ja": {"Date": "日付", "Clicks": "クリック数", "Impressions": "表示回数", "Position": "掲載順位"},
}


@dataclass(frozen=True)
class Grammar:
    """How a place writes: `date` is a strftime pattern, `groups` parts thousands; `words` translate headers."""

    decimal: str
    groups: str
    date: str
    words: str = ""


GRAMMARS = {
    "plain": Grammar(".", "", "%Y-%m-%d"),
    "English": Grammar(".", ",", "%m/%d/%Y"),
    "German": Grammar(",", ".", "%d.%m.%Y", "de"),
    "French": Grammar(",", "\u202f", "%d/%m/%Y", "fr"),
    "Swiss": Grammar(".", "’", "%d.%m.%Y", "de"),
    "Japanese": Grammar(".", ",", "%Y年%m月%d日", "ja"),
}
ALWAYS_PLAIN = Grammar(".", "", "%Y-%m-%d")


def written(rows: Rows, grammar: Grammar) -> Rows:
    header, *body = rows
    names = WORDS.get(grammar.words, {})
    return [[names.get(cell, cell) for cell in header], *[[_cell(cell, grammar) for cell in row] for row in body]]


def _cell(cell: str, grammar: Grammar) -> str:
    value = typed(cell.removesuffix("%"))
    if isinstance(value, dt.date):
        return value.strftime(grammar.date)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return cell
    whole, point, part = cell.partition(".")
    return f"{int(whole):,}".replace(",", grammar.groups) + point.replace(".", grammar.decimal) + part


def gsc_rows(rows: tuple[DailyRow, ...]) -> Rows:
    cells = [
        [d.date.isoformat(), str(d.clicks), str(d.impressions), f"{100 * (d.ctr or 0):.2f}%", str(d.position or 0)]
        for d in rows
    ]
    return [["Date", "Clicks", "Impressions", "CTR", "Position"], *cells]


def bing_iso(rows: tuple[DailyRow, ...]) -> Rows:
    header, *body = bing_rows(rows)
    return [header, *([day.date.isoformat(), *row[1:]] for day, row in zip(rows, body, strict=True))]


def parted(rows: tuple[DailyRow, ...], count: int, zero_based: int) -> list[tuple[object, ...]]:
    found = []
    for day in rows:
        ranks = sum(int((p.position or 1) - zero_based) * p.impressions for p in parts_of(day, count))
        position = ranks / day.impressions + zero_based if day.impressions else None
        found.append((day.date, day.clicks, day.impressions, position))
    return found


Make = Callable[[tuple[DailyRow, ...]], Rows]
TOOLS: dict[str, tuple[Make, list[tuple[object, ...]]]] = {
    "Search Console": (gsc_rows, list(numbers(DAYS))),
    "Looker Studio": (lambda rows: looker_rows(rows, "iso"), list(numbers(DAYS))),
    "Looker Studio by device": (looker_rows_by, parted(DAYS, 2, 0)),
    "Bing": (bing_iso, list(numbers(DAYS))),
    "BigQuery": (bulk_rows, parted(DAYS, 3, 1)),
}
CONTAINERS: dict[str, tuple[str, Callable[[Rows], bytes]]] = {
    "csv": ("table.csv", as_text),
    "csv of a spreadsheet": ("table.csv", lambda rows: as_text(rows, ";", "utf-8-sig")),
    "tsv": ("table.tsv", lambda rows: as_text(rows, "\t", "utf-16")),
    "zip": ("table.zip", lambda rows: archive({"Chart.csv": as_text(rows)})),
    "xlsx of texts": ("table.xlsx", lambda rows: workbook({"Sheet": rows})),
    "parquet of texts": ("table.parquet", lambda rows: as_parquet(rows, as_written=True)),
}


@pytest.mark.parametrize("grammar", GRAMMARS)
@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("tool", TOOLS)
def test_a_tools_table_is_read_to_the_last_digit_or_refused_with_the_reason(tool, container, grammar):
    make, wanted = TOOLS[tool]
    name, write = CONTAINERS[container]
    data = write(written(make(DAYS), GRAMMARS[grammar]))
    if tool == "BigQuery" and GRAMMARS[grammar] != ALWAYS_PLAIN:
        # BigQuery writes one grammar: another hand has been there
        with pytest.raises(ExportRefusedError, match="is not a whole number of 0 or more"):
            read(name, data)
    else:
        assert numbers(read(name, data)) == wanted


@pytest.mark.parametrize("tool", TOOLS)
def test_cells_with_types_are_read_to_the_last_digit(tool):
    make, wanted = TOOLS[tool]
    rows = make(DAYS)
    # `4%` is a text: programs store the share
    cells = [[typed(cell) if "%" not in cell else float(cell.rstrip("%")) / 100 for cell in row] for row in rows]
    assert numbers(read("table.xlsx", workbook({"Sheet": cells}))) == wanted
    assert numbers(read("table.parquet", as_parquet([[*map(str, row)] for row in _without_none(cells)]))) == wanted


def _without_none(cells):
    return [["" if cell is None else {True: "true", False: "false"}.get(cell, cell) if isinstance(cell, bool) else cell
             for cell in row] for row in cells]  # fmt: skip


@st.composite
def grammars(draw):
    decimal = draw(st.sampled_from([".", ","]))
    groups = draw(st.sampled_from(["", "\u00a0", "’", {".": ",", ",": "."}[decimal]]))
    return Grammar(decimal, groups, draw(st.sampled_from([*DATES, "%Y%m%d"])), draw(st.sampled_from(["", *WORDS])))


LAW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@LAW
@given(days(least=2), grammars(), st.sampled_from(list(CONTAINERS)), st.sampled_from(["one row", "two rows"]))
def test_any_table_in_any_grammar_is_read_as_it_was_or_refused(rows, grammar, container, kind):
    assume(any(row.impressions for row in rows))
    make, wanted = (gsc_rows, numbers(rows)) if kind == "one row" else (looker_rows_by, parted(rows, 2, 0))
    name, write = CONTAINERS[container]
    try:
        found = numbers(read(name, write(written(make(rows), grammar))))
    except ExportRefusedError:
        return
    assert found == wanted


@LAW
@given(days(least=2), st.sampled_from(list(CONTAINERS)))
def test_a_bulk_export_is_always_read(rows, container):
    name, write = CONTAINERS[container]
    assert numbers(read(name, write(bulk_rows(rows)))) == parted(rows, 3, 1)
