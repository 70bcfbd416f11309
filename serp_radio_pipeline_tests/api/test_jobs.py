"""Jobs through the API: each order is one run, whoever asks how often; a tenant sees its own alone."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from serp_radio_pipeline.defs.instance import open_instance
from serp_radio_pipeline.music.decode import decode_midi
from serp_radio_pipeline.storage.api_keys import Scope
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.api.doors import NOW, bearer, door, export, keys_in

DEMO: dict[str, Any] = {"tenant": "my-company", "source": "demo", "lookback": "28d"}
WISHES = {"ctr": 0.75, "impressions": 0.8, "position": 0.9, "clicks": 0.7}
EPISODE = {"tenant": "acme", "source": "csv"}


def with_export(folder: Path, **variables: str):  # type: ignore[no-untyped-def]
    client = door(folder, **variables)
    sent = client.post("/api/upload-csv", data={"tenant": "acme"}, files={"file": ("Chart.csv", export())})
    return client, sent.json()["dataset_id"]


def runs(folder: Path) -> list[str]:
    with open_instance(folder / "home") as instance:
        return [run.run_id for run in instance.get_runs()]


def test_an_episode_waits_in_the_queue_as_a_run_of_its_tenant_day(tmp_path: Path) -> None:
    client, dataset = with_export(tmp_path)
    taken = client.post("/api/sonify", json={**EPISODE, "dataset_id": dataset, "lookback": "4w"})
    assert (taken.status_code, taken.json()["status"]) == (202, "queued")
    job_id = taken.json()["job_id"]
    said = client.get(f"/api/jobs/{job_id}").json()
    assert (said["status"], said["kind"], said["tenant"], said["date"]) == ("queued", "sonify", "acme", "2026-03-22")
    assert (said["progress"]["done"], said["progress"]["total"]) == (0, 8)
    assert (said["midi_url"], said["error"], said["completed_at"]) == (None, None, None)
    with open_instance(tmp_path / "home") as instance:
        run = instance.get_run_by_id(job_id)
    assert run is not None
    assert run.tags["dagster/partition"] == "2026-03-22|acme"
    assert run.run_config["ops"]["controls"]["config"]["lookback"] == "4w"
    assert run.remote_job_origin is not None
    assert run.remote_job_origin.location_name == "serp_radio"


def test_of_many_orders_with_one_key_there_is_one_job_and_with_many_keys_none_is_lost(tmp_path: Path) -> None:
    client, _ = with_export(tmp_path)

    def order(key: int) -> str:
        answer = client.post("/api/sonify", json=EPISODE, headers={"Idempotency-Key": f"key {key}"})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["job_id"])

    with ThreadPoolExecutor(8) as pool:
        jobs = list(pool.map(order, [number % 5 for number in range(30)]))
    assert len(set(jobs)) == 5
    assert sorted(runs(tmp_path)) == sorted(set(jobs))


def test_a_key_stands_for_one_order(tmp_path: Path) -> None:
    client = door(tmp_path)
    key = {"Idempotency-Key": "one"}
    assert client.post("/api/sonify", json=DEMO, headers=key).status_code == 202
    assert client.post("/api/sonify", json={**DEMO, "seed": 5}, headers=key).status_code == 409
    other = client.post("/api/sonify", json={**DEMO, "tenant": "other"}, headers=key)
    assert other.status_code == 202


def test_a_key_stands_for_its_job_also_when_that_failed_and_another_key_orders_anew(tmp_path: Path) -> None:
    client = door(tmp_path)

    def order(key: str) -> tuple[str, str]:
        answer = client.post("/api/sonify", json=DEMO, headers={"Idempotency-Key": key})
        assert answer.status_code == 202
        return answer.json()["job_id"], answer.json()["status"]

    failed, cancelled = order("one")[0], order("two")[0]
    with open_instance(tmp_path / "home") as instance:
        instance.report_run_failed(instance.get_run_by_id(failed), "it broke")
    client.post(f"/api/jobs/{cancelled}/cancel")
    assert [order("one"), order("two")] == [(failed, "error"), (cancelled, "error")]
    anew = order("three")
    assert anew == (anew[0], "queued")
    assert sorted(runs(tmp_path)) == sorted((failed, cancelled, anew[0]))


def test_an_order_that_is_refused_uses_no_key_up(tmp_path: Path) -> None:
    client, key = door(tmp_path), {"Idempotency-Key": "one"}
    assert client.post("/api/sonify", json={**DEMO, "lookback": "99y"}, headers=key).status_code == 422
    assert client.post("/api/sonify", json=DEMO, headers=key).status_code == 202


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"tenant": "../x"}, "tenant"),
        ({"lookback": "99y"}, "lookback"),
        ({"lookback": "52w"}, "13 weeks"),
        ({"source": "gsc"}, "no upload"),
        ({"source": "elsewhere"}, "source"),
        ({"sound_pack": "../labels"}, "sound pack"),
        ({"sound_pack": 5}, "sound_pack"),
        ({"override_metrics": {"clicks": 1.1}}, "clicks"),
        ({"override_metrics": {"clicks": "1"}}, "clicks"),
        ({"override_metrics": {"visits": 1}}, "visits"),
        ({"date": "2026-02-30"}, "not a date"),
        ({"date": "yesterday"}, "date"),
        ({"use_training": "yes"}, "use_training"),
        ({"seed": 0}, "seed"),
        ({"dataset_id": "0" * 64}, "no dataset"),
        ({"dataset_id": "x"}, "dataset_id"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_an_order_that_can_not_be_carried_out_is_refused_and_makes_no_run(
    tmp_path: Path, change: dict[str, Any], part: str
) -> None:
    answer = door(tmp_path).post("/api/sonify", json={**DEMO, **change})
    assert answer.status_code == 422
    assert part in answer.json()["error"]
    assert runs(tmp_path) == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"tenant": NaN}', b"[" * 100_000, b"\xff"])
def test_a_body_that_is_no_order_is_refused(tmp_path: Path, content: bytes) -> None:
    answer = door(tmp_path).post("/api/sonify", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]


def test_an_episode_has_no_seed_and_a_dataset_must_be_there(tmp_path: Path) -> None:
    client, _ = with_export(tmp_path)
    assert "previews" in client.post("/api/sonify", json={**EPISODE, "seed": 4}).json()["error"]
    assert client.post("/api/sonify", json={**EPISODE, "dataset_id": "0" * 64}).status_code == 404
    assert "episode" in client.post("/api/preview", json=EPISODE).json()["error"]
    assert "ranks" in client.post("/api/sonify", json={**EPISODE, "source": "serp"}).json()["error"]


def test_a_preview_is_made_at_once_and_lies_apart_from_all_episodes(tmp_path: Path) -> None:
    client = door(tmp_path)
    answer = client.post("/api/preview", json={**DEMO, "override_metrics": WISHES})
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["status"], said["kind"]) == ("done", "preview")
    assert said["label_summary"]
    assert said["duration_sec"] > 10
    midi = client.get(said["midi_url"])
    assert midi.headers["content-type"] == "audio/midi"
    assert len(decode_midi(midi.content).to_csv().splitlines()) == 29
    assert client.get(said["mp3_url"], headers={"Range": "bytes=0-9"}).status_code == 206
    assert client.get(said["page_url"]).text.startswith("<!doctype html>")
    assert client.get(said["momentum_json_url"]).json()
    lines = [json.loads(line) for line in client.get(said["log_url"]).text.splitlines()]
    assert {"make_preview", None} <= {line["stage"] for line in lines}
    keys = [found.key for found in LocalStore(tmp_path / "store").list("tenants/")]
    assert len(keys) == 5
    assert all(key.startswith(f"tenants/my-company/previews/{said['job_id']}/") for key in keys)
    events = client.get(f"/api/jobs/{said['job_id']}/events").text
    assert events.startswith("event: job")
    assert said["job_id"] in events


def test_a_preview_of_ones_own_data_moves_its_last_week_and_another_seed_is_another_piece(tmp_path: Path) -> None:
    client, dataset = with_export(tmp_path)
    order = {**EPISODE, "dataset_id": dataset, "lookback": "2w", "override_metrics": {"clicks": 0.9}}
    pieces = []
    for change in ({}, {}, {"seed": 3}, {"momentum": False, "use_training": False}):
        made = client.post("/api/preview", json={**order, **change})
        assert made.status_code == 200, made.text
        pieces.append(client.get(made.json()["midi_url"]).content)
    assert pieces[0] == pieces[1]
    assert len(set(pieces)) >= 3


def test_a_preview_that_fails_says_why_in_one_sentence(tmp_path: Path) -> None:
    client, _ = with_export(tmp_path)
    order = {**EPISODE, "date": "2020-01-01", "override_metrics": {"clicks": 0.5}}
    answer = client.post("/api/preview", json=order)
    assert answer.status_code == 422
    assert "no data up to 2020-01-01" in answer.json()["error"]
    (job,) = client.get("/api/jobs", params={"tenant": "acme"}).json()["jobs"]
    assert (job["status"], job["error"]) == ("error", answer.json()["error"])


def test_jobs_are_listed_in_pages_and_cancelled_once(tmp_path: Path) -> None:
    client = door(tmp_path)
    made = [client.post("/api/sonify", json=DEMO).json()["job_id"] for _ in range(3)]
    first = client.get("/api/jobs", params={"tenant": "my-company", "limit": 2}).json()
    assert [job["job_id"] for job in first["jobs"]] == [made[2], made[1]]
    rest = client.get("/api/jobs", params={"tenant": "my-company", "limit": 2, "before": first["next"]}).json()
    assert ([job["job_id"] for job in rest["jobs"]], rest["next"]) == ([made[0]], None)
    assert client.get("/api/jobs", params={"tenant": "other"}).json() == {"jobs": [], "next": None}
    assert client.post(f"/api/jobs/{made[0]}/cancel").json() == {"cancelled": True}
    assert client.post(f"/api/jobs/{made[0]}/cancel").json() == {"cancelled": False}
    said = client.get(f"/api/jobs/{made[0]}").json()
    assert (said["status"], said["error"]) == ("error", "It was cancelled.")


def test_another_tenants_job_answers_as_one_that_is_not_there(tmp_path: Path) -> None:
    job_id = door(tmp_path).post("/api/sonify", json=DEMO).json()["job_id"]
    _, text = keys_in(tmp_path).issue(Tenant("other"), frozenset(Scope), NOW)
    client, key = door(tmp_path, "10.0.0.7"), bearer(text)
    for job in (job_id, str(uuid.uuid4()), "..%2f..", "x" * 500, "%00"):
        for method, path in (("GET", ""), ("POST", "/cancel"), ("GET", "/events")):
            answer = client.request(method, f"/api/jobs/{job}{path}", headers=key)
            assert answer.status_code == 404, (job, path)
    known, unknown = (client.get(f"/api/jobs/{job}", headers=key).json() for job in (job_id, uuid.uuid4()))
    assert known == unknown
    assert client.post("/api/sonify", json=DEMO, headers=key).status_code == 404
    assert client.get("/api/jobs", params={"tenant": "my-company"}, headers=key).status_code == 404
