"""A tenant's feed from what the store holds: what is listed, what is left out and why, and nobody else's."""

import dataclasses
import datetime as dt
from pathlib import Path

import feedparser
import pytest

from serp_radio_pipeline.radio.feed import EmptyFeedError
from serp_radio_pipeline.radio.first_edition import first_edition
from serp_radio_pipeline.storage.feed_token import (
    FeedToken,
    FeedTokenError,
    new_token,
    read_feed_token,
    write_feed_token,
)
from serp_radio_pipeline.storage.first_editions import DamagedFirstEditionError, remember_first
from serp_radio_pipeline.storage.keys import is_artefact
from serp_radio_pipeline.storage.store import LocalStore, Store, StoreError
from serp_radio_pipeline.storage.tenant_feed import HAS_NO_ENTRY, SOUND_IS_GONE, list_episodes, write_feed_and_page
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.defs.memory_store import MemoryStore
from serp_radio_pipeline_tests.episodes import SUNDAY, demo_score
from serp_radio_pipeline_tests.radio.entries import entry_of

TENANT = Tenant("demo")


def put_episode(store: Store, days_ago: int, tenant: str = "demo", sound: bytes = b"ID3") -> dt.date:
    """An episode's entry and sound."""
    entry = entry_of(days_ago, tenant=tenant)
    store.put(f"tenants/{tenant}/feed/{entry.date}.json", entry.to_json())
    store.put(f"tenants/{tenant}/mp3/{entry.date}.mp3", sound)
    return entry.date


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """A store with the episodes of four days, oldest written last."""
    store = LocalStore(tmp_path)
    for days_ago in (2, 0, 1, 3):
        put_episode(store, days_ago)
    return store


def listed_days(store: Store) -> list[str]:
    feed = feedparser.parse(store.get("tenants/demo/feed.xml"))
    return [one.id.rsplit(":", 1)[-1][-2:] for one in feed.entries]


def test_episodes_are_listed_newest_first_and_no_more_than_asked_for(store: LocalStore) -> None:
    written = write_feed_and_page(store, TENANT, "", 3)
    assert listed_days(store) == ["22", "21", "20"]
    assert written.feed.content_type == "application/rss+xml; charset=utf-8"
    assert written.listed.left_out == ()
    assert store.exists("tenants/demo/cover.png")


def test_the_length_is_that_of_the_sound_that_lies_there(store: LocalStore) -> None:
    put_episode(store, 0, sound=b"ID3 made again")
    assert list_episodes(store, TENANT, 1).entries[0].mp3_bytes == 14


def test_an_episode_whose_sound_is_gone_is_left_out_and_said(store: LocalStore) -> None:
    store.path("tenants/demo/mp3/2026-03-21.mp3").unlink()
    listed = write_feed_and_page(store, TENANT, "", 100).listed
    assert listed_days(store) == ["22", "20", "19"]
    assert [(one.date.day, one.reason) for one in listed.left_out] == [(21, SOUND_IS_GONE)]
    assert [entry.date.day for entry in listed.silent] == [21]


def test_sounds_without_entry_damaged_entries_and_other_hands_files_stop_nothing(store: LocalStore) -> None:
    store.put("tenants/demo/mp3/2026-03-18.mp3", b"ID3")
    store.put("tenants/demo/mp3/notes.txt", b"hello")
    store.put("tenants/demo/feed/2026-03-20.json", b"{")
    store.put("tenants/demo/feed/2026-03-19.json", entry_of(0).to_json())
    store.put("tenants/demo/feed/2026-03-22.txt", b"hello")
    listed = write_feed_and_page(store, TENANT, "", 100).listed
    assert listed_days(store) == ["22", "21"]
    reasons = {one.date.day: one.reason for one in listed.left_out}
    assert reasons[18] == HAS_NO_ENTRY
    assert "no feed entry" in reasons[20]
    assert "that of demo, 2026-03-22" in reasons[19]


def test_a_store_that_is_away_is_a_failure_and_no_shorter_feed() -> None:
    store = MemoryStore()
    for days_ago in (0, 1):
        put_episode(store, days_ago)
    store.unread.add("tenants/demo/feed/2026-03-21")
    with pytest.raises(StoreError, match="out of reach"):
        list_episodes(store, TENANT, 100)


def test_what_is_just_made_is_listed_before_it_is_stored(store: LocalStore) -> None:
    entry = dataclasses.replace(entry_of(-1), reason="Brand new.")
    store.put(f"tenants/demo/mp3/{entry.date}.mp3", b"ID3")
    write_feed_and_page(store, TENANT, "", 100, entry)
    assert listed_days(store)[0] == "23"
    assert b"Brand new." in store.get("tenants/demo/feed.xml")


def test_a_run_reads_no_entry_that_is_in_the_index_and_a_command_reads_all_again(store: LocalStore) -> None:
    write_feed_and_page(store, TENANT, "", 100)
    index = store.get("tenants/demo/episodes.json")
    changed = dataclasses.replace(entry_of(2), reason="Changed by hand.")
    store.put(f"tenants/demo/feed/{changed.date}.json", changed.to_json())
    write_feed_and_page(store, TENANT, "", 100, entry_of(0))
    assert store.get("tenants/demo/episodes.json") == index
    write_feed_and_page(store, TENANT, "", 100)
    assert b"Changed by hand." in store.get("tenants/demo/feed.xml")
    assert b"Changed by hand." in store.get("tenants/demo/episodes.json")


@pytest.mark.parametrize("content", [b"{", b"[1]", b"{}", b'[{"format": "x"}]', b"[" * 100_000])
def test_a_damaged_index_is_made_anew_and_expired_episodes_leave_it(store: LocalStore, content: bytes) -> None:
    write_feed_and_page(store, TENANT, "", 100)
    right = store.get("tenants/demo/episodes.json")
    store.put("tenants/demo/episodes.json", content)
    write_feed_and_page(store, TENANT, "", 100, entry_of(0))
    assert store.get("tenants/demo/episodes.json") == right
    for asset, extension in (("mp3", "mp3"), ("feed", "json")):
        store.path(f"tenants/demo/{asset}/2026-03-19.{extension}").unlink()
    write_feed_and_page(store, TENANT, "", 100, entry_of(0))
    assert b"2026-03-19" not in store.get("tenants/demo/episodes.json")


def test_the_page_shows_every_episode_where_the_feed_stops_short(store: LocalStore) -> None:
    store.path("tenants/demo/mp3/2026-03-20.mp3").unlink()
    assert write_feed_and_page(store, TENANT, "", 1).listed.left_out == ()
    assert listed_days(store) == ["22"]
    page = store.get("tenants/demo/index.html").decode()
    for day in (19, 20, 21, 22):
        assert f'><time datetime="2026-03-{day}">' in page
    assert 'href="episode/2026-03-20.html"' not in page
    assert "2026-03-20: its sound is gone." in page


def test_nothing_of_another_tenant_is_listed(store: LocalStore) -> None:
    put_episode(store, 0, tenant="demo-2")
    assert {entry.tenant for entry in list_episodes(store, TENANT, 100).entries} == {TENANT}
    with pytest.raises(EmptyFeedError):
        write_feed_and_page(store, Tenant("dem"), "", 100)
    assert not store.exists("tenants/dem/feed.xml")


def test_links_are_at_the_public_url_only_while_the_feed_has_an_address(store: LocalStore) -> None:
    store.put("tenants/demo/uploads/x.csv", b"x")
    url, token = "https://radio.example", new_token()
    for state, expected in (
        (None, "mp3/2026-03-22.mp3"),
        (FeedToken(token), f"{url}/feeds/{token}/2026-03-22.mp3"),
        (FeedToken(None, (token,)), "mp3/2026-03-22.mp3"),
    ):
        if state is not None:
            write_feed_token(store, TENANT, state)
        write_feed_and_page(store, TENANT, url, 100)
        assert feedparser.parse(store.get("tenants/demo/feed.xml")).entries[0].enclosures[0].href == expected


def test_the_first_edition_is_kept_for_ever_and_is_no_artefact_that_expires(store: LocalStore) -> None:
    one, other = first_edition(demo_score(), b"ID3 one"), first_edition(demo_score(), b"ID3 other")
    assert remember_first(store, TENANT, one) == one
    assert remember_first(store, TENANT, other) == one
    key = f"tenants/demo/first_editions/{SUNDAY}.json"
    assert not is_artefact(key)
    store.put(key, b"{")
    with pytest.raises(DamagedFirstEditionError, match=key):
        remember_first(store, TENANT, one)


def test_secrets_are_long_differ_and_can_be_a_folders_name() -> None:
    tokens = {new_token() for _ in range(200)}
    assert len(tokens) == 200
    assert all(len(token) == 43 and token[0].isalnum() for token in tokens)


def test_a_secret_is_kept_replaced_and_taken_back(store: LocalStore) -> None:
    store.put("tenants/demo/uploads/x.csv", b"x")
    assert read_feed_token(store, TENANT) == FeedToken()
    one, two = new_token(), new_token()
    state = FeedToken().replaced_by(one).replaced_by(two)
    write_feed_token(store, TENANT, state)
    assert read_feed_token(store, TENANT) == FeedToken(two, (one,))
    write_feed_token(store, TENANT, state.replaced_by(None))
    assert read_feed_token(store, TENANT).was_revoked


@pytest.mark.parametrize("token", ["", "../../etc", "a" * 42, "-" + "a" * 42, "a/" + "b" * 41, 7])
def test_what_is_no_secret_of_ours_never_becomes_a_folder(store: LocalStore, token: object) -> None:
    with pytest.raises(FeedTokenError):
        FeedToken(token)  # type: ignore[arg-type]
    with pytest.raises(FeedTokenError):
        FeedToken(None, (token,))  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"{", b"[]", b"{}", b'{"current": "../x", "former": []}', b'{"current": 1}'])
def test_a_damaged_secret_is_said_with_what_to_do(store: LocalStore, content: bytes) -> None:
    store.put("tenants/demo/sharing/feed_token.json", content)
    with pytest.raises(FeedTokenError, match=r"sharing/feed_token\.json is damaged\. Remove it"):
        read_feed_token(store, TENANT)


def test_a_mistyped_tenant_gets_no_secret(store: LocalStore) -> None:
    with pytest.raises(FeedTokenError, match="There is no tenant dmeo yet"):
        write_feed_token(store, Tenant("dmeo"), FeedToken(new_token()))
    assert "dmeo" not in store.folders("tenants/")
