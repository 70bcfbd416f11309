"""Rules through the API change by version, never by accident; shared links end when they say."""

import datetime as dt
import re
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from serp_radio_pipeline.api.links import Links
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.api_keys import Scope
from serp_radio_pipeline.storage.signed_links import LinkSigner
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.api.doors import LAST_DAY, NOW, bearer, door, export, keys_in

RULES = (Settings.from_environment({}).rules_folder / "labels.yaml").read_bytes()
ACME = {"tenant": "acme"}


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    """The door of a tenant with an upload."""
    client = door(tmp_path)
    client.post("/api/upload-csv", data=ACME, files={"file": ("Chart.csv", export())})
    return client


def test_rules_are_read_saved_listed_and_restored(client: TestClient) -> None:
    read = client.get("/api/rules", params=ACME)
    assert (read.content, read.headers["etag"]) == (RULES, '"0"')
    changed = RULES + b"\n# ours\n"
    saved = client.put(
        "/api/rules", params={**ACME, "note": "ours"}, content=changed, headers={"If-Match": read.headers["etag"]}
    )
    assert (saved.status_code, saved.json(), saved.headers["etag"]) == (200, {"version": 1, "is_new": True}, '"1"')
    assert client.get("/api/rules", params=ACME).content == changed
    restored = client.post("/api/rules/restore", params={**ACME, "version": 0}, headers={"If-Match": '"1"'})
    assert restored.json() == {"version": 2, "is_new": True}
    versions = client.get("/api/rules/history", params=ACME).json()["versions"]
    assert [(v["version"], v["note"], v["restores"]) for v in versions] == [(1, "ours", None), (2, "", 0)]


@pytest.mark.parametrize(("if_match", "status"), [(None, 428), ('"7"', 412), ("7", 412), ("*", 412), ('W/"0"', 412)])
def test_rules_that_somebody_else_changed_are_not_overwritten(
    client: TestClient, if_match: str | None, status: int
) -> None:
    headers = {} if if_match is None else {"If-Match": if_match}
    assert client.put("/api/rules", params=ACME, content=RULES + b"#", headers=headers).status_code == status
    assert client.get("/api/rules/history", params=ACME).json() == {"versions": []}


BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 9)) for i in range(9)
)


@pytest.mark.parametrize("content", [b"", b"rules: 5", b"\xff\xfe", b"a: [", BOMB, b"!!python/object:os.system x"])
def test_what_are_no_rules_is_refused_and_not_kept(client: TestClient, content: bytes) -> None:
    answer = client.put("/api/rules", params=ACME, content=content, headers={"If-Match": '"0"'})
    assert (answer.status_code, bool(answer.json()["error"])) == (422, True)
    assert client.get("/api/rules/history", params=ACME).json() == {"versions": []}


def test_rules_are_changed_only_with_the_scope_and_only_ones_own(client: TestClient, tmp_path: Path) -> None:
    _, reader = keys_in(tmp_path).issue(Tenant("acme"), frozenset({Scope.READ}), NOW)
    _, other = keys_in(tmp_path).issue(Tenant("other"), frozenset(Scope), NOW)
    for key, get, put in ((reader, 200, 403), (other, 404, 404)):
        headers = {**bearer(key), "If-Match": '"0"'}
        assert client.get("/api/rules", params=ACME, headers=headers).status_code == get
        assert client.put("/api/rules", params=ACME, content=RULES, headers=headers).status_code == put


def test_a_shared_link_leads_to_the_page_and_nowhere_once_it_expired(tmp_path: Path) -> None:
    client = door(tmp_path)
    order = {"tenant": "acme", "source": "demo", "lookback": "1w"}
    job = client.post("/api/preview", json=order).json()["job_id"]
    shared = client.post(f"/api/share/{job}", json={"days": 2})
    assert shared.status_code == 201
    assert dt.datetime.fromisoformat(shared.json()["expires_at"]) == NOW + dt.timedelta(days=2)
    assert client.get(shared.json()["url"]).text.startswith("<!doctype html>")
    assert client.get(shared.json()["url"][:-1]).status_code == 404
    over = LinkSigner(LocalStore(tmp_path / "store")).sign("share", job, NOW)
    assert client.get(f"/s/{over}").status_code == 410
    for days in (0, 366, "2", 1.5):
        assert client.post(f"/api/share/{job}", json={"days": days}).status_code == 422
    waiting = client.post("/api/sonify", json=order).json()["job_id"]
    assert client.post(f"/api/share/{waiting}").status_code == 404


URL = "https://radio.example/shows"


def tags_in(page: str) -> dict[str, str]:
    """Return what a page's head says to chats."""
    head = page.partition("</head>")[0]
    return {
        name: unescape(value) for name, value in re.findall(r'<meta (?:property|name)="(\S+)" content="(.*)">', head)
    }


def test_a_shared_link_shows_its_card_in_a_chat_where_the_address_is_known_and_as_long_as_it_works(
    tmp_path: Path,
) -> None:
    client = door(tmp_path, SERP_RADIO_PUBLIC_URL=URL)
    job = client.post("/api/preview", json={"tenant": "acme", "source": "demo", "lookback": "1w"}).json()
    link = client.post(f"/api/share/{job['job_id']}").json()["url"]
    answer = client.get(link, follow_redirects=False)
    assert (answer.status_code, answer.headers["x-robots-tag"]) == (200, "noindex, nofollow")
    tags = tags_in(answer.text)
    assert tags["og:title"].startswith(f"acme, {job['date']}: ")
    assert tags["og:description"]
    assert (tags["og:url"], tags["twitter:card"]) == (f"{URL}{link}", "summary_large_image")
    picture, sound = (tags[name].removeprefix(URL) for name in ("og:image", "og:audio"))
    card = client.get(picture)
    assert (card.headers["content-type"], card.content[16:24]) == ("image/png", (1200).to_bytes(4) + (630).to_bytes(4))
    assert client.get(sound).content[:3] == b"ID3"
    over = LinkSigner(LocalStore(tmp_path / "store")).sign("share", job["job_id"], NOW)
    for name in ("", "/card.png", "/sound.mp3"):
        assert client.get(f"/s/{over}{name}").status_code == 410
        assert client.get(f"{link[:-1]}{name}").status_code == 404
    # what is stored has no address in it, and is all that is given where none is known
    stored = client.get(job["page_url"]).text
    assert "og:" not in stored
    assert door(tmp_path).get(link).text == stored


def test_a_days_page_shows_its_card_to_whoever_may_open_it(tmp_path: Path) -> None:
    store, client = LocalStore(tmp_path / "store"), door(tmp_path, SERP_RADIO_PUBLIC_URL=URL)
    address, page = f"/listen/acme/{LAST_DAY}", b"<!doctype html><head></head>here"
    assert client.get(address).status_code == 404
    store.put(f"tenants/acme/episode/{LAST_DAY}.html", page)
    assert client.get(address).content == page  # its score is gone: it is shown all the same
    job = client.post("/api/preview", json={"tenant": "acme", "source": "demo", "lookback": "1w"}).json()["job_id"]
    store.put(f"tenants/acme/controls/{LAST_DAY}.json", store.get(f"tenants/acme/previews/{job}/score.json"))
    store.put(f"tenants/acme/episode/{LAST_DAY}.png", b"cover")
    store.put(f"tenants/acme/mp3/{LAST_DAY}.mp3", b"ID3")
    keys_in(tmp_path).issue(None, frozenset(Scope), NOW)
    stranger, (_, key) = (
        door(tmp_path, "203.0.113.9"),
        keys_in(tmp_path).issue(Tenant("acme"), frozenset({Scope.READ}), NOW),
    )
    assert stranger.get(address).status_code == 401
    for picture, kind in ((b"cover", "summary"), (b"card", "summary_large_image")):
        tags = tags_in(client.get(address, headers=bearer(key)).text)
        assert (tags["og:url"], tags["twitter:card"]) == (f"{URL}{address}", kind)
        assert stranger.get(tags["og:image"].removeprefix(URL)).content == picture
        assert stranger.get(tags["og:audio"].removeprefix(URL)).content == b"ID3"
        store.put(f"tenants/acme/card/{LAST_DAY}.png", b"card")


def test_a_days_page_is_found_by_tenant_and_date(client: TestClient, tmp_path: Path) -> None:
    assert client.get(f"/listen/acme/{LAST_DAY}").status_code == 404
    LocalStore(tmp_path / "store").put(f"tenants/acme/episode/{LAST_DAY}.html", b"<!doctype html>here")
    assert client.get(f"/listen/acme/{LAST_DAY}").text == "<!doctype html>here"
    for path in ("acme/yesterday", "A/2026-03-22", "..%2fx/2026-03-22"):
        assert client.get(f"/listen/{path}").status_code in (404, 422)


def test_links_to_files_expire_and_open_nothing_else(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.put("tenants/acme/midi/2026-03-22.mid", b"MThd")
    client = door(tmp_path)
    link = Links(store, lambda: NOW).file("tenants/acme/midi/2026-03-22.mid")
    assert client.get(link).content == b"MThd"
    assert client.get(link.replace("2026-03-22.mid", "2026-03-23.mid")).status_code == 404
    assert client.get(link.replace("/files/", "/files/x")).status_code == 404
    assert client.get(Links(store, lambda: NOW - dt.timedelta(hours=1)).file("a/2026-03-22.mid")).status_code == 410
    outside = Links(store, lambda: NOW).file("../../etc/passwd")
    assert client.get(outside).status_code in (404, 503)
