"""Entity tags of feeds that were built here, by what went into each: an app that asks again costs no building.

A tag is the SHA-256 of the feed's bytes, so every copy of the API gives the same one, and it changes when they do. What
is remembered is that these facts make those bytes, in this process's memory alone: no other release wrote it down.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock

from serp_radio_pipeline.radio.feed_entry import FeedEntry
from serp_radio_pipeline.radio.links import Links

MOST_KEPT = 10_000
"""Feeds, each as one address names its links; which was asked for longest ago is built again first."""


def facts_of(entries: Iterable[FeedEntry], links: Links, notice: str) -> bytes:
    """Return the SHA-256 of all that a feed is made from; its tenant is in each entry."""
    digest = hashlib.sha256(repr((links, notice)).encode())
    for entry in entries:
        digest.update(entry.to_json())
    return digest.digest()


class FeedTags:
    """The tags, quoted as HTTP has them; many threads may ask at once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, str] = OrderedDict()
        self._lock = Lock()

    def find(self, facts: bytes) -> str | None:
        """Return the tag of the feed that these facts make; None where it was not built here."""
        with self._lock:
            tag = self._kept.get(facts)
            if tag is not None:
                self._kept.move_to_end(facts)
            return tag

    def add(self, facts: bytes, content: bytes) -> str:
        """Keep that these facts made these bytes, and return their tag."""
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        with self._lock:
            self._kept[facts] = tag
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return tag
