"""The API's keys: who may call, for which tenant, with which rights. Of a key's secret only its SHA-256 is kept.

A secret has 256 random bits, so that a fast hash is enough: there is nothing to guess.
"""

import datetime as dt
import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass, replace
from enum import StrEnum

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.storage.keys import API_KEYS_PREFIX, api_key_key
from serp_radio_pipeline.storage.store import ObjectMissingError, Store
from serp_radio_pipeline.tenant import Tenant

_KEY = re.compile(r"srk_([0-9a-f]{16})_([A-Za-z0-9_-]{43})", re.ASCII)
_IDENTIFIER = re.compile(r"[0-9a-f]{16}", re.ASCII)
_NOBODY = "0" * 64


class ApiKeyError(SerpRadioError):
    """A key that is not there, or can't be read."""


class Scope(StrEnum):
    """What a key may do."""

    READ = "read"
    UPLOAD = "upload"
    RUN = "run"
    RULES = "rules"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept: 16 hex digits that name it, and no secret. Without a tenant it is the operator's."""

    identifier: str
    tenant: Tenant | None
    scopes: frozenset[Scope]
    secret_sha256: str
    created_at: dt.datetime
    revoked_at: dt.datetime | None = None

    def allows(self, scope: Scope, tenant: Tenant) -> bool:
        """Whether the key may do that with what is the tenant's."""
        return scope in self.scopes and self.tenant in (None, tenant)


class ApiKeys:
    """The keys in a store; every question reads the store, so that a revoked key is refused by all copies at once."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def issue(self, tenant: Tenant | None, scopes: frozenset[Scope], now: dt.datetime) -> tuple[ApiKey, str]:
        """Make a key; return it with its text, which is kept nowhere.

        Raises:
            ApiKeyError: no scope is given.
        """
        if not scopes:
            raise ApiKeyError("A key needs a scope: read, upload, run or rules.")
        secret = secrets.token_urlsafe(32)
        key = ApiKey(secrets.token_hex(8), tenant, scopes, _sha256(secret), now)
        self._store.create(api_key_key(key.identifier), _dump(key))
        return key, f"srk_{key.identifier}_{secret}"

    def all(self) -> tuple[ApiKey, ...]:
        """Return every key, revoked ones too, ordered by identifier."""
        return tuple(_load(self._store.get(found.key)) for found in self._store.list(API_KEYS_PREFIX))

    def any_exist(self) -> bool:
        """Whether a key was ever issued; where all are revoked nobody gets in, rather than everybody."""
        return next(iter(self._store.list(API_KEYS_PREFIX)), None) is not None

    def revoke(self, identifier: str, now: dt.datetime) -> ApiKey:
        """End a key; ending it twice changes nothing.

        Raises:
            ApiKeyError: there is no such key.
        """
        key = self._find(identifier)
        if key is None:
            raise ApiKeyError(f"There is no key {identifier!r:.40}: 'serp-radio keys list' names them.")
        if key.revoked_at is None:
            key = replace(key, revoked_at=now)
            self._store.put(api_key_key(identifier), _dump(key))
        return key

    def rotate(self, identifier: str, now: dt.datetime) -> tuple[ApiKey, str]:
        """Issue a key with the same tenant and scopes, then end the old one; return the new one with its text.

        Raises:
            ApiKeyError: there is no such key, or it was revoked.
        """
        old = self._find(identifier)
        if old is None or old.revoked_at is not None:
            raise ApiKeyError(f"There is no key {identifier!r:.40} in force: 'serp-radio keys list' names them.")
        issued = self.issue(old.tenant, old.scopes, now)
        self.revoke(identifier, now)
        return issued

    def recognised(self, text: str) -> ApiKey | None:
        """Return the key in force that a text is, else None; the secret is compared in constant time."""
        match = _KEY.fullmatch(text)
        if match is None:
            return None
        key = self._find(match[1])
        is_right = hmac.compare_digest(key.secret_sha256 if key else _NOBODY, _sha256(match[2]))
        return key if key is not None and is_right and key.revoked_at is None else None

    def _find(self, identifier: str) -> ApiKey | None:
        if not _IDENTIFIER.fullmatch(identifier):
            return None
        try:
            return _load(self._store.get(api_key_key(identifier)))
        except ObjectMissingError:
            return None


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _dump(key: ApiKey) -> bytes:
    content = {
        "identifier": key.identifier,
        "tenant": key.tenant.slug if key.tenant else None,
        "scopes": sorted(key.scopes),
        "secret_sha256": key.secret_sha256,
        "created_at": key.created_at.isoformat(),
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
    }
    return json.dumps(content, indent=1).encode()


def _load(content: bytes) -> ApiKey:
    try:
        kept = json.loads(content)
        return ApiKey(
            identifier=kept["identifier"],
            tenant=None if kept["tenant"] is None else Tenant(kept["tenant"]),
            scopes=frozenset(map(Scope, kept["scopes"])),
            secret_sha256=kept["secret_sha256"],
            created_at=dt.datetime.fromisoformat(kept["created_at"]),
            revoked_at=dt.datetime.fromisoformat(kept["revoked_at"]) if kept["revoked_at"] else None,
        )
    except (ValueError, LookupError, TypeError) as error:
        raise ApiKeyError(
            "A key in the store is damaged: remove its file below api/keys/ and issue another."
        ) from error
