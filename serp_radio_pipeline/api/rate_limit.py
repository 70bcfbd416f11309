"""How often a key may ask: a bucket of tokens each, in this copy's memory alone; two copies allow twice as much."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from http import HTTPStatus

from fastapi import HTTPException

MOST_BUCKETS = 10_000
"""Whoever asked longest ago is forgotten first, and begins anew."""


class RateLimit:
    """Lets each caller ask `per_minute` times a minute, at once or spread out."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = float(per_minute), clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, caller: str) -> None:
        """Count a request.

        Raises:
            HTTPException: 429, with the seconds after which it may be tried again.
        """
        with self._lock:
            moment = self._clock()
            tokens, before = self._buckets.pop(caller, (self._most, moment))
            tokens = min(self._most, tokens + (moment - before) * self._most / 60)
            is_allowed = tokens >= 1
            self._buckets[caller] = (tokens - 1 if is_allowed else tokens, moment)
            if len(self._buckets) > MOST_BUCKETS:
                self._buckets.popitem(last=False)
        if not is_allowed:
            seconds = max(1, round((1 - tokens) * 60 / self._most + 0.5))
            raise HTTPException(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"That is more than {self._most:.0f} requests a minute: go on in {seconds} s.",
                {"Retry-After": str(seconds)},
            )
