"""What the commands share by which people say something of a tenant: its logs, its history, and word to Dagster."""

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.keys import uploads_prefix
from serp_radio_pipeline.storage.location import open_store
from serp_radio_pipeline.storage.rules_log import RulesLog
from serp_radio_pipeline.storage.store import Store
from serp_radio_pipeline.tenant import Tenant

if TYPE_CHECKING:
    from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics

WIDE = 160


class UnknownTenantError(SerpRadioError):
    """A tenant that nobody has uploaded anything for."""


def open_rules_log(settings: Settings) -> RulesLog:
    """Return the log of tenants' rules in the store of those settings."""
    store = open_store(settings.store_url, encryption=settings.s3_encryption)
    return RulesLog(store, settings.rules_folder / "labels.yaml")


def tenant_history(settings: Settings, tenant: Tenant) -> "tuple[DailyMetrics, Store]":
    """Return a tenant's whole daily table, and the store it comes from.

    Raises:
        NoUploadsError: no upload of the tenant could be read.
    """
    from serp_radio_pipeline.storage.upload_log import UploadLog  # noqa: PLC0415

    store = open_store(settings.store_url, encryption=settings.s3_encryption)
    return UploadLog(store, settings.reading_limits).history(tenant).metrics, store


def check_tenant(store: Store, tenant: Tenant) -> None:
    """Refuse a name that was mistyped: what is kept under it would make it a tenant whose every day fails.

    Raises:
        UnknownTenantError: the tenant has no uploads.
    """
    if next(iter(store.list(uploads_prefix(tenant))), None) is None:
        raise UnknownTenantError(f"There is no tenant {tenant} yet: add a file with 'serp-radio upload {tenant} FILE'.")


def say_to_dagster(settings: Settings, tenant: Tenant) -> None:
    """Let Dagster know what is in force now, so that its UI shows what is stale."""
    # Dagster takes a second to import: not for commands that only look
    from serp_radio_pipeline.defs.instance import open_instance  # noqa: PLC0415
    from serp_radio_pipeline.defs.runs import add_tenant  # noqa: PLC0415
    from serp_radio_pipeline.defs.tenant_inputs import input_versions, observe_outside_runs  # noqa: PLC0415

    versions = input_versions(open_rules_log(settings), tenant)
    with open_instance(settings.home_folder) as instance:
        add_tenant(instance, tenant)
        observe_outside_runs(instance, tenant, versions)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows of plain text; what a terminal, or rich, takes for an instruction is none here."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(*columns)
    for row in rows:
        table.add_row(*(Text("".join(c if c.isprintable() else " " for c in str(cell))) for cell in row))
    # in a file or a pipe there is no edge to break lines at
    Console(width=None if sys.stdout.isatty() else WIDE).print(table)
