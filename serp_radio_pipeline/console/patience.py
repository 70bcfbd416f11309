"""How often a request is tried again, and how long is waited before: bounded, and the same every time."""

import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from serp_radio_pipeline.console.errors import ConsoleError, ConsoleUnavailableError, QuotaError
from serp_radio_pipeline.console.failures import failure_of

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Patience:
    """Tries at most so many times; the wait doubles each time, from seconds for faults and from more for quotas."""

    tries: int = 5
    fault_seconds: float = 1.0
    quota_seconds: float = 15.0
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    def answer(self, request: Callable[[], _Answer]) -> _Answer:
        """Return what the request gives.

        Raises:
            ConsoleError: what went wrong, at once where trying again can't help, else the last time.
        """
        for attempt in range(self.tries):
            found = _attempt(request)
            if not isinstance(found, ConsoleError):
                return found
            is_last = attempt == self.tries - 1
            # raised here, outside the handler: what the library raised may quote a request, and must not follow along
            if is_last or not isinstance(found, QuotaError | ConsoleUnavailableError):
                raise found
            wait = self.quota_seconds if isinstance(found, QuotaError) else self.fault_seconds
            self.sleep(wait * 2**attempt)
        raise AssertionError("a request is tried at least once")


def _attempt(request: Callable[[], _Answer]) -> "_Answer | ConsoleError":
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415 - as in credentials
    from googleapiclient.errors import Error  # noqa: PLC0415
    from httplib2 import HttpLib2Error  # noqa: PLC0415

    try:
        return request()
    except (GoogleAuthError, Error, HttpLib2Error, http.client.HTTPException, OSError, ValueError) as error:
        return failure_of(error)
