"""A tenant's rules, corrections and annotations as inputs: what is stale, what is made again, what labels say."""

import dataclasses
import datetime as dt
import json
import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.loader import LoadingContextForTest

from serp_radio_pipeline.definitions import build_defs
from serp_radio_pipeline.defs.instance import open_instance
from serp_radio_pipeline.defs.partitions import tenant_day_key
from serp_radio_pipeline.defs.runs import RunFailedError, add_tenant, run_tenant_day
from serp_radio_pipeline.defs.tenant_inputs import input_versions, new_observations, observe_outside_runs
from serp_radio_pipeline.defs.warm_worker import Ending, WarmWorker
from serp_radio_pipeline.labels.annotations import Annotation
from serp_radio_pipeline.labels.corrections import Correction
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.annotation_log import AnnotationLog
from serp_radio_pipeline.storage.correction_log import CorrectionLog
from serp_radio_pipeline.storage.motif_library import MotifLibrary
from serp_radio_pipeline.storage.pack_choice import choose_pack
from serp_radio_pipeline.storage.rules_log import RulesLog
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.defs.fleets import NOW, files_in, order_of, settings_in, upload
from serp_radio_pipeline_tests.episodes import SUNDAY
from serp_radio_pipeline_tests.motifs.test_motif_library import BAD, PHRASE

ACME, OTHER = Tenant("acme"), Tenant("other")
FRESH, STALE = "FRESH", "STALE"
WEEK = "2026-W11"


class House:
    """A store with two tenants, an instance in a folder, and the definitions of both."""

    def __init__(self, settings: Settings, instance: dg.DagsterInstance) -> None:
        self.settings, self.instance, self.definitions = settings, instance, build_defs(settings)
        self.store = LocalStore(settings.store_folder)
        self.rules = RulesLog(self.store, settings.rules_folder / "labels.yaml")
        self.corrections = CorrectionLog(self.store)
        for tenant in (ACME, OTHER):
            upload(settings, tenant)

    def make(self, *tenants: Tenant) -> None:
        """Make the labels, and what they need."""
        job = self.definitions.resolve_job_def("sonify")
        for tenant in tenants:
            add_tenant(self.instance, tenant)
            job.execute_in_process(
                instance=self.instance,
                partition_key=tenant_day_key(tenant, SUNDAY),
                asset_selection=[dg.AssetKey("raw_metrics"), dg.AssetKey("labels")],
            )

    def make_episode(self, tenant: Tenant) -> None:
        run_tenant_day(self.definitions, self.instance, tenant, SUNDAY, lookback="1w", pack="newsroom")

    def put(self, tenant: Tenant, threshold: float) -> None:
        content = (self.settings.rules_folder / "labels.yaml").read_bytes()
        changed = content.replace(b"slope >= 0.004", b"slope >= %g" % threshold)
        self.rules.put(tenant, changed, NOW, based_on=self.rules.newest(tenant))
        self.tell(tenant)

    def correct(self, tenant: Tenant, label: Label) -> None:
        self.corrections.add(tenant, Correction(WEEK, label, "holiday", NOW))
        self.tell(tenant)

    def annotate(self, tenant: Tenant, text: str) -> None:
        AnnotationLog(self.store).add(tenant, Annotation(SUNDAY, text))
        self.tell(tenant)

    def tell(self, tenant: Tenant) -> None:
        observe_outside_runs(self.instance, tenant, input_versions(self.rules, tenant))

    def statuses(self, asset: str = "labels") -> tuple[str, str]:
        graph = self.definitions.resolve_asset_graph()
        resolver = CachingStaleStatusResolver(self.instance, graph, LoadingContextForTest(self.instance))
        one, other = (
            resolver.get_status(dg.AssetKey(asset), tenant_day_key(tenant, SUNDAY)).value for tenant in (ACME, OTHER)
        )
        return one, other

    def endings(self) -> tuple[Ending, Ending]:
        worker = WarmWorker(self.definitions, self.instance, order_of(self.settings))
        one, other = (worker.make(tenant, dg._core.utils.make_new_run_id()).ending for tenant in (ACME, OTHER))
        return one, other

    def labels(self, tenant: Tenant) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.store.get(f"tenants/{tenant}/labels/{SUNDAY}.json"))
        return found

    def motif_check(self) -> tuple[bool, str]:
        key = dg.AssetCheckKey(dg.AssetKey("controls"), "every_own_motif_was_read")
        record = self.instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
        assert record.event is not None
        evaluation = record.event.dagster_event.asset_check_evaluation_data  # type: ignore[union-attr]
        return evaluation.passed, str(evaluation.description)

    def metadata(self) -> dict[str, dg.MetadataValue]:
        event = self.instance.get_latest_materialization_event(dg.AssetKey("labels"))
        assert event is not None
        assert event.asset_materialization is not None
        return dict(event.asset_materialization.metadata)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    settings = settings_in(tmp_path)
    with open_instance(settings.home_folder) as instance:
        yield House(settings, instance)


def test_new_rules_make_the_labels_of_their_tenant_stale_and_no_others(house: House) -> None:
    house.make(ACME, OTHER)
    assert house.statuses() == (FRESH, FRESH)
    house.put(ACME, 0.02)
    assert house.statuses() == (STALE, FRESH)
    house.make(OTHER)
    assert house.statuses() == (STALE, FRESH)
    house.make(ACME)
    assert house.statuses() == (FRESH, FRESH)
    house.put(OTHER, 0.03)
    assert house.statuses() == (FRESH, STALE)
    house.rules.restore(OTHER, 0, NOW, based_on=1)
    house.tell(OTHER)
    # back to the rules it was made by: the same input again
    assert house.statuses() == (FRESH, FRESH)


def test_a_correction_makes_the_labels_of_its_tenant_stale_and_no_others(house: House) -> None:
    house.make(ACME, OTHER)
    house.correct(OTHER, Label.VOLATILE_SPIKE)
    assert house.statuses() == (FRESH, STALE)
    house.make(OTHER)
    assert house.statuses() == (FRESH, FRESH)


def test_an_annotation_makes_the_score_of_its_tenant_stale_and_no_others_and_no_labels(house: House) -> None:
    for tenant in (ACME, OTHER):
        add_tenant(house.instance, tenant)
        house.make_episode(tenant)
    house.annotate(OTHER, "relaunch")
    assert house.statuses("controls") == (FRESH, STALE)
    assert house.statuses("labels") == (FRESH, FRESH)
    house.store.put("tenants/other/annotations.csv", f"date,text\n{SUNDAY},sale\nmaybe,sale\n".encode())
    house.make_episode(OTHER)
    assert house.statuses("controls") == (FRESH, FRESH)
    score = json.loads(house.store.get(f"tenants/other/controls/{SUNDAY}.json"))
    said = [event["sentence"] for event in [*score["events"], *score["left_out"]] if event["kind"] == "annotation"]
    assert said == ["Your note: relaunch", "Your note: sale"]
    (record,) = house.instance.event_log_storage.get_asset_check_execution_history(
        dg.AssetCheckKey(dg.AssetKey("controls"), "every_annotation_was_read"), limit=1
    )
    evaluation = record.event.dagster_event.asset_check_evaluation_data  # type: ignore[union-attr]
    assert not evaluation.passed
    assert evaluation.description == "annotations.csv, line 3: 'maybe' is not a date: write it as 2026-03-31"


def test_a_fleets_second_day_makes_again_whose_rules_or_corrections_changed(house: House) -> None:
    assert house.endings() == (Ending.MADE, Ending.MADE)
    assert house.endings() == (Ending.SKIPPED, Ending.SKIPPED)
    house.put(ACME, 0.02)
    assert house.endings() == (Ending.MADE, Ending.SKIPPED)
    house.correct(OTHER, Label.VOLATILE_SPIKE)
    assert house.endings() == (Ending.SKIPPED, Ending.MADE)
    house.rules.restore(ACME, 0, NOW, based_on=1)
    assert house.endings() == (Ending.MADE, Ending.SKIPPED)
    house.annotate(OTHER, "relaunch")
    assert house.endings() == (Ending.SKIPPED, Ending.MADE)
    assert house.endings() == (Ending.SKIPPED, Ending.SKIPPED)


def test_rules_that_another_machine_saved_are_known_from_the_next_run_on(house: House) -> None:
    house.make(ACME, OTHER)
    content = (house.settings.rules_folder / "labels.yaml").read_bytes() + b"\n"
    house.rules.put(ACME, content, NOW, based_on=0)
    versions = input_versions(house.rules, ACME)
    assert len(list(new_observations(house.instance, ACME, versions))) == 1
    house.make(ACME)
    assert list(new_observations(house.instance, ACME, versions)) == []
    assert house.statuses() == (FRESH, FRESH)


def test_labels_name_the_version_and_the_rule_of_each_week_and_what_changed(house: House) -> None:
    house.make(OTHER)
    assert house.labels(OTHER)["rules_version"] == 0
    assert "changed weeks" not in house.metadata()
    content = b"""\
rules:
  - name: ups
    label: MOMENTUM_POS
    when: [momentum > 0]
    description: Up.
  - name: rest
    label: VOLATILE_SPIKE
    when: otherwise
    description: The rest.
"""
    house.rules.put(ACME, content, NOW, based_on=0)
    house.correct(ACME, Label.NEUTRAL)
    house.make(ACME)
    labels, metadata = house.labels(ACME), house.metadata()
    assert (labels["rules_version"], metadata["rules version"].value) == (1, 1)
    weeks = metadata["weeks"].value.records  # type: ignore[union-attr]
    assert {record.data["rule and reason"].split(": ")[0] for record in weeks} <= {"ups (v1)", "rest (v1)"}
    corrected = next(record for record in weeks if record.data["week"] == WEEK)
    assert corrected.data["label"] == "NEUTRAL, 1.00, by person; by the rules VOLATILE_SPIKE"
    hits = {record.data["rule"]: record.data["weeks"] for record in metadata["rule hits"].value.records}  # type: ignore[union-attr]
    assert hits.keys() == {"ups", "rest"}
    assert sum(hits.values()) == len(labels["weeks"]) - 1  # type: ignore[arg-type]
    changed = metadata["changed weeks"].value.records  # type: ignore[union-attr]
    assert len(changed) == metadata["weeks changed by this version of the rules"].value > 0
    assert WEEK not in {record.data["week"] for record in changed}
    assert metadata["corrections"].value == 1


def test_a_correction_that_cannot_be_read_is_named_and_the_others_count(house: House) -> None:
    house.correct(ACME, Label.VOLATILE_SPIKE)
    house.store.put("tenants/acme/corrections/by hand.json", b"{}")
    house.make(ACME)
    (unreadable,) = house.metadata()["corrections that can't be read"].value  # type: ignore[misc]
    assert str(unreadable).startswith("by hand.json: ")
    (week,) = (entry for entry in house.labels(ACME)["weeks"] if entry["week"] == WEEK)  # type: ignore[attr-defined]
    assert week["decision"]["label"] == "VOLATILE_SPIKE"


def test_damaged_rules_stop_their_tenant_alone_and_leave_its_last_good_episode(house: House) -> None:
    house.put(ACME, 0.02)
    house.make_episode(ACME)
    episode = {
        asset: files_in(house.settings, f"tenants/acme/{asset}") for asset in ("labels", "controls", "midi", "mp3")
    }
    house.store.put("tenants/acme/rules/1.json", b"{}")
    with pytest.raises(RunFailedError, match="labels: version 1 of acme's rules can't be read"):
        house.make_episode(ACME)
    assert {asset: files_in(house.settings, f"tenants/acme/{asset}") for asset in episode} == episode
    assert house.endings() == (Ending.FAILED, Ending.MADE)


def test_a_damaged_version_before_costs_only_the_comparison(house: House) -> None:
    for threshold in (0.02, 0.03):
        house.put(ACME, threshold)
    house.store.put("tenants/acme/rules/1.json", b"{}")
    house.make(ACME)
    assert house.labels(ACME)["rules_version"] == 2
    assert "changed weeks" not in house.metadata()


def test_versions_are_words_that_change_with_every_input(house: House) -> None:
    seen = [input_versions(house.rules, ACME)]
    assert dataclasses.astuple(seen[0]) == ("default", "none", "none", "none", "newsroom")
    house.put(ACME, 0.02)
    seen.append(input_versions(house.rules, ACME))
    house.correct(ACME, Label.NEUTRAL)
    seen.append(input_versions(house.rules, ACME))
    house.corrections.add(ACME, Correction(WEEK, Label.VOLATILE_SPIKE, "", NOW + dt.timedelta(hours=1)))
    seen.append(input_versions(house.rules, ACME))
    MotifLibrary(house.store).add(ACME, "labels.csv", b"bar_index,label,description\n")
    seen.append(input_versions(house.rules, ACME))
    choose_pack(house.store, ACME, "8-bit", NOW)
    seen.append(input_versions(house.rules, ACME))
    house.store.put("tenants/acme/sound/pack.json", b"{}")
    seen.append(input_versions(house.rules, ACME))
    assert len(set(seen)) == 7


def test_new_motifs_of_its_own_make_a_tenants_day_stale_and_no_others(house: House) -> None:
    for tenant in (ACME, OTHER):
        house.make_episode(tenant)
    assert house.endings() == (Ending.SKIPPED, Ending.SKIPPED)
    content = (house.settings.rules_folder / "motifs/neutral_dense.mid").read_bytes()
    MotifLibrary(house.store).add(ACME, "riff.mid", content)
    house.tell(ACME)
    assert house.statuses() == (FRESH, FRESH)  # labels do not look at motifs
    assert house.statuses("controls") == (STALE, FRESH)
    assert house.endings() == (Ending.MADE, Ending.SKIPPED)
    assert house.endings() == (Ending.SKIPPED, Ending.SKIPPED)
    assert house.statuses("controls") == (FRESH, FRESH)


def test_another_sound_pack_makes_a_tenants_day_stale_and_no_others(house: House) -> None:
    for tenant in (ACME, OTHER):
        house.make_episode(tenant)
    choose_pack(house.store, ACME, "8-bit", NOW)
    house.tell(ACME)
    assert house.statuses("labels") == (FRESH, FRESH)
    assert house.statuses("controls") == (STALE, FRESH)


def test_bad_motif_files_are_named_and_the_episodes_are_the_same_without_them(house: House) -> None:
    def episodes() -> dict[str, bytes]:
        return {
            name: content
            for name, content in files_in(house.settings, "tenants").items()
            if "/controls/" in name or "/mp3/" in name
        }

    for tenant in (ACME, OTHER):
        house.make_episode(tenant)
    before = episodes()
    assert len(before) == 4
    for number, (content, _) in enumerate(BAD.values()):
        house.store.put(f"tenants/acme/motifs/{number}.mid", content)
    (house.settings.store_folder / "tenants/acme/motifs" / os.fsdecode(b"bad\xff.mid")).write_bytes(b"nothing")
    assert house.endings() == (Ending.MADE, Ending.SKIPPED)
    assert episodes() == before
    passed, said = house.motif_check()
    assert not passed
    assert all(reason in said for _, reason in BAD.values())
    assert "acme/bad.mid has characters in its name that can't be shown" in said


def test_a_motif_file_beyond_the_settings_is_named_by_the_run(tmp_path: Path) -> None:
    settings = dataclasses.replace(settings_in(tmp_path), max_midi_notes="2")
    with open_instance(settings.home_folder) as instance:
        house = House(settings, instance)
        MotifLibrary(house.store).add(ACME, "riff.mid", PHRASE)
        house.make_episode(ACME)
        assert house.motif_check() == (False, "acme/riff.mid has over 2 notes. Split it.")
