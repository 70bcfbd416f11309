import datetime as dt
import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.ingest.daily_metrics import DailyRow, SeriesIdentity
from serp_radio_pipeline.ingest.demo_series import generate_export_csv, generate_export_zip
from serp_radio_pipeline.ingest.export import Export
from serp_radio_pipeline.ingest.fold import Upload, fold_uploads
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.ingest.export_files import read, series, table

TENANT = Tenant("demo")
UPLOADED = dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC)


def upload(data: bytes | str, name: str = "Chart.csv", minutes: int = 0) -> Upload:
    raw = data.encode() if isinstance(data, str) else data
    return Upload(name, UPLOADED + dt.timedelta(minutes=minutes), hashlib.sha256(raw).hexdigest(), read(name, raw))


def scaled(factor: float) -> bytes:
    rows = [replace(row, clicks=int(row.clicks * factor)) for row in series()]
    return generate_export_csv(rows)


def test_no_uploads_make_an_empty_history():
    history = fold_uploads(TENANT, [])
    assert (history.metrics.rows, history.used, history.refused) == ((), (), ())


def test_the_newer_export_has_the_last_word_on_a_day():
    older = table("2026-03-04,5,100,5%,3")
    newer = table("2026-03-04,6,100,6%,3", "2026-03-05,7,100,7%,3")
    # the newer export was uploaded first
    history = fold_uploads(TENANT, [upload(newer, minutes=0), upload(older, minutes=5)])
    assert [row.clicks for row in history.metrics.rows] == [10, 12, 9, 6, 7]
    assert len(history.used) == 2


def test_of_two_exports_of_one_day_the_later_upload_has_the_last_word():
    first, second = table("2026-03-04,5,100,5%,3"), table("2026-03-04,6,100,6%,3")
    history = fold_uploads(TENANT, [upload(second, minutes=5), upload(first)])
    assert history.metrics.rows[-1].clicks == 6


def test_the_day_of_export_in_a_name_outranks_the_last_day_of_a_table():
    name = "demo.example-Performance-on-Search-2026-10-31.csv"
    named = upload(table("2026-03-04,6,100,6%,3"), name)
    plain = upload(table("2026-03-04,5,100,5%,3"), minutes=5)
    assert fold_uploads(TENANT, [plain, named]).metrics.rows[-1].clicks == 6


def test_a_day_that_no_file_holds_stays_missing():
    history = fold_uploads(TENANT, [upload(table()), upload(table("2026-03-09,5,100,5%,3"))])
    assert dt.date(2026, 3, 5) not in history.metrics.by_date


def test_revised_days_replace_provisional_ones():
    rows = series()
    early = upload(generate_export_csv(rows[:60]), f"demo.example-Performance-on-Search-{rows[59].date}.csv")
    late = upload(generate_export_csv(rows), minutes=5)
    assert any(row.is_provisional for row in fold_uploads(TENANT, [early]).metrics.rows)
    assert not any(row.is_provisional for row in fold_uploads(TENANT, [early, late]).metrics.rows)


OTHER_SERIES = {
    "property": (
        ("a.example-Performance-on-Search-2026-10-31.csv", generate_export_csv(series())),
        ("b.example-Performance-on-Search-2026-10-31.csv", generate_export_csv(series())),
        "another property (sc-domain:b.example) than the history (sc-domain:a.example)",
    ),
    "domain and URL property": (
        ("a.example-Performance-on-Search-2026-10-31.csv", generate_export_csv(series())),
        ("https___a.example_-Performance-on-Search-2026-10-31.csv", generate_export_csv(series())),
        "another property (https://a.example/)",
    ),
    "filters": (
        ("x.zip", generate_export_zip(series())),
        ("x.zip", generate_export_zip(series(), filters=[("Page", "+/shop/")])),
        "another set of filters (page +/shop/) than the history (none)",
    ),
    "search type": (
        ("x.zip", generate_export_zip(series())),
        ("y.zip", generate_export_zip(series(), filters=[("Search type", "Image")])),
        "another search type (image) than the history (web)",
    ),
    "scale": (("a.csv", generate_export_csv(series())), ("b.csv", scaled(0.5)), "its clicks are 0."),
}


@pytest.mark.parametrize(("first", "second", "reason"), OTHER_SERIES.values(), ids=OTHER_SERIES.keys())
def test_a_file_of_another_series_is_left_out_with_the_reason(first, second, reason):
    uploads = [upload(first[1], first[0]), upload(second[1], second[0], minutes=5)]
    for order in (uploads, uploads[::-1]):
        history = fold_uploads(TENANT, order)
        assert history.used == (uploads[0],)
        assert [refused.name for refused in history.refused] == [second[0]]
        assert reason in history.refused[0].reason


def test_a_file_that_says_less_agrees_with_anything():
    said = upload(generate_export_zip(series()), "demo.example-Performance-on-Search-2026-10-31.zip", minutes=5)
    unsaid = upload(generate_export_csv(series()))
    history = fold_uploads(TENANT, [said, unsaid])
    assert len(history.used) == 2
    assert history.metrics.identity == SeriesIdentity("sc-domain:demo.example", "web", ())


def test_small_revisions_are_no_other_scale():
    history = fold_uploads(TENANT, [upload(generate_export_csv(series())), upload(scaled(0.9), minutes=5)])
    assert history.refused == ()


def test_a_file_refused_does_not_set_what_the_history_is():
    first = upload(generate_export_csv(series()), "a.csv")
    wrong = upload(scaled(0.5), "wrong.example-Performance-on-Search-2026-10-31.csv", minutes=5)
    right = upload(generate_export_csv(series()), "right.example-Performance-on-Search-2026-10-31.csv", minutes=9)
    history = fold_uploads(TENANT, [wrong, right, first])
    assert [u.name for u in history.used] == ["a.csv", right.name]
    assert history.metrics.identity.site == "sc-domain:right.example"


FIRST = dt.date(2026, 9, 1)


@st.composite
def made_uploads(draw):
    """An upload of a few days, of one of two sites or none, at one of two scales."""
    start = draw(st.integers(0, 20))
    length = draw(st.integers(1, 15))
    clicks = draw(st.sampled_from([20, 21, 60]))
    observed = dt.datetime(2026, 10, draw(st.integers(1, 4)), tzinfo=dt.UTC)
    rows = tuple(
        DailyRow(FIRST + dt.timedelta(days=start + i), clicks + i, 1000, 5.0, observed_at=observed)
        for i in range(length)
    )
    site = draw(st.sampled_from([None, "a", "b"]))
    export = Export("x.csv", None, "csv", "utf-8", ",", SeriesIdentity(site), None, observed, rows, (), 1.0, (), ())
    sha = hashlib.sha256(repr((rows, site)).encode()).hexdigest()
    return Upload(
        f"{draw(st.integers(0, 3))}.csv", UPLOADED + dt.timedelta(minutes=draw(st.integers(0, 2))), sha, export
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(made_uploads(), max_size=6).flatmap(lambda u: st.tuples(st.just(u), st.permutations(u))))
def test_the_fold_is_free_of_order(orders):
    assert fold_uploads(TENANT, orders[0]) == fold_uploads(TENANT, orders[1])


@settings(max_examples=100, deadline=None)
@given(st.lists(made_uploads(), min_size=1, max_size=6))
def test_every_upload_is_used_or_refused_and_every_day_comes_from_one_that_was_used(uploads):
    history = fold_uploads(TENANT, uploads)
    assert len(history.used) + len(history.refused) == len(uploads)
    stated = {row for used in history.used for row in used.export.rows}
    assert set(history.metrics.rows) <= stated
    assert {row.date for row in history.metrics.rows} == {row.date for row in stated}


@settings(max_examples=50, deadline=None)
@given(st.lists(made_uploads(), min_size=1, max_size=5))
def test_the_same_uploads_twice_change_nothing(uploads):
    assert fold_uploads(TENANT, uploads + uploads).metrics == fold_uploads(TENANT, uploads).metrics


def times(factor: int, metric: str = "impressions", days: int = 0) -> bytes:
    rows = [replace(row, **{metric: getattr(row, metric) * factor}) for row in series()[-days:]]
    return generate_export_csv(rows)


@pytest.mark.parametrize("days", [0, 5])
def test_the_same_days_with_impressions_a_hundred_times_as_many_are_refused(days):
    history = fold_uploads(TENANT, [upload(generate_export_csv(series())), upload(times(100, days=days), minutes=5)])
    assert len(history.used) == 1
    assert "its impressions are 100.00 times as many" in history.refused[0].reason


def test_what_an_upload_changes_of_known_days_is_told_metric_by_metric():
    older, newer = table("2026-03-04,5,100,5%,3"), table("2026-03-04,6,120,5%,3.2", "2026-03-05,7,100,7%,3")
    history = fold_uploads(TENANT, [upload(older), upload(newer, minutes=5)])
    [restated] = history.restated
    assert restated.upload is history.used[1]
    day = dt.date(2026, 3, 4)
    assert [(c.date, c.metric, c.before, c.now) for c in restated.changes] == [
        (day, "clicks", 5, 6),
        (day, "impressions", 100, 120),
        (day, "position", 3.0, 3.2),
    ]


def test_a_position_written_with_fewer_decimals_is_no_change():
    older, newer = table("2026-03-04,5,100,5%,3.14"), table("2026-03-04,5,100,5%,3.1", "2026-03-05,7,100,7%,3")
    assert fold_uploads(TENANT, [upload(older), upload(newer, minutes=5)]).restated == ()


def test_an_older_export_that_comes_later_changes_nothing():
    older, newer = table("2026-03-04,5,100,5%,3"), table("2026-03-04,6,100,6%,3", "2026-03-05,7,100,7%,3")
    assert fold_uploads(TENANT, [upload(newer), upload(older, minutes=5)]).restated == ()
