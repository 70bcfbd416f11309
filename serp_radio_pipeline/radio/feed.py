"""A tenant's podcast feed: RSS 2.0 with the tags of Apple and of the podcast namespace, from its episodes' entries.

It is private: no directory may list it, and nobody finds it who was not given its address.
"""

import datetime as dt
import html
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.radio.feed_entry import FeedEntry
from serp_radio_pipeline.radio.links import Links
from serp_radio_pipeline.radio.locale_format import short_date
from serp_radio_pipeline.radio.palette import LABEL_WORDS
from serp_radio_pipeline.radio.plain_text import plain_line
from serp_radio_pipeline.radio.tagging import ARTIST
from serp_radio_pipeline.tenant import Tenant

if TYPE_CHECKING:
    from feedgen.feed import FeedGenerator

HOUR = dt.time(12, tzinfo=dt.UTC)
"""When an episode counts as published on its day: at noon it is the same date nearly everywhere on earth."""
PODCAST_NAMES = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
"""The podcast namespace's own UUID, of which each podcast:guid is a name."""


class EmptyFeedError(SerpRadioError):
    """A feed without an episode."""


def feed_xml(tenant: Tenant, entries: Sequence[FeedEntry], links: Links, notice: str = "") -> bytes:
    """Return the feed of these episodes, in the order given, as UTF-8 XML; the same input gives the same bytes.

    `notice` is what else its listeners should know; it is part of the feed's description.

    Raises:
        EmptyFeedError: there is no episode.
    """
    if not entries:
        raise EmptyFeedError(f"{tenant} has no episode to listen to yet: make one with 'serp-radio sonify {tenant}'.")
    feed = _channel(tenant, max(entry.date for entry in entries), links, notice)
    for entry in entries:
        _add(feed, entry, links)
    content: bytes = feed.rss_str(pretty=True)
    return content


def entry_guid(tenant: Tenant, date: dt.date) -> str:
    """Return the name by which apps know an episode: it stays whatever becomes of its sound, numbers and address."""
    return f"serp-radio:{tenant}:{date.isoformat()}"


def entry_title(entry: FeedEntry) -> str:
    """Return an episode's title: day, verdict, and whether it was corrected."""
    corrected = " (corrected)" if entry.corrected else ""
    return f"{entry.date.isoformat()}: {LABEL_WORDS[entry.label].lower()}{corrected}"


def correction_in_words(entry: FeedEntry) -> str:
    """Return which days were corrected, or nothing."""
    if not entry.corrected:
        return ""
    days = ", ".join(short_date(date) for date in entry.corrected)
    return f"Corrected: when this episode first came out, the numbers of {days} were others."


def _channel(tenant: Tenant, last: dt.date, links: Links, notice: str) -> "FeedGenerator":
    from feedgen.feed import FeedGenerator  # noqa: PLC0415 - lxml, only where a feed is made

    from serp_radio_pipeline.radio.podcast_tags import EpisodeFiles, PrivateFeed  # noqa: PLC0415

    feed = FeedGenerator()
    feed.load_extension("podcast")
    feed.register_extension("private_feed", PrivateFeed, EpisodeFiles, atom=False)
    feed.title(f"{ARTIST}: {tenant}")
    about = f"How {tenant} does in search, every day, as a short piece of music that holds the numbers."
    feed.description(f"{about} {notice}".rstrip())
    if links.feed:
        feed.link(href=links.feed, rel="self", type="application/rss+xml")
    feed.link(href=links.home, rel="alternate")  # last: it is the one that RSS itself knows
    feed.language("en")
    feed.generator(ARTIST)
    feed.lastBuildDate(_published(last))  # else feedgen takes the clock
    feed.podcast.itunes_author(ARTIST)
    feed.podcast.itunes_block(True)
    feed.podcast.itunes_category("Business", "Marketing")
    feed.podcast.itunes_image(links.cover)
    feed.podcast.itunes_type("episodic")
    feed.private_feed.guid = str(uuid.uuid5(PODCAST_NAMES, f"serp-radio/{tenant}"))
    return feed


def _add(feed: "FeedGenerator", entry: FeedEntry, links: Links) -> None:
    item = feed.add_entry(order="append")
    item.title(entry_title(entry))
    item.guid(entry_guid(entry.tenant, entry.date))
    item.link(href=links.of(links.page, entry.date))
    paragraphs = _paragraphs(entry)
    item.description(plain_line(" ".join(paragraphs)))
    item.content("".join(f"<p>{html.escape(line, quote=False)}</p>" for line in paragraphs))
    item.enclosure(links.of(links.mp3, entry.date), str(entry.mp3_bytes), "audio/mpeg")
    item.pubDate(_published(entry.date))
    item.podcast.itunes_title(entry_title(entry))
    item.podcast.itunes_duration(max(1, round(entry.seconds)))
    item.podcast.itunes_image(links.of(links.picture, entry.date))
    item.podcast.itunes_episode_type("full")
    item.private_feed.chapters = links.of(links.chapters, entry.date)
    item.private_feed.transcript = links.of(links.transcript, entry.date)


def _paragraphs(entry: FeedEntry) -> list[str]:
    said = [correction_in_words(entry), f"{LABEL_WORDS[entry.label]}. {entry.reason}", *entry.notes]
    return [plain_line(line) for line in said if line]


def _published(date: dt.date) -> dt.datetime:
    return dt.datetime.combine(date, HOUR)
