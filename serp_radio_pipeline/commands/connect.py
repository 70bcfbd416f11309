"""`serp-radio connect` and `serp-radio fetch`: a tenant's property of Search Console, and what is due from it."""

import datetime as dt
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from serp_radio_pipeline.commands.own_templates import own_templates
from serp_radio_pipeline.console.source import Source, make_source
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.restatements import changes_in_lines
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.location import open_store
from serp_radio_pipeline.storage.sources import read_source, write_source
from serp_radio_pipeline.tenant import Tenant

if TYPE_CHECKING:
    from serp_radio_pipeline.console.client import SearchConsole
    from serp_radio_pipeline.defs.resources import ConsoleResource

LOOKED_AT_DAYS = 35
TenantArgument = Annotated[str, typer.Argument(help="the tenant's name, such as my-company")]


class ConnectCommandError(SerpRadioError):
    """A connection that says too little, or too much."""


def connect(
    tenant: TenantArgument,
    site: Annotated[str, typer.Option("--property", help="as Search Console shows it: sc-domain:... or a URL")] = "",
    secret: Annotated[str, typer.Option(help="the name of its secret: env:NAME or aws:NAME")] = "",
    search_type: Annotated[str, typer.Option(help="web, image, video or news")] = "web",
    details: Annotated[bool, typer.Option(help="queries and pages too, for what moved")] = True,
    check: Annotated[bool, typer.Option("--check", help="sign in, and say up to which day there are data")] = False,
) -> None:
    """Say which property of Search Console a tenant's data come from; with --check, whether it can be read."""
    settings, name = Settings.from_environment(), Tenant(tenant)
    store = open_store(settings.store_url, encryption=settings.s3_encryption)
    if site or secret:
        if not (site and secret):
            raise ConnectCommandError("Say both, --property and --secret: the secret by its name, never itself.")
        source = make_source(site, secret, search_type, details=details)
        write_source(store, name, source)
        _add_partition(settings, name)
        print(f"{name}: connected, {_spoken(source)}")
    elif not check:
        print(f"{name}: {_spoken(read_source(store, name))}")
    if check:
        _check(settings, name, read_source(store, name))


def fetch(tenant: TenantArgument) -> None:
    """Fetch what is due from Search Console into a tenant's log of uploads: 16 months the first time, then days."""
    from serp_radio_pipeline.storage.console_log import fetch_tenant  # noqa: PLC0415
    from serp_radio_pipeline.storage.tenant_feed import write_feed_and_page_if_any  # noqa: PLC0415
    from serp_radio_pipeline.storage.upload_log import UploadLog  # noqa: PLC0415

    settings, name = Settings.from_environment(), Tenant(tenant)
    store = open_store(settings.store_url, encryption=settings.s3_encryption)
    log = UploadLog(store, settings.reading_limits)

    def say_on_page() -> None:
        with own_templates(settings):
            write_feed_and_page_if_any(store, name, settings.public_url, settings.feed_episodes, locale=settings.locale)

    found = fetch_tenant(log, name, _console_resource(settings).console, dt.datetime.now(dt.UTC), say_on_page)
    for line in found.in_lines():
        print(line)
    for line in changes_in_lines(found.added.changes if found.added else ()):
        print(line)
    _add_partition(settings, name)


def _check(settings: Settings, tenant: Tenant, source: Source) -> None:
    """Sign in and say who does, whether the property can be read, and up to which day there are data."""
    from serp_radio_pipeline.console.credentials import account_of  # noqa: PLC0415
    from serp_radio_pipeline.defs.resources import read_secret  # noqa: PLC0415

    console = _console_resource(settings).console(source)
    permission = console.permission_for(source.property)
    print(f"{tenant}: signed in as {account_of(read_secret(source.secret))}")
    print(f"  {source.property} can be read ({permission})")
    print(f"  {_last_days(console, source)}")


def _last_days(console: "SearchConsole", source: Source) -> str:
    from serp_radio_pipeline.console.spans import newest_days  # noqa: PLC0415

    span = newest_days(dt.datetime.now(dt.UTC), LOOKED_AT_DAYS)
    answer = console.days(source.property, source.search_type, span.first, span.last)
    if not answer.days:
        return f"it has no {source.search_type} search data from {span.first} to {span.last}"
    provisional = f", provisional from {answer.first_incomplete} on" if answer.first_incomplete else ""
    return f"there are {source.search_type} search data up to {answer.days[-1].date}{provisional}"


def _spoken(source: Source) -> str:
    details = "with" if source.details else "without"
    return f"{source.property}, {source.search_type} search, {details} queries and pages, secret {source.secret}"


def _console_resource(settings: Settings) -> "ConsoleResource":
    from serp_radio_pipeline.defs.resources import ConsoleResource  # noqa: PLC0415 - Dagster takes a second

    if sys.stderr.isatty():
        print("Asking Search Console ...", file=sys.stderr)
    return ConsoleResource(endpoint=settings.search_console_url, authorities=settings.search_console_ca)


def _add_partition(settings: Settings, tenant: Tenant) -> None:
    """Add the tenant's partition, so that its days can be chosen in the UI."""
    from serp_radio_pipeline.defs.instance import open_instance  # noqa: PLC0415
    from serp_radio_pipeline.defs.runs import add_tenant  # noqa: PLC0415

    with open_instance(settings.home_folder) as instance:
        add_tenant(instance, tenant)
