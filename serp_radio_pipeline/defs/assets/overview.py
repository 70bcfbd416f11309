"""The morning's table, an asset without partitions: every tenant's last day, label, checks, sparkline and link."""

import datetime as dt
from collections.abc import Callable, Sequence

import dagster as dg

from serp_radio_pipeline.defs.assets.stages import IO_MANAGER, OWNERS
from serp_radio_pipeline.defs.code_versions import room_version
from serp_radio_pipeline.defs.metadata import overview_metadata
from serp_radio_pipeline.defs.network_retries import retried_when_the_store_is_away
from serp_radio_pipeline.defs.resources import PublishingResource, RulesResource, StoreResource
from serp_radio_pipeline.defs.template_checks import templates_check, templates_spec
from serp_radio_pipeline.defs.tenant_states import tenant_states
from serp_radio_pipeline.radio.fleet_page import fleet_page
from serp_radio_pipeline.radio.overview import Overview
from serp_radio_pipeline.radio.templates import using_templates
from serp_radio_pipeline.storage.keys import fleet_page_key


def build_tenant_overview(
    check_keys: Sequence[dg.AssetCheckKey], now: Callable[[], dt.datetime]
) -> dg.AssetsDefinition:
    """Return the asset; `check_keys` are the checks of a tenant-day."""

    # no return type: beside a check, Dagster takes every annotation but a tuple for a mistake
    # no deps: on mp3, Dagster would weigh every tenant-day there is against this one table
    @dg.asset(
        io_manager_key=IO_MANAGER,
        group_name="overview",
        kinds={"python", "json"},
        owners=OWNERS,
        code_version=room_version("radio"),
        check_specs=[templates_spec("tenant_overview")],
    )
    def tenant_overview(  # type: ignore[no-untyped-def]
        context: dg.AssetExecutionContext, store: StoreResource, publishing: PublishingResource, rules: RulesResource
    ):
        """Every tenant on one page: its last episode, what became of its last run, and where to listen."""
        moment = now()
        tenants = store.upload_log().tenants()
        states = tenant_states(store.store(), context.instance, tenants, check_keys, moment)
        overview = Overview(moment, states)
        with using_templates(rules.templates()) as problems:
            made = fleet_page(overview, locale=publishing.locale)
        with retried_when_the_store_is_away():
            page = store.store().put(fleet_page_key(), made)
        return dg.MaterializeResult(
            value=overview,
            metadata=overview_metadata(overview, page),
            check_results=[templates_check(problems)],
        )

    return tenant_overview
