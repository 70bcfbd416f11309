"""The secret in the address of a tenant's feed: who has it may listen. It can be replaced, and taken back.

It is kept as it is, not hashed: people ask to see the address again, and whoever may read it here may read the episodes
that it opens as well. What leads from an address to its tenant, for the API, is kept under the secret's SHA-256 alone.
"""

import hmac
import json
import re
import secrets
from dataclasses import dataclass

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.storage.keys import feed_address_key, feed_token_key, uploads_prefix
from serp_radio_pipeline.storage.store import ObjectMissingError, Store
from serp_radio_pipeline.tenant import Tenant, TenantError

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
    """Keep a tenant's secret, and lead its address to the tenant and those of before to nobody.

    Raises:
        FeedTokenError: the tenant has no uploads, so that its name was probably mistyped.
    """
    if next(iter(store.list(uploads_prefix(tenant))), None) is None:
        raise FeedTokenError(f"There is no tenant {tenant} yet: add a file with 'serp-radio upload {tenant} FILE'.")
    content = {"current": token.current, "former": token.former}
    store.put(feed_token_key(tenant), json.dumps(content, indent=1).encode())
    # after the tenant's own word, which decides: whatever breaks off here, a former address opens nothing
    lead_addresses(store, tenant, token)


def lead_addresses(store: Store, tenant: Tenant, token: FeedToken) -> None:
    """Lead the address in force to its tenant and the last one before it to nobody; again writes nothing."""
    wanted: list[tuple[str | None, str | None]] = [(token.current, tenant.slug)]
    wanted += [(former, None) for former in token.former[-1:]]
    for one, leads_to in wanted:
        if one is None:
            continue
        content = json.dumps({"tenant": leads_to}).encode()
        try:
            is_led = store.get(feed_address_key(one)) == content
        except ObjectMissingError:
            is_led = leads_to is None
        if not is_led:
            store.put(feed_address_key(one), content)


def tenant_of_token(store: Store, token: str) -> Tenant | None:
    """Return whose feed a secret opens; None for one that is unknown, taken back, cut off or no secret at all.

    The tenant's own word decides, the record below `api/feeds/` only says where to look. Whatever the text, it is
    looked for in the same way: the time that takes tells nothing of it.
    """
    try:
        tenant = Tenant(json.loads(store.get(feed_address_key(token)))["tenant"])
        current = read_feed_token(store, tenant).current
    except (ObjectMissingError, TenantError, ValueError, LookupError, TypeError, RecursionError, FeedTokenError):
        return None
    is_in_force = current is not None and hmac.compare_digest(current.encode(), token.encode(errors="surrogatepass"))
    return tenant if is_in_force else None
