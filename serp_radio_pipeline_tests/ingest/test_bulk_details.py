"""Queries and pages of a bulk export: the two periods that its rows hold, whatever their order, and nothing made up."""

import datetime as dt
from collections import Counter, defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.ingest import bulk_cells, bulk_details
from serp_radio_pipeline.ingest.daily_metrics import SeriesIdentity
from serp_radio_pipeline.ingest.fold import History, Upload, fold_uploads
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.ingest.export_files import LAST_DATE, archive, read, workbook
from serp_radio_pipeline_tests.ingest.tool_files import as_parquet, as_text

MOMENT = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
NUMBERS = ("clicks", "impressions", "sum_position")
HEADER = ["data_date", "site_url", "url", "query", "is_anonymized_query", "country", "search_type", "device", *NUMBERS]


def line(day, query, page, clicks, impressions, rank, *, kind="WEB", country="usa"):
    """One row of the table by URL; `day` counts backwards from the last, and a rank from 1."""
    date = (LAST_DATE - dt.timedelta(days=day)).isoformat()
    numbers = [str(clicks), str(impressions), str((rank - 1) * impressions)]
    return [date, "sc-domain:demo.example", page, query, str(not query).lower(), country, kind, "MOBILE", *numbers]


def by_property(rows):
    """The same rows as the table by property has them, without pages."""
    header, *body = rows
    names = [*header[:2], *header[3:-1], "sum_top_position"]
    return [names, *([*row[:2], *row[3:]] for row in body)]


def two_periods():
    """56 days: each has a query that rises, one that falls, and anonymised ones."""
    rows = [HEADER]
    for day in range(56):
        rises, falls = (9, 2) if day < 28 else (3, 8)
        rows.append(line(day, "shoes", "https://demo.example/shoes", rises, 40, 3))
        rows.append(line(day, "shoes", "https://demo.example/shoes", 1, 20, 6, country="fra"))
        rows.append(line(day, "hats", "https://demo.example/hats", falls, 50, 2))
        rows.append(line(day, "", "https://demo.example/hats", 5, 30, 8))
    return rows


def history_of(*files):
    uploads = [Upload(name, MOMENT, name, read(name, data)) for name, data in files]
    return fold_uploads(Tenant("a"), uploads)


def compared(history: History, day=LAST_DATE):
    return history.known_on(day).comparisons


WRITE = {
    "table.csv": as_text,
    "table.zip": lambda rows: archive({"table.csv": as_text(rows)}),
    "table.xlsx": lambda rows: workbook({"table": rows}),
    "table.parquet": as_parquet,
}


@pytest.mark.parametrize("name", WRITE)
def test_a_table_by_url_says_how_queries_and_pages_moved(name):
    queries, pages = compared(history_of((name, WRITE[name](two_periods()))))
    assert (queries.before.period.last, queries.now.period.last) == (LAST_DATE - dt.timedelta(28), LAST_DATE)
    assert [(row.label, row.clicks, row.impressions) for row in queries.now.rows] == [
        ("shoes", 280, 1680),
        ("hats", 56, 1400),
    ]
    assert queries.now.by_label["shoes"].position == pytest.approx((3 * 40 + 6 * 20) / 60)
    assert [(row.label[-5:], row.clicks) for row in queries.before.rows] == [("hats", 224), ("shoes", 112)]
    assert {row.label[-5:]: row.clicks for row in pages.now.rows} == {"shoes": 280, "/hats": 196}
    assert queries.now.unlisted_share == pytest.approx(5 / 17)
    assert pages.now.unlisted_share == 0


def test_a_table_by_property_says_how_queries_moved_and_the_share_that_is_anonymised():
    export = read("table.csv", as_text(by_property(two_periods())))
    (queries,) = compared(fold_uploads(Tenant("a"), [Upload("x", MOMENT, "1", export)]))
    assert queries.dimension == "query"
    assert "Queries by name hold 71% of the clicks of their days; the rest is anonymised." in export.notes
    assert "Queries of 56 days were read, for movers." in export.notes


def test_another_search_type_is_not_compared():
    images = [line(day, "shoes", "https://demo.example/shoes", 50, 90, 3, kind="IMAGE") for day in range(56)]
    alone, mixed = (history_of(("t.csv", as_text([*two_periods(), *more]))) for more in ([], images))
    assert compared(alone) == compared(mixed)


def test_a_day_that_is_missing_leaves_no_period_to_compare():
    gone = (LAST_DATE - dt.timedelta(days=30)).isoformat()
    history = history_of(("t.csv", as_text([row for row in two_periods() if row[0] != gone])))
    assert compared(history) == ()
    assert len(history.metrics.rows) == 55


def test_days_come_together_from_several_files():
    header, *rows = two_periods()
    older, newer = rows[4 * 20 :], rows[: 4 * 30]
    history = history_of(("older.csv", as_text([header, *older])), ("newer.csv", as_text([header, *newer])))
    assert compared(history) == compared(history_of(("t.csv", as_text([header, *rows]))))


def test_queries_that_cannot_be_are_said_and_the_days_stay():
    # a day's sums can be, and one query's can't
    rows = [*two_periods(), line(0, "odd", "https://demo.example/shoes", 7, 5, 3)]
    export = read("t.csv", as_text(rows))
    assert [note for note in export.notes if note.startswith("No query is compared")]
    assert {one.dimension for one in export.details} == {"page"}
    assert len(export.rows) == 56


@pytest.mark.parametrize("name", ["t.csv", "t.zip"])
def test_null_is_a_query_and_no_position(name):
    unseen = line(0, "null", "https://demo.example/shoes", 0, 0, 1)
    rows = [*two_periods(), line(0, "null", "https://demo.example/shoes", 3, 5, 3), [*unseen[:-1], "null"]]
    queries, _ = compared(history_of((name, WRITE[f"table{name[1:]}"](rows))))
    assert queries.now.by_label["null"].clicks == 3


def test_a_date_written_in_two_ways_is_one_day():
    header, *rows = two_periods()
    longer = [[f"{row[0]} 00:00:00 UTC", *row[1:]] if place % 2 else row for place, row in enumerate(rows)]
    plain, mixed = (read("t.csv", as_text([header, *some])) for some in (rows, longer))
    assert (mixed.rows, mixed.details) == (plain.rows, plain.details)


def test_a_table_by_url_does_not_join_one_by_property():
    rows = two_periods()
    rows[1:] = [[*row[:7], "DESKTOP" if place % 2 else "MOBILE", *row[8:]] for place, row in enumerate(rows[1:])]
    site = read("site.csv", as_text(by_property(rows)))
    assert site.identity == SeriesIdentity("sc-domain:demo.example", "web", ())
    uploads = [
        Upload("site.csv", MOMENT, "1", site),
        Upload("urls.csv", MOMENT + dt.timedelta(hours=1), "2", read("urls.csv", as_text(rows))),
    ]
    history = fold_uploads(Tenant("a"), uploads)
    assert [one.name for one in history.refused] == ["urls.csv"]
    assert "counts another set of filters" in history.refused[0].reason


def test_one_country_alone_may_be_a_filter_so_nothing_is_said_of_filters():
    rows = [row for row in two_periods() if row[5] in ("country", "usa")]
    assert read("site.csv", as_text(by_property(rows))).identity.filters is None


def test_of_many_queries_those_with_the_most_clicks_are_kept_whole_and_the_rest_is_counted(monkeypatch):
    monkeypatch.setattr(bulk_details, "KEPT_LABELS", 1)
    export = read("t.csv", as_text([*two_periods(), *(line(d, "rare", "https://x/", 0, 9, 30) for d in range(56))]))
    queries = {one.date: one for one in export.details if one.dimension == "query"}
    # one query of each period: both were first in one of them
    assert {row.label for one in queries.values() for row in one.rows()} == {"shoes", "hats"}
    assert sum(one.left_out for one in queries.values()) == 56
    assert any("56 rows of them were left out: not among the 1 with the most clicks" in note for note in export.notes)


def test_only_the_days_that_two_periods_need_are_kept():
    rows = [*two_periods(), *(line(day, "old", "https://x/", 9, 9, 1) for day in range(56, 90))]
    export = read("t.csv", as_text(rows))
    assert len(export.rows) == 90
    assert min(one.date for one in export.details) == LAST_DATE - dt.timedelta(days=55)


LINES = st.lists(
    st.tuples(
        st.integers(0, 55),
        st.sampled_from(["", "a", "b", "ß", "x,y", '"q"', "two\nlines"]),
        st.sampled_from(["https://demo.example/", "https://demo.example/ä"]),
        st.integers(0, 4),
        st.integers(4, 50),
        st.integers(1, 90),
    ),
    max_size=120,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, st.randoms(use_true_random=False))
def test_any_rows_in_any_order_and_any_batches_sum_up_to_their_periods(monkeypatch, some, random):
    monkeypatch.setattr(bulk_details, "HELD_ROWS", 3)
    monkeypatch.setattr(bulk_cells, "BATCH_ROWS", 7)
    every_day = [(day, "", "https://demo.example/", 0, 5, 1) for day in range(56)]
    rows = [line(*cells) for cells in (*some, *every_day)]
    random.shuffle(rows)
    found = compared(history_of(("t.zip", archive({"t.csv": as_text([HEADER, *rows])}))))
    for dimension, place in (("query", 1), ("page", 2)):
        (one,) = [comparison for comparison in found if comparison.dimension == dimension]
        for table, days in ((one.now, range(28)), (one.before, range(28, 56))):
            assert _sums(table.rows) == _wanted([*some, *every_day], place, days, _clicked(some, place))


def _sums(rows):
    return {
        row.label: (row.clicks, row.impressions, None if row.position is None else round(row.position, 6))
        for row in rows
    }


def _clicked(some, place):
    clicks = Counter()
    for cells in some:
        clicks[cells[place]] += cells[3]
    return {label for label, count in clicks.items() if count and label}


def _wanted(lines, place, days, labels):
    sums = defaultdict(lambda: [0, 0, 0])
    for cells in lines:
        if cells[0] in days and cells[place] in labels:
            _, _, _, clicks, impressions, rank = cells
            for figure, value in enumerate((clicks, impressions, rank * impressions)):
                sums[cells[place]][figure] += value
    return {
        label: (clicks, impressions, round(ranks / impressions, 6))
        for label, (clicks, impressions, ranks) in sums.items()
    }
