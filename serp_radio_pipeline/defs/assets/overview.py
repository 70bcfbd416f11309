"""The morning's table, an asset without partitions: every tenant's last day, label, checks, sparkline and link."""

import datetime as dt
from collections.abc import Callable, Sequence

import dagster as dg

from serp_radio_pipeline.defs.assets.stages import IO_MANAGER, OWNERS
from serp_radio_pipeline.defs.code_versions import room_version
from serp_radio_pipeline.defs.metadata import overview_metadata
from serp_radio_pipeline.defs.network_retries import retried_when_the_store_is_away
from serp_radio_pipeline.defs.resources import PublishingResource, StoreResource
from serp_radio_pipeline.defs.tenant_states import tenant_states
from serp_radio_pipeline.radio.fleet_page import fleet_page
from serp_radio_pipeline.radio.overview import Overview
from serp_radio_pipeline.storage.keys import fleet_page_key


def build_tenant_overview(
    check_keys: Sequence[dg.AssetCheckKey], now: Callable[[], dt.datetime]
) -> dg.AssetsDefinition:
    """Return the asset; `check_keys` are the checks of a tenant-day."""

    # no deps: on mp3, Dagster would weigh every tenant-day there is against this one table
    @dg.asset(
        io_manager_key=IO_MANAGER,
        group_name="overview",
        kinds={"python", "json"},
        owners=OWNERS,
        code_version=room_version("radio"),
    )
    def tenant_overview(
        context: dg.AssetExecutionContext, store: StoreResource, publishing: PublishingResource
    ) -> dg.MaterializeResult[Overview]:
        """Every tenant on one page: its last episode, what became of its last run, and where to listen."""
        moment = now()
        tenants = store.upload_log().tenants()
        states = tenant_states(store.store(), context.instance, tenants, check_keys, moment)
        overview = Overview(moment, states)
        with retried_when_the_store_is_away():
            page = store.store().put(fleet_page_key(), fleet_page(overview, locale=publishing.locale))
        return dg.MaterializeResult(value=overview, metadata=overview_metadata(overview, page))

    return tenant_overview
