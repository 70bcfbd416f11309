"""The tags of the podcast namespace, and those of Apple's that feedgen writes in an older way, as feedgen extensions.

https://podcasting2.org/podcast-namespace and https://podcasters.apple.com/support/823-podcast-requirements
"""

from dataclasses import dataclass
from typing import Any

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.util import xml_elem

PODCAST = "https://podcastindex.org/namespace/1.0"
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"


@dataclass
class PrivateFeed(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """What the channel says of itself: a name that it keeps for ever, and that no directory may list or import it."""

    guid: str = ""

    def extend_ns(self) -> dict[str, str]:
        """Return the prefix of the namespace."""
        return {"podcast": PODCAST}

    def extend_rss(self, rss_feed: Any) -> Any:
        """Add the tags to the channel."""
        channel = rss_feed[0]
        for name, text in (("guid", self.guid), ("locked", "yes"), ("block", "yes"), ("medium", "podcast")):
            xml_elem(f"{{{PODCAST}}}{name}", channel).text = text
        xml_elem(f"{{{ITUNES}}}explicit", channel).text = "false"
        return rss_feed


@dataclass
class EpisodeFiles(BaseEntryExtension):  # type: ignore[misc]
    """The files beside an episode's sound: addresses of its chapters (JSON) and its transcript (WebVTT)."""

    chapters: str = ""
    transcript: str = ""

    def extend_rss(self, entry: Any) -> Any:
        """Add the tags to the item."""
        xml_elem(f"{{{PODCAST}}}chapters", entry, url=self.chapters, type="application/json+chapters")
        xml_elem(f"{{{PODCAST}}}transcript", entry, url=self.transcript, type="text/vtt", language="en")
        xml_elem(f"{{{ITUNES}}}explicit", entry).text = "false"
        return entry
