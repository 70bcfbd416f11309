import datetime as dt
import errno
import hashlib
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.storage.store import (
    LocalStore,
    ObjectExistsError,
    ObjectMissingError,
    StoreError,
    content_type_of,
)

KEY = "tenants/acme/mp3/2026-03-22.mp3"
parts = st.text(st.sampled_from("abz019-_. é日"), min_size=1, max_size=12).filter(lambda part: part not in (".", ".."))
keys = st.lists(parts, min_size=1, max_size=4).map("/".join)


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


def files_of(store: LocalStore) -> list[str]:
    return sorted(path.relative_to(store.folder).as_posix() for path in store.folder.rglob("*") if path.is_file())


@given(keys, st.binary(max_size=300))
@settings(deadline=None, max_examples=50)
def test_what_is_put_is_got_under_its_key_and_no_other(key: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = LocalStore(Path(folder))
        receipt = store.put(key, content)
        assert store.get(key) == content
        assert store.exists(key)
        assert files_of(store) == [key]
        assert [(stored.key, stored.size) for stored in store.list("")] == [(key, len(content))]
        assert (receipt.size, receipt.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        assert receipt.uri == store.uri(key) == store.path(key).as_uri()


def test_a_put_replaces_what_was_there(store: LocalStore) -> None:
    store.put(KEY, b"older and longer")
    store.put(KEY, b"new")
    assert store.get(KEY) == b"new"
    assert files_of(store) == [KEY]


def test_what_is_created_where_nothing_was_stays_whatever_else_is_created_there(store: LocalStore) -> None:
    assert store.create(KEY, b"first") == store.create(KEY, b"first")
    with pytest.raises(ObjectExistsError, match="already"):
        store.create(KEY, b"second")
    assert store.get(KEY) == b"first"
    assert files_of(store) == [KEY]


def test_of_many_who_create_at_once_one_succeeds(store: LocalStore) -> None:
    def create(number: int) -> bytes | None:
        content = b"%d" % number * 5000
        try:
            store.create(KEY, content)
        except ObjectExistsError:
            return None
        return content

    with ThreadPoolExecutor(16) as pool:
        (winner,) = (content for content in pool.map(create, range(32)) if content is not None)
    assert store.get(KEY) == winner
    assert files_of(store) == [KEY]


def test_a_create_that_fails_leaves_nothing(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(StoreError, match="can't be written: Operation not permitted"):
        store.create(KEY, b"x")
    assert files_of(store) == []


def test_a_write_removes_what_a_killed_one_left_a_day_ago_and_no_write_in_progress(store: LocalStore) -> None:
    store.put(KEY, b"old")
    folder, now = store.path(KEY).parent, store.path(KEY).stat().st_mtime
    for name, age in ((".part-killed", 2 * 86_400), (".part-now", 3600), ("old.mp3", 2 * 86_400)):
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, (now - age, now - age))
    store.put(KEY, b"new")
    assert sorted(path.name for path in folder.iterdir()) == [".part-now", "2026-03-22.mp3", "old.mp3"]
    assert store.get(KEY) == b"new"


def test_a_leftover_that_can_not_be_removed_stops_no_write(store: LocalStore) -> None:
    store.put(KEY, b"old")
    folder = store.path(KEY).parent
    (folder / ".part-folder").mkdir()
    os.utime(folder / ".part-folder", (0, 0))
    store.put(KEY, b"new")
    assert store.get(KEY) == b"new"


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_failing_write_leaves_the_old_object_and_no_temporary_file(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    def fail(_: int) -> None:
        raise failure

    store.put(KEY, b"old")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises((StoreError, KeyboardInterrupt)):
        store.put(KEY, b"new")
    assert store.get(KEY) == b"old"
    assert files_of(store) == [KEY]


def test_a_value_that_is_no_bytes_leaves_the_old_object_and_no_temporary_file(store: LocalStore) -> None:
    store.put(KEY, b"old")
    with pytest.raises(TypeError):
        store.put(KEY, "new")  # type: ignore[arg-type]
    assert store.get(KEY) == b"old"
    assert files_of(store) == [KEY]


def test_a_write_that_cannot_be_done_says_where_and_why(tmp_path: Path) -> None:
    (tmp_path / "store").write_bytes(b"a file where the folder should be")
    with pytest.raises(StoreError, match=r"store/tenants/acme/mp3/2026-03-22\.mp3 can't be written: .*directory"):
        LocalStore(tmp_path / "store").put(KEY, b"new")
    assert (tmp_path / "store").is_file()


@pytest.mark.parametrize(
    "key",
    [
        *("", "/", "..", "../x", "a/../../x", "a/..", "/etc/passwd", "a\0b", "a//b", "a/./b", ".", "a/", "\ud800"),
        "tenants/.part-x",
    ],
)
def test_a_key_that_points_outside_or_nowhere_is_refused_before_anything_is_touched(tmp_path: Path, key: str) -> None:
    store = LocalStore(tmp_path / "store")
    writes = (lambda key: store.put(key, b"x"), lambda key: store.create(key, b"x"))
    for use in (store.get, store.exists, store.uri, store.path, *writes):
        with pytest.raises(StoreError):
            use(key)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("prefix", ["../", "/", "a/../../"])
def test_nothing_outside_can_be_listed(store: LocalStore, prefix: str) -> None:
    with pytest.raises(StoreError, match="points outside"):
        list(store.list(prefix))
    with pytest.raises(StoreError, match="points outside"):
        store.folders(prefix)


def test_an_object_that_is_not_there_is_missing_and_not_empty(store: LocalStore) -> None:
    assert not store.exists(KEY)
    with pytest.raises(ObjectMissingError, match=f"There is no {KEY} in the store"):
        store.get(KEY)


def test_a_folder_is_no_object(store: LocalStore) -> None:
    store.put(KEY, b"x")
    assert not store.exists("tenants/acme")
    with pytest.raises(StoreError, match="can't be read"):
        store.get("tenants/acme")


def test_a_name_too_long_for_the_file_system_is_a_sentence(store: LocalStore) -> None:
    for use in (store.get, store.exists, lambda key: store.put(key, b"x")):
        with pytest.raises(StoreError, match="too long"):
            use("x" * 5000)


def test_a_list_is_in_the_order_of_keys_with_size_and_time(store: LocalStore) -> None:
    for key in ("t/a/b.csv", "t/a-b.csv", "t/a.csv", "u/x.csv"):
        store.put(key, key.encode())
    os.utime(store.path("t/a.csv"), (0, 86400))
    listed = list(store.list("t/"))
    assert [stored.key for stored in listed] == ["t/a-b.csv", "t/a.csv", "t/a/b.csv"]
    assert [stored.size for stored in listed] == [9, 7, 9]
    assert listed[1].modified_at == dt.datetime(1970, 1, 2, tzinfo=dt.UTC)


def test_a_write_in_progress_is_not_listed(store: LocalStore) -> None:
    store.put(KEY, b"x")
    (store.path(KEY).parent / ".part-abc").write_bytes(b"half")
    assert [stored.key for stored in store.list("tenants/")] == [KEY]


def test_a_prefix_that_holds_nothing_lists_nothing(store: LocalStore) -> None:
    assert list(store.list("tenants/")) == []
    assert store.folders("tenants/") == ()


def test_only_folders_that_hold_objects_are_named(store: LocalStore) -> None:
    for key in ("tenants/b/uploads/x", "tenants/a/mp3/y", "tenants/readme"):
        store.put(key, b"x")
    (store.folder / "tenants" / "empty" / "uploads").mkdir(parents=True)
    assert store.folders("tenants/") == ("a", "b")


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("a/2026-03-22.parquet", "application/vnd.apache.parquet"),
        ("a/2026-03-22.json", "application/json"),
        ("a/2026-03-22.mid", "audio/midi"),
        ("a/2026-03-22.mp3", "audio/mpeg"),
        ("a/Chart.CSV", "text/csv"),
        ("a/x.zip", "application/zip"),
        ("a/nothing", "application/octet-stream"),
    ],
)
def test_an_object_has_the_content_type_of_its_extension(store: LocalStore, key: str, kind: str) -> None:
    assert content_type_of(key) == store.put(key, b"x").content_type == kind
