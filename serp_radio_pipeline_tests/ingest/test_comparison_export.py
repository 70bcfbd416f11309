"""Exports made with Compare on: what is read of them, which period is the later, and what can't be compared."""

import datetime as dt

import pytest

from serp_radio_pipeline.ingest.comparison_export import ComparisonExport
from serp_radio_pipeline.ingest.daily_metrics import DailyRow
from serp_radio_pipeline.ingest.demo_breakdowns import generate_comparison_zip
from serp_radio_pipeline.ingest.demo_series import generate_export_zip
from serp_radio_pipeline.ingest.export import Export, ExportRefusedError
from serp_radio_pipeline.ingest.fold import ComparedUpload, Upload, fold_uploads
from serp_radio_pipeline.ingest.uploaded_file import read_upload
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.ingest.export_files import LAST_DATE, TODAY, archive, series

NAME = "demo.example-Performance-on-Search-2026-11-01.zip"
LINES = "radio,300,120,6000,3000,5%,4%,4.1,8.2\nmusic,40,50,900,900,4.44%,5.56%,3,3"


def table(
    now: str = "Last 28 days", before: str = "Previous 28 days", lines: str = LINES, label: str = "queries"
) -> str:
    columns = [f"{period} {name}" for name in ("Clicks", "Impressions", "CTR", "Position") for period in (now, before)]
    return "\n".join((",".join([f"Top {label}", *columns]), lines))


def read_zip(*, name: str = NAME, **members: str) -> ComparisonExport:
    found = read_upload(name, archive({f"{key}.csv": text for key, text in members.items()}), today=TODAY)
    assert isinstance(found, ComparisonExport)
    return found


def test_queries_and_pages_of_two_periods_are_read() -> None:
    export = read_zip(
        Queries=table(), Pages=table(label="pages"), Filters="Filter,Value\nSearch type,Web\nDate,Compare"
    )
    assert [one.dimension for one in export.comparisons] == ["query", "page"]
    for one in export.comparisons:
        assert (one.now.period.words, one.before.period.words) == ("Last 28 days", "Previous 28 days")
        assert (one.now.by_label["radio"].clicks, one.before.by_label["radio"].clicks) == (300, 120)
        assert one.known_on == dt.date(2026, 10, 29)
    assert (export.identity.site, export.identity.search_type) == ("sc-domain:demo.example", "web")
    assert "2 rows by query and 2 rows by page, Last 28 days against Previous 28 days" in export.explain()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("9/4/26 - 10/1/26", "10/2/26 - 10/29/26"),
        ("04.09.2026 – 01.10.2026", "02.10.2026 – 29.10.2026"),
        ("2026-09-04 - 2026-10-01", "2026-10-02 - 2026-10-29"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_of_two_written_periods_the_later_is_now_wherever_it_stands(one: str, other: str, turned: bool) -> None:
    (found,) = read_zip(Queries=table(*((other, one) if turned else (one, other)))).comparisons
    assert (found.before.period.first, found.before.period.last) == (dt.date(2026, 9, 4), dt.date(2026, 10, 1))
    assert (found.now.period.first, found.now.period.last) == (dt.date(2026, 10, 2), dt.date(2026, 10, 29))
    assert found.now.by_label["radio"].clicks == (300 if turned else 120)
    assert found.known_on == dt.date(2026, 10, 29)


@pytest.mark.parametrize(
    ("one", "other"),
    [("8/1/26 - 8/31/26", "9/1/26 - 9/28/26"), ("9/1/26 - 9/30/26", "10/2/26 - 10/31/26")],
)
def test_periods_of_other_lengths_or_weekdays_are_refused(one: str, other: str) -> None:
    with pytest.raises(ExportRefusedError, match="can't be compared: choose two periods of the same length"):
        read_zip(Queries=table(one, other))


def test_what_breaks_the_laws_is_refused_with_its_line() -> None:
    with pytest.raises(ExportRefusedError, match=r"Queries\.csv, line 3: CTR is 4\.1400% and disagrees"):
        read_zip(Queries=table(lines=LINES.replace("4.44%", "4.14%")))


def test_a_comparison_of_devices_alone_is_still_refused() -> None:
    with pytest.raises(ExportRefusedError, match="turn Compare off"):
        read_zip(Devices=table(label="x").replace("Top x", "Device"))


def test_a_made_up_comparison_says_what_two_made_up_exports_say() -> None:
    days = series("large")
    data = generate_comparison_zip(days[-28:], days[-56:-28])
    compared = read_upload("x.zip", data, today=TODAY)
    assert isinstance(compared, ComparisonExport)
    for place, part in (("now", days[-28:]), ("before", days[-56:-28])):
        export = read_upload("x.zip", generate_export_zip(part), today=TODAY)
        assert isinstance(export, Export)
        assert [getattr(one, place).rows for one in compared.comparisons] == [one.rows for one in export.breakdowns]


def test_a_day_of_export_that_cannot_be_is_not_believed() -> None:
    export = read_zip(name=NAME.replace("2026-11-01", "2027-01-01"), Queries=table())
    assert (export.exported_on, export.comparisons[0].known_on) == (None, dt.date(2026, 10, 29))


def uploads(site: str = "demo.example") -> tuple[Upload, ComparedUpload]:
    came = dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC)
    days = read_upload(NAME, generate_export_zip(series()), today=TODAY)
    assert isinstance(days, Export)
    compared = read_zip(name=NAME.replace("demo.example", site), Queries=table())
    return Upload("days.zip", came, "1", days), ComparedUpload("compared.zip", came, "2", compared)


def test_a_comparison_is_known_for_a_week_from_the_last_day_it_may_hold() -> None:
    days, compared = uploads()
    history = fold_uploads(Tenant("demo"), [days], [compared])
    known = [len(history.known_on(LAST_DATE + dt.timedelta(days=later)).comparisons) for later in (-1, 0, 6, 7)]
    assert known == [0, 1, 1, 0]
    assert history.metrics == fold_uploads(Tenant("demo"), [days]).metrics


def test_a_comparison_that_somebody_asked_for_goes_before_two_exports() -> None:
    _, compared = uploads()
    came = dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC)
    exports = [read_upload(f"{i}.zip", generate_export_zip(part), today=TODAY) for i, part in enumerate(two_periods())]
    both = [Upload(one.file_name, came, one.file_name, one) for one in exports if isinstance(one, Export)]
    without, with_it = (fold_uploads(Tenant("demo"), both, more).known_on(LAST_DATE) for more in ((), (compared,)))
    assert [one.now.period.words for one in without.comparisons] == ["28 days to 2026-10-29"] * 2
    assert [one.now.period.words for one in with_it.comparisons] == ["Last 28 days", "28 days to 2026-10-29"]


def two_periods() -> tuple[tuple[DailyRow, ...], tuple[DailyRow, ...]]:
    days = series()
    return days[-56:-28], days[-28:]


def test_a_comparison_of_another_property_is_left_out() -> None:
    days, compared = uploads("rival.example")
    history = fold_uploads(Tenant("demo"), [days], [compared])
    assert history.compared == ()
    assert "another property" in history.refused[0].reason
