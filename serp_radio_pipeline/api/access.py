"""Who is calling and what they may do. Whatever a key may not see is answered as if it were not there."""

from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import HTTPException, Request
from starlette.concurrency import run_in_threadpool

from serp_radio_pipeline.api.rate_limit import RateLimit
from serp_radio_pipeline.api.recent_keys import RecentKeys
from serp_radio_pipeline.storage.api_keys import ApiKey, ApiKeys, Scope
from serp_radio_pipeline.tenant import Tenant

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Caller:
    """Somebody at the door: with a key, or, where none was ever issued, anybody of this machine."""

    def __init__(self, key: ApiKey | None) -> None:
        self.key = key

    def must_be_allowed(self, scope: Scope, tenant: Tenant) -> None:
        """Refuse a tenant that is not the caller's as if it did not exist, and then a missing scope.

        Raises:
            HTTPException: 404 or 403.
        """
        if self.key is None:
            return
        if self.key.tenant not in (None, tenant):
            raise HTTPException(HTTPStatus.NOT_FOUND, "There is nothing here.")
        if scope not in self.key.scopes:
            raise HTTPException(HTTPStatus.FORBIDDEN, f"This key lacks the scope {scope}.")


class Callers:
    """Who sends each request: what a route depends on."""

    def __init__(self, keys: ApiKeys, rate: RateLimit) -> None:
        self._keys, self._rate, self._recent = keys, rate, RecentKeys()

    async def __call__(self, request: Request) -> Caller:
        """Return the caller, and count the request to its key.

        Raises:
            HTTPException: 401, there is no key, or none in force; 429, it came too often.
        """
        text = _key_text(request)
        key = self._recent.find(text) if text is not None else None
        if key is None:
            key = await run_in_threadpool(self._asked, request, text)
        if key is not None:
            request.state.key = key.identifier
            self._rate.take(key.identifier)
        return Caller(key)

    def _asked(self, request: Request, text: str | None) -> ApiKey | None:
        asked_at = self._recent.now()
        key = caller_of(request, self._keys).key
        if key is not None and text is not None:
            self._recent.add(text, key, asked_at)
        return key


def caller_of(request: Request, keys: ApiKeys) -> Caller:
    """Return who sent a request with `Authorization: Bearer KEY`.

    Raises:
        HTTPException: 401, there is no key, or none in force.
    """
    text = _key_text(request)
    key = keys.recognised(text) if text is not None else None
    if key is not None:
        return Caller(key)
    is_here = request.client is not None and request.client.host in LOOPBACK
    if not request.headers.get("authorization") and is_here and not keys.any_exist():
        _must_mean_this_machine(request)
        return Caller(None)
    raise HTTPException(
        HTTPStatus.UNAUTHORIZED, "Send a key in force: 'Authorization: Bearer KEY'.", {"WWW-Authenticate": "Bearer"}
    )


def _key_text(request: Request) -> str | None:
    """Return what a request sends as its key; None where it sends none."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None


def _must_mean_this_machine(request: Request) -> None:
    """Refuse a page of elsewhere whose name was made to lead here, or that sends its visitors' browsers here."""
    origin = request.headers.get("origin")
    named = [request.headers.get("host", ""), *([] if origin is None else [urlsplit(origin).netloc])]
    if any(_host(name) not in LOOPBACK for name in named):
        raise HTTPException(
            HTTPStatus.FORBIDDEN, "Without keys only this machine is served, by the name localhost or 127.0.0.1."
        )


def _host(authority: str) -> str | None:
    try:
        return urlsplit(f"//{authority}").hostname
    except ValueError:
        return None
