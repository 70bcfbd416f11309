"""The ledger of served uploads: it only grows, knows versions of a name apart, and a damaged one is said."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serp_radio_pipeline.storage.keys import ArtefactKeyError, catalog_key, served_uploads_key
from serp_radio_pipeline.storage.served_uploads import LedgerError, ServedUploads, digest_of, fingerprint
from serp_radio_pipeline.storage.store import LocalStore, StoredObject
from serp_radio_pipeline.tenant import Tenant

TENANT = Tenant("my-company")
NOON = dt.datetime(2026, 3, 25, 12, tzinfo=dt.UTC)


def test_a_ledger_begins_empty_and_remembers_each_upload_once(tmp_path: Path) -> None:
    ledgers = ServedUploads(LocalStore(tmp_path))
    assert ledgers.of(TENANT) == frozenset()
    ledgers.add(TENANT, ["a", "b"])
    ledgers.add(TENANT, ["b", "c"])
    assert ledgers.of(TENANT) == {"a", "b", "c"}
    assert ledgers.of(Tenant("other")) == frozenset()


def test_a_ledger_is_no_upload_and_stays_within_its_tenants_prefix(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    ServedUploads(store).add(TENANT, ["a"])
    assert [stored.key for stored in store.list("tenants/my-company/")] == [served_uploads_key(TENANT)]
    assert list(store.list("tenants/my-company/uploads/")) == []


def test_adding_what_is_known_writes_nothing(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    ledgers = ServedUploads(store)
    ledgers.add(TENANT, ["a"])
    (before,) = store.list("tenants/")
    ledgers.add(TENANT, ["a"])
    assert list(store.list("tenants/")) == [before]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"format": "other"}', b"\xff", b"[" * 100_000, b"7"])
def test_a_damaged_ledger_is_said_and_adding_begins_a_new_one(tmp_path: Path, content: bytes) -> None:
    store = LocalStore(tmp_path)
    store.put(served_uploads_key(TENANT), content)
    with pytest.raises(LedgerError, match="tenants/my-company/"):
        ServedUploads(store).of(TENANT)
    ServedUploads(store).add(TENANT, ["a"])
    assert ServedUploads(store).of(TENANT) == {"a"}


keys = st.text(st.characters(), max_size=20)


@given(keys, keys, keys, keys)
def test_fingerprints_tell_uploads_and_versions_apart(key: str, etag: str, other_key: str, other_etag: str) -> None:
    one = fingerprint(StoredObject(key, 1, NOON, etag))
    other = fingerprint(StoredObject(other_key, 2, NOON, other_etag))
    assert len(one) == len(other) == 12
    if "\0" not in key + etag + other_key + other_etag:
        assert (one == other) == ((key, etag) == (other_key, other_etag))


def test_a_file_name_that_is_no_text_has_a_fingerprint() -> None:
    assert digest_of("caf\udce9.csv") != digest_of("cafe.csv")


@pytest.mark.parametrize(("asset", "extension"), [("../x", "json"), ("a", "j/son"), ("", "json"), ("A", "json")])
def test_no_name_breaks_out_of_the_catalog(asset: str, extension: str) -> None:
    assert catalog_key("tenant_overview", "json") == "catalog/tenant_overview.json"
    with pytest.raises(ArtefactKeyError):
        catalog_key(asset, extension)
