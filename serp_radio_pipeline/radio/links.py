"""Where an episode's files are found, as its tenant's feed and page name them: in the store, or where it is served."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses, absolute or relative to the feed; `{date}` stands for the episode's day.

    `feed` is the feed's own, None where it is not known.
    """

    mp3: str
    page: str
    transcript: str
    chapters: str
    picture: str
    card: str
    cover: str = "cover.png"
    home: str = "index.html"
    feed: str | None = None

    def of(self, link: str, date: dt.date) -> str:
        """Return one of these addresses for an episode's day."""
        return link.replace("{date}", date.isoformat())


IN_STORE = Links(
    mp3="mp3/{date}.mp3",
    page="episode/{date}.html",
    transcript="episode/{date}.vtt",
    chapters="episode/{date}.json",
    picture="episode/{date}.png",
    card="card/{date}.png",
)
"""As the files lie in the store, beside `tenants/<tenant>/feed.xml`."""

FEED_NAME = "feed.xml"
FOLDER = "feeds"


def served_links(token: str, public_url: str = "") -> Links:
    """Return the addresses in the folder of a feed's secret; relative ones where no URL is given."""
    base = f"{public_url}/{FOLDER}/{token}/" if public_url else ""
    return Links(
        mp3=f"{base}{{date}}.mp3",
        page=f"{base}{{date}}.html",
        transcript=f"{base}{{date}}.vtt",
        chapters=f"{base}{{date}}.json",
        picture=f"{base}{{date}}.png",
        card=f"{base}{{date}}-card.png",
        cover=f"{base}cover.png",
        home=f"{base}index.html",
        feed=f"{base}{FEED_NAME}" if base else None,
    )
