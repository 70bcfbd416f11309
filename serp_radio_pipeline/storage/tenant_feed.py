"""A tenant's episodes as its feed and page list them, and both of these; read from entries, never from MP3s."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from types import MappingProxyType

from serp_radio_pipeline.radio.cover import tenant_cover_png
from serp_radio_pipeline.radio.feed import EmptyFeedError, feed_xml
from serp_radio_pipeline.radio.feed_entry import FeedEntry, FeedEntryError
from serp_radio_pipeline.radio.links import IN_STORE, Links, served_links
from serp_radio_pipeline.radio.locale_format import HOUSE
from serp_radio_pipeline.radio.tenant_page import MOST_EPISODES, tenant_page
from serp_radio_pipeline.storage.codecs import CODECS
from serp_radio_pipeline.storage.episode_index import read_index, write_index
from serp_radio_pipeline.storage.feed_token import read_feed_token
from serp_radio_pipeline.storage.keys import artefact_key, cover_key, feed_key, tenant_page_key, tenant_prefix
from serp_radio_pipeline.storage.source_trouble import notice_of
from serp_radio_pipeline.storage.store import ObjectMissingError, Receipt, Store, StoredObject
from serp_radio_pipeline.tenant import Tenant

SOUND_IS_GONE = "its sound is gone"
HAS_NO_ENTRY = "it was made before there was a feed, or its last run failed"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An episode that can't be listed, and why."""

    date: dt.date
    reason: str


@dataclass(frozen=True, slots=True)
class Listed:
    """The newest episodes that can be heard, newest first, and of the same stretch of time those that can't.

    `silent` are entries whose sound is gone: they are left out, but their numbers are still known.
    `changed_at` (UTC) is when an entry or a sound was last written.
    """

    entries: tuple[FeedEntry, ...]
    silent: tuple[FeedEntry, ...]
    left_out: tuple[LeftOut, ...]
    changed_at: dt.datetime | None = None

    def newest(self, most: int) -> "Listed":
        """Return no more than so many that can be heard, and what is of the same stretch of time."""
        entries = self.entries[:most]
        if len(entries) == len(self.entries):
            return self
        since = entries[-1].date
        return Listed(
            entries,
            tuple(entry for entry in self.silent if entry.date >= since),
            tuple(one for one in self.left_out if one.date >= since),
            self.changed_at,
        )


@dataclass(frozen=True, slots=True)
class Written:
    """Where feed and page were written, and what the feed lists."""

    feed: Receipt
    page: Receipt
    listed: Listed


def list_episodes(
    store: Store,
    tenant: Tenant,
    newest: int,
    *,
    index: Mapping[dt.date, FeedEntry] = MappingProxyType({}),
    just_made: FeedEntry | None = None,
) -> Listed:
    """Return the newest episodes; entries in the index are not read, and `just_made` need not be stored yet.

    An MP3's size is the store's own word: an entry of before the MP3 was made again may say another.
    """
    known = {**index, just_made.date: just_made} if just_made else index
    sounds, stored_entries = _dates(store, tenant, "mp3"), _dates(store, tenant, "feed")
    sizes = {date: sound.size for date, sound in sounds.items()}
    with_entry = stored_entries.keys() | ({just_made.date} if just_made else set())
    audible = sorted(with_entry & sizes.keys(), reverse=True)[:newest]
    since = audible[-1] if len(audible) == newest else dt.date.min
    wanted = sorted((date for date in with_entry if date >= since), reverse=True)

    def read(date: dt.date) -> FeedEntry | LeftOut:
        try:
            entry = known[date] if date in known else _entry(store, tenant, date)
        except (FeedEntryError, ObjectMissingError) as error:  # but a store that is away leaves out nobody
            return LeftOut(date, str(error).rstrip("."))
        return replace(entry, mp3_bytes=sizes[date]) if date in sizes else entry

    found = _each(store, read, wanted)
    entries = [one for one in found if isinstance(one, FeedEntry)]
    left_out = [one for one in found if isinstance(one, LeftOut)]
    left_out += [LeftOut(entry.date, SOUND_IS_GONE) for entry in entries if entry.date not in sizes]
    left_out += [LeftOut(date, HAS_NO_ENTRY) for date in sizes.keys() - with_entry if date >= since]
    return Listed(
        tuple(entry for entry in entries if entry.date in sizes),
        tuple(entry for entry in entries if entry.date not in sizes),
        tuple(sorted(left_out, key=lambda one: one.date, reverse=True)),
        max((one.modified_at for one in (*sounds.values(), *stored_entries.values())), default=None),
    )


def _each(
    store: Store, read: Callable[[dt.date], FeedEntry | LeftOut], dates: Sequence[dt.date]
) -> list[FeedEntry | LeftOut]:
    """Read each day's entry, several at once where the store is worth it."""
    if store.parallel_reads == 1:
        return list(map(read, dates))
    with ThreadPoolExecutor(store.parallel_reads) as pool:
        return list(pool.map(read, dates))


def links_in_force(store: Store, tenant: Tenant, public_url: str) -> Links:
    """Return the addresses that a tenant's feed names: at its public URL, else beside it in the store.

    There is none at the public URL while nobody asked for the secret, or after it was taken back.
    """
    token = read_feed_token(store, tenant).current if public_url else None
    return served_links(token, public_url) if token else IN_STORE


def write_feed_and_page(
    store: Store,
    tenant: Tenant,
    public_url: str,
    feed_episodes: int,
    just_made: FeedEntry | None = None,
    *,
    locale: str = HOUSE,
) -> Written:
    """Write a tenant's feed and page anew, the page's numbers as in that locale, and its cover where there is none.

    With an entry that was just made, the others are taken from the index; without, every entry is read again.

    Raises:
        EmptyFeedError: it has no episode.
    """
    index = read_index(store, tenant) if just_made else {}
    listed = list_episodes(store, tenant, max(feed_episodes, MOST_EPISODES), index=index, just_made=just_made)
    in_feed = listed.newest(feed_episodes)
    feed = feed_xml(tenant, in_feed.entries, links_in_force(store, tenant, public_url), notice_of(store, tenant))
    page = served_page(store, tenant, listed, IN_STORE, locale)
    write_index(store, tenant, (*listed.entries, *listed.silent))
    if not store.exists(cover_key(tenant)):
        store.put(cover_key(tenant), tenant_cover_png(tenant))
    return Written(store.put(feed_key(tenant), feed), store.put(tenant_page_key(tenant), page), in_feed)


def write_feed_and_page_if_any(
    store: Store, tenant: Tenant, public_url: str, feed_episodes: int, *, locale: str
) -> None:
    """Write a tenant's feed and page anew where it has an episode."""
    with suppress(EmptyFeedError):
        write_feed_and_page(store, tenant, public_url, feed_episodes, locale=locale)


def served_page(store: Store, tenant: Tenant, listed: Listed, links: Links, locale: str) -> bytes:
    """Return a tenant's page with these links, its numbers as in that locale."""
    notice = notice_of(store, tenant)
    return tenant_page(tenant, listed.entries, listed.silent, links, _reasons(listed), locale, notice=notice)


def _reasons(listed: Listed) -> list[tuple[dt.date, str]]:
    return [(one.date, one.reason) for one in listed.left_out]


def _entry(store: Store, tenant: Tenant, date: dt.date) -> FeedEntry:
    entry = FeedEntry.from_json(store.get(artefact_key(tenant, "feed", date, "json")))
    if (entry.tenant, entry.date) != (tenant, date):
        raise FeedEntryError(f"its entry is that of {entry.tenant}, {entry.date}")
    return entry


def _dates(store: Store, tenant: Tenant, asset: str) -> dict[dt.date, StoredObject]:
    """Return an asset's artefacts by their days; other hands' files are passed over."""
    found = {}
    for stored in store.list(f"{tenant_prefix(tenant)}{asset}/"):
        try:
            date = dt.date.fromisoformat(stored.key.rpartition("/")[2].partition(".")[0])
        except ValueError:
            continue
        if stored.size and stored.key == artefact_key(tenant, asset, date, CODECS[asset].extension):
            found[date] = stored
    return found
