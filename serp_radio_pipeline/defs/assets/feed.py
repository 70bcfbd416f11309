"""The episode's entry in its tenant's podcast feed; feed and tenant page are written anew on the way."""

import hashlib

import dagster as dg

from serp_radio_pipeline.defs.assets.stages import IO_MANAGER, OWNERS
from serp_radio_pipeline.defs.code_versions import room_version
from serp_radio_pipeline.defs.metadata import feed_metadata
from serp_radio_pipeline.defs.network_retries import retried_when_the_store_is_away
from serp_radio_pipeline.defs.partitions import parse_tenant_day
from serp_radio_pipeline.defs.resources import PublishingResource, RulesResource, StoreResource
from serp_radio_pipeline.defs.template_checks import templates_check, templates_spec
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.feed_entry import feed_entry
from serp_radio_pipeline.radio.first_edition import first_edition
from serp_radio_pipeline.radio.templates import using_templates
from serp_radio_pipeline.storage.first_editions import remember_first
from serp_radio_pipeline.storage.tenant_feed import write_feed_and_page


def build_feed(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """Return the asset."""

    # no return type: beside a check, Dagster takes every annotation but a tuple for a mistake
    @dg.asset(
        partitions_def=partitions,
        io_manager_key=IO_MANAGER,
        group_name="radio",
        kinds={"python", "rss"},
        owners=OWNERS,
        code_version=room_version("radio"),
        check_specs=[templates_spec("feed", partitions)],
        deps=["episode"],  # what the feed names is there before it is named
    )
    def feed(  # type: ignore[no-untyped-def]
        context: dg.AssetExecutionContext,
        controls: Score,
        mp3: bytes,
        store: StoreResource,
        publishing: PublishingResource,
        rules: RulesResource,
    ):
        """What the tenant's podcast feed says of the episode, and whether it was corrected since it first came out."""
        tenant, _ = parse_tenant_day(context.partition_key)
        with retried_when_the_store_is_away():
            first = remember_first(store.store(), tenant, first_edition(controls, mp3))
            entry = feed_entry(controls, mp3, first, publishing.locale)
            with using_templates(rules.templates()) as problems:
                written = write_feed_and_page(
                    store.store(),
                    tenant,
                    publishing.public_url,
                    publishing.feed_episodes,
                    entry,
                    locale=publishing.locale,
                )
        return dg.MaterializeResult(
            value=entry,
            metadata=feed_metadata(entry, written),
            check_results=[templates_check(problems)],
            data_version=dg.DataVersion(hashlib.sha256(entry.to_json()).hexdigest()),
        )

    return feed
