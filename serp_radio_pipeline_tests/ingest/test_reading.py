import datetime as dt

import pytest

from serp_radio_pipeline.ingest.demo_series import HARD_SETS, generate_export_csv, generate_export_zip
from serp_radio_pipeline.ingest.export import ExportRefusedError
from serp_radio_pipeline_tests.ingest.export_files import (
    LAST_DATE,
    Dialect,
    archive,
    chart,
    numbers,
    read,
    series,
    table,
    workbook,
    write_dialect,
)

NAMED = "https___www.demo.example_-Performance-on-Search-2026-10-31.zip"


@pytest.mark.parametrize("shape", ["chart", "dates"])
@pytest.mark.parametrize("name", HARD_SETS)
def test_a_made_export_reads_back_as_it_was_made(name, shape):
    rows = series(name)
    export = read("Chart.csv", generate_export_csv(rows, shape))
    assert [r[:3] for r in numbers(export)] == [r[:3] for r in numbers(rows)]
    places = 1 if shape == "chart" else 2
    for read_row, row in zip(export.rows, rows, strict=True):
        if row.position is None:
            assert read_row.position is None
        else:
            assert read_row.position == pytest.approx(row.position, abs=0.5001 * 10**-places)
    assert export.confidence == 1.0


def test_an_export_without_a_final_newline_keeps_its_last_day():
    data = chart()
    assert not data.endswith("\n")
    assert read("Chart.csv", data).last_date == LAST_DATE


def test_a_dates_table_in_descending_order_comes_out_ascending():
    rows = series()
    dates = [row.date for row in read("Dates.csv", generate_export_csv(rows, "dates")).rows]
    assert dates == sorted(dates)


EXCEL = {
    "semicolons and decimal commas": Dialect(delimiter=";", decimal=",", encoding="utf-8-sig", line_end="\r\n"),
    "UTF-16 with tabs": Dialect(delimiter="\t", encoding="utf-16"),
    "UTF-16LE without a mark": Dialect(delimiter="\t", encoding="utf-16-le"),
    "quoted decimal commas": Dialect(decimal=","),
    "thousands by comma": Dialect(groups=","),
    "thousands by point": Dialect(groups=".", decimal=",", delimiter=";"),
    "thousands by narrow space": Dialect(groups="\u202f", decimal=",", delimiter=";"),
    "thousands by apostrophe": Dialect(groups="’"),
    "percent after a space": Dialect(ctr="spaced percent", decimal=",", delimiter=";"),
    "CTR as fractions": Dialect(ctr="fraction"),
    "CTR as floats": Dialect(ctr="float"),
    "CTR in whole percent": Dialect(ctr="whole percent"),
    "day first with full stops": Dialect(date="%d.%m.%Y", delimiter=";", decimal=","),
    "month first": Dialect(date="%m/%d/%Y"),
    "day first": Dialect(date="%d/%m/%Y"),
    "month names": Dialect(date="%b %d, %Y"),
    "Chinese dates": Dialect(date="%Y年%m月%d日"),
    "timestamps at midnight": Dialect(date="%Y-%m-%d 00:00:00"),
    "bars": Dialect(delimiter="|"),
    "Mac line ends": Dialect(line_end="\r"),
    "another order of columns": Dialect(order=(4, 2, 0, 3, 1)),
}


@pytest.mark.parametrize("dialect", EXCEL.values(), ids=EXCEL.keys())
def test_a_spreadsheet_may_save_the_export_in_its_own_dialect(dialect):
    rows = series("office week")
    assert numbers(read("Chart.csv", write_dialect(rows, dialect))) == numbers(rows)


HEADERS = {
    "French": ("Date", "Clics", "Impressions", "CTR", "Position"),
    "Chinese": ("日期", "点击次数", "展示", "点击率", "排名"),
    "Japanese": ("日付", "クリック数", "表示回数", "CTR", "掲載順位"),
    "a language that nobody knows": ("Foo", "Bar", "Baz", "Qux", "Quux"),
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
def test_any_language_is_read_by_arithmetic(header):
    rows = series()
    export = read("x.csv", write_dialect(rows, Dialect(header=header)))
    assert numbers(export) == numbers(rows)
    assert export.confidence >= 0.95
    assert [m.header for m in export.mapping] == list(header)


def test_a_table_without_a_header_is_read_and_says_so():
    export = read("x.csv", chart().split("\n", 1)[1])
    assert [row[:3] for row in numbers(export)] == [row[:3] for row in numbers(series())]
    assert "There is no header row." in export.notes


def test_windows_1252_is_read_and_flagged():
    rows = series()
    export = read("x.csv", write_dialect(rows, Dialect(header=("Date", "Ça", "Là", "Où", "É"), encoding="cp1252")))
    assert numbers(export) == numbers(rows)
    assert export.encoding == "cp1252"
    assert "Windows-1252" in " ".join(export.notes)
    assert export.confidence < 0.95


def test_two_click_days_are_read_in_search_consoles_order_with_less_confidence():
    lines = ["2026-03-01,0,0,,", "2026-03-02,1,30,3.33%,60.4", "2026-03-03,0,23,0%,60.2"]
    known = read("x.csv", "\n".join(["Date,Clicks,Impressions,CTR,Position", *lines]))
    unknown = read("x.csv", "\n".join(["A,B,C,D,E", *lines]))
    assert numbers(known) == numbers(unknown)
    assert numbers(known)[0] == (dt.date(2026, 3, 1), 0, 0, None)
    assert 1 > known.confidence > unknown.confidence


def test_two_days_are_read():
    lines = "2026-03-01,9,12177,0.07%,7.5\n2026-03-02,8,12000,0.07%,7.4"
    assert numbers(read("x.csv", f"Date,Clicks,Impressions,CTR,Position\n{lines}"))[0] == (
        dt.date(2026, 3, 1),
        9,
        12177,
        7.5,
    )


def test_headers_settle_an_order_that_few_click_days_can_not():
    data = "Position,Impressions,Date,CTR,Clicks\n7,30,2026-03-01,0%,0\n8,31,2026-03-02,0%,0"
    assert numbers(read("x.csv", data))[0] == (dt.date(2026, 3, 1), 0, 30, 7.0)


def test_numbers_outvote_header_words_and_the_reader_is_told():
    data = table(header="Date,Impressions,Clicks,CTR,Position")
    export = read("x.csv", data)
    assert numbers(export)[0] == (dt.date(2026, 3, 1), 10, 400, 8.1)
    assert "contradict" in " ".join(export.notes)
    assert export.confidence < 0.8


def test_preamble_comments_totals_and_repeated_rows_are_skipped_and_listed():
    data = "# made by a tool\nSite,demo.example\n" + table(
        "2026-03-03,9,390,2.31%,8.4", "", "2026-03-04,,,,", "Total,31,1200,2.58%,8.1"
    )
    export = read("x.csv", data)
    assert len(export.rows) == 3
    assert [(skip.line, skip.reason) for skip in export.skipped] == [
        (1, "comment"),
        (2, "above the header"),
        (7, "repeats 2026-03-03 of line 6"),
        (9, "no numbers; the day stays unknown"),
        (10, "total row"),
    ]


def test_a_total_row_is_skipped_wherever_the_day_stands():
    lines = [line.split(",") for line in table("Total,31,1200,2.58%,8.1").splitlines()]
    export = read("x.csv", "\n".join(",".join([*cells[1:], cells[0]]) for cells in lines))
    assert numbers(export) == numbers(read("x.csv", table()))
    assert [skip.reason for skip in export.skipped] == ["total row"]


def test_an_empty_day_is_zero_and_a_missing_day_stays_missing():
    export = read("x.csv", table("2026-03-05,0,0,,", "2026-03-06,0,0,0%,0"))
    assert numbers(export)[3:] == [(dt.date(2026, 3, 5), 0, 0, None), (dt.date(2026, 3, 6), 0, 0, None)]
    assert export.missing_days == 1


def test_an_archive_says_site_type_filters_and_day_of_export():
    rows = series()
    data = generate_export_zip(rows, filters=[("Page", "+/shop/"), ("Country", "France")])
    export = read(NAMED, data)
    assert export.member == "Chart.csv"
    assert export.identity.site == "https://www.demo.example/"
    assert export.identity.search_type == "web"
    assert export.identity.filters == (("country", "France"), ("page", "+/shop/"))
    assert export.exported_on == dt.date(2026, 10, 31)
    assert export.observed_at == dt.datetime(2026, 10, 31, tzinfo=dt.UTC)
    assert [row.date for row in export.rows if row.is_provisional] == [LAST_DATE]


def test_filters_in_another_language_are_the_same_filters():
    french = "Filtre,Valeur\nType de recherche,Web\nDate,Les 3 derniers mois\nPays,France"
    english = "Filter,Value\nSearch type,Web\nDate,Last 3 months\nCountry,France"
    identities = [
        read("x.zip", archive({"Chart.csv": chart(), name: text})).identity
        for name, text in (("Filtres.csv", french), ("Filters.csv", english))
    ]
    assert identities[0] == identities[1]


def test_without_a_day_of_export_nothing_is_called_provisional():
    export = read("Chart.csv", chart())
    assert export.exported_on is None
    assert export.observed_at == dt.datetime(2026, 10, 30, tzinfo=dt.UTC)
    assert not any(row.is_provisional for row in export.rows)


@pytest.mark.parametrize("day", ["2026-11-03", "2027-05-01", "2026-10-28"])
def test_a_day_of_export_that_can_not_be_is_not_used(day):
    export = read(f"demo.example-Performance-on-Search-{day}.csv", chart())
    assert export.exported_on is None
    assert export.identity.site == "sc-domain:demo.example"
    assert day in " ".join(export.notes)


@pytest.mark.parametrize("as_text", [True, False])
def test_a_workbook_may_hold_dates_as_cells_or_as_text(as_text):
    rows = series()
    days = [
        (row.date.isoformat() if as_text else row.date, row.clicks, row.impressions, row.ctr, row.position)
        for row in rows
    ]
    data = workbook(
        {
            "Queries": [("Top queries", "Clicks", "Impressions", "CTR", "Position"), ("radio", 3, 10, 0.3, 1.5)],
            "Graphique": [("Date", "Clics", "Impressions", "CTR", "Position"), *days],
            "Filters": [("Filter", "Value"), ("Search type", "Web"), ("Date", "Last 3 months")],
        }
    )
    export = read("demo.example-Performance-on-Search-2026-10-31 (1).xlsx", data)
    assert numbers(export) == numbers(rows)
    assert (export.container, export.member) == ("xlsx", "Graphique")
    assert export.identity.site == "sc-domain:demo.example"
    assert export.identity.filters == ()


def test_two_members_with_the_same_days_are_one_table():
    export = read("x.zip", archive({"Chart.csv": chart(), "Dates.csv": chart()}))
    assert export.member == "Chart.csv"


def test_queries_with_line_breaks_and_formulas_do_not_disturb():
    queries = 'Top queries,Clicks,Impressions,CTR,Position\n"a ""b""\nc",1,2,50%,1\n=1+1,1,2,50%,1'
    assert len(read("x.zip", archive({"Queries.csv": queries, "Chart.csv": chart()})).rows) == 90


def test_desktop_leftovers_in_an_archive_are_overlooked():
    members = {"__MACOSX/._Chart.csv": b"\x00\x05\x16\x07", ".DS_Store": b"\x00\x00", "export/Chart.csv": chart()}
    assert read("x.zip", archive(members)).member == "export/Chart.csv"


def test_the_explanation_names_what_was_read_and_why():
    text = read(NAMED, generate_export_zip(series())).explain()
    for words in (
        "https://www.demo.example/",
        "search type: web",
        "clicks = column 2 'Clicks': whole numbers; clicks / impressions = CTR",
        "confidence 100%",
        "days 2026-08-01 to 2026-10-29: 90 used, rows skipped: 0",
        "1 of them provisional",
        "2026-08-01",
    ):
        assert words in text


def test_hostile_text_is_shortened_and_stripped_in_the_explanation():
    header = "Date,Clicks,Impressions,CTR,\x1b[31m\u202e" + "x" * 500
    export = read("x.csv", table(header=header))
    assert "\x1b" not in export.explain()
    assert "\u202e" not in export.explain()
    assert max(map(len, export.explain().splitlines())) < 200


def test_an_ambiguous_thousand_is_settled_by_arithmetic():
    lines = ["Date;Clicks;Impressions;CTR;Position"]
    lines += [f"2026-03-{day};{day}.000;{10 * day}.000;10%;7,5" for day in range(10, 14)]
    assert numbers(read("x.csv", "\n".join(lines)))[0] in [
        (dt.date(2026, 3, 10), 10_000, 100_000, 7.5),
    ]


def test_numbers_that_read_two_ways_are_refused():
    lines = ["Date;Clicks;Impressions;CTR;Position"]
    lines += [f"2026-03-{day};{day}.000;{10 * day}.000;10%;7" for day in range(10, 14)]
    with pytest.raises(ExportRefusedError, match="more than one way"):
        read("x.csv", "\n".join(lines))
