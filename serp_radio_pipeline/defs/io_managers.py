"""One IO manager for all artefacts: a tenant-day's value, or the fleet's, through its codec to its key."""

import datetime as dt
import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import dagster as dg

from serp_radio_pipeline.defs.listen_links import listen_metadata
from serp_radio_pipeline.defs.metadata import artefact_metadata
from serp_radio_pipeline.defs.network_retries import retried_when_the_store_is_away
from serp_radio_pipeline.defs.partitions import parse_tenant_day
from serp_radio_pipeline.defs.resources import StoreResource
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.storage.codecs import CODECS
from serp_radio_pipeline.storage.keys import artefact_key, catalog_key
from serp_radio_pipeline.tenant import Tenant

MOST_KEPT = 6
"""Values kept in a process: what the stages of one run hand over to each other."""


class ManyTenantDaysError(SerpRadioError):
    """A run that was asked to make several tenant-days at once."""


class HandedOver:
    """The last values that this process wrote or read, by key and by the SHA-256 of the bytes that lie there.

    Stages and checks of a run read the same score again and again: its bytes are fetched each time, for others may have
    written there, but they are parsed once.
    """

    def __init__(self) -> None:
        self._values: OrderedDict[tuple[str, str], Any] = OrderedDict()

    def keep(self, key: str, content: bytes, value: Any) -> None:
        """Remember what these bytes mean."""
        self._values[key, _sha256(content)] = value
        while len(self._values) > MOST_KEPT:
            self._values.popitem(last=False)

    def load(self, key: str, content: bytes, name: str) -> Any:
        """Return what these bytes of that asset mean."""
        known = key, _sha256(content)
        if known not in self._values:
            self.keep(key, content, CODECS[name].load(content))
        return self._values[known]


_handed_over = HandedOver()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class ArtefactIOManager(dg.ConfigurableIOManager):
    """Stores and loads exactly one tenant-day, or what belongs to no tenant; never a dict of partitions."""

    store: dg.ResourceDependency[StoreResource]
    public_url: str = ""

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        """Write the value and say where it lies."""
        key = self._key(context)
        codec = CODECS[context.asset_key.path[-1]]
        content = codec.dump(obj)
        with retried_when_the_store_is_away():
            for (folder, extension), beside in codec.beside(obj).items():
                tenant, day = self._tenant_day(context)
                self.store.store().put(artefact_key(tenant, folder, day, extension), beside)
            receipt = self.store.store().put(key, content)
        _handed_over.keep(key, content, obj)
        context.add_output_metadata({**self._listen(context), **artefact_metadata(receipt)})

    def load_input(self, context: dg.InputContext) -> Any:
        """Read the value of the tenant-day that is being made, or the fleet's."""
        key = self._key(context)
        with retried_when_the_store_is_away():
            content = self.store.store().get(key)
        return _handed_over.load(key, content, context.asset_key.path[-1])

    def _listen(self, context: dg.OutputContext) -> Mapping[str, Any]:
        if not context.has_asset_partitions:
            return {}
        tenant, day = self._tenant_day(context)
        with retried_when_the_store_is_away():
            return listen_metadata(self.store.store(), context.asset_key.path[-1], tenant, day, self.public_url)

    def _key(self, context: dg.OutputContext | dg.InputContext) -> str:
        name = context.asset_key.path[-1]
        extension = CODECS[name].extension
        if not context.has_asset_partitions:
            return catalog_key(name, extension)
        tenant, day = self._tenant_day(context)
        return artefact_key(tenant, name, day, extension)

    def _tenant_day(self, context: dg.OutputContext | dg.InputContext) -> tuple[Tenant, dt.date]:
        keys = list(context.asset_partition_keys)
        if len(keys) != 1:
            raise ManyTenantDaysError(
                f"A run makes one tenant-day, not {len(keys)}: start a backfill with one run per partition."
            )
        # Dagster says that keys are text; those of tenant-days are `MultiPartitionKey`s, and anything else is refused
        return parse_tenant_day(keys[0])
