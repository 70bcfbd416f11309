"""The secret in the address of a tenant's feed: who has it may listen. It can be replaced, and taken back.

It is kept as it is, not hashed: people ask to see the address again, and whoever may read it here may read the episodes
that it opens as well.
"""

import json
import re
import secrets
from dataclasses import dataclass

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.storage.keys import feed_token_key, uploads_prefix
from serp_radio_pipeline.storage.store import ObjectMissingError, Store
from serp_radio_pipeline.tenant import Tenant

TOKEN_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{42}", re.ASCII)


class FeedTokenError(SerpRadioError):
    """A secret that can't be read, or is of no tenant."""


@dataclass(frozen=True, slots=True)
class FeedToken:
    """The secret in force, None where there is none; and those that were, oldest first: their addresses are closed.

    Raises:
        FeedTokenError: a secret that this project would not make; it is the name of a folder, so nothing else may be.
    """

    current: str | None = None
    former: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for token in (*self.former, *([] if self.current is None else [self.current])):
            if not isinstance(token, str) or not _TOKEN.fullmatch(token):
                raise FeedTokenError("That is no secret of a feed's address.")

    @property
    def was_revoked(self) -> bool:
        """Whether somebody took it back."""
        return self.current is None and bool(self.former)

    def replaced_by(self, token: str | None) -> "FeedToken":
        """Return what is in force afterwards; with None the feed has no address."""
        return FeedToken(token, (*self.former, *([] if self.current is None else [self.current])))


def new_token() -> str:
    """Return a secret of 256 random bits; it begins with a letter or digit, for it is also a folder's name."""
    while not (token := secrets.token_urlsafe(TOKEN_BYTES))[0].isalnum():
        pass
    return token


def read_feed_token(store: Store, tenant: Tenant) -> FeedToken:
    """Return a tenant's secret; one that nobody asked for yet is none.

    Raises:
        FeedTokenError: what is kept of it is damaged.
    """
    try:
        written = json.loads(store.get(feed_token_key(tenant)))
        return FeedToken(written["current"], tuple(written["former"]))
    except ObjectMissingError:
        return FeedToken()
    except (ValueError, LookupError, TypeError, RecursionError, FeedTokenError) as error:
        raise FeedTokenError(
            f"The secret of {tenant}'s feed can't be read: {feed_token_key(tenant)} is damaged. "
            f"Remove it, and 'serp-radio feed {tenant}' makes a new one."
        ) from error


def write_feed_token(store: Store, tenant: Tenant, token: FeedToken) -> None:
    """Keep a tenant's secret.

    Raises:
        FeedTokenError: the tenant has no uploads, so that its name was probably mistyped.
    """
    if next(iter(store.list(uploads_prefix(tenant))), None) is None:
        raise FeedTokenError(f"There is no tenant {tenant} yet: add a file with 'serp-radio upload {tenant} FILE'.")
    content = {"current": token.current, "former": token.former}
    store.put(feed_token_key(tenant), json.dumps(content, indent=1).encode())
