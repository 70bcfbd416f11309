"""What the client library raises, as errors of this room: which are worth another try, and which need a person.

Status codes and reasons as in Google's documents on errors and on usage limits of the Search Console API.
"""

import json
from typing import Any

from serp_radio_pipeline.console.errors import (
    ConsoleError,
    ConsoleRequestError,
    ConsoleUnavailableError,
    PropertyRefusedError,
    QuotaError,
    ReconnectError,
)
from serp_radio_pipeline.ingest.refusal import shown

QUOTA_REASONS = frozenset(
    {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded", "RESOURCE_EXHAUSTED"}
)
NOT_ENABLED = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
RECONNECT = (
    "Google no longer accepts the credentials ({why}): reconnect with a new key or refresh token in the secret, and "
    "look with 'serp-radio connect TENANT --check'."
)


def failure_of(error: Exception) -> ConsoleError:
    """Return what an error of the client library means; its own text is not repeated but for Google's reason."""
    from google.auth import exceptions  # noqa: PLC0415 - as in credentials
    from googleapiclient.errors import HttpError  # noqa: PLC0415

    if isinstance(error, HttpError):
        return _of_status(error.status_code, error.content)
    if isinstance(error, exceptions.RefreshError):
        if error.retryable:
            return ConsoleUnavailableError("Google's sign-in was failing; try again later.")
        return ReconnectError(RECONNECT.format(why=_token_fault(error)))
    if isinstance(error, TimeoutError):
        return ConsoleUnavailableError("Search Console did not answer in time; try again later.")
    if isinstance(error, ValueError) and not isinstance(error, OSError):  # a certificate's fault is both
        return ConsoleUnavailableError("Search Console's answer was cut off, or is no JSON; try again later.")
    return ConsoleUnavailableError(
        f"Search Console could not be reached ({type(error).__name__}); check the network, and try again later."
    )


def _of_status(status: int, content: bytes) -> ConsoleError:
    reasons, message = _reasons(content)
    said = shown(next(iter(reasons), str(status)), 60)
    if status == 401:
        return ReconnectError(RECONNECT.format(why="401"))
    if status == 429 or (status == 403 and not QUOTA_REASONS.isdisjoint(reasons)):
        return QuotaError(
            f"Search Console's quota is used up ({said}): what is fetched stays as it is; try again later, the daily "
            "quota after midnight Pacific time."
        )
    if status == 403 and not NOT_ENABLED.isdisjoint(reasons):
        return PropertyRefusedError(
            "The Search Console API is not switched on in the account's Google Cloud project: enable it there."
        )
    if status in (403, 404):
        return PropertyRefusedError(
            f"The account may not read the property ({said}): add it in Search Console under Settings, Users and "
            "permissions, and check how the property is written."
        )
    if status >= 500 or status == 408:
        return ConsoleUnavailableError(f"Search Console was failing ({status}); try again later.")
    return ConsoleRequestError(f"Search Console refused the request ({status}): {shown(message, 200) or said}.")


def _reasons(content: bytes) -> tuple[list[str], str]:
    """Return the reasons that an error's body gives, in both of Google's forms, and its message."""
    try:
        error = json.loads(content)["error"]
        parts: list[dict[str, Any]] = [*error.get("errors", ()), *error.get("details", ())]
        reasons = [str(part["reason"]) for part in parts if "reason" in part]
        return [*reasons, *([str(error["status"])] if "status" in error else [])], str(error.get("message", ""))
    except (ValueError, LookupError, TypeError, AttributeError):
        return [], ""


def _token_fault(error: Exception) -> str:
    """Return the reason by RFC 6749, 5.2, that the token endpoint gave, never its description."""
    said = next((part["error"] for part in error.args if isinstance(part, dict) and "error" in part), None)
    return shown(said, 40) if isinstance(said, str) else "sign-in refused"
