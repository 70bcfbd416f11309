"""Whether a tenant-day has to be made again: asked of the instance and the store, without making anything."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg

from serp_radio_pipeline.audio.soundfont import Soundfont
from serp_radio_pipeline.defs.assets.stages import PACK_TAG, EpisodeConfig
from serp_radio_pipeline.defs.assets.trained_model import TRAINING_TAG
from serp_radio_pipeline.defs.jobs import STAGES
from serp_radio_pipeline.defs.partitions import tenant_day_key
from serp_radio_pipeline.defs.tenant_inputs import InputVersions
from serp_radio_pipeline.storage.codecs import CODECS
from serp_radio_pipeline.storage.keys import artefact_key
from serp_radio_pipeline.storage.store import Store
from serp_radio_pipeline.tenant import Tenant

_DATA_VERSION, _CODE_VERSION = "dagster/data_version", "dagster/code_version"


def is_up_to_date(  # noqa: PLR0913 - what an episode depends on
    code_versions: Mapping[str, str | None],
    instance: dg.DagsterInstance,
    store: Store,
    tenant: Tenant,
    day: dt.date,
    *,
    daily_table_version: str,
    input_versions: InputVersions,
    soundfont: Soundfont,
    lookback: str,
    pack: str,
    use_training: bool,
    appearance: Mapping[str, str],
) -> bool:
    """Whether one successful run made every stage of the day last, from these numbers, with this code and these wishes;
    `code_versions` are the stages', `input_versions` say by what people gave, `pack` is the sound pack that a run would
    take now, `appearance` are the tags that its episode would have.

    A day of which stages were made by different runs counts as stale: nobody says that they fit each other.
    """
    if not _all_exist(store, (artefact_key(tenant, stage, day, CODECS[stage].extension) for stage in STAGES)):
        return False  # first, for it is what a new day looks like, and asks the instance nothing
    made = {stage: _last_materialization(instance, stage, tenant, day) for stage in STAGES}
    run_ids = {record.run_id if record else None for record in made.values()}
    run = instance.get_run_by_id(run_id) if len(run_ids) == 1 and (run_id := next(iter(run_ids))) else None
    if run is None or run.status != dg.DagsterRunStatus.SUCCESS:
        return False
    tags = {stage: _tags(record) for stage, record in made.items() if record}
    mp3 = made["mp3"]
    return (
        tags["raw_metrics"].get(_DATA_VERSION) == daily_table_version
        and input_versions.match(tags["labels"], tags["controls"])
        and all(tags[stage].get(_CODE_VERSION) == code_versions[stage] for stage in STAGES)
        and _lookback(run.run_config) == lookback
        and tags["controls"].get(PACK_TAG) == pack
        and appearance.items() <= tags["episode"].items()
        and tags["trained_model"].get(TRAINING_TAG) == str(use_training)
        and mp3 is not None
        and soundfont.sha256[:12] in str(_metadata(mp3).get("soundfont"))
    )


def _last_materialization(
    instance: dg.DagsterInstance, stage: str, tenant: Tenant, day: dt.date
) -> dg.EventLogEntry | None:
    wanted = dg.AssetRecordsFilter(asset_key=dg.AssetKey(stage), asset_partitions=[tenant_day_key(tenant, day)])
    records = instance.fetch_materializations(wanted, limit=1).records
    return records[0].event_log_entry if records else None


def _tags(entry: dg.EventLogEntry) -> Mapping[str, str]:
    return (entry.asset_materialization.tags if entry.asset_materialization else None) or {}


def _metadata(entry: dg.EventLogEntry) -> Mapping[str, Any]:
    metadata = entry.asset_materialization.metadata if entry.asset_materialization else {}
    return {name: value.value for name, value in metadata.items()}


def code_versions_of(job: dg.JobDefinition) -> dict[str, str | None]:
    """Return the code version of each stage in a job."""
    return {stage: job.asset_layer.get(dg.AssetKey(stage)).code_version for stage in STAGES}


def _lookback(run_config: Mapping[str, Any]) -> str:
    """Return the lookback of a run; one that was started in the UI may leave it to the default."""
    return EpisodeConfig(**run_config.get("ops", {}).get("controls", {}).get("config", {})).lookback


def _all_exist(store: Store, keys: Iterable[str]) -> bool:
    return all(store.exists(key) for key in keys)
