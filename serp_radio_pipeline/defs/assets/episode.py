"""The episode as listeners open it: a page that needs nothing else, with transcript, chapters and notes beside it."""

import hashlib

import dagster as dg

from serp_radio_pipeline.defs.assets.stages import IO_MANAGER, OWNERS, appearance_tags
from serp_radio_pipeline.defs.code_versions import room_version
from serp_radio_pipeline.defs.resources import PublishingResource, RulesResource
from serp_radio_pipeline.defs.template_checks import templates_check, templates_spec
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.episode import make_episode
from serp_radio_pipeline.radio.templates import using_templates


def build_episode(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """Return the asset."""

    # no return type: beside a check, Dagster takes every annotation but a tuple for a mistake
    @dg.asset(
        partitions_def=partitions,
        io_manager_key=IO_MANAGER,
        group_name="radio",
        kinds={"python", "html"},
        owners=OWNERS,
        code_version=room_version("radio"),
        check_specs=[templates_spec("episode", partitions)],
    )
    def episode(controls: Score, mp3: bytes, publishing: PublishingResource, rules: RulesResource):  # type: ignore[no-untyped-def]
        """The page to look at while it plays, the transcript timed to the sound, chapters, and show notes."""
        own = rules.templates()
        with using_templates(own) as problems:
            made = make_episode(controls, mp3, publishing.locale)
        return dg.MaterializeResult(
            value=made,
            metadata={
                "show notes": dg.MetadataValue.md(made.notes.decode()),
                "page without the sound (KB)": round((len(made.page) - len(mp3) * 4 / 3) / 1000, 1),
                "events": len(controls.events),
            },
            data_version=dg.DataVersion(hashlib.sha256(made.page).hexdigest()),
            tags=appearance_tags(publishing.locale, own.version),
            check_results=[templates_check(problems)],
        )

    return episode
