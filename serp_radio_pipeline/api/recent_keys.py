"""Keys that were recognised a moment ago, so that each request need not read the store; a revoked one ends soon."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable

from serp_radio_pipeline.storage.api_keys import ApiKey

SECONDS_BELIEVED = 2.0
"""How long a key that was revoked meanwhile may still open this process's doors."""
MOST_KEPT = 10_000


class RecentKeys:
    """Keys by the SHA-256 of their text; only those in force, for a refusal must end as soon as a key is issued."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[bytes, tuple[ApiKey, float]] = OrderedDict()

    def find(self, text: str) -> ApiKey | None:
        """Return the key that a text was recognised as, if that is not too long ago."""
        key, moment = self._kept.get(_digest(text), (None, 0.0))
        return key if self._clock() - moment < SECONDS_BELIEVED else None

    def add(self, text: str, key: ApiKey, asked_at: float) -> None:
        """Keep that a text is a key; `asked_at` is what the clock said before the store was asked."""
        digest = _digest(text)
        self._kept.pop(digest, None)
        while len(self._kept) >= MOST_KEPT:
            self._kept.popitem(last=False)
        self._kept[digest] = (key, asked_at)

    def now(self) -> float:
        """Return what the clock says, in seconds."""
        return self._clock()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()
