import contextlib
import datetime as dt

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from serp_radio_pipeline.ingest.daily_metrics import SeriesIdentity
from serp_radio_pipeline.ingest.export import ExportRefusedError
from serp_radio_pipeline.ingest.fold import Upload, fold_uploads
from serp_radio_pipeline.ingest.tools import default_tools, every_word, parse_tool, tool_of, with_tools
from serp_radio_pipeline.ingest.vocabulary import VocabularyError, default_vocabulary
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.ingest.export_files import archive, chart, numbers, read, series, workbook
from serp_radio_pipeline_tests.ingest.tool_files import (
    LOOKER_DATES,
    as_parquet,
    as_text,
    bing_rows,
    bulk_rows,
    looker_rows,
    looker_rows_by,
    parts_of,
)

DAYS = series("office week")
BY_DEVICE = [
    (
        day.date,
        day.clicks,
        day.impressions,
        sum(p.impressions * (p.position or 0) for p in parts) / day.impressions if day.impressions else None,
    )
    for day in DAYS
    for parts in [parts_of(day, 2)]
]
BULK = [
    (
        day.date,
        day.clicks,
        day.impressions,
        sum(p.impressions * (p.position or 0) for p in parts_of(day, 3)) / day.impressions if day.impressions else None,
    )
    for day in DAYS
]


def close(found, wanted):
    assert [row[:3] for row in found] == [row[:3] for row in wanted]
    for (*_, position), (*_, other) in zip(found, wanted, strict=True):
        assert position == (None if other is None else pytest.approx(other, rel=1e-12))


@pytest.mark.parametrize("dates", LOOKER_DATES)
def test_a_looker_studio_table_of_days_is_read_with_every_digit(dates):
    export = read("Untitled_Page_Table.csv", as_text(looker_rows(DAYS, dates)))
    assert numbers(export) == numbers(DAYS)
    assert (export.tool, export.rows[0].source) == ("Looker Studio", "gsc")


@pytest.mark.parametrize("dimension", ["Device Category", "Country"])
def test_several_rows_a_day_are_summed_up_and_said(dimension):
    export = read("Table.csv", as_text(looker_rows_by(DAYS, dimension)))
    close(numbers(export), BY_DEVICE)
    assert f"There are several rows a day, by '{dimension}'" in export.explain()


def test_rows_by_page_count_by_page_and_say_so_in_the_identity():
    export = read("Table.csv", as_text(looker_rows_by(DAYS, "Landing Page", ("https://a/", "https://b/"))))
    assert export.identity.filters == (("counted by", "page"),)


def test_the_order_of_rows_changes_nothing():
    header, *rows = looker_rows_by(DAYS)
    assert read("T.csv", as_text([header, *rows[::-1]])).rows == read("T.csv", as_text([header, *rows])).rows


@pytest.mark.parametrize(
    ("dimension", "values", "sentence"),
    [
        ("Query", ("shoes", "hats"), "rare queries are anonymised"),
        ("Search appearance", ("Video", "Rich result"), "don't add up to a day"),
        ("Mood", ("good", "bad"), "what parts them, 'Mood', is not known"),
        ("Property", ("sc-domain:a.example", "sc-domain:b.example"), "filter it to one property"),
        ("Search Type", ("web", "image"), "filter it to one search type"),
    ],
)
def test_rows_that_do_not_add_up_to_a_day_are_refused(dimension, values, sentence):
    with pytest.raises(ExportRefusedError, match=sentence):
        read("Table.csv", as_text(looker_rows_by(DAYS, dimension, values)))


def test_columns_that_never_change_say_which_series_it_is():
    rows = looker_rows(DAYS)
    stated = [["Property", "Search Type", "Country"], *[["https://WWW.Demo.example/", "Web", "France"]] * len(DAYS)]
    export = read("Table.csv", as_text([[*row, *extra] for row, extra in zip(rows, stated, strict=True)]))
    assert export.identity == SeriesIdentity("https://www.demo.example/", "web", (("country", "France"),))
    assert numbers(export) == numbers(DAYS)


def test_bing_is_read_as_another_engine_and_never_joins_a_google_series():
    bing = read("Bing_performance.csv", as_text(bing_rows(DAYS)))
    assert (bing.tool, bing.rows[0].source) == ("Bing Webmaster Tools", "bing")
    assert numbers(bing) == numbers(DAYS)
    google = read("Chart.csv", chart("office week"))
    day = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    uploads = [Upload(e.file_name, day + i * dt.timedelta(hours=1), str(i), e) for i, e in enumerate((google, bing))]
    history = fold_uploads(Tenant("a"), uploads)
    assert [upload.export for upload in history.used] == [google]
    assert "count different searches" in history.refused[0].reason


def test_a_property_called_after_a_tool_is_still_search_console():
    assert read("bing.example-Performance-on-Search-2026-10-31.csv", chart()).tool == "Search Console"


CONTAINERS = {
    "csv": ("results.csv", as_text),
    "csv with a mark": ("results.csv", lambda rows: as_text(rows, encoding="utf-8-sig")),
    "tsv": ("results.tsv", lambda rows: as_text(rows, "\t")),
    "zip": ("results.zip", lambda rows: archive({"results.csv": as_text(rows)})),
    "xlsx": ("results.xlsx", lambda rows: workbook({"results": rows})),
    "parquet": ("results.parquet", as_parquet),
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_bulk_export_is_summed_up_to_days_counting_positions_from_one(container):
    name, write = CONTAINERS[container]
    export = read(name, write(bulk_rows(DAYS)))
    close(numbers(export), BULK)
    assert export.identity == SeriesIdentity("sc-domain:demo.example", "web", None)


def test_a_bulk_export_by_url_counts_by_page():
    export = read("urls.csv", as_text(bulk_rows(DAYS, position="sum_position")))
    close(numbers(export), BULK)
    assert export.identity.filters == (("counted by", "page"),)


def test_of_several_search_types_web_is_read_and_the_others_are_said():
    header, *rows = bulk_rows(DAYS)
    image = [[*row[:5], "IMAGE", *row[6:]] for row in rows]
    export = read("results.csv", as_text([header, *rows, *image]))
    close(numbers(export), BULK)
    assert f"{len(image):,} rows of search type IMAGE were left out." in export.notes


def altered(column, value):
    header, *rows = bulk_rows(DAYS)
    place = header.index(column)
    return [header, *rows[:-1], [*rows[-1][:place], value, *rows[-1][place + 1 :]]]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (altered("clicks", "many"), "'many' in column 'clicks' is not a whole number"),
        (altered("clicks", "-3"), "'-3' in column 'clicks' is not a whole number"),
        (altered("clicks", ""), "clicks or impressions are missing"),
        (altered("data_date", "03/04/2026"), "no day that can be known"),
        (altered("data_date", "2027-01-01"), "no day that can be known"),
        (altered("site_url", "sc-domain:other.example"), "several properties"),
        (altered("sum_top_position", ""), "impressions without a position"),
        ([row for row in bulk_rows(DAYS) if row[3] != "true"], "no row of anonymised queries"),
        (bulk_rows(DAYS)[:1], "no rows under it"),
    ],
)
@pytest.mark.parametrize("container", ["csv", "zip"])
def test_a_faulty_bulk_export_is_refused(container, rows, sentence):
    name, write = CONTAINERS[container]
    with pytest.raises(ExportRefusedError, match=sentence):
        read(name, write(rows))


@given(st.data())
def test_a_parquet_file_with_changed_bytes_is_read_or_refused(data):
    whole = bytearray(as_parquet(bulk_rows(DAYS)))
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(4, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ExportRefusedError):
        read("results.parquet", bytes(whole))


def test_a_parquet_file_whose_names_are_no_text_is_refused():
    with pytest.raises(ExportRefusedError, match="damaged Parquet file"):
        read("results.parquet", as_parquet(bulk_rows(DAYS)).replace(b"search_type", b"\xf3earch_type"))


def test_a_parquet_file_whose_cells_are_no_text_is_refused():
    whole = as_parquet(bulk_rows(DAYS))
    assert b"demo.example" in whole
    with pytest.raises(ExportRefusedError, match="damaged Parquet file"):
        read("results.parquet", whole.replace(b"demo.example", b"\xf3emo.example"))


def test_a_damaged_parquet_file_is_refused():
    with pytest.raises(ExportRefusedError, match="damaged Parquet file"):
        read("results.parquet", as_parquet(bulk_rows(DAYS))[:-40])


def test_a_new_tool_is_a_file_without_code():
    tool = parse_tool(
        yaml.safe_dump(
            {
                "name": "Tool",
                "source": "tool",
                "columns": {"clicks": ["Besuche"]},
                "dimensions": {"country": ["Staat"]},
                "recognised_by": {"headers": ["Besuche", "Staat"], "file_words": []},
            }
        ),
        "tool.yaml",
    )
    words = with_tools(default_vocabulary(), [tool])
    assert words.role_of("besuche") == "clicks"
    assert tool_of("x.csv", ["Date", "Besuche", "Staat"], [tool]) is tool
    assert tool_of("x.csv", ["Date", "Besuche"], [tool]) is None
    with pytest.raises(VocabularyError, match="can't name both clicks and position"):
        with_tools(words, [parse_tool(yaml.safe_dump(OTHER), "other.yaml")])


OTHER = {
    "name": "Other",
    "source": "other",
    "columns": {"position": ["Besuche"]},
    "dimensions": {},
    "recognised_by": {"headers": [], "file_words": []},
}


@pytest.mark.parametrize("part", ["columns", "dimensions"])
def test_a_tools_file_with_an_unknown_part_is_refused(part):
    with pytest.raises(VocabularyError, match=f"other.yaml: {part} knows .*, not mood"):
        parse_tool(yaml.safe_dump({**OTHER, part: {"mood": ["Good"]}}), "other.yaml")


def test_the_shipped_tools_agree_on_every_word():
    assert [tool.name for tool in default_tools()] == ["Bing Webmaster Tools", "Looker Studio"]
    assert every_word().role_of("URL CTR") == "ctr"
