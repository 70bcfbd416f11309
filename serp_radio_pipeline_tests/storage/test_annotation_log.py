"""The log of annotations, and the CSV file beside it."""

import datetime as dt
import json
from pathlib import Path

import pytest

from serp_radio_pipeline.labels.annotations import Annotation
from serp_radio_pipeline.storage.annotation_log import AnnotationLog
from serp_radio_pipeline.storage.keys import is_artefact
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant

ACME, OTHER = Tenant("acme"), Tenant("acme-2")
RELAUNCH = Annotation(dt.date(2026, 3, 5), "relaunch")
FILE = "tenants/acme/annotations.csv"


@pytest.fixture
def log(tmp_path: Path) -> AnnotationLog:
    return AnnotationLog(LocalStore(tmp_path))


def test_what_is_said_is_kept_once_under_its_tenant_and_is_no_artefact(log: AnnotationLog) -> None:
    assert log.add(ACME, RELAUNCH)
    assert not log.add(ACME, RELAUNCH)
    assert log.add(ACME, Annotation(RELAUNCH.date, "sale"))
    keys = [stored.key for stored in log.store.list("")]
    assert len(keys) == 2
    assert all(key.startswith("tenants/acme/annotations/2026-03-05-") for key in keys)
    assert not any(is_artefact(key) for key in [*keys, FILE])
    assert json.loads(log.store.get(keys[0])).keys() == {"date", "text"}
    assert [one.text for one in log.read(ACME).said] == ["relaunch", "sale"]
    assert (log.read(OTHER).said, log.data_version(OTHER)) == ((), "none")


def test_the_file_and_the_log_are_one_list_without_doubles(log: AnnotationLog) -> None:
    log.store.put(FILE, b"date,text\n2026-03-05,relaunch\n2026-03-01,new menu\n")
    assert not log.add(ACME, RELAUNCH)
    log.add(ACME, Annotation(dt.date(2026, 3, 9), "sale"))
    assert [one.text for one in log.read(ACME).said] == ["new menu", "relaunch", "sale"]


def test_the_version_changes_with_every_word_and_with_the_file_alone(log: AnnotationLog) -> None:
    seen = [log.data_version(ACME)]
    for step in (
        lambda: log.add(ACME, RELAUNCH),
        lambda: log.store.put(FILE, b"date,text\n"),
        lambda: log.store.put(FILE, b"date,text\n2026-03-01,new menu\n"),
        lambda: log.add(ACME, Annotation(RELAUNCH.date, "sale")),
    ):
        step()
        seen.append(log.data_version(ACME))
        assert log.read(ACME).data_version == seen[-1]
    assert len(set(seen)) == len(seen)


def test_what_cant_be_read_is_named_and_the_rest_is_said(log: AnnotationLog) -> None:
    log.add(ACME, RELAUNCH)
    log.store.put(FILE, b"date,text\nsoon,sale\n")
    log.store.put("tenants/acme/annotations/by hand.json", b"{}")
    log.store.put("tenants/acme/annotations/large.json", b"1" * 10_001)
    log.store.put("tenants/acme/annotations/no json.json", b"\xff")
    found = log.read(ACME)
    assert found.said == (RELAUNCH,)
    places = ["annotations.csv, line 2", "by hand.json", "large.json", "no json.json"]
    assert [bad.place for bad in found.unread] == places
    log.store.put(FILE, b"x" * 1_000_001)
    assert log.read(ACME).unread[0].reason == "it is larger than 1 MB"
