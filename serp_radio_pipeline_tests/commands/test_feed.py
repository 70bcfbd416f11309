"""`serp-radio feed`, as a person meets it: an address, a folder to serve, and what becomes of old addresses."""

import os
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import feedparser
import pytest

from serp_radio_pipeline.radio.link_preview import preview_tags, with_preview
from serp_radio_pipeline.radio.links import served_links
from serp_radio_pipeline.storage.source_trouble import mark_trouble
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.command_line import SerpRadio
from serp_radio_pipeline_tests.episodes import SUNDAY
from serp_radio_pipeline_tests.radio.entries import entry_of

URL = "https://radio.example/shows"
PAGE = b"<html><head><title>t</title></head><body></head></body></html>"


@pytest.fixture
def store(store_folder: Path, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    """A tenant with two episodes, whose feed is to be served at a URL."""
    monkeypatch.setenv("SERP_RADIO_PUBLIC_URL", URL)
    store = LocalStore(store_folder)
    store.put("tenants/acme/uploads/x.csv", b"x")
    for days_ago in (0, 1):
        entry = entry_of(days_ago, tenant="acme")
        store.put(f"tenants/acme/feed/{entry.date}.json", entry.to_json())
        store.put(f"tenants/acme/mp3/{entry.date}.mp3", b"ID3 sound")
        for extension in ("vtt", "json", "png", "svg", "md"):
            store.put(f"tenants/acme/episode/{entry.date}.{extension}", extension.encode())
        store.put(f"tenants/acme/episode/{entry.date}.html", PAGE)
        for extension in ("png", "svg"):
            store.put(f"tenants/acme/card/{entry.date}.{extension}", b"card")
    store.put("tenants/acme/feed.xml", b"of before")
    return store


def token_of(address: str) -> str:
    assert address.startswith(f"{URL}/feeds/")
    return address.split("/")[-2]


def test_the_address_stays_the_same_until_it_is_rotated(serp_radio: SerpRadio, store: LocalStore) -> None:
    first, again = serp_radio("feed", "acme"), serp_radio("feed", "acme", "show")
    assert (first.code, first.err, first.out) == (0, "", again.out)
    rotated = serp_radio("feed", "acme", "rotate")
    assert token_of(rotated.out.strip()) != token_of(first.out.strip())
    assert token_of(rotated.out.strip()).encode() in store.get("tenants/acme/feed.xml")
    assert token_of(first.out.strip()).encode() not in store.get("tenants/acme/feed.xml")


def test_the_folder_holds_all_that_the_feed_names(serp_radio: SerpRadio, store: LocalStore, tmp_path: Path) -> None:
    answer = serp_radio("feed", "acme", "--out", tmp_path / "www")
    assert answer.code == 0
    folder = tmp_path / "www" / "feeds" / token_of(answer.out.strip())
    feed = feedparser.parse(folder.joinpath("feed.xml").read_bytes())
    assert [one.id for one in feed.entries] == [f"serp-radio:acme:2026-03-{day}" for day in (22, 21)]
    base = f"{URL}/feeds/{folder.name}/"
    for one in feed.entries:
        (sound,) = one.enclosures
        path = folder / sound.href.removeprefix(base)
        assert path.stat().st_size == int(sound.length) == 9
        for ending in (".html", ".vtt", ".json", ".png", ".svg", "-card.png", "-card.svg"):
            assert (folder / f"{path.stem}{ending}").is_file()
    assert (folder / "cover.png").is_file()
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert f'href="{SUNDAY}.html"' in page  # relative: wherever the folder is served, its own sounds play
    assert not (folder / f"{SUNDAY}.md").exists()


def test_a_source_that_must_be_connected_again_is_told_of_where_the_feed_is_served(
    serp_radio: SerpRadio, store: LocalStore, tmp_path: Path
) -> None:
    mark_trouble(store, Tenant("acme"), "the sentence of the last try", SUNDAY)
    token = token_of(serp_radio("feed", "acme", "--out", tmp_path / "www").out.strip())
    notice = f"Since {SUNDAY}, Search Console lets nothing be fetched: it must be connected again."
    for name in ("feed.xml", "index.html"):
        assert notice in (tmp_path / "www" / "feeds" / token / name).read_text(encoding="utf-8")


def tags_in(page: bytes) -> dict[str, str]:
    """What a chat reads of a page: its named tags; none of them may stand outside the first head."""
    found: dict[str, str] = {}

    class Head(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            if tag == "meta":
                found[given.get("property") or given.get("name") or ""] = given["content"] or ""

    Head().feed(page.partition(b"</head>")[0].decode())
    return found


def test_a_published_page_says_to_chats_what_it_is_and_the_stored_one_does_not(
    serp_radio: SerpRadio, store: LocalStore, tmp_path: Path
) -> None:
    folder = tmp_path / "feeds" / token_of(serp_radio("feed", "acme", "--out", tmp_path).out.strip())
    base = f"{URL}/feeds/{folder.name}/{SUNDAY}"
    page = (folder / f"{SUNDAY}.html").read_bytes()
    tags = tags_in(page)
    assert tags["og:title"].startswith(f"acme, {SUNDAY}: ")
    assert entry_of(0, tenant="acme").reason in tags["og:description"]
    assert tags["og:image"] == f"{base}-card.png"
    assert (tags["og:url"], tags["twitter:card"]) == (f"{base}.html", "summary_large_image")
    assert (tags["og:image:width"], tags["og:image:height"]) == ("1200", "630")
    assert page.count(b"og:title") == 1
    assert store.get(f"tenants/acme/episode/{SUNDAY}.html") == PAGE


def test_without_a_card_the_cover_is_shown_in_its_place(
    serp_radio: SerpRadio, store: LocalStore, tmp_path: Path
) -> None:
    store.path(f"tenants/acme/card/{SUNDAY}.png").unlink()
    folder = tmp_path / "feeds" / token_of(serp_radio("feed", "acme", "--out", tmp_path).out.strip())
    tags = tags_in((folder / f"{SUNDAY}.html").read_bytes())
    assert tags["og:image"] == f"{URL}/feeds/{folder.name}/{SUNDAY}.png"
    assert tags["twitter:card"] == "summary"


def test_what_a_tenant_wrote_ends_no_tag() -> None:
    entry = replace(entry_of(0, tenant="acme"), reason='"><script>alert(1)</script></head>')
    tags = preview_tags(entry, served_links("secret", URL), has_card=True)
    assert b"<script" not in tags
    assert tags_in(with_preview(PAGE, tags))["og:description"].startswith(entry.reason)


def test_a_page_is_written_again_only_where_it_or_its_address_changed(
    serp_radio: SerpRadio, store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "feeds" / token_of(serp_radio("feed", "acme", "--out", tmp_path).out.strip()) / f"{SUNDAY}.html"
    before = page.stat().st_ino
    serp_radio("feed", "acme", "--out", tmp_path)
    assert page.stat().st_ino == before
    other = URL.replace("shows", "plays")
    monkeypatch.setenv("SERP_RADIO_PUBLIC_URL", other)
    serp_radio("feed", "acme", "--out", tmp_path)
    assert tags_in(page.read_bytes())["og:image"].startswith(other)
    monkeypatch.delenv("SERP_RADIO_PUBLIC_URL")
    serp_radio("feed", "acme", "--out", tmp_path)
    assert page.read_bytes() == PAGE


def test_without_a_public_url_links_are_relative_and_that_is_said(
    serp_radio: SerpRadio, store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SERP_RADIO_PUBLIC_URL")
    answer = serp_radio("feed", "acme", "--out", tmp_path)
    assert "SERP_RADIO_PUBLIC_URL says where" in answer.err
    feed = feedparser.parse((tmp_path / answer.out.strip()).read_bytes())
    assert feed.entries[0].enclosures[0].href == f"{SUNDAY}.mp3"


def test_what_did_not_change_is_not_fetched_again(serp_radio: SerpRadio, store: LocalStore, tmp_path: Path) -> None:
    token = token_of(serp_radio("feed", "acme", "--out", tmp_path).out.strip())
    sounds = [tmp_path / "feeds" / token / f"2026-03-{day}.mp3" for day in (21, 22)]
    before = [path.stat().st_ino for path in sounds]
    store.put(f"tenants/acme/mp3/{SUNDAY}.mp3", b"ID3 again")
    os.utime(store.path(f"tenants/acme/mp3/{SUNDAY}.mp3"), (1e9, 1e9))
    serp_radio("feed", "acme", "--out", tmp_path)
    assert sounds[0].stat().st_ino == before[0]
    assert sounds[1].read_bytes() == b"ID3 again"


def test_an_episode_that_is_no_longer_listed_leaves_the_folder_and_other_files_stay(
    serp_radio: SerpRadio, store: LocalStore, tmp_path: Path
) -> None:
    folder = tmp_path / "feeds" / token_of(serp_radio("feed", "acme", "--out", tmp_path).out.strip())
    (folder / "robots.txt").write_text("Disallow: /")
    store.path("tenants/acme/mp3/2026-03-21.mp3").unlink()
    serp_radio("feed", "acme", "--out", tmp_path)
    left = {path.name for path in folder.iterdir()}
    assert not any(name.startswith("2026-03-21") for name in left)
    assert {"robots.txt", "2026-03-22.mp3", "feed.xml", "index.html", "cover.png"} <= left


def test_rotating_removes_the_old_folder_and_revoking_both(
    serp_radio: SerpRadio, store: LocalStore, tmp_path: Path
) -> None:
    (tmp_path / "feeds" / "of somebody else").mkdir(parents=True)
    old = token_of(serp_radio("feed", "acme", "--out", tmp_path).out.strip())
    rotated = serp_radio("feed", "acme", "rotate", "--out", tmp_path)
    assert f"removed {tmp_path}/feeds/{old}" in rotated.err
    new = token_of(rotated.out.strip())
    assert sorted(path.name for path in (tmp_path / "feeds").iterdir()) == sorted([new, "of somebody else"])
    revoked = serp_radio("feed", "acme", "revoke", "--out", tmp_path)
    assert (revoked.code, revoked.out) == (
        0,
        "acme: the feed has no address any more. Its folder must go from wherever it was copied to.\n",
    )
    assert [path.name for path in (tmp_path / "feeds").iterdir()] == ["of somebody else"]
    assert URL.encode() not in store.get("tenants/acme/feed.xml")
    assert "'serp-radio feed acme rotate' gives it a new address" in serp_radio("feed", "acme").sentence
    assert token_of(serp_radio("feed", "acme", "rotate").out.strip()) not in (old, new)


def test_an_episode_without_sound_is_left_out_and_said(
    serp_radio: SerpRadio, store: LocalStore, tmp_path: Path
) -> None:
    store.path("tenants/acme/mp3/2026-03-21.mp3").unlink()
    answer = serp_radio("feed", "acme", "--out", tmp_path)
    assert "serp-radio: 2026-03-21 is left out: its sound is gone." in answer.err.splitlines()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("../acme",), "is not a tenant name"),
        (("nobody",), "There is no tenant nobody yet"),
        (("empty", "--out", "www"), "empty has no episode to listen to yet"),
    ],
)
def test_what_cannot_be_is_said(
    serp_radio: SerpRadio, store: LocalStore, words: tuple[str, ...], says: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    store.put("tenants/empty/uploads/x.csv", b"x")
    answer = serp_radio("feed", *words)
    assert (answer.code, answer.out) == (1, "")
    assert says in answer.sentence


def test_a_folder_that_cannot_be_written_is_said(serp_radio: SerpRadio, store: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert "can't be written" in serp_radio("feed", "acme", "--out", tmp_path / "file").sentence
