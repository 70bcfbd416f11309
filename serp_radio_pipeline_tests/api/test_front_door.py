"""The API's door: who is let in, what a refusal says and what it keeps to itself."""

import asyncio
import datetime as dt
import json
import logging
from pathlib import Path

import pytest
from fastapi import HTTPException
from starlette.types import Message, Receive, Send
from starlette.types import Scope as Scopes

from serp_radio_pipeline.api.access import Caller
from serp_radio_pipeline.api.answered import SECURITY_HEADERS
from serp_radio_pipeline.api.bodies import BodyLimit
from serp_radio_pipeline.api.rate_limit import RateLimit
from serp_radio_pipeline.storage.api_keys import ApiKeys, Scope
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.api.doors import bearer, door, keys_in
from serp_radio_pipeline_tests.command_line import SerpRadio

NOW = dt.datetime(2026, 3, 22, tzinfo=dt.UTC)
ACME, OTHER = Tenant("acme"), Tenant("other")
EVERYTHING = frozenset(Scope)


def test_without_keys_only_this_machine_is_let_in(tmp_path: Path) -> None:
    assert door(tmp_path).get("/api/whoami").json()["tenant"] is None
    assert door(tmp_path, "10.0.0.7").get("/api/whoami").status_code == 401


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_without_keys_a_page_of_elsewhere_is_not_served_by_this_machines_browser(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    assert door(tmp_path).get("/api/whoami", headers=headers).status_code == 403


def test_once_a_key_was_issued_nobody_comes_in_without_one_even_when_it_is_revoked(tmp_path: Path) -> None:
    key, text = keys_in(tmp_path).issue(ACME, frozenset({Scope.READ}), NOW)
    assert door(tmp_path).get("/api/whoami").status_code == 401
    assert door(tmp_path, "10.0.0.7").get("/api/whoami", headers=bearer(text)).json() == {
        "tenant": "acme",
        "scopes": ["read"],
    }
    keys_in(tmp_path).revoke(key.identifier, NOW)
    assert door(tmp_path).get("/api/whoami", headers=bearer(text)).status_code == 401
    assert door(tmp_path).get("/api/whoami").status_code == 401


@pytest.mark.parametrize("text", ["", "x", "srk_../../x_", "srk_0123456789abcdef_" + "a" * 43])
def test_a_text_that_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    keys_in(tmp_path).issue(ACME, EVERYTHING, NOW)
    answer = door(tmp_path).get("/api/whoami", headers=bearer(text))
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json() == {"error": "Send a key in force: 'Authorization: Bearer KEY'."}


def test_another_secret_or_a_truncated_one_is_refused(tmp_path: Path) -> None:
    keys = keys_in(tmp_path)
    (_, one), (_, two) = keys.issue(ACME, EVERYTHING, NOW), keys.issue(OTHER, EVERYTHING, NOW)
    assert keys.recognised(one) is not None
    assert keys.recognised(one[:-43] + two[-43:]) is None
    assert keys.recognised(one[:-1]) is None


def test_the_store_holds_no_secret(tmp_path: Path) -> None:
    _, text = keys_in(tmp_path).issue(ACME, EVERYTHING, NOW)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*.json"))
    assert b"secret_sha256" in kept
    assert text[-43:].encode() not in kept


def test_another_tenant_is_not_there_whatever_the_scope_and_a_missing_scope_is_said(tmp_path: Path) -> None:
    key, _ = keys_in(tmp_path).issue(ACME, frozenset({Scope.READ}), NOW)
    caller = Caller(key)
    caller.must_be_allowed(Scope.READ, ACME)
    for scope, tenant, status in ((Scope.READ, OTHER, 404), (Scope.RUN, OTHER, 404), (Scope.RUN, ACME, 403)):
        with pytest.raises(HTTPException) as refused:
            caller.must_be_allowed(scope, tenant)
        assert refused.value.status_code == status


def test_an_operators_key_opens_every_tenant(tmp_path: Path) -> None:
    key, _ = keys_in(tmp_path).issue(None, EVERYTHING, NOW)
    for tenant in (ACME, OTHER):
        Caller(key).must_be_allowed(Scope.RUN, tenant)


def test_every_answer_has_the_security_headers_and_a_refusal_is_one_log_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "serp_radio.api")
    answer = door(tmp_path).get("/nowhere%0d%0aX-Evil: 1")
    assert (answer.status_code, answer.json()) == (404, {"error": "There is nothing here."})
    assert SECURITY_HEADERS.items() <= {name.title(): value for name, value in answer.headers.items()}.items()
    lines = [record.getMessage() for record in caplog.records if record.name == "serp_radio.api"]
    assert len(lines) == 1
    assert "\n" not in lines[0]


def test_health_and_readiness_and_figures_need_no_key(tmp_path: Path) -> None:
    keys_in(tmp_path).issue(ACME, EVERYTHING, NOW)
    client = door(tmp_path, "10.0.0.7")
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/ready").json() == {"ready": True, "trouble": {"store": "", "dagster": "", "renderer": ""}}
    assert 'serp_radio_api_requests_total{route="/health",status="200"} 1.0' in client.get("/metrics").text


def test_it_is_not_ready_without_dagster_and_tells_no_path(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, no folder")
    answer = door(tmp_path).get("/ready")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert "InstanceError" in answer.json()["trouble"]["dagster"]
    assert str(tmp_path) not in answer.text


def test_keys_are_issued_listed_rotated_and_revoked(serp_radio: SerpRadio, store_folder: Path) -> None:
    keys = ApiKeys(LocalStore(store_folder))
    first = serp_radio("keys", "create", "acme", "--scope", "read").out.strip()
    identifier = first.split("_")[1]
    second = serp_radio("keys", "rotate", identifier).out.strip()
    assert keys.recognised(first) is None
    renewed = keys.recognised(second)
    assert renewed is not None
    assert (renewed.tenant, renewed.scopes) == (ACME, {Scope.READ})
    assert "revoked" in serp_radio("keys", "revoke", renewed.identifier).out
    listed = serp_radio("keys", "list").out
    assert listed.count("acme  read") == 2
    assert second[-43:] not in listed
    assert "There is no key" in serp_radio("keys", "revoke", "../x").sentence
    assert "whose key" in serp_radio("keys", "create").sentence


def test_without_keys_the_api_does_not_listen_to_others(serp_radio: SerpRadio) -> None:
    answer = serp_radio("serve", "--host", "0.0.0.0")  # noqa: S104 - that is what is refused
    assert answer.code == 1
    assert "issue one with" in answer.sentence


def test_a_key_that_asks_too_often_waits_and_no_other_does(tmp_path: Path) -> None:
    keys = keys_in(tmp_path)
    (_, one), (_, two) = keys.issue(ACME, EVERYTHING, NOW), keys.issue(OTHER, EVERYTHING, NOW)
    client = door(tmp_path, SERP_RADIO_API_RATE="3")
    answers = [client.get("/api/whoami", headers=bearer(one)) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert client.get("/api/whoami", headers=bearer(two)).status_code == 200


def test_a_bucket_fills_again_with_time() -> None:
    moment = 0.0
    limit = RateLimit(60, lambda: moment)
    for _ in range(60):
        limit.take("a")
    with pytest.raises(HTTPException, match="60 requests a minute"):
        limit.take("a")
    moment = 1.5
    limit.take("a")
    with pytest.raises(HTTPException):
        limit.take("a")


def test_every_change_is_one_line_of_json_that_names_the_key_and_not_its_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key, text = keys_in(tmp_path).issue(ACME, EVERYTHING, NOW)
    caplog.set_level(logging.INFO, "serp_radio.audit")
    client = door(tmp_path)
    client.get("/api/whoami", headers=bearer(text))
    client.post("/api/sonify", json={}, headers=bearer(text))
    client.post("/api/sonify%0aX", headers=bearer(text[:-1]))
    lines = [record.getMessage() for record in caplog.records if record.name == "serp_radio.audit"]
    first, second = map(json.loads, lines)
    assert (first["key"], first["status"], first["path"]) == (key.identifier, 422, "/api/sonify")
    assert (second["key"], second["status"]) == (None, 404)
    assert text[-43:] not in "".join(lines)
    assert "\n" not in "".join(lines)


def test_pages_of_other_origins_call_only_where_a_setting_says_so(tmp_path: Path) -> None:
    keys_in(tmp_path).issue(ACME, EVERYTHING, NOW)
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    assert "access-control-allow-origin" not in door(tmp_path).options("/api/sonify", headers=asked).headers
    client = door(tmp_path, SERP_RADIO_API_ORIGINS="https://app.example, https://b.example")
    answer = client.options("/api/sonify", headers=asked)
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    other = client.options("/api/sonify", headers={**asked, "Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers


def test_a_body_that_comes_too_slowly_is_refused() -> None:
    async def never() -> Message:
        await asyncio.sleep(60)
        return {"type": "http.request"}

    async def reading(scope: Scopes, receive: Receive, send: Send) -> None:
        await receive()

    async def nobody(message: Message) -> None:
        """Take no answer."""

    wall = BodyLimit(reading, "/upload", 1, patience_seconds=0.01)
    with pytest.raises(HTTPException) as refused:
        asyncio.run(wall({"type": "http", "path": "/", "headers": []}, never, nobody))
    assert refused.value.status_code == 408
