"""A feed's address opens its own tenant's feed and files, to whoever has it, until it is taken back."""

import datetime as dt
import logging
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import feedparser
import pytest
from fastapi.testclient import TestClient
from httpx import Response

from serp_radio_pipeline.api import feed_routes
from serp_radio_pipeline.api.feed_tags import MOST_KEPT, FeedTags
from serp_radio_pipeline.api.secret_paths import SecretsHidden
from serp_radio_pipeline.radio.feed import feed_xml
from serp_radio_pipeline.storage.api_keys import Scope
from serp_radio_pipeline.storage.feed_token import FeedToken, new_token, read_feed_token, write_feed_token
from serp_radio_pipeline.storage.keys import feed_address_key
from serp_radio_pipeline.storage.source_trouble import mark_trouble
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.api.doors import NOW, door, keys_in
from serp_radio_pipeline_tests.command_line import SerpRadio
from serp_radio_pipeline_tests.episodes import SUNDAY, demo_score
from serp_radio_pipeline_tests.radio.entries import entry_of

ACME, RIVAL = Tenant("acme"), Tenant("rival")
SOUND = b"ID3 the sound of a day"
URL = "https://radio.example"


def put_tenant(store: LocalStore, tenant: Tenant, days: int = 2) -> str:
    """Put a tenant's episodes, and return the secret of its feed."""
    base = f"tenants/{tenant}"
    store.put(f"{base}/uploads/x.csv", b"x")
    store.put(f"{base}/cover.png", b"cover")
    for days_ago in range(days):
        entry = entry_of(days_ago, tenant=tenant.slug)
        store.put(f"{base}/feed/{entry.date}.json", entry.to_json())
        store.put(f"{base}/mp3/{entry.date}.mp3", SOUND + tenant.slug.encode())
        for ending in ("html", "vtt", "json", "png", "svg", "md"):
            store.put(f"{base}/episode/{entry.date}.{ending}", f"{tenant} {ending}".encode())
        store.put(f"{base}/card/{entry.date}.png", f"{tenant} card".encode())
    token = new_token()
    write_feed_token(store, tenant, FeedToken(token))
    return token


class LinkingLocalStore(LocalStore):
    """A local store whose objects others open by links, as a bucket's."""

    def presigned_url(self, key: str, expires: dt.timedelta) -> str:
        """Return a link that tells key and seconds."""
        return f"https://bucket/{key}?s={expires.total_seconds():.0f}"


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """The store of the folder's door, where a key was issued: nobody comes in for being on this machine."""
    keys_in(tmp_path).issue(None, frozenset(Scope), NOW)
    return LocalStore(tmp_path / "store")


@pytest.fixture
def client(tmp_path: Path, store: LocalStore) -> TestClient:
    """Somebody without a key, from elsewhere."""
    return door(tmp_path, address="203.0.113.9")


def outcome(answer: Response) -> tuple[int, str, dict[str, str]]:
    return answer.status_code, answer.text, dict(answer.headers)


def test_a_podcast_app_reads_the_feed_and_gets_all_that_it_names_without_a_key(
    client: TestClient, store: LocalStore
) -> None:
    token = put_tenant(store, ACME)
    answer = client.get(f"/feeds/{token}.xml")
    assert answer.headers["content-type"] == "application/rss+xml; charset=utf-8"
    feed = feedparser.parse(answer.content)
    assert not feed.bozo
    assert [one.id for one in feed.entries] == ["serp-radio:acme:2026-03-22", "serp-radio:acme:2026-03-21"]
    (sound,) = feed.entries[0].enclosures
    assert sound.href == f"http://127.0.0.1/feeds/{token}/{SUNDAY}.mp3"
    assert int(sound.length) == len(client.get(sound.href).content)
    named = set(re.findall(rf'http://127\.0\.0\.1/feeds/{token}/[^"<]+', answer.text))
    assert {name.rsplit("/", 1)[-1] for name in named} >= {
        *(f"{SUNDAY}.{ending}" for ending in ("mp3", "html", "vtt", "json", "png")),
        *("cover.png", "index.html", "feed.xml"),
    }
    assert {client.get(name).status_code for name in named} == {200}
    assert client.get(f"/feeds/{token}/feed.xml").content == answer.content
    assert client.get(f"/feeds/{token}/{SUNDAY}-card.png").content == b"acme card"


def test_its_links_begin_at_the_public_url_and_never_at_a_host_that_is_none(tmp_path: Path, store: LocalStore) -> None:
    token = put_tenant(store, ACME)
    public = door(tmp_path, SERP_RADIO_PUBLIC_URL=URL).get(f"/feeds/{token}.xml")
    assert feedparser.parse(public.content).entries[0].link == f"{URL}/feeds/{token}/{SUNDAY}.html"
    odd = door(tmp_path).get(f"/feeds/{token}.xml", headers={"Host": '"><script>'})
    assert feedparser.parse(odd.content).entries[0].enclosures[0].href == f"{SUNDAY}.mp3"


def test_a_feed_that_the_app_has_already_is_not_sent_again(client: TestClient, store: LocalStore) -> None:
    address = f"/feeds/{put_tenant(store, ACME)}.xml"
    first = client.get(address)
    tag, time = first.headers["etag"], first.headers["last-modified"]
    for headers in ({"If-None-Match": f'"other", W/{tag}'}, {"If-None-Match": "*"}, {"If-Modified-Since": time}):
        again = client.get(address, headers=headers)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    for headers in (
        {"If-None-Match": '"other"', "If-Modified-Since": time},
        {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
    ):
        assert client.get(address, headers=headers).content == first.content
    store.put(f"tenants/acme/feed/{SUNDAY}.json", entry_of(0, "Another reason.", tenant="acme").to_json())
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 200


def test_a_feed_that_did_not_change_is_not_built_again_for_an_app_that_has_it(
    client: TestClient, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[bytes] = []

    def building(*facts: Any) -> bytes:
        built.append(feed_xml(*facts))
        return built[-1]

    monkeypatch.setattr(feed_routes, "feed_xml", building)
    token = put_tenant(store, ACME)
    address, kept = f"/feeds/{token}.xml", f"tenants/acme/feed/{SUNDAY}.json"
    first = client.get(address)
    for headers in ({"If-None-Match": first.headers["etag"]}, {"If-Modified-Since": first.headers["last-modified"]}):
        for name in (address, f"/feeds/{token}/feed.xml"):
            assert client.get(name, headers=headers).status_code == 304
    assert len(built) == 1
    has_it = {"If-None-Match": first.headers["etag"]}
    changes: list[tuple[Callable[[], object], dict[str, str], int]] = [
        # what the feed does not tell changes no byte of it, so what the app has is still it
        (lambda: store.put(kept, replace(entry_of(0, tenant="acme"), is_provisional=True).to_json()), {}, 304),
        (lambda: store.put(kept, entry_of(0, "Another reason.", tenant="acme").to_json()), {}, 200),
        (lambda: store.put(f"tenants/acme/mp3/{SUNDAY}.mp3", SOUND), {}, 200),
        (lambda: store.put(f"tenants/acme/mp3/{SUNDAY}.mp3", b""), {}, 200),
        (lambda: mark_trouble(store, ACME, "the sentence of the last try", SUNDAY), {}, 200),
        (lambda: None, {"Host": "radio.example"}, 200),
    ]
    for change, headers, status in changes:
        change()
        assert client.get(address, headers={**has_it, **headers}).status_code == status
        has_it = {"If-None-Match": client.get(address, headers=headers).headers["etag"]}
    assert len(set(built)) == len(changes)


def test_what_is_remembered_of_feeds_is_bounded() -> None:
    tags = FeedTags()
    for number in range(MOST_KEPT):
        tags.add(b"%d" % number, b"x")
    assert tags.find(b"0") == tags.find(b"1")
    tags.add(b"one more", b"x")
    assert [tags.find(facts) is None for facts in (b"0", b"1", b"2", b"one more")] == [False, False, True, False]


def test_a_notice_comes_through_to_an_app_that_knows_only_the_time(client: TestClient, store: LocalStore) -> None:
    address = f"/feeds/{put_tenant(store, ACME)}.xml"
    time = client.get(address).headers["last-modified"]
    mark_trouble(store, ACME, "the sentence of the last try", SUNDAY)
    told = client.get(address, headers={"If-Modified-Since": time})
    assert (told.status_code, b"must be connected again" in told.content) == (200, True)


def test_a_sound_is_sent_in_parts_and_asked_about_before_it_is_loaded(client: TestClient, store: LocalStore) -> None:
    token = put_tenant(store, ACME)
    address = f"/feeds/{token}/{SUNDAY}.mp3"
    part = client.get(address, headers={"Range": "bytes=4-6"})
    assert (part.status_code, part.content, part.headers["content-type"]) == (206, b"the", "audio/mpeg")
    assert part.headers["content-range"] == f"bytes 4-6/{len(SOUND) + 4}"
    assert client.get(address, headers={"Range": "bytes=99999-"}).status_code == 416
    asked = client.head(address)
    assert (asked.status_code, asked.headers["content-length"]) == (200, str(len(SOUND) + 4))
    assert client.head(f"/feeds/{token}.xml").headers["etag"] == client.get(f"/feeds/{token}.xml").headers["etag"]


def test_files_of_a_bucket_are_led_to_by_links_made_for_each_listener(tmp_path: Path, store: LocalStore) -> None:
    token = put_tenant(store, ACME)
    client = door(tmp_path, store=LinkingLocalStore(store.folder))
    address = f"/feeds/{token}/{SUNDAY}.mp3"
    led = client.get(address, follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (302, f"https://bucket/tenants/acme/mp3/{SUNDAY}.mp3?s=3600")
    assert led.headers["cache-control"] == "no-store"
    asked = client.head(address, follow_redirects=False)
    assert (asked.status_code, asked.headers["content-length"]) == (200, str(len(SOUND) + 4))
    assert client.get(f"/feeds/{token}/2020-01-01.mp3", follow_redirects=False).status_code == 404


@pytest.mark.parametrize("kind", [LocalStore, LinkingLocalStore])
def test_an_episodes_page_shows_its_card_in_a_chat_where_the_address_is_known(
    tmp_path: Path, store: LocalStore, kind: type[LocalStore]
) -> None:
    token, page = put_tenant(store, ACME), b"<!doctype html><head></head>here"
    store.put(f"tenants/acme/episode/{SUNDAY}.html", page)
    store.put(f"tenants/acme/controls/{SUNDAY}.json", demo_score().to_json())
    client = door(tmp_path, "203.0.113.9", store=kind(store.folder), SERP_RADIO_PUBLIC_URL=URL)
    answer = client.get(f"/feeds/{token}/{SUNDAY}.html", follow_redirects=False)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-cache")
    for name, ending in (("url", ".html"), ("image", "-card.png"), ("audio", ".mp3")):
        assert f'<meta property="og:{name}" content="{URL}/feeds/{token}/{SUNDAY}{ending}">' in answer.text
    assert answer.text.endswith("</head>here")
    never = outcome(client.get(f"/feeds/{token}/2020-01-01.html"))
    for path in (f"/feeds/{token}/x.html", f"/feeds/{token}/2026-03-22-card.html", f"/feeds/{new_token()}/a.html"):
        assert outcome(client.get(path)) == never
    assert never[:2] == (404, '{"error":"There is nothing here."}')


def test_whatever_opens_nothing_is_answered_alike(client: TestClient, store: LocalStore) -> None:
    former, kept = put_tenant(store, ACME), put_tenant(store, RIVAL)
    write_feed_token(store, ACME, FeedToken(former).replaced_by(None))
    never = outcome(client.get(f"/feeds/{new_token()}.xml"))
    assert never[:2] == (404, '{"error":"There is nothing here."}')
    texts = (former, kept[:-1], kept + "A", kept.swapcase(), "", "a", "%00", "..%2f..", "\u017f" * 43, "A" * 5000)
    for text in texts:
        for path in (f"/feeds/{text}.xml", f"/feeds/{text}/feed.xml", f"/feeds/{text}/{SUNDAY}.mp3", f"/feeds/{text}"):
            assert outcome(client.get(path)) == never, path
    assert client.get(f"/feeds/{kept}.xml").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        *("2026-03-22.md", "2026-03-22-card.mp3", "2026-02-30.mp3", "2020-01-01.mp3", "2026-03-22.mp3.html"),
        *("feed_token.json", "episodes.json", "sources.yaml", "..%2f..%2frival%2fmp3%2f2026-03-22.mp3", "20260322.mp3"),
    ],
)
def test_an_address_opens_nothing_but_what_its_feed_names(client: TestClient, store: LocalStore, name: str) -> None:
    token, _ = put_tenant(store, ACME), put_tenant(store, RIVAL)
    assert outcome(client.get(f"/feeds/{token}/{name}")) == outcome(client.get(f"/feeds/{new_token()}/{name}"))


def test_a_tenants_address_gives_nothing_of_another(client: TestClient, store: LocalStore) -> None:
    tokens = {tenant: put_tenant(store, tenant, days) for tenant, days in ((ACME, 1), (RIVAL, 2))}
    for tenant, token in tokens.items():
        other = {ACME: b"rival", RIVAL: b"acme"}[tenant]
        for name in ("feed.xml", "index.html", *(f"{SUNDAY}.{end}" for end in ("mp3", "html", "vtt", "json", "png"))):
            content = client.get(f"/feeds/{token}/{name}").content
            assert (tenant.slug.encode() in content, other in content) == (True, False), name
    only_the_rivals = "2026-03-21.mp3"
    assert client.get(f"/feeds/{tokens[RIVAL]}/{only_the_rivals}").status_code == 200
    assert client.get(f"/feeds/{tokens[ACME]}/{only_the_rivals}").status_code == 404


def test_a_record_that_leads_astray_opens_no_other_tenant(client: TestClient, store: LocalStore) -> None:
    token, _ = put_tenant(store, ACME), put_tenant(store, RIVAL)
    for content in (b'{"tenant": "rival"}', b'{"tenant": "../acme"}', b"[]", b"", b'{"tenant": 1}'):
        store.put(feed_address_key(token), content)
        assert client.get(f"/feeds/{token}.xml").status_code == 404


def test_an_address_is_served_at_once_when_it_is_made_and_closed_when_it_is_rotated(
    client: TestClient, store: LocalStore, serp_radio: SerpRadio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERP_RADIO_STORE", str(tmp_path / "store"))
    before = put_tenant(store, ACME)
    path = store.path(feed_address_key(before))
    path.unlink()  # as one that was made when nothing led from an address to its tenant
    assert client.get(f"/feeds/{before}.xml").status_code == 404
    assert serp_radio("feed", "acme").code == 0
    assert client.get(f"/feeds/{before}.xml").status_code == 200
    assert serp_radio("feed", "acme", "rotate").code == 0
    after = read_feed_token(store, ACME).current
    assert client.get(f"/feeds/{after}.xml").status_code == 200
    assert client.get(f"/feeds/{before}.xml").status_code == 404
    assert path.read_bytes() == b'{"tenant": null}'


def test_the_secret_lies_nowhere_but_where_it_lay_and_in_no_log(
    client: TestClient, store: LocalStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    token = put_tenant(store, ACME)
    holding = [
        file for file in (tmp_path / "store").rglob("*") if file.is_file() and token in file.read_text("latin-1")
    ]
    assert [file.name for file in holding] == ["feed_token.json"]
    with caplog.at_level(logging.INFO):
        client.get(f"/feeds/{token}/2020-01-01.mp3")
        client.post(f"/feeds/{token}.xml")
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("serp_radio")]
    assert len(ours) == 3
    assert token not in "".join(ours)
    line = logging.makeLogRecord({"msg": "%s %s %s", "args": ("127.0.0.1:5", "GET", f"/feeds/{token}/x.mp3?y=1")})
    assert SecretsHidden().filter(line)
    assert line.getMessage() == "127.0.0.1:5 GET /feeds/***/x.mp3?y=1"


def test_a_tenant_without_an_episode_has_no_feed_yet(client: TestClient, store: LocalStore) -> None:
    token = put_tenant(store, ACME, days=0)
    for name in ("feed.xml", "index.html"):
        assert client.get(f"/feeds/{token}/{name}").status_code == 404
