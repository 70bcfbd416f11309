"""What chats and networks show for a link to a published page: Open Graph's tags in its head, put there on publishing.

The stored page has none: they name an absolute address, and the secret in it can be replaced.
"""

from html import escape

from serp_radio_pipeline.ingest.metric_names import metric_names
from serp_radio_pipeline.radio.card import HEIGHT, WIDTH
from serp_radio_pipeline.radio.feed_entry import FeedEntry
from serp_radio_pipeline.radio.links import Links
from serp_radio_pipeline.radio.palette import LABEL_WORDS

END_OF_HEAD = b"</head>"


def preview_tags(entry: FeedEntry, links: Links, *, has_card: bool) -> bytes:
    """Return the tags of an episode's page, UTF-8; `links` are absolute. Without a card the square cover stands in."""
    verdict, bars = LABEL_WORDS[entry.label], metric_names(entry.source).clicks
    properties = {
        "og:type": "article",
        "og:site_name": "SERP Radio",
        "og:title": f"{entry.tenant}, {entry.date}: {verdict.lower()}",
        "og:description": " ".join((entry.reason, *entry.notes[:1])),
        "og:url": links.of(links.page, entry.date),
        "og:image": links.of(links.card if has_card else links.picture, entry.date),
        "og:image:alt": f"{verdict}: the {bars} of every day as bars",
        **({"og:image:width": str(WIDTH), "og:image:height": str(HEIGHT)} if has_card else {}),
    }
    lines = [f'<meta property="{name}" content="{escape(value)}">' for name, value in properties.items()]
    lines.append(f'<meta name="twitter:card" content="{"summary_large_image" if has_card else "summary"}">')
    return ("\n".join(lines) + "\n").encode()


def with_preview(page: bytes, tags: bytes) -> bytes:
    """Return a page with these tags at the end of its head; one without a head stays as it is."""
    return page.replace(END_OF_HEAD, tags + END_OF_HEAD, 1)
