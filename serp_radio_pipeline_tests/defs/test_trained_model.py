"""The model's stage on a real Dagster instance: who decides, what the UI shows, and a model that was tampered with."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from serp_radio_pipeline.definitions import build_defs
from serp_radio_pipeline.defs.instance import open_instance
from serp_radio_pipeline.defs.partitions import tenant_day_key
from serp_radio_pipeline.defs.runs import run_tenant_day
from serp_radio_pipeline.defs.warm_worker import Ending, WarmWorker
from serp_radio_pipeline.ingest.demo_series import generate_export_csv
from serp_radio_pipeline.ingest.export import ReadingLimits
from serp_radio_pipeline.labels.corrections import Correction
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.correction_log import CorrectionLog
from serp_radio_pipeline.storage.model_file import load_model
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.storage.upload_log import UploadLog
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.defs.fleets import NOW, order_of, settings_in
from serp_radio_pipeline_tests.labels.people import SAID_AT, labels_with, moving_site, newest

ACME = Tenant("acme")
DAY = moving_site().rows[-1].date


class House:
    """A store with the moving site's export, an instance in a folder, and the definitions of both."""

    def __init__(self, settings: Settings, instance: dg.DagsterInstance) -> None:
        self.settings, self.instance, self.definitions = settings, instance, build_defs(settings)
        self.store = LocalStore(settings.store_folder)
        content = generate_export_csv(moving_site().rows)
        UploadLog(self.store, ReadingLimits()).add(ACME, "Chart.csv", content, NOW)

    def correct(self, words: dict[str, Label]) -> None:
        log = CorrectionLog(self.store)
        for week, label in words.items():
            log.add(ACME, Correction(week, label, "", SAID_AT))

    def make(self, *, use_training: bool = True) -> Score:
        run_tenant_day(
            self.definitions,
            self.instance,
            ACME,
            DAY,
            lookback="8w",
            pack="newsroom",
            use_training=use_training,
        )
        return Score.from_json(self.store.get(f"tenants/acme/controls/{DAY}.json"))

    def ending(self, *, use_training: bool = True) -> Ending:
        order = dataclasses.replace(order_of(self.settings, day=DAY, lookback="8w"), use_training=use_training)
        return WarmWorker(self.definitions, self.instance, order).make(ACME, dg._core.utils.make_new_run_id()).ending

    def check(self) -> tuple[bool, str]:
        key = dg.AssetCheckKey(dg.AssetKey("trained_model"), "who_decides")
        record = self.instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
        assert record.event is not None
        evaluation = record.event.dagster_event.asset_check_evaluation_data  # type: ignore[union-attr]
        return evaluation.passed, str(evaluation.description)

    def metadata(self) -> dict[str, dg.MetadataValue]:
        event = self.instance.get_latest_materialization_event(dg.AssetKey("trained_model"))
        assert event is not None
        assert event.asset_materialization is not None
        return dict(event.asset_materialization.metadata)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    settings = settings_in(tmp_path)
    with open_instance(settings.home_folder) as instance:
        yield House(settings, instance)


def test_without_corrections_the_rules_decide_every_week_and_the_check_says_so(house: House) -> None:
    score = house.make()
    assert {week.decided_by for week in score.weeks} == {"rule"}
    passed, said = house.check()
    assert passed
    assert said.startswith("The rules decide: 0 finished weeks are corrected")


def test_after_twenty_corrections_the_model_decides_is_shown_and_heard_and_can_be_switched_off(house: House) -> None:
    words = dict(newest(20))
    before = house.make()
    house.correct(words)
    score = house.make()
    assert house.check() == (True, load_model(house.store.get(f"tenants/acme/trained_model/{DAY}.skops")).why)
    assert house.check()[1].startswith("The model decides")
    assert {week.decided_by for week in score.weeks} <= {"model", "person"}
    assert [week.label for week in score.weeks] != [week.label for week in before.weeks]
    for week in score.weeks:
        if week.week in words:
            assert (week.decided_by, week.label) == ("person", words[week.week])
    # the numbers sound as they did: labels move the ground under them
    assert score.data_notes() == before.data_notes()
    assert score.harmony != before.harmony
    shown = house.metadata()
    assert {"who decides", "confusion matrix", "reliability curve", "feature weights", "recall"} <= shown.keys()
    assert str(shown["confusion matrix"].value).startswith("![confusion matrix](data:image/svg+xml;base64,")

    assert house.ending() == Ending.SKIPPED
    assert house.ending(use_training=False) == Ending.MADE
    by_rules = Score.from_json(house.store.get(f"tenants/acme/controls/{DAY}.json"))
    assert {week.decided_by for week in by_rules.weeks} <= {"rule", "person"}
    assert house.check()[1] == "The rules decide: training was switched off for this run."


def test_a_tampered_model_stops_what_hangs_on_it_in_clear_words_and_the_last_episode_stays(house: House) -> None:
    house.correct(dict(newest(12)))
    house.make()
    episode = house.store.get(f"tenants/acme/mp3/{DAY}.mp3")
    key = f"tenants/acme/trained_model/{DAY}.skops"
    house.store.put(key, house.store.get(key)[:-200])
    result = house.definitions.resolve_job_def("sonify").execute_in_process(
        instance=house.instance,
        partition_key=tenant_day_key(ACME, DAY),
        asset_selection=[dg.AssetKey("controls"), dg.AssetKey("midi"), dg.AssetKey("mp3")],
        raise_on_error=False,
    )
    assert not result.success
    failures = [event.step_failure_data.error for event in result.all_events if event.is_step_failure]
    assert len(failures) == 1
    assert "The stored model can't be used" in str(failures[0])
    assert house.store.get(f"tenants/acme/mp3/{DAY}.mp3") == episode
    assert house.make()  # a whole run trains it anew


def test_the_corrections_of_the_store_are_those_of_the_labels(house: House) -> None:
    house.correct(dict(newest(20)))
    house.make()
    model = load_model(house.store.get(f"tenants/acme/trained_model/{DAY}.skops"))
    assert model.corrections == 20
    assert model.weeks == len(labels_with({}).weeks)
