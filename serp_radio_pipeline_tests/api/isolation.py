"""Every route, tried with keys that must not open it: what is another tenant's answers as what is not there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from httpx import Response

from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.api_keys import Scope
from serp_radio_pipeline.storage.feed_token import FeedToken, new_token, write_feed_token
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.api.doors import LAST_DAY, NOW, bearer, door, export, keys_in

OWNER, RIVAL = Tenant("acme"), Tenant("rival")
RULES = (Settings.from_environment({}).rules_folder / "labels.yaml").read_bytes()
NO_JOB = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Names:
    """What a request may name: all of it is the owner's, or none of it is there."""

    tenant: str
    job: str
    file_link: str
    log_link: str
    share_link: str
    feed: str


Ask = Callable[[TestClient, Names, Mapping[str, str]], Response]
JSON = {"source": "demo", "lookback": "7d"}


@dataclass(frozen=True)
class Route:
    """How a route is asked about something, and the scope that it takes; None: a secret in the address opens it."""

    ask: Ask
    scope: Scope | None


def _get(path: Callable[[Names], str]) -> Ask:
    return lambda client, names, headers: client.get(path(names), headers=headers, follow_redirects=False)


def _post(path: Callable[[Names], str], body: Callable[[Names], Any] = lambda _: {}) -> Ask:
    return lambda client, names, headers: client.post(path(names), json=body(names), headers=headers)


def _upload(client: TestClient, names: Names, headers: Mapping[str, str]) -> Response:
    files = {"file": ("Chart.csv", export())}
    return client.post("/api/upload-csv", data={"tenant": names.tenant}, files=files, headers=headers)


def _save_rules(client: TestClient, names: Names, headers: Mapping[str, str]) -> Response:
    return client.put(f"/api/rules?tenant={names.tenant}", content=RULES, headers={**headers, "If-Match": '"0"'})


GUARDED: Mapping[str, Route] = {
    "POST /api/upload-csv": Route(_upload, Scope.UPLOAD),
    "POST /api/sonify": Route(_post(lambda _: "/api/sonify", lambda n: {"tenant": n.tenant, **JSON}), Scope.RUN),
    "POST /api/preview": Route(_post(lambda _: "/api/preview", lambda n: {"tenant": n.tenant, **JSON}), Scope.RUN),
    "GET /api/jobs": Route(_get(lambda n: f"/api/jobs?tenant={n.tenant}"), Scope.READ),
    "GET /api/jobs/{job_id}": Route(_get(lambda n: f"/api/jobs/{n.job}"), Scope.READ),
    "GET /api/jobs/{job_id}/events": Route(_get(lambda n: f"/api/jobs/{n.job}/events"), Scope.READ),
    "POST /api/jobs/{job_id}/cancel": Route(_post(lambda n: f"/api/jobs/{n.job}/cancel"), Scope.RUN),
    "POST /api/share/{job_id}": Route(_post(lambda n: f"/api/share/{n.job}"), Scope.READ),
    "GET /listen/{tenant}/{date}": Route(_get(lambda n: f"/listen/{n.tenant}/{LAST_DAY}"), Scope.READ),
    "GET /api/rules": Route(_get(lambda n: f"/api/rules?tenant={n.tenant}"), Scope.READ),
    "PUT /api/rules": Route(_save_rules, Scope.RULES),
    "GET /api/rules/history": Route(_get(lambda n: f"/api/rules/history?tenant={n.tenant}"), Scope.READ),
    "POST /api/rules/restore": Route(_post(lambda n: f"/api/rules/restore?tenant={n.tenant}&version=0"), Scope.RULES),
    "GET /files/{token}/{name}": Route(_get(lambda n: n.file_link), None),
    "GET /logs/{token}": Route(_get(lambda n: n.log_link), None),
    "GET /s/{token}": Route(_get(lambda n: n.share_link), None),
    "GET /s/{token}/card.png": Route(_get(lambda n: f"{n.share_link}/card.png"), None),
    "GET /s/{token}/sound.mp3": Route(_get(lambda n: f"{n.share_link}/sound.mp3"), None),
    "GET /feeds/{token}.xml": Route(_get(lambda n: f"/feeds/{n.feed}.xml"), None),
    "GET /feeds/{token}/{name}": Route(_get(lambda n: f"/feeds/{n.feed}/{LAST_DAY}.mp3"), None),
}
NAMES_NOTHING = ("GET /health", "GET /ready", "GET /metrics", "GET /api/whoami")
"""Routes that take no name of anything; `whoami` tells a key what it is itself."""


@dataclass(frozen=True)
class World:
    """An API with two tenants and their keys; `there` is the owner's, `gone` is nowhere."""

    client: TestClient
    there: Names
    gone: Names
    keys: Mapping[tuple[Tenant, frozenset[Scope]], str]

    def headers(self, tenant: Tenant, scopes: frozenset[Scope]) -> dict[str, str]:
        """Return the header of a tenant's key with these scopes."""
        return bearer(self.keys[tenant, scopes])


EVERYTHING = frozenset(Scope)


def world(folder: Path) -> World:
    """Make the owner's upload, job, page, links and feed; links and feed are closed, for else they open to anybody."""
    sets = (EVERYTHING, *(EVERYTHING - {scope} for scope in Scope))
    keys = {
        (tenant, scopes): keys_in(folder).issue(tenant, scopes, NOW)[1] for tenant in (OWNER, RIVAL) for scopes in sets
    }
    client, store, own = door(folder, "203.0.113.9"), LocalStore(folder / "store"), bearer(keys[OWNER, EVERYTHING])
    for tenant in (OWNER, RIVAL):
        files = {"file": ("Chart.csv", export())}
        headers = bearer(keys[tenant, EVERYTHING])
        assert client.post("/api/upload-csv", data={"tenant": tenant.slug}, files=files, headers=headers).is_success
    job = client.post("/api/preview", json={"tenant": OWNER.slug, **JSON}, headers=own).json()
    share = client.post(f"/api/share/{job['job_id']}", json={}, headers=own).json()["url"]
    for key in (f"tenants/{OWNER}/episode/{LAST_DAY}.html", f"tenants/{OWNER}/mp3/{LAST_DAY}.mp3"):
        store.put(key, b"the owner's")
    token = new_token()
    write_feed_token(store, OWNER, FeedToken(token).replaced_by(new_token()))
    file, log = job["mp3_url"], job["log_url"]
    # each link opens one thing: at another's door, under another's name, or cut off, it opens nothing
    there = Names(OWNER.slug, job["job_id"], f"/files/{log[6:]}/preview.mp3", f"/logs/{share[3:]}", share[:-1], token)
    gone = Names("nobody", NO_JOB, "/files/x.y/preview.mp3", "/logs/x.y", "/s/x.y", new_token())
    assert client.get(file).is_success
    return World(client, there, gone, keys)


@dataclass(frozen=True)
class Outcome:
    """What a route answered, status and body with the names that were sent left out."""

    status: int
    body: str


def asked(world: World, route: Route, names: Names, headers: Mapping[str, str]) -> Outcome:
    """Ask a route about something."""
    answer = route.ask(world.client, names, headers)
    body = answer.text
    for name in vars(names).values():
        body = body.replace(name, "NAME")
    return Outcome(answer.status_code, body)
