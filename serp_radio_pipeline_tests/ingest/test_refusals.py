import datetime as dt
import re

import pytest

from serp_radio_pipeline.ingest.export import ExportRefusedError, ReadingLimits, check_size
from serp_radio_pipeline_tests.ingest.export_files import archive, chart, read, table, workbook

HEADER = "Date,Clicks,Impressions,CTR,Position"
HOURS = "\n".join(
    ["Time (UTC+03:00),Clicks,Impressions,CTR,Position"]
    + [f"2026-03-0{1 + h // 24}T{h % 24:02}:00:00,1,{10 + h},{100 / (10 + h):.2f}%,3.5" for h in range(24)]
)
WEEKS = "\n".join(
    [
        "Date range,Clicks,Impressions,CTR,Position",
        *(f"2026-0{m}-01 - 2026-0{m}-07,{m},{10 * m},10%,5.5" for m in (1, 2, 3, 4)),
    ]
)
WEEKLY_STARTS = "\n".join([HEADER, *(f"2026-03-{d:02},{d},{10 * d},10%,5.5" for d in (2, 9, 16, 23, 30))])
MONTHS = "\n".join([HEADER, *(f"2026-{m:02},{m},{10 * m},10%,5.5" for m in (1, 2, 3, 4))])
COMPARED = (
    "Top queries,Last 28 days Clicks,Previous 28 days Clicks,Last 28 days Impressions,Previous 28 days Impressions,"
    "Last 28 days CTR,Previous 28 days CTR,Last 28 days Position,Previous 28 days Position\n"
    "radio,3,2,30,25,10%,8%,1.5,1.7\nmusic,4,2,40,25,10%,8%,1.5,1.7"
)
COMPARED_DAYS = "\n".join(
    ["Date,A,B,C,D,E,F,G,H"]
    + [f"2026-03-{d},{d},{d + 1},{10 * d},{20 * d + 20},10%,5%,{d / 2},{d / 3:.2f}" for d in range(10, 20)]
)
DISCOVER = "\n".join(["Date,Clicks,Impressions,CTR", *(f"2026-03-{d},{d},{10 * d},10%" for d in range(10, 20))])
INDEXING = "\n".join(
    ["Date,Not indexed,Indexed,Impressions", *(f"2026-03-{d},{2000 + d},100,{d}" for d in range(10, 20))]
)
UNKNOWN_DAYS = "\n".join(["Foo,Bar,Baz,Qux", *(f"2026-03-{d},{2000 + d},{d * d},{d}.7" for d in range(10, 20))])
BY_DAY = "Keyword,2026-03-01,2026-03-02,2026-03-03\nradio,3,4,2\nmusic,7,9,11"
DEVICES = (
    "Appareil,Clics,Impressions,CTR,Position\nMobile,100,1000,10%,3.4\nOrdinateur,50,1000,5%,8.2\nTablette,1,20,5%,3"
)

NAMED = "https___www.demo.example_-{}-2026-10-31.zip"
BAD = "\n2026-03-04,{}"

REFUSED = {
    # what the file is
    "empty": ("x.csv", "", "is empty"),
    "blank lines": ("x.csv", "\n\n \n", "no rows"),
    "header only": ("x.csv", HEADER, "header and no days"),
    "one day": ("x.csv", HEADER + "\n2026-03-01,9,12177,0.07%,7.5", "a single day, 2026-03-01"),
    "all days blank": ("x.csv", HEADER + "\n2026-03-01,0,0,,\n2026-03-02,0,0,,", "no clicks and no impressions"),
    "all days zero": ("x.csv", HEADER + "\n2026-03-01,0,0,0%,0\n2026-03-02,0,0,0%,0", "no clicks and no impressions"),
    "hours": ("x.csv", HOURS, "holds hours, not days; choose a period"),
    "weeks": ("x.csv", WEEKS, "weeks or months, not days; choose Daily"),
    "weeks by their first day": ("x.csv", WEEKLY_STARTS, "weeks or months"),
    "months": ("x.csv", MONTHS, "holds months, not days"),
    "compared queries": ("x.csv", COMPARED, "turn Compare off"),
    "compared days": ("x.csv", COMPARED_DAYS, "turn Compare off"),
    "compared archive": ("x.zip", archive({"Queries.csv": COMPARED}), "turn Compare off"),
    "discover by name": (NAMED.format("Performance-on-Discover"), chart(), "Discover performance report"),
    "discover by content": ("x.csv", DISCOVER, "no position"),
    "coverage": (NAMED.format("Coverage"), chart(), "page indexing report"),
    "core web vitals": (NAMED.format("core-web-vitals"), chart(), "core web vitals report"),
    "core web vitals by content": (
        "Chart.csv",
        INDEXING.replace("Not indexed,Indexed,Impressions", "Poor,Need improvement,Good"),
        "core web vitals",
    ),
    "indexing": ("Chart.csv", INDEXING, "page indexing report"),
    "days of something else": ("x.csv", UNKNOWN_DAYS, "no three columns in which CTR"),
    "numbers by day": ("x.csv", BY_DAY, "nothing says that its numbers are ranks"),
    "a breakdown": ("x.csv", DEVICES, "breaks the numbers down by devices"),
    "a breakdown in no known language": ("x.csv", DEVICES.replace("Appareil", "Foo"), "down by 'Foo'"),
    "filters alone": ("Filters.csv", "Filter,Value\nSearch type,Web\nDate,Last 3 months", "only the table of filters"),
    "prose": ("x.txt", "Dear all,\nplease find attached the numbers.\nBest, A.", "no daily table"),
    "a page": ("x.csv", "<!doctype html><html><body>Sign in</body></html>", "no daily table"),
    "dates that are none": ("x.csv", chart().replace("2026-", "day "), "date column holds no dates"),
    # how it is written
    "an endless line": (
        "x.csv",
        "a," * 100_000,
        "line 1: the line has more than 100,000 characters, and a table's may have no more",
    ),
    "a row for each visit": ("x.csv", HEADER + "\n2026-03-01,1,10,10%,3.5" * 10_001, "10,001 rows with a day"),
    "one number everywhere": (
        "x.csv",
        "Date,a,b,c,d,e,f" + "".join(f"\n2026-03-{d},1,1,1,1,1,1" for d in range(10, 20)),
        "turn Compare off|more than one way",
    ),
    "binary": ("x.csv", bytes(range(256)) * 20, "not a text table"),
    "a picture": ("x.csv", b"\x89PNG\r\n\x1a\n" + bytes(100), "not a text table"),
    "undefined in Windows-1252": ("x.csv", b"Date,\x81\xff\n2026", "not a text table"),
    "broken quotes": ("x.csv", table('"2026-03-04,1,2,50%,1'), "quotation marks or line ends are broken"),
    "decimal commas without quotes": ("x.csv", table("2026-03-04,10,400,2,5%,8,1"), "line 5: there are 7 cells"),
    # what the numbers say
    "negative clicks": ("x.csv", table() + BAD.format("-3,400,0.75%,8"), r"line 5: clicks are negative \(-3\)"),
    "fractional clicks": ("x.csv", table() + BAD.format("3.5,400,0.88%,8"), "line 5: clicks are 3.5"),
    "fractional impressions": ("x.csv", table() + BAD.format("3,400.5,0.75%,8"), "line 5: impressions are 400.5"),
    "missing clicks": ("x.csv", table() + BAD.format(",400,0%,8"), "line 5: clicks are missing"),
    "missing position": ("x.csv", table() + BAD.format("3,400,0.75%,"), "line 5: position is missing"),
    "position under 1": ("x.csv", table() + BAD.format("3,400,0.75%,0.4"), "line 5: position 0.4 is no rank"),
    "position without impressions": (
        "x.csv",
        table() + BAD.format("0,0,0%,3"),
        "line 5: position is 3 on a day without",
    ),
    "CTR without impressions": ("x.csv", table() + BAD.format("0,0,3%,0"), "line 5: CTR is 3.0000% on a day without"),
    "CTR that disagrees": ("x.csv", table() + BAD.format("3,400,0.85%,8"), "line 5: CTR is 0.8500% and disagrees"),
    "clicks over impressions": ("x.csv", table() + BAD.format("30,4,750%,8"), r"more clicks \(30\) than impressions"),
    "no number": (
        "x.csv",
        table() + BAD.format("many,400,0.75%,8"),
        "line 5: 'many' in column 'Clicks' is not a number",
    ),
    "not finite": ("x.csv", table() + BAD.format("inf,400,0.75%,8"), "line 5: 'inf' in column 'Clicks'"),
    # what the dates say
    "future": ("x.csv", table("2026-11-02,3,400,0.75%,8"), "line 5: 2026-11-02 lies in the future"),
    "before search": ("x.csv", table("1999-12-31,3,400,0.75%,8"), "line 5: 1999-12-31 lies before 2000-01-01"),
    "no such day": ("x.csv", table("2026-02-30,3,400,0.75%,8"), "line 5: '2026-02-30': no calendar has this date"),
    "no date": ("x.csv", table("yesterday,3,400,0.75%,8"), "line 5: 'yesterday' is not a day"),
    "ambiguous dates": (
        "x.csv",
        HEADER + "".join(f"\n0{d}/04/2026,{d},{10 * d},10%,5.5" for d in range(1, 9)),
        "line 2: '01/04/2026': is this 1 April or 4 January?",
    ),
    "two forms of date": ("x.csv", table("05/03/2026,3,400,0.75%,8"), "written in two ways"),
    "a spreadsheet's mixture": (
        "x.csv",
        HEADER + "\n3/4/2026,1,10,10%,5.5\n13/04/2026,2,20,10%,5.5\n14/04/2026,3,30,10%,5",
        "written in two ways",
    ),
    "duplicates that disagree": (
        "x.csv",
        table("2026-03-03,9,391,2.3%,8.4"),
        "line 5: 2026-03-03 stands there already on line 4 with other numbers",
    ),
    "few clicks and unknown columns": (
        "x.csv",
        "Foo,Bar,Baz,Qux,Date\n7,30,0%,0,2026-03-01\n8,31,0%,0,2026-03-02",
        "only 0 days have clicks and the column names are not known",
    ),
    # archives
    "path outside": ("x.zip", archive({"../Chart.csv": chart()}), "leads outside the archive"),
    "path outside, deeper": ("x.zip", archive({"a/../../Chart.csv": chart()}), "leads outside the archive"),
    "absolute path": ("x.zip", archive({"/etc/Chart.csv": chart()}), "leads outside the archive"),
    "drive": ("x.zip", archive({"C:Chart.csv": chart()}), "leads outside the archive"),
    "backslash": ("x.zip", archive({"..\\Chart.csv": chart()}), "leads outside the archive"),
    "nested": ("x.zip", archive({"export.zip": archive({"Chart.csv": chart()})}), "holds another archive"),
    "no table": ("x.zip", archive({"readme.pdf": b"%PDF-1.7"}), "holds no .csv table"),
    "empty archive": ("x.zip", archive({}), "holds no .csv table"),
    "truncated": ("x.zip", archive({"Chart.csv": chart()})[:-40], "damaged archive"),
    "two tables that disagree": (
        "x.zip",
        archive({"Chart.csv": chart(), "Dates.csv": chart("flat")}),
        "two tables of days that disagree, Chart.csv and Dates.csv",
    ),
    "a faulty table beside a good one": (
        "x.zip",
        archive({"Dates.csv": chart(), "Chart.csv": table("2026-11-02,3,400,0.75%,8")}),
        "Chart.csv, line 5: 2026-11-02 lies in the future",
    ),
    "no day in the archive": (
        "x.zip",
        archive({"Devices.csv": DEVICES, "Pages.csv": DEVICES}),
        r"holds no table of days \(only Devices.csv, Pages.csv\)",
    ),
    # workbooks
    "old workbook": (
        "x.xls",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "old .xls or a workbook with a password",
    ),
    "workbook without days": (
        "x.xlsx",
        workbook({"Devices": [("Device", "Clicks", "Impressions", "CTR", "Position"), ("Mobile", 1, 2, 0.5, 1.5)]}),
        "breaks the numbers down by devices",
    ),
    "workbook without rows": ("x.xlsx", workbook({"Sheet": []}), "no sheet with rows"),
    "workbook with a fault": (
        "x.xlsx",
        workbook({"Chart": [HEADER.split(","), (dt.date(2026, 3, 1), 1.5, 10, 0.15, 3)]}),
        "x.xlsx, Chart, row 2: clicks are 1.5",
    ),
}


@pytest.mark.parametrize(("name", "data", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_is_no_daily_table_is_refused_in_a_sentence(name, data, sentence):
    with pytest.raises(ExportRefusedError, match=sentence) as refusal:
        read(name, data)
    text = str(refusal.value)
    assert "\n" not in text
    assert len(text.partition(" Which column is which?")[0]) < 330
    assert name[:40] in text
    assert re.search(r"[.?]$", text)


def test_a_file_is_refused_by_its_size_before_it_is_read():
    limits = ReadingLimits(max_bytes=1000)
    with pytest.raises(ExportRefusedError, match="has 2,147,483,648 bytes and the limit is 1,000"):
        check_size("garbage.csv", 2**31, limits)
    check_size("export.csv", 1000, limits)
    with pytest.raises(ExportRefusedError, match="the limit is 1,000"):
        read("x.csv", b"x" * 1001, limits=limits)


def test_a_text_table_has_a_limit_of_its_own():
    with pytest.raises(ExportRefusedError, match="a table may have 1,000"):
        read("x.csv", chart(), limits=ReadingLimits(max_table_bytes=1000))


def test_a_table_of_too_many_lines_is_refused():
    with pytest.raises(ExportRefusedError, match=r"more than 50 lines.*if it holds ranks, export fewer days"):
        read("x.csv", chart(), limits=ReadingLimits(max_rows=50))


@pytest.mark.parametrize("noise", ["a\x00b", "\u202egnp", "x" * 5000, "new\nline", "\x1b[2J"])
def test_untrusted_names_never_fill_or_break_a_sentence(noise):
    with pytest.raises(ExportRefusedError) as refusal:
        read(f"{noise}.csv", f'"{noise}",b\n1,2'.replace("\x00", ""))
    text = str(refusal.value)
    assert len(text) < 300
    assert text.isprintable()
