import datetime as dt
import os
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.ingest.column_answers import AnsweredRole
from serp_radio_pipeline.ingest.demo_series import generate_export_csv, generate_export_zip
from serp_radio_pipeline.ingest.export import ExportRefusedError, ReadingLimits
from serp_radio_pipeline.ingest.vocabulary import Role
from serp_radio_pipeline.storage.keys import column_answers_prefix, uploads_prefix
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.storage.upload_log import NoUploadsError, UploadLog
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.episodes import metrics_of

ACME, OTHER = Tenant("acme"), Tenant("acme-2")
CAME = dt.datetime(2026, 3, 25, 9, 30, tzinfo=dt.UTC)
ROWS = metrics_of("four weeks").rows
CHART = generate_export_csv(ROWS)
ACME_NAME, RIVAL_NAME = (f"{site}.example-Performance-on-Search-2026-03-25.csv" for site in ("acme", "rival"))
REVISED = CHART + b"\n2026-03-23,7,700,1%,5"

REFUSED = {
    "an empty file": ("Chart.csv", b""),
    "a header alone": ("Chart.csv", b"Date,Clicks,Impressions,CTR,Position"),
    "another kind of file": ("photo.jpg", b"\xff\xd8\xff\xe0 not a table"),
    "a day in the future": ("Chart.csv", CHART + b"\n2026-04-20,7,700,1%,5"),
    "negative clicks": ("Chart.csv", CHART + b"\n2026-03-23,-7,700,1%,5"),
    "another property": (RIVAL_NAME, CHART),
    "another scale": ("Chart.csv", generate_export_csv(metrics_of("office week").rows)),
    "too large a file": ("Chart.csv", b"x" * 2_000_001),
}


def log_in(folder: Path) -> UploadLog:
    return UploadLog(LocalStore(folder), ReadingLimits(max_bytes=2_000_000))


@pytest.fixture
def log(tmp_path: Path) -> UploadLog:
    return log_in(tmp_path / "store")


def everything_in(log: UploadLog) -> dict[str, tuple[bytes, dt.datetime]]:
    return {stored.key: (log.store.get(stored.key), stored.modified_at) for stored in log.store.list("")}


def drop(log: UploadLog, name: str | bytes, content: bytes, modified_at: dt.datetime = CAME) -> Path:
    """Put a file into the tenant's uploads as a person with a file manager would."""
    folder = Path(log.store.uri("tenants/acme/uploads/x").removeprefix("file://")).parent
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / os.fsdecode(name)
    path.write_bytes(content)
    os.utime(path, (modified_at.timestamp(), modified_at.timestamp()))
    return path


def test_a_file_is_kept_as_it_came_with_its_name_and_time(log: UploadLog) -> None:
    added = log.add(ACME, ACME_NAME, CHART, CAME)
    (entry,) = log.entries(ACME)
    assert added.is_new
    assert (entry.name, entry.size, entry.uploaded_at) == (ACME_NAME, len(CHART), CAME)
    assert log.store.get(entry.key) == CHART
    assert len(log.history(ACME).metrics.rows) == len(added.upload.export.rows) == len(ROWS)


def test_what_was_read_when_added_is_read_again_from_the_log(log: UploadLog) -> None:
    added = log.add(ACME, ACME_NAME, CHART, CAME)
    assert log.history(ACME).used == (added.upload,)


@pytest.mark.parametrize(
    "name", ["Chart.csv", "Größe + 50%|.csv", "..\\..\\x.csv", ".csv", "x" * 400 + ".csv", "\udce9.csv"]
)
def test_the_same_file_twice_is_kept_once_whatever_its_name(log: UploadLog, name: str) -> None:
    assert log.add(ACME, name, CHART, CAME).is_new
    before = everything_in(log)
    assert not log.add(ACME, name, CHART, CAME + dt.timedelta(hours=1)).is_new
    assert everything_in(log) == before


def test_the_same_name_with_new_bytes_is_a_new_upload_and_the_old_one_stays(log: UploadLog) -> None:
    log.add(ACME, "Chart.csv", CHART, CAME)
    assert log.add(ACME, "Chart.csv", REVISED, CAME + dt.timedelta(days=1)).is_new
    assert [log.store.get(entry.key) for entry in log.entries(ACME)] == [CHART, REVISED]
    assert log.history(ACME).metrics.rows[-1].date == dt.date(2026, 3, 23)


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_a_refused_file_writes_nothing_and_leaves_what_was_there(log: UploadLog, case: str) -> None:
    log.add(ACME, ACME_NAME, CHART, CAME)
    before, history = everything_in(log), log.history(ACME)
    name, content = REFUSED[case]
    with pytest.raises(ExportRefusedError) as caught:
        log.add(ACME, name, content, CAME + dt.timedelta(hours=1))
    assert everything_in(log) == before
    assert log.history(ACME) == history
    sentence = str(caught.value)
    assert sentence.startswith(name)
    assert sentence.count(name) == 1
    assert "\n" not in sentence


@pytest.mark.parametrize("case", ["an empty file", "another kind of file", "a day in the future"])
def test_a_refused_first_file_leaves_no_trace_of_the_tenant(log: UploadLog, tmp_path: Path, case: str) -> None:
    with pytest.raises(ExportRefusedError):
        log.add(ACME, *REFUSED[case], CAME)
    assert list(tmp_path.iterdir()) == []
    assert log.tenants() == ()


def test_a_clock_that_was_set_back_lets_no_other_series_take_over(log: UploadLog) -> None:
    log.add(ACME, ACME_NAME, CHART, CAME)
    before = everything_in(log)
    with pytest.raises(
        ExportRefusedError, match=f"^{re.escape(RIVAL_NAME)} was not added, for with it {re.escape(ACME_NAME)} was"
    ):
        log.add(ACME, RIVAL_NAME, generate_export_csv(ROWS), CAME - dt.timedelta(hours=1))
    assert everything_in(log) == before


def test_of_two_uploads_in_one_second_the_later_has_the_last_word(log: UploadLog) -> None:
    last = ROWS[-1].date.isoformat().encode()
    head = CHART[: CHART.index(last)]
    for clicks in range(8):
        revised = head + last + b",%d,700,%.2f%%,5" % (clicks, clicks / 7)
        log.add(ACME, "Chart.csv", revised, CAME + dt.timedelta(microseconds=clicks))
        assert log.history(ACME).metrics.rows[-1].clicks == clicks


def test_a_file_dropped_by_hand_keeps_its_own_name_and_time(log: UploadLog) -> None:
    drop(log, "Graphique (1).csv", CHART, CAME)
    (entry,) = log.entries(ACME)
    assert (entry.name, entry.uploaded_at) == ("Graphique (1).csv", CAME)
    assert log.history(ACME).used[0].name == "Graphique (1).csv"


@pytest.mark.parametrize(
    "name",
    [
        "20261399T999999.000000Z-0123456789ab-Chart.csv",
        "20260325T093000Z-0123456789ab-Chart.csv",
        "٢٠٢٦٠٣٢٥T093000.000000Z-0123456789ab-Chart.csv",
    ],
)
def test_a_name_that_only_looks_like_the_logs_own_is_a_name_like_any_other(log: UploadLog, name: str) -> None:
    drop(log, name, CHART, CAME)
    assert [(entry.name, entry.uploaded_at) for entry in log.entries(ACME)] == [(name, CAME)]
    assert len(log.history(ACME).used) == 1


def test_a_dropped_files_name_that_is_no_text_enters_no_sentence_as_it_is(log: UploadLog) -> None:
    try:
        drop(log, b"caf\xe9.csv", b"nothing")
    except OSError:
        pytest.skip("this file system takes only text for names")
    drop(log, "Chart.csv", CHART)
    (refused,) = log.history(ACME).refused
    assert refused.name == "caf?.csv"
    f"{refused.name}: {refused.reason}".encode()


def test_files_that_cannot_be_read_are_listed_and_never_stop_those_that_can(log: UploadLog) -> None:
    log.add(ACME, ACME_NAME, CHART, CAME)
    drop(log, "notes.txt", b"call them on Monday", CAME - dt.timedelta(days=1))
    drop(log, "empty.csv", b"", CAME - dt.timedelta(days=2))
    drop(log, "Chart.csv", generate_export_zip(metrics_of("office week").rows), CAME + dt.timedelta(days=1))
    history = log.history(ACME)
    assert [upload.name for upload in history.used] == [ACME_NAME]
    assert [refused.name for refused in history.refused] == ["empty.csv", "notes.txt", "Chart.csv"]
    assert all(refused.name in refused.reason for refused in history.refused)


def test_a_dropped_file_that_is_too_large_is_refused_unread(log: UploadLog, monkeypatch: pytest.MonkeyPatch) -> None:
    log.add(ACME, ACME_NAME, CHART, CAME)
    with drop(log, "huge.csv", b"").open("r+b") as file:
        file.truncate(3 * 2**30)
    (key,) = (entry.key for entry in log.entries(ACME) if entry.name == "huge.csv")
    read = log.store.get

    def get(wanted: str, *, etag: str | None) -> bytes:
        assert wanted != key, "3 GiB were read"
        return read(wanted, etag=etag)

    monkeypatch.setattr(log.store, "get", get)
    (refused,) = log.history(ACME).refused
    assert "3,221,225,472 bytes and the limit is 2,000,000" in refused.reason


def test_each_upload_is_read_once_however_many_are_added(log: UploadLog, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []
    read = log.store.get

    def get(key: str, *, etag: str | None) -> bytes:
        reads.append(key)
        return read(key, etag=etag)

    monkeypatch.setattr(log.store, "get", get)
    for number in range(5):
        log.add(ACME, f"Chart ({number}).csv", CHART, CAME + dt.timedelta(minutes=number))
    assert len(log.history(ACME).used) == 5
    assert len(reads) == len(set(reads)) == 5


def test_what_is_dropped_later_is_seen_by_the_same_log(log: UploadLog) -> None:
    log.add(ACME, ACME_NAME, CHART, CAME)
    log.history(ACME)
    drop(log, "Chart.csv", REVISED, CAME + dt.timedelta(hours=1))
    assert len(log.history(ACME).used) == 2


def test_a_tenant_without_uploads_is_told_how_to_add_one(log: UploadLog) -> None:
    with pytest.raises(NoUploadsError, match=r"acme has no upload .* 'serp-radio upload acme FILE'\.$"):
        log.history(ACME)


def test_a_tenant_with_nothing_readable_is_told_why(log: UploadLog) -> None:
    drop(log, "notes.txt", b"call them on Monday")
    with pytest.raises(NoUploadsError, match=r"FILE'\. notes\.txt: no daily table"):
        log.history(ACME)


def test_one_tenants_uploads_are_nothing_to_another(log: UploadLog) -> None:
    log.add(ACME, ACME_NAME, CHART, CAME)
    log.add(OTHER, RIVAL_NAME, CHART, CAME)
    assert [entry.name for entry in log.entries(OTHER)] == [RIVAL_NAME]
    assert log.history(OTHER).metrics.tenant == OTHER


def test_tenants_are_the_folders_whose_name_is_one(log: UploadLog) -> None:
    for key in ("tenants/b/uploads/x", "tenants/a/mp3/y", "tenants/Not A Slug/z", "tenants/a_b/x", "other/c/x"):
        log.store.put(key, b"x")
    assert log.tenants() == (Tenant("a"), Tenant("b"))


FILES = {
    "Chart.csv": CHART,
    "Chart (1).csv": REVISED,
    ACME_NAME: generate_export_csv(ROWS[:10]),
    RIVAL_NAME: generate_export_csv(ROWS[10:]),
    "junk.csv": b"junk",
}


@given(st.lists(st.sampled_from(sorted(FILES)), max_size=6))
@settings(deadline=None, max_examples=15)
def test_the_log_only_grows_and_no_file_is_ever_pushed_out_of_the_history(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = log_in(Path(folder))
        before: dict[str, tuple[bytes, dt.datetime]] = {}
        used: set[str] = set()
        for number, name in enumerate(names):
            try:
                is_new = log.add(ACME, name, FILES[name], CAME + dt.timedelta(milliseconds=number)).is_new
            except ExportRefusedError:
                is_new = False
            now = everything_in(log)
            assert before.items() <= now.items()
            assert len(now) == len(before) + is_new
            if now:
                history = log.history(ACME)
                assert used <= {upload.sha256 for upload in history.used}
                assert not history.refused
                used = {upload.sha256 for upload in history.used}
            before = now


COMPARED = (
    "Top queries,Last 28 days Clicks,Previous 28 days Clicks,Last 28 days Impressions,Previous 28 days Impressions,"
    "Last 28 days CTR,Previous 28 days CTR,Last 28 days Position,Previous 28 days Position\n"
    "radio,300,120,6000,3000,5%,4%,4.1,8.2\nmusic,40,50,1000,1000,4%,5%,3,3"
)


def test_a_comparison_is_kept_beside_the_days_and_changes_none_of_them(log: UploadLog) -> None:
    log.add(ACME, ACME_NAME, CHART, CAME)
    before = log.history(ACME)
    added = log.add(ACME, "Queries.csv", COMPARED.encode(), CAME)
    assert added.is_new
    assert added.upload.export.summary == "2 rows by query, Last 28 days against Previous 28 days"
    after = log.history(ACME)
    assert (after.metrics, after.used, after.compared) == (before.metrics, before.used, (added.upload,))
    (known,) = after.known_on(ROWS[-1].date).comparisons
    assert known.now.by_label["radio"].clicks == 300
    assert not log.add(ACME, "Queries.csv", COMPARED.encode(), CAME).is_new


def test_a_comparison_alone_is_no_history(log: UploadLog) -> None:
    log.add(ACME, "Queries.csv", COMPARED.encode(), CAME)
    with pytest.raises(NoUploadsError):
        log.history(ACME)


GERMAN = b"Tag,Besuche,Gesehen,Rang\n2026-02-01,10,100,3.5\n2026-02-02,12,100,3.5\n2026-02-03,9,110,4.25\n"
WHICH: dict[Role, str] = {"date": "tag", "clicks": "besuche", "impressions": "gesehen", "position": "rang"}


def test_an_answer_about_columns_is_kept_with_its_file_and_serves_later_ones(log: UploadLog, tmp_path: Path) -> None:
    with pytest.raises(ExportRefusedError, match="Which column is which"):
        log.add(ACME, "a.csv", GERMAN, CAME)
    assert log.add(ACME, "a.csv", GERMAN, CAME, WHICH).is_new
    later = GERMAN.replace(b"2026-02", b"2026-01")
    assert log.add(ACME, "b.csv", later, CAME + dt.timedelta(days=1)).is_new
    assert len(log_in(tmp_path / "store").history(ACME).metrics.rows) == 6


WIDE = b"Wort,2026-02-01,2026-02-02\nshoes,3,4\nhats,12,11\n"


def test_an_answer_about_columns_called_after_days_serves_files_of_other_days(log: UploadLog, tmp_path: Path) -> None:
    with pytest.raises(ExportRefusedError, match=r"add --map 'keyword=Wort,rank=\*'"):
        log.add(ACME, "a.csv", WIDE, CAME)
    assert log.add(ACME, "a.csv", WIDE, CAME, {"keyword": "wort", "rank": "*"}).is_new
    later = WIDE.replace(b"2026-02", b"2026-01").replace(b"Wort", b"WORT")
    assert log.add(ACME, "b.csv", later, CAME + dt.timedelta(days=1)).is_new
    # as a sensor reads one again, in another process
    again = log_in(tmp_path / "store")
    assert [again.read(ACME, entry).export.confidence for entry in again.store.list(uploads_prefix(ACME))] == [0.9, 0.9]
    assert len(again.history(ACME).metrics.rows) == 4


def test_the_same_answer_twice_is_kept_once(log: UploadLog) -> None:
    log.add(ACME, "a.csv", GERMAN, CAME, WHICH)
    log.add(ACME, "b.csv", GERMAN.replace(b"2026-02", b"2026-01"), CAME + dt.timedelta(days=1), WHICH)
    assert len([*log.store.list(column_answers_prefix(ACME))]) == 1
    assert len(log.history(ACME).metrics.rows) == 6


def test_an_answer_to_a_refused_file_is_not_kept(log: UploadLog) -> None:
    with pytest.raises(ExportRefusedError, match="as you said"):
        log.add(ACME, "a.csv", GERMAN, CAME, {**WHICH, "clicks": "gesehen", "impressions": "besuche"})
    assert not [*log.store.list(column_answers_prefix(ACME))]


def test_an_answer_is_one_tenants_own(log: UploadLog) -> None:
    log.add(ACME, "a.csv", GERMAN, CAME, WHICH)
    with pytest.raises(ExportRefusedError, match="Which column is which"):
        log.add(OTHER, "a.csv", GERMAN, CAME)


LONG = b"Wort,Tag,Stelle\nshoes,2026-02-01,3\nhats,2026-02-01,12\nshoes,2026-02-02,4\nhats,2026-02-02,11\n"
OF_RANKS: dict[str, tuple[bytes, dict[AnsweredRole, str]]] = {
    "a column for each day": (WIDE, {"keyword": "wort", "rank": "*"}),
    "a row for each keyword and day": (LONG, {"keyword": "wort", "date": "tag", "rank": "stelle"}),
}


@pytest.mark.parametrize("form", OF_RANKS)
def test_a_kept_answer_makes_no_ranks_of_a_file_that_says_it_holds_clicks(log: UploadLog, form: str) -> None:
    content, answer = OF_RANKS[form]
    log.add(ACME, "a.csv", content, CAME, answer)
    later = content.replace(b"2026-02", b"2026-01")
    for name, data in (("clicks by word.csv", later), ("b.csv", b"Clicks by word\n" + later)):
        with pytest.raises(ExportRefusedError, match=f"'(?i:{name[:-4]}|clicks by word).*add --map"):
            log.add(ACME, name, data, CAME + dt.timedelta(days=1))
    assert len(log.history(ACME).metrics.rows) == 2


@pytest.mark.parametrize("form", OF_RANKS)
def test_an_answer_on_a_file_of_that_name_serves_it_now_and_read_again(
    log: UploadLog, tmp_path: Path, form: str
) -> None:
    content, answer = OF_RANKS[form]
    log.add(ACME, "a.csv", content, CAME, answer)
    first, then = (content.replace(b"2026-02", month) for month in (b"2026-01", b"2025-12"))
    assert log.add(ACME, "my clicks?.csv", first, CAME + dt.timedelta(days=1), answer).is_new
    assert log.add(ACME, "my clicks?.csv", then, CAME + dt.timedelta(days=2)).is_new
    history = log_in(tmp_path / "store").history(ACME)
    assert (len(history.metrics.rows), history.refused) == (6, ())


def test_another_answer_on_the_same_file_reads_it_anew(log: UploadLog) -> None:
    two = b"Wort,Tag,Stelle,Platz\nshoes,2026-02-01,3,4\nshoes,2026-02-02,4,6\n"
    answer: dict[AnsweredRole, str] = {"keyword": "wort", "date": "tag", "rank": "stelle"}
    assert log.add(ACME, "a.csv", two, CAME, answer).is_new
    corrected: dict[AnsweredRole, str] = {**answer, "rank": "platz"}
    added = log.add(ACME, "a.csv", two, CAME + dt.timedelta(days=1), corrected)
    assert (added.is_new, len(added.changes)) == (True, 4)
    assert [row.position for row in log.history(ACME).metrics.rows] == [4, 6]
    assert not log.add(ACME, "a.csv", two, CAME + dt.timedelta(days=2), corrected).is_new
    assert not log.add(ACME, "a.csv", two, CAME + dt.timedelta(days=3)).is_new
