"""What people gave, in S3: read as from a folder, whoever else writes there, and never tagged to be removed."""

import datetime as dt
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serp_radio_pipeline.ingest.export import ReadingLimits
from serp_radio_pipeline.storage.keys import ArtefactKeyError, artefact_key
from serp_radio_pipeline.storage.lifecycle import apply_lifecycle, lifecycle_rules
from serp_radio_pipeline.storage.s3_store import S3Store
from serp_radio_pipeline.storage.store import (
    LocalStore,
    ObjectReplacedError,
    StoreError,
)
from serp_radio_pipeline.storage.upload_log import UploadLog
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.storage.failing_clients import answered
from serp_radio_pipeline_tests.storage.test_upload_log import ACME, CAME, CHART, REVISED

KEY = "tenants/acme/mp3/2026-03-22.mp3"
UPLOAD = "tenants/acme/uploads/2026-03-22.csv"

pytestmark = pytest.mark.usefixtures("no_waiting")


def test_an_upload_log_in_s3_is_the_one_in_a_folder(store: S3Store, tmp_path: Path) -> None:
    logs = [UploadLog(store, ReadingLimits()), UploadLog(LocalStore(tmp_path), ReadingLimits())]
    for log in logs:
        log.add(ACME, "Chart.csv", CHART, CAME)
        log.add(ACME, "Chart.csv", REVISED, CAME + dt.timedelta(days=1))
        log.store.put("tenants/acme/uploads/notes.txt", b"call them")
    remote, local = (log.history(ACME) for log in logs)
    assert remote == local
    assert [log.tenants() for log in logs] == [(ACME,), (ACME,)]


def test_many_uploads_are_read_at_once_and_folded_in_order(store: S3Store) -> None:
    log = UploadLog(store, ReadingLimits())
    for number in range(20):
        store.put(f"tenants/acme/uploads/notes {number:02}.txt", b"call them")
    store.put("tenants/acme/uploads/Chart.csv", CHART)
    history = log.history(ACME)
    assert [refused.name for refused in history.refused] == [f"notes {number:02}.txt" for number in range(20)]


def test_a_key_that_no_folder_could_hold_is_reported_and_passed(store: S3Store) -> None:
    store.put(UPLOAD, CHART)
    for name in ("../../rival/uploads/x.csv", "a//b.csv"):
        store.client.put_object(Bucket="radio", Key=f"sites/a/tenants/acme/uploads/{name}", Body=CHART)
    history = UploadLog(store, ReadingLimits()).history(ACME)
    assert [upload.name for upload in history.used] == ["2026-03-22.csv"]
    assert len(history.refused) == 2


def test_an_upload_replaced_while_it_is_read_is_read_as_it_is_now(
    store: S3Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(UPLOAD, CHART)
    read, replaced = store.client.get_object, []

    def replace_first(**arguments: Any) -> Any:
        if not replaced:
            replaced.append(store.put(UPLOAD, REVISED))
        return read(**arguments)

    monkeypatch.setattr(store.client, "get_object", replace_first)
    history = UploadLog(store, ReadingLimits()).history(ACME)
    assert history.used[0].sha256 == hashlib.sha256(REVISED).hexdigest()


def test_an_upload_that_never_rests_is_a_clear_failure(store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(UPLOAD, CHART)
    monkeypatch.setattr(
        store.client, "get_object", lambda **_: (_ for _ in ()).throw(answered("PreconditionFailed", 412))
    )
    with pytest.raises(StoreError, match="acme's uploads keep changing while they are read"):
        UploadLog(store, ReadingLimits()).history(ACME)


def test_a_file_replaced_in_a_folder_while_it_is_read_is_noticed(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put(UPLOAD, CHART)
    (before,) = store.list("tenants/")
    assert store.get(UPLOAD, etag=before.etag) == CHART
    store.put(UPLOAD, REVISED)
    os.utime(store.path(UPLOAD), (0, 86400))
    with pytest.raises(ObjectReplacedError):
        store.get(UPLOAD, etag=before.etag)


def test_rules_go_beside_those_of_others_once_and_never_meet_an_upload(store: S3Store) -> None:
    other: Any = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 9}}
    store.client.put_bucket_lifecycle_configuration(Bucket="radio", LifecycleConfiguration={"Rules": [other]})
    apply_lifecycle(store, 10)
    apply_lifecycle(store, 20)
    rules = store.client.get_bucket_lifecycle_configuration(Bucket="radio")["Rules"]
    assert [rule["ID"] for rule in rules] == ["theirs", "serp-radio artefacts sites/a/", "serp-radio parts sites/a/"]
    assert rules[1]["Expiration"] == {"Days": 20}
    for rule in lifecycle_rules("sites/a/", 20):
        if "Expiration" in rule or "NoncurrentVersionExpiration" in rule:
            assert rule["Filter"]["And"]["Tags"] == [{"Key": "serp-radio", "Value": "artefact"}]


@given(st.text(max_size=40))
def test_no_upload_name_makes_an_artefact_of_it(name: str) -> None:
    from serp_radio_pipeline.storage.keys import is_artefact, upload_key  # noqa: PLC0415

    assert not is_artefact(upload_key(Tenant("acme"), name, "ab" * 32, CAME))
    assert not is_artefact(f"tenants/acme/uploads/{name}")
    assert not is_artefact(f"tenants/acme/rules/{name}")
    assert not is_artefact(f"tenants/acme/corrections/{name}")


@pytest.mark.parametrize("folder", ["uploads", "rules", "corrections"])
def test_what_people_gave_is_never_tagged_whatever_its_name(store: S3Store, folder: str) -> None:
    key = f"tenants/acme/{folder}/2026-03-22.json"
    store.create(key, b"{}")
    assert store.client.get_object_tagging(Bucket="radio", Key=f"sites/a/{key}")["TagSet"] == []
    with pytest.raises(ArtefactKeyError):
        artefact_key(ACME, folder, CAME.date(), "json")
