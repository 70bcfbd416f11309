"""Uploads through the API: what is read is said, what is refused leaves nothing behind."""

import gzip
import hashlib
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from serp_radio_pipeline.storage.api_keys import Scope
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.api.doors import NOW, bearer, door, export, keys_in


def send(client: TestClient, content: bytes, name: str = "Chart.csv", tenant: str = "acme", **headers: str) -> Response:
    return client.post("/api/upload-csv", data={"tenant": tenant}, files={"file": (name, content)}, headers=headers)


def stored(folder: Path) -> list[str]:
    return [found.key for found in LocalStore(folder / "store").list("tenants/")]


def test_an_export_is_kept_and_what_was_recognised_is_said(tmp_path: Path) -> None:
    answer = send(door(tmp_path), export())
    assert answer.status_code == 201
    said = answer.json()
    assert said["dataset_id"] == hashlib.sha256(export()).hexdigest()
    assert (said["row_count"], said["last_day"], said["is_new"]) == (90, "2026-03-22", True)
    assert {column["role"]: column["header"] for column in said["mapping"]}["clicks"] == "Clicks"
    assert len(said["first_rows"]) == 5
    assert said["confidence"] > 0.9
    assert len(stored(tmp_path)) == 1
    assert send(door(tmp_path), export()).json()["is_new"] is False
    assert len(stored(tmp_path)) == 1


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"a,b\n1,2\n", "Chart.csv"),
        (b"", "Chart.csv"),
        (gzip.compress(b"\0" * 10**7), "Chart.csv.gz"),
        (b"\0" * 99, "x"),
    ],
)
def test_what_can_not_be_read_is_refused_in_the_readers_sentence_and_not_kept(
    tmp_path: Path, content: bytes, name: str
) -> None:
    answer = send(door(tmp_path), content, name)
    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")
    assert stored(tmp_path) == []


@pytest.mark.parametrize("tenant", ["../x", "a|b", "A", "", "x" * 64, "acme\r\nX: 1"])
def test_a_tenant_that_is_none_is_refused(tmp_path: Path, tenant: str) -> None:
    assert send(door(tmp_path), export(), tenant=tenant).status_code == 422
    assert not (tmp_path / "store").exists()


def test_a_file_name_can_not_leave_the_log(tmp_path: Path) -> None:
    assert send(door(tmp_path), export(), "../../../etc/pass\r\nwd.csv").status_code == 201
    assert all(key.startswith("tenants/acme/uploads/") and "\n" not in key for key in stored(tmp_path))


def test_a_body_over_the_limit_or_compressed_is_refused_while_it_comes(tmp_path: Path) -> None:
    client = door(tmp_path, SERP_RADIO_MAX_UPLOAD_MB="1")
    assert send(client, b"0" * 2**21).status_code == 413
    pieces = (b"0" * 2**16 for _ in range(40))
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    assert client.post("/api/upload-csv", content=pieces, headers=form).status_code in (400, 413)
    packed = {"Content-Type": "multipart/form-data; boundary=x", "Content-Encoding": "gzip"}
    assert client.post("/api/upload-csv", content=gzip.compress(b"0"), headers=packed).status_code == 415
    assert stored(tmp_path) == []


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{}", "application/json"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"abc", "multipart/form-data"),
        (b"tenant=acme&file=x", "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_is_no_such_form_is_refused(tmp_path: Path, content: bytes, kind: str) -> None:
    answer = door(tmp_path).post("/api/upload-csv", content=content, headers={"Content-Type": kind})
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]
    assert stored(tmp_path) == []


WIDE = b"Keyword,2026-03-01,2026-03-02\nshoes,3,4\nhats,12,11\n"


def test_the_question_which_column_is_which_can_be_answered(tmp_path: Path) -> None:
    client = door(tmp_path)
    asked = send(client, WIDE, "x.csv")
    assert asked.status_code == 422
    assert "add --map 'keyword=Keyword,rank=*' to" in asked.json()["error"]
    assert asked.json()["columns"] == "keyword=Keyword,rank=*"
    assert stored(tmp_path) == []
    form = {"tenant": "acme", "columns": "keyword=Keyword,rank=*"}
    said = client.post("/api/upload-csv", data=form, files={"file": ("x.csv", WIDE)})
    assert (said.status_code, said.json()["source"], said.json()["confidence"]) == (201, "serp", 0.9)
    # kept for later files, which are of other days
    later = WIDE.replace(b"2026-03-0", b"2026-03-1")
    assert send(client, later, "y.csv").json()["source"] == "serp"


@pytest.mark.parametrize("name", ["Wort", '"Wort, gesucht"', "Wort's", '"Wort ""hier"""'])
def test_the_answer_that_a_refusal_proposes_is_taken_as_it_stands(tmp_path: Path, name: str) -> None:
    content = WIDE.replace(b"Keyword", name.encode())
    client = door(tmp_path)
    form = {"tenant": "acme", "columns": send(client, content, "x.csv").json()["columns"]}
    assert client.post("/api/upload-csv", data=form, files={"file": ("x.csv", content)}).status_code == 201


def test_a_refusal_that_asks_nothing_proposes_nothing(tmp_path: Path) -> None:
    assert send(door(tmp_path), b"no table", "x.csv").json().keys() == {"error"}


@pytest.mark.parametrize("answer", ["keyword", "keyword=Keyword,rank=Stelle", "keyword=Wort,rank=*", "x" * 99])
def test_an_answer_that_is_none_is_refused_in_a_sentence(tmp_path: Path, answer: str) -> None:
    form = {"tenant": "acme", "columns": answer}
    refused = door(tmp_path).post("/api/upload-csv", data=form, files={"file": ("x.csv", WIDE)})
    assert refused.status_code == 422
    assert refused.json()["error"].endswith(".")
    assert stored(tmp_path) == []


def test_a_key_uploads_for_its_tenant_alone_and_only_with_the_scope(tmp_path: Path) -> None:
    _, reader = keys_in(tmp_path).issue(Tenant("acme"), frozenset({Scope.READ}), NOW)
    _, uploader = keys_in(tmp_path).issue(Tenant("acme"), frozenset({Scope.UPLOAD}), NOW)
    client = door(tmp_path, "10.0.0.7")
    assert send(client, export(), **bearer(reader)).status_code == 403
    assert send(client, export(), tenant="other", **bearer(uploader)).status_code == 404
    assert send(client, export()).status_code == 401
    assert stored(tmp_path) == []
    assert send(client, export(), **bearer(uploader)).status_code == 201
