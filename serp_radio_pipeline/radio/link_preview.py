"""What chats and networks show for a link to a page: Open Graph's tags in its head, put there where it is served.

The stored page has none: they name absolute addresses, which can be replaced.
"""

import datetime as dt
from dataclasses import dataclass
from html import escape

from serp_radio_pipeline.ingest.metric_names import metric_names
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.card import HEIGHT, WIDTH
from serp_radio_pipeline.radio.feed_entry import FeedEntry
from serp_radio_pipeline.radio.links import Links
from serp_radio_pipeline.radio.locale_format import HOUSE, written_in
from serp_radio_pipeline.radio.palette import LABEL_WORDS
from serp_radio_pipeline.radio.plain_text import plain_line
from serp_radio_pipeline.radio.show_notes import note_lines
from serp_radio_pipeline.radio.words import plain_reason

END_OF_HEAD = b"</head>"


@dataclass(frozen=True, slots=True)
class PreviewLinks:
    """Absolute addresses of a page, its picture and its sound; the picture is the wide card unless it is said not."""

    page: str
    picture: str
    sound: str
    has_card: bool = True


@dataclass(frozen=True, slots=True)
class _Said:
    """What a preview says of an episode: whose, of which day, with which verdict on whose numbers, and why."""

    tenant: str
    date: dt.date
    label: Label
    source: str
    sentences: tuple[str, ...]


def preview_tags(entry: FeedEntry, links: Links, *, has_card: bool) -> bytes:
    """Return the tags of an episode's page, UTF-8; `links` are absolute. Without a card the square cover stands in."""
    picture = links.card if has_card else links.picture
    page, picture, sound = (links.of(link, entry.date) for link in (links.page, picture, links.mp3))
    said = _Said(entry.tenant.slug, entry.date, entry.label, entry.source, (entry.reason, *entry.notes[:1]))
    return _tags(said, PreviewLinks(page, picture, sound, has_card))


def score_preview_tags(score: Score, links: PreviewLinks, locale: str = HOUSE) -> bytes:
    """Return the same of a piece that no feed lists, from its score, numbers as in that locale."""
    with written_in(locale):
        sentences = plain_line(plain_reason(score)), plain_line(note_lines(score)[0])
    return _tags(_Said(score.tenant, score.date, Label(score.overall.label), score.source, sentences), links)


def with_preview(page: bytes, tags: bytes) -> bytes:
    """Return a page with these tags at the end of its head; one without a head stays as it is."""
    return page.replace(END_OF_HEAD, tags + END_OF_HEAD, 1)


def _tags(said: _Said, links: PreviewLinks) -> bytes:
    verdict, bars = LABEL_WORDS[said.label], metric_names(said.source).clicks
    properties = {
        "og:type": "article",
        "og:site_name": "SERP Radio",
        "og:title": f"{said.tenant}, {said.date}: {verdict.lower()}",
        "og:description": " ".join(said.sentences),
        "og:url": links.page,
        "og:image": links.picture,
        "og:image:alt": f"{verdict}: the {bars} of every day as bars",
        **({"og:image:width": str(WIDTH), "og:image:height": str(HEIGHT)} if links.has_card else {}),
        "og:audio": links.sound,
        "og:audio:type": "audio/mpeg",
    }
    lines = [f'<meta property="{name}" content="{escape(value)}">' for name, value in properties.items()]
    lines.append(f'<meta name="twitter:card" content="{"summary_large_image" if links.has_card else "summary"}">')
    return ("\n".join(lines) + "\n").encode()
