"""Which sound pack a tenant's episodes are played in: one word that a person said of it, and can say anew."""

import datetime as dt
import json

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.music.pack import DEFAULT_PACK
from serp_radio_pipeline.storage.keys import pack_choice_key, uploads_prefix
from serp_radio_pipeline.storage.store import ObjectMissingError, Store
from serp_radio_pipeline.tenant import Tenant


class PackChoiceError(SerpRadioError):
    """A choice that can't be read, or is of no tenant."""


def chosen_pack(store: Store, tenant: Tenant) -> str:
    """Return the name of the pack that a tenant chose, else the default's. Whether there is such a pack is not asked.

    Raises:
        PackChoiceError: what is kept of the choice is damaged.
    """
    try:
        content = json.loads(store.get(pack_choice_key(tenant)))
        pack = content["pack"]
        if not isinstance(pack, str):
            raise TypeError("the pack's name must be text")
    except ObjectMissingError:
        return DEFAULT_PACK
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise PackChoiceError(
            f"{tenant}'s choice of a sound pack can't be read: choose anew with 'serp-radio packs use {tenant} PACK'."
        ) from error
    return pack


def pack_version(store: Store, tenant: Tenant) -> str:
    """Return a word for a tenant's choice that changes with it: the pack's name, or that it can't be read."""
    try:
        return chosen_pack(store, tenant)
    except PackChoiceError:
        return "unreadable"


def choose_pack(store: Store, tenant: Tenant, pack: str, chosen_at: dt.datetime) -> None:
    """Keep a tenant's choice; an earlier one is replaced.

    Raises:
        PackChoiceError: the tenant has no uploads, so that its name was probably mistyped.
    """
    if next(iter(store.list(uploads_prefix(tenant))), None) is None:
        raise PackChoiceError(f"There is no tenant {tenant} yet: add a file with 'serp-radio upload {tenant} FILE'.")
    content = {"pack": pack, "chosen_at": chosen_at.astimezone(dt.UTC).isoformat()}
    store.put(pack_choice_key(tenant), json.dumps(content, indent=1).encode())
