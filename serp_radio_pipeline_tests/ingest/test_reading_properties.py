"""Laws of reading: a table in any dialect reads back as it was, or is refused; it is never read wrongly."""

import datetime as dt

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.ingest.daily_metrics import DailyRow
from serp_radio_pipeline.ingest.export import ExportRefusedError
from serp_radio_pipeline_tests.ingest.export_files import HEADER, TODAY, Dialect, numbers, read, write_dialect

QUICK = settings(max_examples=70, deadline=None, suppress_health_check=[HealthCheck.too_slow])
UNKNOWN = ("Foo", "Bar", "Baz", "Qux", "Quux")
DATES = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%Y年%m月%d日",
    "%d %b %Y",
    "%b %d, %Y",
)


@st.composite
def days(draw, most=25, least=1):
    """Consecutive days, small numbers and large, many of them degenerate."""
    count = draw(st.integers(least, most))
    first = TODAY - dt.timedelta(days=draw(st.integers(count, 400)))
    scale = draw(st.sampled_from([1, 3, 50, 1000, 20_000, 3_000_000]))
    rows = []
    for i in range(count):
        impressions = draw(st.one_of(st.integers(0, scale), st.integers(0, 5), st.just(1000)))
        clicks = draw(st.integers(0, impressions))
        hundredths = draw(st.one_of(st.integers(100, 9900), st.integers(1, 20).map(lambda n: 100 * n)))
        rows.append(
            DailyRow(first + dt.timedelta(days=i), clicks, impressions, hundredths / 100 if impressions else None)
        )
    return tuple(rows)


@st.composite
def dialects(draw, headers=(HEADER, UNKNOWN), orders=None):
    decimal = draw(st.sampled_from([".", ","]))
    return Dialect(
        delimiter=draw(st.sampled_from([",", ";", "\t", "|"])),
        encoding=draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])),
        decimal=decimal,
        groups=draw(st.sampled_from(["", "\u00a0", " ", "’", {".": ",", ",": "."}[decimal]])),
        date=draw(st.sampled_from(DATES)),
        order=tuple(draw(orders if orders is not None else st.permutations(range(5)))),
        header=draw(st.sampled_from(headers)),
        ctr=draw(st.sampled_from(["percent", "spaced percent", "fraction", "float", "whole percent"])),
        line_end=draw(st.sampled_from(["\n", "\r\n"])),
        is_descending=draw(st.booleans()),
        empty=draw(st.sampled_from([("", ""), ("0%", "0"), ("0", "0")])),
    )


def refusal_of(data):
    """The sentence with which a file is refused, or None where it is read."""
    try:
        export = read("x.csv", data)
    except ExportRefusedError as refusal:
        return str(refusal)
    assert export.rows
    assert 0 <= export.confidence <= 1
    assert export.explain()
    return None


def read_or_refuse(rows, dialect):
    try:
        return numbers(read("x.csv", write_dialect(rows, dialect)))
    except ExportRefusedError:
        return None


@QUICK
@given(days(), dialects(headers=(HEADER,)))
def test_a_table_with_known_names_is_read_as_it_was_or_refused(rows, dialect):
    assert read_or_refuse(rows, dialect) in (numbers(rows), None)


@QUICK
@given(days(least=3), dialects(headers=(UNKNOWN,)))
def test_a_table_with_unknown_names_in_any_order_is_read_as_it_was_or_refused(rows, dialect):
    # under three telling days an unknown table is taken to be in Search Console's order, see the next law
    assume(sum(row.clicks > 0.006 * row.impressions for row in rows) >= 3)
    assert read_or_refuse(rows, dialect) in (numbers(rows), None)


@QUICK
@given(days(), dialects(orders=st.just(range(5))))
def test_a_table_in_search_consoles_order_is_read_as_it_was_or_refused(rows, dialect):
    assert read_or_refuse(rows, dialect) in (numbers(rows), None)


@QUICK
@given(days(most=60, least=32), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.sampled_from([HEADER, UNKNOWN]))
def test_what_search_console_writes_for_a_month_is_always_read(rows, line_end, is_descending, header):
    assume(sum(row.clicks > 0 for row in rows) >= 3)
    assume(any(row.position and row.position % 1 for row in rows))
    dialect = Dialect(line_end=line_end, is_descending=is_descending, header=header)
    assert read_or_refuse(rows, dialect) == numbers(rows)


@QUICK
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_and_never_crash(data):
    for beginning in (b"", b"Date,Clicks,Impressions,CTR,Position\n2026-03-01,", b"PK\x03\x04", b"\xff\xfe"):
        sentence = refusal_of(beginning + data)
        assert sentence is None or sentence.isprintable()


CELLS = st.sampled_from(
    ["", "0", "-1", "1", "3.5", "1,234", "7%", "2026-03-01", "03/04/2026", "Total", "#", '"', "Date", "CTR", "x"]
)


@QUICK
@given(st.lists(st.lists(CELLS, max_size=7), max_size=8), st.sampled_from(",;\t"))
def test_any_table_of_likely_cells_is_read_or_refused_and_never_crashes(rows, delimiter):
    sentence = refusal_of("\n".join(delimiter.join(row) for row in rows))
    assert sentence is None or sentence.isprintable()
