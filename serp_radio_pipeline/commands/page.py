"""`serp-radio page`: a tenant's page, or the fleet's, made anew from what the store holds; and where it lies."""

from typing import Annotated

import typer

from serp_radio_pipeline.commands.own_templates import own_templates
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.radio.fleet_page import fleet_page
from serp_radio_pipeline.radio.overview import Overview
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.keys import catalog_key, fleet_page_key, tenant_page_key
from serp_radio_pipeline.storage.location import open_store
from serp_radio_pipeline.storage.store import LocalStore, ObjectMissingError, Store
from serp_radio_pipeline.storage.tenant_feed import write_feed_and_page
from serp_radio_pipeline.tenant import Tenant


class PageCommandError(SerpRadioError):
    """A page of nobody, or of what nobody has looked up yet."""


def page(
    tenant: Annotated[str | None, typer.Argument(help="the tenant's name, such as my-company")] = None,
    fleet: Annotated[bool, typer.Option("--fleet", help="every tenant, worst first, as of the last overview")] = False,
) -> None:
    """Make a tenant's page anew, or the fleet's, and say where it lies."""
    if fleet == (tenant is not None):
        raise PageCommandError("Say which tenant, or --fleet for all of them: 'serp-radio page TENANT'.")
    settings = Settings.from_environment()
    store = open_store(settings.store_url, encryption=settings.s3_encryption)
    if tenant is None:
        key = fleet_page_key()
        overview = _last_overview(store)
        with own_templates(settings):
            store.put(key, fleet_page(overview, locale=settings.locale))
    else:
        name = Tenant(tenant)
        key = tenant_page_key(name)
        with own_templates(settings):
            write_feed_and_page(store, name, settings.public_url, settings.feed_episodes, locale=settings.locale)
    print(store.path(key) if isinstance(store, LocalStore) else store.uri(key))


def _last_overview(store: Store) -> Overview:
    try:
        return Overview.from_json(store.get(catalog_key("tenant_overview", "json")))
    except ObjectMissingError as error:
        raise PageCommandError(
            "Nobody has looked at the fleet yet: run job 'overview' in the UI of 'serp-radio dev', "
            "or let schedule daily_overview do it."
        ) from error
