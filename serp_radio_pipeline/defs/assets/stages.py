"""The stages of a tenant-day, in the order of the data: raw_metrics, labels, controls, midi, mp3.

`trained_model`, between labels and controls, has a module of its own.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from serp_radio_pipeline.audio.listening import Measured, decode_mp3, measure
from serp_radio_pipeline.audio.render import render_episode
from serp_radio_pipeline.defs.code_versions import room_version
from serp_radio_pipeline.defs.metadata import (
    daily_table_metadata,
    labels_metadata,
    midi_metadata,
    mp3_metadata,
    people_metadata,
    score_metadata,
)
from serp_radio_pipeline.defs.motif_metadata import catalog_metadata, problems_check
from serp_radio_pipeline.defs.network_retries import retried_when_the_store_is_away
from serp_radio_pipeline.defs.partitions import parse_tenant_day
from serp_radio_pipeline.defs.resources import (
    MotifsResource,
    PublishingResource,
    RulesResource,
    SoundResource,
    StoreResource,
)
from serp_radio_pipeline.defs.tenant_inputs import (
    ANNOTATIONS,
    CORRECTIONS,
    LABEL_RULES,
    OWN_MOTIFS,
    SOUND_PACK,
    observe_in_run,
    read_score_inputs,
    read_tenant_inputs,
    tenant_input_deps,
)
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.labels.calibration_period import NothingToCalibrateError
from serp_radio_pipeline.labels.happenings import happenings
from serp_radio_pipeline.labels.model import LabelModel, decided_by_model
from serp_radio_pipeline.labels.movers import movement
from serp_radio_pipeline.labels.week_labels import WeekLabels, label_weeks
from serp_radio_pipeline.music.compose import compose
from serp_radio_pipeline.music.decode import decode_midi
from serp_radio_pipeline.music.fidelity import fidelity
from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.music.window import DEFAULT_LOOKBACK
from serp_radio_pipeline.radio.gates import decoding_problems, delivery_problems, range_problems, refuse_unfit
from serp_radio_pipeline.radio.tagging import tags_for
from serp_radio_pipeline.storage.codecs import dump_labels
from serp_radio_pipeline.storage.motif_library import with_own
from serp_radio_pipeline.storage.pack_choice import chosen_pack

OWNERS = ["team:serp-radio"]
IO_MANAGER = "artefacts"
EVERY_UPLOAD_WAS_READ = "every_upload_was_read"
EVERY_OWN_MOTIF_WAS_READ = "every_own_motif_was_read"
LOUDNESS_RANGE_IS_PLEASANT = "loudness_range_is_pleasant"
PACK_TAG = "serp-radio/pack"
"""Tag by which a score says in which sound pack it was written."""


def appearance_tags(locale: str, templates_version: str) -> dict[str, str]:
    """Return the tags by which an episode says in which locale its numbers are, and from which templates it is."""
    return {"serp-radio/locale": locale, "serp-radio/templates": templates_version}


class EpisodeConfig(dg.Config):
    """What a run may choose: how far to look back (`Nd`, `Nw`, `Nm`; at most 13 weeks) and the sound pack.

    Without a pack it is the tenant's own choice, else the default.
    """

    lookback: str = DEFAULT_LOOKBACK
    pack: str = ""


def build_raw_metrics(partitions: dg.PartitionsDefinition, sources: Sequence[Path]) -> dg.AssetsDefinition:
    """Return the asset that folds a tenant's uploads into its daily table."""

    @dg.asset(
        partitions_def=partitions,
        io_manager_key=IO_MANAGER,
        group_name="ingest",
        kinds={"python", "parquet"},
        owners=OWNERS,
        code_version=room_version("ingest", *sources),
        check_specs=[
            dg.AssetCheckSpec(
                EVERY_UPLOAD_WAS_READ,
                asset="raw_metrics",
                description="Names each uploaded file that was not used, and why.",
                partitions_def=partitions,
            )
        ],
    )
    # no return type: beside a check, Dagster takes every annotation but a tuple for a mistake
    def raw_metrics(  # type: ignore[no-untyped-def]
        context: dg.AssetExecutionContext, store: StoreResource, rules: RulesResource
    ):
        """The tenant's daily table up to the day: clicks, impressions, CTR and position, as known when it ran."""
        tenant, day = parse_tenant_day(context.partition_key)
        with retried_when_the_store_is_away():
            history = store.upload_log().history(tenant)
            observe_in_run(context, store, rules, tenant)
        metrics = history.known_on(day)
        if not metrics.rows:
            raise NothingToCalibrateError(
                f"{tenant} has no data up to {day}: its uploads begin on {history.metrics.rows[0].date}."
            )
        refused = dg.AssetCheckResult(
            check_name=EVERY_UPLOAD_WAS_READ,
            passed=not history.refused,
            severity=dg.AssetCheckSeverity.WARN,
            description=" ".join(upload.reason for upload in history.refused) or "All were used.",
        )
        return dg.MaterializeResult(
            value=metrics,
            metadata=daily_table_metadata(metrics, history),
            data_version=dg.DataVersion(metrics.data_version()),
            check_results=[refused],
        )

    return raw_metrics


def build_labels(partitions: dg.PartitionsDefinition, rules_files: Sequence[Path]) -> dg.AssetsDefinition:
    """Return the asset that says what each week, and the whole, was like."""

    @dg.asset(
        partitions_def=partitions,
        io_manager_key=IO_MANAGER,
        group_name="labels",
        kinds={"python", "json"},
        owners=OWNERS,
        code_version=room_version("labels", *rules_files),
        deps=tenant_input_deps(LABEL_RULES, CORRECTIONS),
    )
    def labels(
        context: dg.AssetExecutionContext, raw_metrics: DailyMetrics, store: StoreResource, rules: RulesResource
    ) -> dg.MaterializeResult[WeekLabels]:
        """A momentum label per ISO week and one overall, each with the rule that fired and the values it saw."""
        tenant, day = parse_tenant_day(context.partition_key)
        with retried_when_the_store_is_away():
            said = read_tenant_inputs(store, rules, tenant)
        corrections, events = said.corrections.last_words, rules.events()
        decided = label_weeks(raw_metrics, day, said.rules, events, corrections)
        before = label_weeks(raw_metrics, day, said.rules_before, events, corrections) if said.rules_before else None
        return dg.MaterializeResult(
            value=decided,
            metadata={**labels_metadata(decided), **people_metadata(decided, before, said.rules, said.corrections)},
            data_version=_version(dump_labels(decided)),
            tags=said.tags(),
        )

    return labels


def build_controls(partitions: dg.PartitionsDefinition, inputs: Sequence[Path]) -> dg.AssetsDefinition:
    """Return the asset that composes the score; `inputs` are the packs, motifs and events that its version follows.

    It names no dependency on `motif_catalog`, whose library it reads itself: beside an asset without partitions, the
    UI's dialog for job `sonify` no longer asks for tenant and day.
    """

    @dg.asset(
        partitions_def=partitions,
        io_manager_key=IO_MANAGER,
        group_name="music",
        kinds={"python", "json"},
        owners=OWNERS,
        code_version=f"{room_version('music', *inputs)}-{room_version('motifs')}",
        deps=tenant_input_deps(ANNOTATIONS, OWN_MOTIFS, SOUND_PACK),
        check_specs=[
            dg.AssetCheckSpec(
                EVERY_OWN_MOTIF_WAS_READ,
                asset="controls",
                description="Names each of the tenant's own motif files that could not be read, and why.",
                partitions_def=partitions,
            )
        ],
    )
    # no return type: beside a check, Dagster takes every annotation but a tuple for a mistake
    def controls(  # type: ignore[no-untyped-def]
        config: EpisodeConfig,
        raw_metrics: DailyMetrics,
        labels: WeekLabels,
        trained_model: LabelModel,
        store: StoreResource,
        rules: RulesResource,
        motifs: MotifsResource,
    ):
        """The score: everything that will be heard, and why."""
        with retried_when_the_store_is_away():
            said = read_score_inputs(store, motifs, labels.tenant)
            pack = config.pack or chosen_pack(store.store(), labels.tenant)
        found = happenings(raw_metrics, labels.as_of, rules.events(), said.annotations.said)
        moved = movement(raw_metrics.comparisons, rules.events())
        heard, library = decided_by_model(labels, trained_model), with_own(said.motifs, motifs.shipped())
        score = compose(raw_metrics, heard, rules.pack(pack), config.lookback, library, found, moved)
        own = catalog_metadata(said.motifs, "own ") if said.motifs.files else {}
        return dg.MaterializeResult(
            value=score,
            metadata={**score_metadata(score), **own},
            data_version=_version(score.to_json()),
            tags={**said.tags(), PACK_TAG: pack},
            check_results=[problems_check(EVERY_OWN_MOTIF_WAS_READ, said.motifs)],
        )

    return controls


def build_midi(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """Return the asset that writes the score as MIDI."""

    @dg.asset(
        partitions_def=partitions,
        io_manager_key=IO_MANAGER,
        group_name="music",
        kinds={"python", "midi"},
        owners=OWNERS,
        code_version=room_version("music"),
    )
    def midi(controls: Score) -> dg.MaterializeResult[bytes]:
        """The score as a MIDI file that decodes itself."""
        content = midi_bytes(controls)
        # before it is written: a bad file must not take a good one's place
        refuse_unfit(decoding_problems(fidelity(controls, decode_midi(content))), "MIDI file")
        return dg.MaterializeResult(value=content, metadata=midi_metadata(controls), data_version=_version(content))

    return midi


def build_mp3(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """Return the asset that renders the episode."""

    @dg.asset(
        partitions_def=partitions,
        io_manager_key=IO_MANAGER,
        group_name="audio",
        kinds={"python", "mp3"},
        owners=OWNERS,
        code_version=f"{room_version('audio')}-{room_version('radio')}",  # tags and cover come from radio
        check_specs=[
            dg.AssetCheckSpec(
                LOUDNESS_RANGE_IS_PLEASANT,
                asset="mp3",
                description="The decoded MP3 is neither too even nor too uneven in loudness; warns, for data decide.",
                partitions_def=partitions,
            )
        ],
    )
    def mp3(  # type: ignore[no-untyped-def]
        controls: Score, midi: bytes, sound: SoundResource, publishing: PublishingResource
    ):
        """The episode: synthesized, mastered to -16 LUFS, encoded and tagged."""
        rendered = render_episode(
            midi, tags_for(controls, publishing.locale), sound.soundfont(), library=sound.library()
        )
        measured = measure(decode_mp3(rendered.mp3))
        refuse_unfit(delivery_problems(measured, controls), "MP3")
        return dg.MaterializeResult(
            value=rendered.mp3,
            metadata=mp3_metadata(controls, rendered),
            data_version=_version(rendered.mp3),
            check_results=[_range_check(measured)],
        )

    return mp3


def _range_check(measured: Measured) -> dg.AssetCheckResult:
    problems = range_problems(measured)
    return dg.AssetCheckResult(
        check_name=LOUDNESS_RANGE_IS_PLEASANT,
        passed=not problems,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(problems) or "All holds.",
        metadata={"loudness range (LU)": round(measured.loudness_range_lu, 2)},
    )


def _version(content: bytes) -> dg.DataVersion:
    return dg.DataVersion(hashlib.sha256(content).hexdigest())
