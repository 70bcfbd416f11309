"""Job `sonify` on a real Dagster instance: what lands where, what the UI shows, and what stops a bad episode."""

import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from serp_radio_pipeline.definitions import build_defs
from serp_radio_pipeline.defs.partitions import TENANTS, tenant_day_key
from serp_radio_pipeline.defs.runs import RunFailedError, run_tenant_day
from serp_radio_pipeline.ingest.demo_series import HARD_SETS, demo_series, generate_export_csv
from serp_radio_pipeline.ingest.export import ReadingLimits
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.storage.upload_log import UploadLog
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.episodes import SUNDAY

STAGES = ("raw_metrics", "labels", "trained_model", "controls", "midi", "mp3", "episode", "feed")
TENANT = Tenant("my-company")
UPLOADED_AT = dt.datetime(2026, 3, 25, 9, tzinfo=dt.UTC)


def settings_in(folder: Path, **more: str) -> Settings:
    return Settings.from_environment({"SERP_RADIO_STORE": str(folder / "store"), **more})


def upload(settings: Settings, tenant: Tenant = TENANT, series: str = "small and steady") -> bytes:
    content = generate_export_csv(demo_series(HARD_SETS[series], SUNDAY))
    UploadLog(LocalStore(settings.store_folder), ReadingLimits()).add(tenant, "Chart.csv", content, UPLOADED_AT)
    return content


class Made:
    """A store with one episode made by a real run."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        self.settings = settings_in(folder)
        self.store = LocalStore(self.settings.store_folder)
        upload(self.settings)
        self.run = run_tenant_day(build_defs(self.settings), instance, TENANT, SUNDAY, lookback="4w", pack="newsroom")

    def metadata(self, asset: str) -> dict[str, dg.MetadataValue]:
        event = self.instance.get_latest_materialization_event(dg.AssetKey(asset))
        assert event is not None
        assert event.asset_materialization is not None
        return dict(event.asset_materialization.metadata)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Made(tmp_path_factory.mktemp("made"), instance)


def test_a_run_leaves_every_stage_under_the_tenants_prefix(made: Made) -> None:
    keys = [stored.key for stored in made.store.list("tenants/my-company/") if "/uploads/" not in stored.key]
    day = SUNDAY.isoformat()
    assert keys == [
        f"tenants/my-company/{name}"
        for name in (
            f"card/{day}.png",
            f"card/{day}.svg",
            f"controls/{day}.json",
            "cover.png",
            f"episode/{day}.html",
            f"episode/{day}.json",
            f"episode/{day}.md",
            f"episode/{day}.png",
            f"episode/{day}.svg",
            f"episode/{day}.vtt",
            "episodes.json",
            "feed.xml",
            f"feed/{day}.json",
            f"first_editions/{day}.json",
            "index.html",
            f"labels/{day}.json",
            f"midi/{day}.mid",
            f"mp3/{day}.mp3",
            f"piano_roll/{day}.png",
            f"piano_roll/{day}.svg",
            f"raw_metrics/{day}.parquet",
            f"trained_model/{day}.skops",
        )
    ]


def test_a_run_is_an_ordinary_run_of_its_tenant_day(made: Made) -> None:
    run = made.instance.get_run_by_id(made.run.run_id)
    assert run is not None
    assert run.status == dg.DagsterRunStatus.SUCCESS
    assert run.tags["dagster/partition/tenant"] == "my-company"
    assert run.tags["dagster/partition/date"] == SUNDAY.isoformat()
    assert made.instance.get_dynamic_partitions(TENANTS) == ["my-company"]


def test_every_materialisation_says_where_the_file_lies_and_what_it_holds(made: Made) -> None:
    for asset in STAGES:
        metadata = made.metadata(asset)
        key = next(k.key for k in made.store.list(f"tenants/my-company/{asset}/"))
        assert metadata["uri"].value == made.store.uri(key)
        assert str(metadata["sha256"].value).replace(" ", "") == hashlib.sha256(made.store.get(key)).hexdigest()
        assert metadata["size (bytes)"].value == len(made.store.get(key))


def test_the_ui_shows_rows_labels_pictures_and_loudness(made: Made) -> None:
    raw, labels, controls, mp3 = (made.metadata(asset) for asset in ("raw_metrics", "labels", "controls", "mp3"))
    assert raw["date range"].value == "2025-12-23 to 2026-03-22"
    assert len(str(raw["clicks"].value)) < 1000
    assert labels["reason"].value
    assert len(str(controls["clicks"].value)) < 1000
    assert str(controls["piano roll"].value).startswith("![piano roll](data:image/svg+xml;base64,")
    assert mp3["listen"].value == made.store.uri(f"tenants/my-company/mp3/{SUNDAY}.mp3")
    assert made.metadata("feed")["listen"].value == made.store.uri(f"tenants/my-company/episode/{SUNDAY}.html")
    assert mp3["loudness (LUFS)"].value == pytest.approx(-16, abs=0.5)


def test_every_check_of_the_tenant_day_passed(made: Made) -> None:
    events = made.instance.get_records_for_run(
        made.run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ).records
    evaluations = [record.event_log_entry.dagster_event.asset_check_evaluation_data for record in events]
    assert {e.check_name: e.passed for e in evaluations} == {
        "every_upload_was_read": True,
        "who_decides": True,
        "every_own_motif_was_read": True,
        "daily_table_is_sane": True,
        "every_annotation_was_read": True,
        "midi_decodes_to_the_data": True,
        "midi_keeps_the_order_of_days": True,
        "loudness_range_is_pleasant": True,
        "mp3_is_fit_to_publish": True,
        "heard_equals_data": True,
        "own_templates_work": True,
    }
    assert {e.partition for e in evaluations} == {tenant_day_key(TENANT, SUNDAY)}


def test_the_same_day_again_gives_the_same_bytes_and_data_versions(made: Made, tmp_path: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        again = Made(tmp_path, instance)
        for asset in STAGES:
            one, other = (next(m.store.list(f"tenants/my-company/{asset}/")).key for m in (made, again))
            assert made.store.get(one) == again.store.get(other)
            assert made.metadata(asset)["sha256"] == again.metadata(asset)["sha256"]


def test_midi_and_mp3_are_the_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    digests = set()
    for seed in ("0", "99"):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "SERP_RADIO_STORE": str(tmp_path / seed),
            "DAGSTER_HOME": str(tmp_path / f"home-{seed}"),
        }
        upload(settings_in(tmp_path, SERP_RADIO_STORE=str(tmp_path / seed)))
        program = str(Path(sys.executable).with_name("serp-radio"))
        command = [program, "sonify", "my-company", "--lookback", "2w"]
        subprocess.run(command, env=environment, check=True, capture_output=True)
        store = LocalStore(tmp_path / seed)
        contents = [store.get(f"tenants/my-company/{key}/{SUNDAY}.{key[:3]}") for key in ("midi", "mp3")]
        digests.add(tuple(hashlib.sha256(content).hexdigest() for content in contents))
    assert len(digests) == 1


def test_a_re_upload_changes_the_data_version_and_a_repeat_does_not(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    upload(settings)
    definitions = build_defs(settings)
    versions = []

    def materialize(instance: dg.DagsterInstance) -> None:
        job = definitions.resolve_job_def("sonify")
        job.execute_in_process(
            instance=instance,
            partition_key=tenant_day_key(TENANT, SUNDAY),
            asset_selection=[dg.AssetKey("raw_metrics")],
        )
        event = instance.get_latest_materialization_event(dg.AssetKey("raw_metrics"))
        assert event is not None
        assert event.asset_materialization is not None
        versions.append((event.asset_materialization.tags or {})["dagster/data_version"])

    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(TENANTS, [TENANT.slug])
        materialize(instance)
        materialize(instance)
        rows = list(demo_series(HARD_SETS["small and steady"], SUNDAY))
        last = rows[-1]
        rows[-1] = type(last)(last.date, last.clicks + 3, last.impressions, last.position)
        name = "x.com-Performance-on-Search-2026-03-26.csv"
        log = UploadLog(LocalStore(settings.store_folder), ReadingLimits())
        log.add(TENANT, name, generate_export_csv(rows), dt.datetime(2026, 3, 26, tzinfo=dt.UTC))
        materialize(instance)
    assert versions[0] == versions[1] != versions[2]


def test_a_file_that_cannot_be_read_is_named_and_does_not_stop_the_others(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    upload(settings)
    LocalStore(settings.store_folder).put("tenants/my-company/uploads/notes.csv", b"hello,world\n1,2\n")
    with dg.DagsterInstance.ephemeral() as instance:
        run = run_tenant_day(build_defs(settings), instance, TENANT, SUNDAY, lookback="1w", pack="newsroom")
        records = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION).records
        evaluations = [record.event_log_entry.dagster_event.asset_check_evaluation_data for record in records]
        check = next(e for e in evaluations if e.check_name == "every_upload_was_read")
    assert not check.passed
    assert "notes.csv" in (check.description or "")


@pytest.mark.parametrize(
    ("lookback", "pack", "soundfont", "says"),
    [
        ("20w", "newsroom", "", "at most 13 weeks"),
        ("1w", "polka", "", "no sound pack 'polka'"),
        ("1w", "newsroom", "missing.sf2", "missing.sf2"),
    ],
)
def test_a_run_that_fails_says_why_in_a_sentence(
    tmp_path: Path, lookback: str, pack: str, soundfont: str, says: str
) -> None:
    settings = settings_in(tmp_path, SERP_RADIO_SOUNDFONT=soundfont)
    upload(settings)
    with dg.DagsterInstance.ephemeral() as instance, pytest.raises(RunFailedError, match=says) as failure:
        run_tenant_day(build_defs(settings), instance, TENANT, SUNDAY, lookback=lookback, pack=pack)
    assert "Traceback" not in str(failure.value)
    assert not LocalStore(settings.store_folder).exists(f"tenants/my-company/mp3/{SUNDAY}.mp3")


def test_a_broken_midi_never_becomes_an_mp3(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    upload(settings)

    @dg.asset_check(asset="midi", blocking=True)
    def always_fails() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=False, description="stopped on purpose")

    with dg.DagsterInstance.ephemeral() as instance:
        definitions = dg.Definitions.merge(build_defs(settings), dg.Definitions(asset_checks=[always_fails]))
        with pytest.raises(RunFailedError, match="always_fails: stopped on purpose"):
            run_tenant_day(definitions, instance, TENANT, SUNDAY, lookback="1w", pack="newsroom")
    store = LocalStore(settings.store_folder)
    assert store.exists(f"tenants/my-company/midi/{SUNDAY}.mid")
    assert not store.exists(f"tenants/my-company/mp3/{SUNDAY}.mp3")


@pytest.mark.parametrize("gate", ["decoding_problems", "delivery_problems"])
def test_an_episode_that_is_not_fit_never_takes_the_place_of_one_that_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gate: str
) -> None:
    settings = settings_in(tmp_path)
    upload(settings)
    store = LocalStore(settings.store_folder)
    with dg.DagsterInstance.ephemeral() as instance:
        definitions = build_defs(settings)
        run_tenant_day(definitions, instance, TENANT, SUNDAY, lookback="2w", pack="newsroom")
        keys = [stored.key for asset in ("midi", "mp3") for stored in store.list(f"tenants/my-company/{asset}/")]
        before = [store.get(key) for key in keys]
        monkeypatch.setattr(f"serp_radio_pipeline.defs.assets.stages.{gate}", lambda *_: ["it hums"])
        with pytest.raises(RunFailedError, match="not fit to publish and was not kept: it hums"):
            run_tenant_day(definitions, instance, TENANT, SUNDAY, lookback="1w", pack="newsroom")
    if gate == "decoding_problems":
        assert [store.get(key) for key in keys] == before
    assert store.get(keys[1]) == before[1]


def test_one_tenants_trouble_never_touches_another(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    upload(settings)
    LocalStore(settings.store_folder).put("tenants/other/uploads/broken.zip", b"PK\x03\x04 not a zip")
    with dg.DagsterInstance.ephemeral() as instance:
        definitions = build_defs(settings)
        with pytest.raises(RunFailedError, match=r"broken\.zip"):
            run_tenant_day(definitions, instance, Tenant("other"), SUNDAY, lookback="1w", pack="newsroom")
        run_tenant_day(definitions, instance, TENANT, SUNDAY, lookback="1w", pack="newsroom")
    controls = LocalStore(settings.store_folder).get(f"tenants/my-company/controls/{SUNDAY}.json")
    assert Score.from_json(controls).tenant == json.loads(controls)["tenant"] == "my-company"
