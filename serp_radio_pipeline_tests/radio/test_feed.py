"""The podcast feed, read as apps read it: what the specifications ask for, whatever a tenant wrote, the same twice."""

import dataclasses
import datetime as dt
import uuid
from xml.etree import ElementTree

import feedparser
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.radio.feed import EmptyFeedError, entry_guid, feed_xml
from serp_radio_pipeline.radio.feed_entry import FeedEntry, FeedEntryError, feed_entry
from serp_radio_pipeline.radio.first_edition import FirstEdition, FirstEditionError, first_edition
from serp_radio_pipeline.radio.links import IN_STORE, served_links
from serp_radio_pipeline.radio.plain_text import LONGEST, plain_line
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.episodes import SUNDAY, demo_score
from serp_radio_pipeline_tests.radio.entries import entry_of, year_of_entries

TENANT = Tenant("demo")
NAMES = {
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "atom": "http://www.w3.org/2005/Atom",
}
SERVED = served_links("SeCrEt", "https://radio.example")
AT = "https://radio.example/feeds/SeCrEt"
EVIL = (
    "<script>alert(1)</script>",
    "]]></description><item>",
    "&amp; &#0; & <b>",
    "\u202etxet desrever\u202c",
    "🎺🏳️‍🌈👨‍👩‍👧",
    "\x00\x08\ufffe\ud800",
    "x" * 10_000,
)


def channel_of(content: bytes) -> ElementTree.Element:
    channel = ElementTree.fromstring(content).find("channel")  # noqa: S314 - our own feed
    assert channel is not None
    return channel


def text_at(element: ElementTree.Element, path: str) -> str:
    found = element.find(path, NAMES)
    assert found is not None, path
    return found.text or ""


def attributes_at(element: ElementTree.Element, path: str) -> dict[str, str]:
    found = element.find(path, NAMES)
    assert found is not None, path
    return found.attrib


def test_apps_find_every_episode_with_its_sound_newest_first_as_given() -> None:
    parsed = feedparser.parse(feed_xml(TENANT, year_of_entries(3), SERVED))
    assert parsed.bozo == 0
    assert parsed.feed.title == "SERP Radio: demo"
    assert parsed.feed.link == f"{AT}/index.html"
    assert [one.id for one in parsed.entries] == [f"serp-radio:demo:2026-03-{day}" for day in (22, 21, 20)]
    newest = parsed.entries[0]
    assert newest.title == "2026-03-22: momentum up"
    assert newest.published == "Sun, 22 Mar 2026 12:00:00 +0000"
    (enclosure,) = newest.enclosures
    assert (enclosure.href, enclosure.length, enclosure.type) == (f"{AT}/2026-03-22.mp3", "1340000", "audio/mpeg")
    assert newest.itunes_duration == "56"


def test_the_channel_has_what_the_podcast_specifications_require_and_is_private() -> None:
    channel = channel_of(feed_xml(TENANT, [entry_of()], SERVED))
    for required in ("title", "link", "description", "language", "itunes:author", "itunes:image", "itunes:category"):
        assert channel.find(required, NAMES) is not None, required
    assert text_at(channel, "itunes:explicit") == "false"
    assert text_at(channel, "itunes:block") == "yes"
    assert text_at(channel, "podcast:block") == "yes"
    assert text_at(channel, "podcast:locked") == "yes"
    assert uuid.UUID(text_at(channel, "podcast:guid")).version == 5
    assert attributes_at(channel, "itunes:image") == {"href": f"{AT}/cover.png"}
    assert attributes_at(channel, "atom:link")["href"] == f"{AT}/feed.xml"
    assert text_at(channel, "lastBuildDate") == "Sun, 22 Mar 2026 12:00:00 +0000"


def test_each_item_leads_to_its_chapters_transcript_picture_and_page() -> None:
    item = channel_of(feed_xml(TENANT, [entry_of()], SERVED)).find("item")
    assert item is not None
    assert attributes_at(item, "podcast:chapters") == {
        "url": f"{AT}/2026-03-22.json",
        "type": "application/json+chapters",
    }
    assert attributes_at(item, "podcast:transcript") == {
        "url": f"{AT}/2026-03-22.vtt",
        "type": "text/vtt",
        "language": "en",
    }
    assert attributes_at(item, "itunes:image") == {"href": f"{AT}/2026-03-22.png"}
    assert text_at(item, "link") == f"{AT}/2026-03-22.html"
    assert attributes_at(item, "guid") == {"isPermaLink": "false"}


def test_in_the_store_links_lead_to_what_lies_beside_the_feed() -> None:
    channel = channel_of(feed_xml(TENANT, [entry_of()], IN_STORE))
    assert attributes_at(channel, "item/enclosure")["url"] == "mp3/2026-03-22.mp3"
    assert channel.find("atom:link", NAMES) is None


def test_names_stay_when_address_numbers_and_sound_change() -> None:
    before, after = (
        channel_of(feed_xml(TENANT, [entry], links))
        for entry, links in (
            (entry_of(), IN_STORE),
            (dataclasses.replace(entry_of(corrected=(SUNDAY,)), mp3_bytes=9), SERVED),
        )
    )
    for path in ("podcast:guid", "item/guid"):
        assert text_at(before, path) == text_at(after, path)


def test_a_corrected_episode_says_so_and_which_days() -> None:
    item = channel_of(feed_xml(TENANT, [entry_of(corrected=(dt.date(2026, 3, 20), SUNDAY))], SERVED)).find("item")
    assert item is not None
    assert text_at(item, "title") == "2026-03-22: momentum up (corrected)"
    assert text_at(item, "description").startswith(
        "Corrected: when this episode first came out, the numbers of 2026-03-20, 2026-03-22 were others."
    )


def test_the_same_entries_give_the_same_bytes() -> None:
    assert feed_xml(TENANT, year_of_entries(20), SERVED) == feed_xml(TENANT, year_of_entries(20), SERVED)


def test_a_feed_without_an_episode_is_refused_with_what_to_do() -> None:
    with pytest.raises(EmptyFeedError, match="serp-radio sonify demo"):
        feed_xml(TENANT, [], SERVED)


@given(st.text(st.characters(exclude_categories=()), max_size=80) | st.sampled_from(EVIL))
@settings(deadline=None, max_examples=60)
def test_whatever_a_tenant_writes_is_text_of_one_item(text: str) -> None:
    content = feed_xml(TENANT, [entry_of(reason=text)], SERVED)
    parsed = feedparser.parse(content)
    assert parsed.bozo == 0
    assert len(parsed.entries) == 1
    item = channel_of(content).find("item")
    assert item is not None
    plain, plainer = (channel_of(feed_xml(TENANT, [entry_of(reason=one)], SERVED)) for one in (text, "x"))
    assert [element.tag for element in plain.iter()] == [element.tag for element in plainer.iter()]
    assert len(text_at(item, "description")) <= LONGEST
    encoded = text_at(item, "{http://purl.org/rss/1.0/modules/content/}encoded")
    assert {tag for tag in ("<script", "<b>", "<item") if tag in encoded} == set()


@given(st.text(st.characters(exclude_categories=()), max_size=200))
@example("a\u202eb\u2066c\u2069")
@example("👨‍👩‍👧 \u200b\u00ad")
def test_a_plain_line_is_one_line_without_control_or_direction_and_stays_itself(text: str) -> None:
    line = plain_line(text)
    assert not set(line) & {*"\n\r\t\x00\x85", *"\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200e\u200f"}
    line.encode()
    assert plain_line(line) == line


def test_emoji_and_joined_scripts_stay_as_they_are_and_long_texts_are_cut() -> None:
    for text in ("👨‍👩‍👧 und 🎺", "می‌خواهم", "שלום עולם"):
        assert plain_line(text) == text
    assert plain_line("x" * 10_000) == "x" * (LONGEST - 1) + "…"


def test_an_entry_holds_the_scores_last_day_and_reads_back() -> None:
    score, mp3 = demo_score(), b"ID3 sound"
    entry = feed_entry(score, mp3, first_edition(score, mp3))
    assert (entry.tenant, entry.date, entry.label, entry.mp3_bytes) == (TENANT, SUNDAY, "MOMENTUM_POS", 9)
    assert entry.figures["clicks"] == score.days[-1].clicks
    assert entry.seconds == pytest.approx(score.seconds(score.end_tick), abs=0.001)
    assert entry.corrected == ()
    assert FeedEntry.from_json(entry.to_json()) == entry


def test_only_days_whose_numbers_changed_since_the_first_edition_were_corrected() -> None:
    score, mp3 = demo_score(), b"ID3 sound"
    first = first_edition(score, mp3)
    days = list(score.days)
    days[-3] = days[-3].model_copy(update={"clicks": (days[-3].clicks or 0) + 1})
    days[-2] = days[-2].model_copy(update={"is_provisional": True})
    again = score.model_copy(update={"days": tuple(days)})
    assert feed_entry(again, b"ID3 other", first).corrected == (days[-3].date,)
    # another lookback or another sound corrects nothing
    assert feed_entry(demo_score("4w"), b"ID3 other", first).corrected == ()
    assert FirstEdition.from_json(first.to_json()) == first


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"format": "x"}', b"\xff", b"[" * 100_000])
def test_bytes_that_are_something_else_are_refused(content: bytes) -> None:
    with pytest.raises(FeedEntryError):
        FeedEntry.from_json(content)
    with pytest.raises(FirstEditionError):
        FirstEdition.from_json(content)


def test_an_entry_without_sound_or_with_half_its_figures_cannot_be_built() -> None:
    with pytest.raises(FeedEntryError, match="has no sound"):
        dataclasses.replace(entry_of(), mp3_bytes=0)
    with pytest.raises(FeedEntryError, match="must have clicks, impressions, ctr, position"):
        dataclasses.replace(entry_of(), figures={"clicks": 1.0})


def test_guids_tell_tenants_and_days_apart() -> None:
    guids = {entry_guid(Tenant(name), SUNDAY - dt.timedelta(days=day)) for name in ("a", "b") for day in range(9)}
    assert len(guids) == 18
