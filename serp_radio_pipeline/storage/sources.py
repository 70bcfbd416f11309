"""Each tenant's `sources.yaml`: which property of Search Console its data come from. People may edit the file."""

from serp_radio_pipeline.console.source import Source, SourceError, parse_source
from serp_radio_pipeline.storage.keys import source_key
from serp_radio_pipeline.storage.store import ObjectMissingError, Store
from serp_radio_pipeline.tenant import Tenant


class NotConnectedError(SourceError):
    """A tenant that has no source: it lives on uploads."""


def is_connected(store: Store, tenant: Tenant) -> bool:
    """Whether a tenant has a source, readable or not."""
    return store.exists(source_key(tenant))


def read_source(store: Store, tenant: Tenant) -> Source:
    """Return where a tenant's data come from.

    Raises:
        NotConnectedError: it has none.
        SourceError: its file can't be used.
    """
    try:
        content = store.get(source_key(tenant))
    except ObjectMissingError:
        raise NotConnectedError(
            f"{tenant} is not connected to Search Console: 'serp-radio connect {tenant} --property ... --secret ...'."
        ) from None
    return parse_source(content, name=f"{tenant}'s sources.yaml")


def write_source(store: Store, tenant: Tenant, source: Source) -> None:
    """Keep where a tenant's data come from from now on."""
    store.put(source_key(tenant), source.to_yaml())
