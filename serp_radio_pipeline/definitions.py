"""The one place where all is put together: settings in, Dagster's definitions out."""

import datetime as dt
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dagster as dg

from serp_radio_pipeline.defs.assets.console_rows import build_console_rows
from serp_radio_pipeline.defs.assets.episode import build_episode
from serp_radio_pipeline.defs.assets.feed import build_feed
from serp_radio_pipeline.defs.assets.motif_catalog import build_motif_catalog
from serp_radio_pipeline.defs.assets.overview import build_tenant_overview
from serp_radio_pipeline.defs.assets.people import build_tenant_inputs
from serp_radio_pipeline.defs.assets.stages import (
    EVERY_OWN_MOTIF_WAS_READ,
    EVERY_UPLOAD_WAS_READ,
    IO_MANAGER,
    LOUDNESS_RANGE_IS_PLEASANT,
    build_controls,
    build_labels,
    build_midi,
    build_mp3,
    build_raw_metrics,
)
from serp_radio_pipeline.defs.assets.trained_model import build_trained_model
from serp_radio_pipeline.defs.checks import build_checks
from serp_radio_pipeline.defs.fleet_checks import build_every_source_is_connected, build_every_tenant_is_fresh
from serp_radio_pipeline.defs.io_managers import ArtefactIOManager
from serp_radio_pipeline.defs.jobs import build_fetch, build_overview, build_sonify
from serp_radio_pipeline.defs.json_logs import json_logger
from serp_radio_pipeline.defs.partitions import tenant_days
from serp_radio_pipeline.defs.previews import build_preview
from serp_radio_pipeline.defs.resources import (
    ConsoleResource,
    MotifsResource,
    PublishingResource,
    RulesResource,
    SoundResource,
    StoreResource,
)
from serp_radio_pipeline.defs.schedules import build_daily_fetch, build_daily_overview, build_daily_sonification
from serp_radio_pipeline.defs.sensors import build_new_uploads
from serp_radio_pipeline.defs.template_checks import OWN_TEMPLATES_WORK
from serp_radio_pipeline.settings import Settings


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def build_defs(
    settings: Settings,
    *,
    resource_overrides: Mapping[str, Any] | None = None,
    now: Callable[[], dt.datetime] = _utc_now,
) -> dg.Definitions:
    """Return all definitions for those settings; `resource_overrides` replaces resources by name, `now` the clock."""
    partitions = tenant_days(settings.start_date)
    rules = settings.rules_folder
    motifs = tuple(path for path in (rules / "motifs").glob("*") if path.is_file())
    store = StoreResource(
        url=settings.store_url,
        max_upload_bytes=settings.max_upload_bytes,
        s3_encryption=settings.s3_encryption,
        ctr_points=settings.ctr_points,
    )
    limits = settings.midi_limits
    resources: dict[str, Any] = {
        "store": store,
        "rules": RulesResource(folder=str(rules)),
        "motifs": MotifsResource(
            folder=str(rules / "motifs"),
            store=store,
            max_midi_bytes=limits.max_bytes,
            max_midi_notes=limits.max_notes,
            max_midi_beats=limits.max_beats,
        ),
        "sound": SoundResource(soundfont_path=settings.soundfont, library_path=settings.fluidsynth),
        "console": ConsoleResource(endpoint=settings.search_console_url, authorities=settings.search_console_ca),
        "publishing": PublishingResource(
            public_url=settings.public_url, feed_episodes=settings.feed_episodes, locale=settings.locale
        ),
        IO_MANAGER: ArtefactIOManager(store=store, public_url=settings.public_url),
        **(resource_overrides or {}),
    }
    with warnings.catch_warnings():
        # partitioned checks are a preview in this Dagster; the pin in constraints.txt keeps them as they are
        warnings.simplefilter("ignore", dg.PreviewWarning)
        warnings.simplefilter("ignore", dg.BetaWarning)  # and so is the mapping from a tenant-day to its tenant
        checks = build_checks(partitions)
        assets: list[dg.AssetsDefinition | dg.AssetSpec] = [
            build_console_rows(now),
            build_raw_metrics(partitions, tuple((rules / "sources").glob("*.yaml"))),
            build_labels(partitions, (rules / "labels.yaml", rules / "events.yaml")),
            build_trained_model(partitions),
            build_motif_catalog(motifs),
            build_controls(partitions, (*(rules / "packs").glob("*.yaml"), *motifs, rules / "events.yaml")),
            build_midi(partitions),
            build_mp3(partitions),
            build_episode(partitions),
            build_feed(partitions),
            build_tenant_overview(tenant_day_checks(checks), now),
            *build_tenant_inputs(),
        ]
        return dg.Definitions(
            assets=assets,
            asset_checks=[
                *checks,
                build_every_tenant_is_fresh(settings.data_lag_days, settings.timezone, now),
                build_every_source_is_connected(),
            ],
            jobs=[
                build_sonify(logs_are_json=settings.logs_are_json),
                build_fetch(logs_are_json=settings.logs_are_json),
                build_overview(),
                build_preview(),
            ],
            sensors=[build_new_uploads(partitions, _sensors_begin(settings), now)],
            schedules=[
                build_daily_fetch(settings, _schedules_begin(settings)),
                build_daily_sonification(partitions, settings, _schedules_begin(settings), _code_versions(assets)),
                build_daily_overview(settings, _schedules_begin(settings)),
            ],
            resources=resources,
            loggers={"console": json_logger} if settings.logs_are_json else None,
        )


def tenant_day_checks(checks: Sequence[dg.AssetChecksDefinition]) -> list[dg.AssetCheckKey]:
    """Return the keys of all checks of a tenant-day, those that stages make themselves included."""
    of_uploads = dg.AssetCheckKey(dg.AssetKey("raw_metrics"), EVERY_UPLOAD_WAS_READ)
    of_motifs = dg.AssetCheckKey(dg.AssetKey("controls"), EVERY_OWN_MOTIF_WAS_READ)
    of_range = dg.AssetCheckKey(dg.AssetKey("mp3"), LOUDNESS_RANGE_IS_PLEASANT)
    of_templates = [dg.AssetCheckKey(dg.AssetKey(name), OWN_TEMPLATES_WORK) for name in ("episode", "feed")]
    return [of_uploads, of_motifs, of_range, *of_templates, *(key for check in checks for key in check.check_keys)]


def _code_versions(assets: Sequence[dg.AssetsDefinition | dg.AssetSpec]) -> dict[str, str | None]:
    """Return each asset's code version by its name."""
    made = [one for one in assets if isinstance(one, dg.AssetsDefinition)]
    return {key.to_user_string(): version for one in made for key, version in one.code_versions_by_key.items()}


def _sensors_begin(settings: Settings) -> dg.DefaultSensorStatus:
    return dg.DefaultSensorStatus.RUNNING if settings.runs_unattended else dg.DefaultSensorStatus.STOPPED


def _schedules_begin(settings: Settings) -> dg.DefaultScheduleStatus:
    return dg.DefaultScheduleStatus.RUNNING if settings.runs_unattended else dg.DefaultScheduleStatus.STOPPED


@dg.definitions
def defs() -> dg.Definitions:
    """The code location: definitions for the settings in the environment."""
    return build_defs(Settings.from_environment())
