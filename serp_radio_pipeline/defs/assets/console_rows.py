"""What Search Console says of a tenant, fetched into its log of uploads; `raw_metrics` folds it with all else there.

A partition is a tenant and not a tenant-day: one answer holds many days, and restates days of before. Making a
tenant-day again asks nobody.
"""

import datetime as dt
import hashlib
from collections.abc import Callable

import dagster as dg

from serp_radio_pipeline.console.errors import DisconnectedError
from serp_radio_pipeline.console.source import SourceError
from serp_radio_pipeline.defs.assets.stages import OWNERS
from serp_radio_pipeline.defs.code_versions import room_version
from serp_radio_pipeline.defs.console_metadata import fetch_metadata
from serp_radio_pipeline.defs.network_retries import retried_when_the_store_is_away
from serp_radio_pipeline.defs.partitions import tenant_names
from serp_radio_pipeline.defs.resources import ConsoleResource, PublishingResource, RulesResource, StoreResource
from serp_radio_pipeline.radio.templates import using_templates
from serp_radio_pipeline.storage.console_log import fetch_tenant
from serp_radio_pipeline.storage.tenant_feed import write_feed_and_page_if_any
from serp_radio_pipeline.tenant import Tenant

CONSOLE_ROWS = "console_rows"
SOURCE_IS_CONNECTED = "source_is_connected"


def build_console_rows(now: Callable[[], dt.datetime]) -> dg.AssetsDefinition:
    """Return the asset; `now` says which days are due."""

    @dg.asset(
        partitions_def=tenant_names,
        group_name="ingest",
        kinds={"python", "googlecloud"},
        owners=OWNERS,
        code_version=room_version("console"),
        check_specs=[
            dg.AssetCheckSpec(
                SOURCE_IS_CONNECTED,
                asset=CONSOLE_ROWS,
                description="Search Console lets the tenant's property be read; else what a person has to do.",
                partitions_def=tenant_names,
            )
        ],
    )
    # no return type: beside a check, Dagster takes every annotation but a tuple for a mistake
    def console_rows(  # type: ignore[no-untyped-def]
        context: dg.AssetExecutionContext,
        store: StoreResource,
        console: ConsoleResource,
        publishing: PublishingResource,
        rules: RulesResource,
    ):
        """The days that are due, with queries and pages, from Search Console into the tenant's log of uploads."""
        tenant = Tenant(context.partition_key)

        def say_on_page() -> None:
            # what does not work of a user's templates is said where an episode is made
            with using_templates(rules.templates()):
                write_feed_and_page_if_any(
                    store.store(), tenant, publishing.public_url, publishing.feed_episodes, locale=publishing.locale
                )

        try:
            with retried_when_the_store_is_away():
                found = fetch_tenant(store.upload_log(), tenant, console.console, now(), say_on_page)
        except (DisconnectedError, SourceError) as error:
            yield _check(str(error))
            raise
        for line in found.in_lines():
            context.log.info(line)
        days = found.added.upload.sha256 if found.added else ""
        version = hashlib.sha256(f"{found.source!r}{days}".encode()).hexdigest()
        yield dg.MaterializeResult(
            metadata=fetch_metadata(found), data_version=dg.DataVersion(version), check_results=[_check("")]
        )

    return console_rows


def _check(trouble: str) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=CONSOLE_ROWS,
        check_name=SOURCE_IS_CONNECTED,
        passed=not trouble,
        severity=dg.AssetCheckSeverity.WARN,
        description=trouble or "Connected.",
    )
