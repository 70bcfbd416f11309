"""All of a tenant's newest entries in one file, so that a run need not read hundreds: each run adds its own.

It holds nothing that the entries don't: lost or damaged, it is made anew from them.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping

from serp_radio_pipeline.radio.feed_entry import FeedEntry, FeedEntryError
from serp_radio_pipeline.storage.keys import episode_index_key
from serp_radio_pipeline.storage.store import ObjectMissingError, Store
from serp_radio_pipeline.tenant import Tenant


def read_index(store: Store, tenant: Tenant) -> Mapping[dt.date, FeedEntry]:
    """Return the entries by their day; none where there is no index, or one that can't be read."""
    try:
        entries = [FeedEntry.from_dict(one) for one in json.loads(store.get(episode_index_key(tenant)))]
    except (ObjectMissingError, FeedEntryError, ValueError, TypeError, RecursionError):
        return {}
    return {entry.date: entry for entry in entries if entry.tenant == tenant}


def write_index(store: Store, tenant: Tenant, entries: Iterable[FeedEntry]) -> None:
    """Write the index of these entries; the same entries give the same bytes."""
    ordered = sorted(entries, key=lambda entry: entry.date, reverse=True)
    content = b"[\n" + b",\n".join(entry.to_json() for entry in ordered) + b"\n]"
    store.put(episode_index_key(tenant), content)
