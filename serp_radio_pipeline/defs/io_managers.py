"""One IO manager for all artefacts: a tenant-day's value, through its asset's codec, to its key in the store."""

from typing import Any

import dagster as dg

from serp_radio_pipeline.defs.partitions import parse_tenant_day
from serp_radio_pipeline.defs.resources import StoreResource
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.storage.codecs import CODECS
from serp_radio_pipeline.storage.keys import artefact_key


class ManyTenantDaysError(SerpRadioError):
    """A run that was asked to make several tenant-days at once."""


class ArtefactIOManager(dg.ConfigurableIOManager):
    """Stores and loads exactly one tenant-day; never a dict of partitions."""

    store: dg.ResourceDependency[StoreResource]

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        """Write the value and say where it lies."""
        key = self._key(context.asset_key, context.asset_partition_keys)
        receipt = self.store.store().put(key, CODECS[context.asset_key.path[-1]].dump(obj))
        context.add_output_metadata(
            {
                "uri": dg.MetadataValue.url(receipt.uri),
                "size": dg.MetadataValue.int(receipt.size),
                "sha256": receipt.sha256,
                "content_type": receipt.content_type,
            }
        )

    def load_input(self, context: dg.InputContext) -> Any:
        """Read the value of the tenant-day that is being made."""
        content = self.store.store().get(self._key(context.asset_key, context.asset_partition_keys))
        return CODECS[context.asset_key.path[-1]].load(content)

    def _key(self, asset: dg.AssetKey, partition_keys: Any) -> str:
        keys = list(partition_keys)
        if len(keys) != 1:
            raise ManyTenantDaysError(
                f"A run makes one tenant-day, not {len(keys)}: start a backfill with one run per partition."
            )
        tenant, day = parse_tenant_day(keys[0])
        name = asset.path[-1]
        return artefact_key(tenant, name, day, CODECS[name].extension)
