"""Where to listen to a tenant-day, for the UI: never a presigned link, for what is stored here outlives it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import dagster as dg

from serp_radio_pipeline.radio.links import served_links
from serp_radio_pipeline.storage.feed_token import FeedTokenError, read_feed_token
from serp_radio_pipeline.storage.keys import artefact_key
from serp_radio_pipeline.storage.store import LocalStore, Store
from serp_radio_pipeline.tenant import Tenant

AUDIBLE = {"mp3": "mp3", "episode": "html", "feed": "html"}
"""The assets that say it, and the kind of file that each leads to."""


def listen_metadata(store: Store, asset: str, tenant: Tenant, day: dt.date, public_url: str) -> Mapping[str, Any]:
    """Return where a tenant-day can be listened to; nothing for an asset that is not heard.

    In a folder that is a file's address, on S3 the command that makes a link; and, where the tenant has a feed that is
    served, the page's public address, which is there from the next `serp-radio feed --out` on.
    """
    if asset not in AUDIBLE:
        return {}
    extension = AUDIBLE[asset]
    uri = store.uri(artefact_key(tenant, "mp3" if extension == "mp3" else "episode", day, extension))
    found: dict[str, Any] = {"listen": dg.MetadataValue.url(uri)}
    if not isinstance(store, LocalStore):
        found = {"listen": f"serp-radio link {tenant} {day}", "listen at": dg.MetadataValue.url(uri)}
    token = _token(store, tenant) if public_url else None
    if token:
        links = served_links(token, public_url)
        found["listen, once published"] = dg.MetadataValue.url(links.of(links.page, day))
    return found


def _token(store: Store, tenant: Tenant) -> str | None:
    try:
        return read_feed_token(store, tenant).current
    except FeedTokenError:
        return None  # whoever publishes is told; an episode is not held up by it
