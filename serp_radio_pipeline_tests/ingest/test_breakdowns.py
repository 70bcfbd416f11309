"""Queries and pages: what is read of an export's tables, what is refused, and which two periods are compared."""

import datetime as dt

import pytest

from serp_radio_pipeline.ingest.breakdown_table import read_compared
from serp_radio_pipeline.ingest.breakdowns import (
    Breakdown,
    BreakdownError,
    BreakdownRow,
    Comparison,
    Period,
    period_of,
)
from serp_radio_pipeline.ingest.comparisons import comparisons_on
from serp_radio_pipeline.ingest.demo_series import generate_export_zip
from serp_radio_pipeline.ingest.export import ExportRefusedError
from serp_radio_pipeline.ingest.table import Table
from serp_radio_pipeline.ingest.vocabulary import default_vocabulary
from serp_radio_pipeline_tests.ingest.export_files import LAST_DATE, archive, chart, read, series, workbook

HEADER = "Top queries,Clicks,Impressions,CTR,Position"
COMPARED = (
    "Top queries,Last 28 days Clicks,Previous 28 days Clicks,Last 28 days Impressions,Previous 28 days Impressions,"
    "Last 28 days CTR,Previous 28 days CTR,Last 28 days Position,Previous 28 days Position"
)


def queries(*lines: str, header: str = HEADER) -> bytes:
    return archive({"Chart.csv": chart(), "Queries.csv": "\n".join((header, *lines))})


def test_queries_and_pages_of_an_export_cover_the_days_of_its_chart() -> None:
    rows = series()
    export = read("x.zip", generate_export_zip(rows))
    assert [one.dimension for one in export.breakdowns] == ["query", "page"]
    for one in export.breakdowns:
        assert (one.period.first, one.period.last) == (rows[0].date, rows[-1].date)
        assert one.total_clicks == sum(row.clicks for row in rows)
        assert 0 < one.clicks <= one.total_clicks
    assert "radio, live" in export.breakdowns[0].by_label
    assert "queries: 8, " in export.explain()


def test_labels_stay_as_they_are_whatever_they_hold() -> None:
    labels = ["Total", "#radio", "=cmd()", "two\nlines", 'in "quotes"', "\u202eהפוך", "<b>&", "x" * 10_000]
    lines = ['"{}",1,10,10%,{}'.format(label.replace('"', '""'), i + 1) for i, label in enumerate(labels)]
    (found,) = read("x.zip", queries(*lines)).breakdowns
    assert set(found.by_label) == set(labels)


@pytest.mark.parametrize("name", ["Requêtes.csv", "Feuille.csv"])
def test_a_table_in_another_language_is_known_by_its_header_or_its_name(name: str) -> None:
    text = "Requêtes les plus fréquentes;Clics;Impressions;CTR;Position\nradio;3;40;7,5%;8,25"
    (found,) = read("x.zip", archive({"Graphique.csv": chart(), name: text})).breakdowns
    assert found.rows == (BreakdownRow("radio", 3, 40, 8.25),)


def test_a_workbook_has_them_as_sheets() -> None:
    days = [[row.date, row.clicks, row.impressions, row.ctr, row.position] for row in series()]
    sheets = {
        "Chart": [["Date", "Clicks", "Impressions", "CTR", "Position"], *days],
        "Pages": [["Top pages", "Clicks", "Impressions", "CTR", "Position"], ["https://a/", 3, 40, 0.075, 8.25]],
    }
    (found,) = read("x.xlsx", workbook(sheets)).breakdowns
    assert (found.dimension, found.rows) == ("page", (BreakdownRow("https://a/", 3, 40, 8.25),))


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (("radio,3,40,9%,8",), "line 2: CTR is 9.0000% and disagrees with 3 clicks / 40 impressions"),
        (("radio,3,40,7.5%,8", "music,50,40,125%,8"), "line 3: there are more clicks"),
        (("radio,3,40,7.5%,", "music,3,40,7.5%,8"), "line 2: position is missing on a row with 40 impressions"),
        (("radio,3,40,7.5%,8", "radio,3,40,7.5%,8"), "line 3: 'radio' is there twice"),
        ((",3,40,7.5%,8",), "line 2: '' is no label"),
        (("radio,many,40,7.5%,8",), "line 2: 'many' in column 'Clicks' is not a number"),
        (("radio,3,40,7.5%,8,9",), "line 2: there are 6 cells and the header has 5"),
        (("radio,999999,9999990,10%,8",), "its rows have 999,999 clicks and the days of the export"),
    ],
)
def test_a_table_that_breaks_the_laws_is_left_out_with_the_reason_and_the_days_stay(
    lines: tuple[str, ...], why: str
) -> None:
    export = read("x.zip", queries(*lines))
    assert export.breakdowns == ()
    assert len(export.rows) == len(series())
    (note,) = export.notes
    assert note.startswith("No query is compared: x.zip, Queries.csv")
    assert why in note


def test_a_table_without_a_row_says_nothing() -> None:
    export = read("x.zip", queries())
    assert (export.breakdowns, export.notes) == ((), ())


def compared(*lines: str) -> tuple[Breakdown, Breakdown]:
    rows = tuple(tuple(line.split(",")) for line in (COMPARED, *lines))
    table = Table("x.zip", "Queries.csv", "zip", "utf-8", ",", rows, tuple(range(1, len(rows) + 1)))
    return read_compared(table, "query", default_vocabulary())


def test_a_comparisons_columns_are_parted_into_two_periods() -> None:
    now, before = compared("radio,6,10,300,280,2%,3.57%,12.1,9.8", "music,0,5,0,50,0%,10%,0,3")
    assert (now.period, before.period) == (Period("Last 28 days"), Period("Previous 28 days"))
    assert now.rows == (BreakdownRow("radio", 6, 300, 12.1), BreakdownRow("music", 0, 0, None))
    assert before.by_label["music"] == BreakdownRow("music", 5, 50, 3.0)


def test_blank_cells_of_a_period_say_that_a_label_was_not_shown_in_it() -> None:
    now, before = compared("radio,6,10,300,280,2%,3.57%,12.1,9.8", "new,5,,50,,10%,,3,", "old,,1,,10,,10%,,4")
    assert list(now.by_label) == ["radio", "new"]
    assert list(before.by_label) == ["radio", "old"]


def test_a_comparison_keeps_the_laws_in_both_periods() -> None:
    with pytest.raises(ExportRefusedError, match=r"line 2: CTR is 4\.5700% and disagrees with 10 clicks"):
        compared("radio,6,10,300,280,2%,4.57%,12.1,9.8")


def of(last_back: int, days: int, clicks: int = 5, uploaded: int = 0):  # type: ignore[no-untyped-def]
    last = LAST_DATE - dt.timedelta(days=last_back)
    table = Breakdown("query", period_of(last - dt.timedelta(days=days - 1), last), (BreakdownRow("a", clicks, 9, 2),))
    came = dt.datetime(2026, 11, 1, uploaded, tzinfo=dt.UTC)
    return table, (came, came, "", "")


@pytest.mark.parametrize(
    ("tables", "chosen"),
    [
        ([of(0, 28)], None),
        ([of(0, 28), of(0, 28, clicks=6, uploaded=1)], None),
        ([of(0, 28), of(28, 28)], (28, 0)),
        ([of(0, 28), of(28, 27), of(28, 31)], None),
        ([of(0, 28), of(14, 28), of(28, 28), of(60, 28)], (28, 0)),
        ([of(0, 28), of(7, 28), of(20, 28)], (20, 0)),
        ([of(8, 28), of(40, 28)], None),
        ([of(6, 28), of(40, 28)], (40, 6)),
        ([of(0, 31), of(31, 31)], None),
        ([of(0, 31), of(35, 31)], (35, 0)),
        ([of(0, 91), of(92, 91)], (92, 0)),
        ([of(0, 91), of(0, 28), of(92, 91)], (92, 0)),
    ],
)
def test_the_nearest_earlier_period_of_the_same_length_is_compared_with_a_fresh_one(tables, chosen) -> None:
    found = comparisons_on(LAST_DATE, tables)
    ends = [((LAST_DATE - c.before.period.last).days, (LAST_DATE - c.now.period.last).days) for c in found]  # type: ignore[operator]
    assert ends == ([] if chosen is None else [chosen])
    assert comparisons_on(LAST_DATE, reversed(tables)) == found


def test_of_two_tables_of_the_same_days_the_newer_word_wins() -> None:
    (found,) = comparisons_on(LAST_DATE, [of(0, 28, 6, uploaded=2), of(0, 28, 7, uploaded=1), of(28, 28)])
    assert found.now.clicks == 6


def test_a_period_after_the_day_is_not_known_yet() -> None:
    assert comparisons_on(LAST_DATE - dt.timedelta(days=1), [of(0, 28), of(28, 28)]) == ()


def test_wrong_values_cannot_be_built() -> None:
    table = of(0, 28)[0]
    for wrong in (
        lambda: BreakdownRow("a", 3, 2, 1.0),
        lambda: BreakdownRow("a", 0, 2, None),
        lambda: BreakdownRow("", 0, 0, None),
        lambda: Period("", None, None),
        lambda: Period("a week", LAST_DATE, LAST_DATE - dt.timedelta(days=6)),
        lambda: Breakdown("query", Period("x"), table.rows * 2),
        lambda: Comparison(table, table, LAST_DATE),
    ):
        with pytest.raises(BreakdownError):
            wrong()
