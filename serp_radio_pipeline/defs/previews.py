"""Job `preview`: the same rooms in a row, for made-up data or a week that was moved, kept apart from all episodes."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

import dagster as dg

from serp_radio_pipeline.audio.listening import decode_mp3, measure
from serp_radio_pipeline.audio.render import render_episode
from serp_radio_pipeline.defs.resources import (
    MotifsResource,
    PublishingResource,
    RulesResource,
    SoundResource,
    StoreResource,
)
from serp_radio_pipeline.defs.tenant_inputs import read_score_inputs, read_tenant_inputs
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.ingest.demo_series import DEMO, demo_series
from serp_radio_pipeline.labels.happenings import happenings
from serp_radio_pipeline.labels.model import decided_by_model, train
from serp_radio_pipeline.labels.movers import movement
from serp_radio_pipeline.labels.week_labels import WeekLabels, label_weeks
from serp_radio_pipeline.motifs.catalog import NO_MOTIFS, MotifCatalog
from serp_radio_pipeline.music.calibration import calibrate
from serp_radio_pipeline.music.compose import compose
from serp_radio_pipeline.music.decode import decode_midi
from serp_radio_pipeline.music.fidelity import fidelity
from serp_radio_pipeline.music.last_week import LastWeek, with_last_week
from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline.music.window import DEFAULT_LOOKBACK
from serp_radio_pipeline.radio.episode_page import episode_page
from serp_radio_pipeline.radio.gates import decoding_problems, delivery_problems, refuse_unfit
from serp_radio_pipeline.radio.locale_format import written_in
from serp_radio_pipeline.radio.tagging import tags_for
from serp_radio_pipeline.radio.templates import using_templates
from serp_radio_pipeline.storage.codecs import dump_labels
from serp_radio_pipeline.storage.keys import preview_key
from serp_radio_pipeline.storage.motif_library import with_own
from serp_radio_pipeline.storage.pack_choice import chosen_pack
from serp_radio_pipeline.tenant import Tenant

PREVIEW = "preview"
SCORE, LABELS, MIDI, MP3, PAGE = "score.json", "labels.json", "preview.mid", "preview.mp3", "preview.html"


class PreviewConfig(dg.Config):
    """What to preview: made-up data or the tenant's own up to a day (ISO), and where its last week shall lie (0-1)."""

    tenant: str
    day: str
    is_demo: bool = False
    lookback: str = DEFAULT_LOOKBACK
    pack: str = ""
    use_training: bool = True
    momentum: bool = True
    seed: int = 0
    clicks: float | None = None
    impressions: float | None = None
    ctr: float | None = None
    position: float | None = None

    @property
    def last_week(self) -> LastWeek:
        """Where the last week shall lie."""
        return LastWeek(self.clicks, self.impressions, self.ctr, self.position)


@dataclass(frozen=True, slots=True)
class PreviewRooms:
    """What the rooms need from the floor above."""

    store: StoreResource
    rules: RulesResource
    motifs: MotifsResource
    sound: SoundResource
    publishing: PublishingResource


def build_preview() -> dg.JobDefinition:
    """Return job `preview`, of one step and no partition; whoever orders one names its logger in the configuration."""

    @dg.op(name="make_preview")
    def make(
        context: dg.OpExecutionContext,
        config: PreviewConfig,
        store: StoreResource,
        rules: RulesResource,
        motifs: MotifsResource,
        sound: SoundResource,
        publishing: PublishingResource,
    ) -> None:
        """Make the files of one preview."""
        files = preview_files(config, PreviewRooms(store, rules, motifs, sound, publishing))
        for name, content in files.items():
            store.store().put(preview_key(Tenant(config.tenant), context.run_id, name), content)

    @dg.job(
        name=PREVIEW,
        description="A piece to try things with: never among the episodes, the feed or the history.",
        executor_def=dg.in_process_executor,
    )
    def preview() -> None:
        make()

    return preview


def preview_files(config: PreviewConfig, rooms: PreviewRooms) -> Mapping[str, bytes]:
    """Return a preview's files by name; the same order on the same data gives the same bytes.

    Raises:
        SerpRadioError: the sentence of the room that refused.
    """
    tenant, day = Tenant(config.tenant), dt.date.fromisoformat(config.day)
    metrics, labels = _labelled(config, rooms, _metrics(config, rooms, tenant, day), day)
    events = rooms.rules.events()
    own = None if config.is_demo else read_score_inputs(rooms.store, rooms.motifs, tenant)
    found = happenings(metrics, day, events, own.annotations.said if own else ())
    score = compose(
        metrics,
        decided_by_model(labels, train(labels, use_training=config.use_training)),
        rooms.rules.pack(config.pack or chosen_pack(rooms.store.store(), tenant)),
        config.lookback,
        _catalogue(config, rooms, own.motifs if own else None),
        found,
        movement(metrics.comparisons, events),
        variation=config.seed,
    )
    midi = midi_bytes(score)
    refuse_unfit(decoding_problems(fidelity(score, decode_midi(midi))), "MIDI file")
    locale = rooms.publishing.locale
    mp3 = render_episode(midi, tags_for(score, locale), rooms.sound.soundfont(), library=rooms.sound.library()).mp3
    refuse_unfit(delivery_problems(measure(decode_mp3(mp3)), score), "MP3")
    with using_templates(rooms.rules.templates()), written_in(locale):
        page = episode_page(score, mp3)
    return {SCORE: score.to_json(), LABELS: dump_labels(labels), MIDI: midi, MP3: mp3, PAGE: page}


def _metrics(config: PreviewConfig, rooms: PreviewRooms, tenant: Tenant, day: dt.date) -> DailyMetrics:
    if config.is_demo:
        return DailyMetrics(tenant, demo_series(DEMO, day))
    return rooms.store.upload_log().history(tenant).known_on(day)


def _labelled(
    config: PreviewConfig, rooms: PreviewRooms, metrics: DailyMetrics, day: dt.date
) -> tuple[DailyMetrics, WeekLabels]:
    """Return the daily table as it shall be, and its labels, on the scale of the table as it is."""
    said = read_tenant_inputs(rooms.store, rooms.rules, metrics.tenant)
    corrections = {} if config.is_demo else said.corrections.last_words
    events = rooms.rules.events()
    labels = label_weeks(metrics, day, said.rules, events, corrections)
    if not config.last_week.places():
        return metrics, labels
    moved = with_last_week(metrics, day, config.last_week, calibrate(metrics.tenant, labels.period))
    # on a scale of its own the week would not lie where it shall
    return moved, replace(label_weeks(moved, day, said.rules, events, corrections), period=labels.period)


def _catalogue(config: PreviewConfig, rooms: PreviewRooms, own: MotifCatalog | None) -> MotifCatalog:
    if not config.momentum:
        return NO_MOTIFS
    shipped = rooms.motifs.shipped()
    return shipped if own is None else with_own(own, shipped)
