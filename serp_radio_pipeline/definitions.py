"""The one place where all is put together: settings in, Dagster's definitions out."""

import warnings
from collections.abc import Mapping
from typing import Any

import dagster as dg

from serp_radio_pipeline.defs.assets.stages import (
    IO_MANAGER,
    build_controls,
    build_labels,
    build_midi,
    build_mp3,
    build_raw_metrics,
)
from serp_radio_pipeline.defs.checks import build_checks
from serp_radio_pipeline.defs.io_managers import ArtefactIOManager
from serp_radio_pipeline.defs.jobs import build_sonify
from serp_radio_pipeline.defs.partitions import tenant_days
from serp_radio_pipeline.defs.resources import RulesResource, SoundResource, StoreResource
from serp_radio_pipeline.settings import Settings


def build_defs(settings: Settings, *, resource_overrides: Mapping[str, Any] | None = None) -> dg.Definitions:
    """Return all definitions for those settings; `resource_overrides` replaces resources by name."""
    partitions = tenant_days(settings.start_date)
    rules = settings.rules_folder
    store = StoreResource(folder=str(settings.store_folder), max_upload_bytes=settings.max_upload_bytes)
    resources: dict[str, Any] = {
        "store": store,
        "rules": RulesResource(folder=str(rules)),
        "sound": SoundResource(soundfont_path=settings.soundfont, library_path=settings.fluidsynth),
        IO_MANAGER: ArtefactIOManager(store=store),
        **(resource_overrides or {}),
    }
    with warnings.catch_warnings():
        # partitioned checks are a preview in this Dagster; the pin in constraints.txt keeps them as they are
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return dg.Definitions(
            assets=[
                build_raw_metrics(partitions, tuple((rules / "sources").glob("*.yaml"))),
                build_labels(partitions, (rules / "labels.yaml", rules / "events.yaml")),
                build_controls(partitions, tuple((rules / "packs").glob("*.yaml"))),
                build_midi(partitions),
                build_mp3(partitions),
            ],
            asset_checks=build_checks(partitions),
            jobs=[build_sonify()],
            resources=resources,
        )


@dg.definitions
def defs() -> dg.Definitions:
    """The code location: definitions for the settings in the environment."""
    return build_defs(Settings.from_environment())
