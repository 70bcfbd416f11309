"""One IO manager for all artefacts: a tenant-day's value, or the fleet's, through its codec to its key."""

from typing import Any

import dagster as dg

from serp_radio_pipeline.defs.metadata import artefact_metadata
from serp_radio_pipeline.defs.network_retries import retried_when_the_store_is_away
from serp_radio_pipeline.defs.partitions import parse_tenant_day
from serp_radio_pipeline.defs.resources import StoreResource
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.storage.codecs import CODECS
from serp_radio_pipeline.storage.keys import artefact_key, catalog_key


class ManyTenantDaysError(SerpRadioError):
    """A run that was asked to make several tenant-days at once."""


class ArtefactIOManager(dg.ConfigurableIOManager):
    """Stores and loads exactly one tenant-day, or what belongs to no tenant; never a dict of partitions."""

    store: dg.ResourceDependency[StoreResource]

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        """Write the value and say where it lies."""
        key = self._key(context)
        content = CODECS[context.asset_key.path[-1]].dump(obj)
        with retried_when_the_store_is_away():
            receipt = self.store.store().put(key, content)
        context.add_output_metadata(artefact_metadata(receipt))

    def load_input(self, context: dg.InputContext) -> Any:
        """Read the value of the tenant-day that is being made, or the fleet's."""
        with retried_when_the_store_is_away():
            content = self.store.store().get(self._key(context))
        return CODECS[context.asset_key.path[-1]].load(content)

    def _key(self, context: dg.OutputContext | dg.InputContext) -> str:
        name = context.asset_key.path[-1]
        extension = CODECS[name].extension
        if not context.has_asset_partitions:
            return catalog_key(name, extension)
        keys = list(context.asset_partition_keys)
        if len(keys) != 1:
            raise ManyTenantDaysError(
                f"A run makes one tenant-day, not {len(keys)}: start a backfill with one run per partition."
            )
        # Dagster says that keys are text; those of tenant-days are `MultiPartitionKey`s, and anything else is refused
        tenant, day = parse_tenant_day(keys[0])
        return artefact_key(tenant, name, day, extension)
