"""Movers all the way: two exports with queries and pages become notes, words and the UI's tables by a real run."""

import datetime as dt
from pathlib import Path

import dagster as dg
import pytest

from serp_radio_pipeline.definitions import build_defs
from serp_radio_pipeline.defs.runs import run_tenant_day
from serp_radio_pipeline.ingest.demo_series import DEMO, demo_series, generate_export_csv, generate_export_zip
from serp_radio_pipeline.ingest.export import ReadingLimits
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.storage.upload_log import UploadLog
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.command_line import SerpRadio
from serp_radio_pipeline_tests.console.made_up_site import made_up_site
from serp_radio_pipeline_tests.defs.fleets import NOW, settings_in
from serp_radio_pipeline_tests.episodes import SUNDAY
from serp_radio_pipeline_tests.ingest.tool_files import as_text

TENANT = Tenant("my-company")
ROWS = demo_series(DEMO, SUNDAY)


def log_of(settings: Settings) -> UploadLog:
    return UploadLog(LocalStore(settings.store_folder), ReadingLimits())


def add_two_periods(settings: Settings) -> None:
    """The last four weeks and the four before, each exported on its own."""
    for days in (ROWS[-56:-28], ROWS[-28:]):
        name = f"demo.example-Performance-on-Search-{days[-1].date + dt.timedelta(days=3)}.zip"
        log_of(settings).add(TENANT, name, generate_export_zip(days), NOW)


class Made:
    """One episode made by a real run, and what the UI shows of it."""

    def __init__(self, settings: Settings) -> None:
        self.store = LocalStore(settings.store_folder)
        with dg.DagsterInstance.ephemeral() as instance:
            run = run_tenant_day(build_defs(settings), instance, TENANT, SUNDAY, lookback="8w", pack="newsroom")
            wanted = dg.DagsterEventType.ASSET_CHECK_EVALUATION
            records = instance.get_records_for_run(run.run_id, of_type=wanted).records
            checks = [record.event_log_entry.dagster_event.asset_check_evaluation_data for record in records]
            self.failed = [check.check_name for check in checks if not check.passed]
            self.events = {
                asset: instance.get_latest_materialization_event(dg.AssetKey(asset))
                for asset in ("raw_metrics", "controls", "midi")
            }
        self.score = Score.from_json(self.text("controls", "json").encode())

    def text(self, asset: str, extension: str) -> str:
        return self.store.get(f"tenants/{TENANT}/{asset}/{SUNDAY}.{extension}").decode()

    def metadata(self, asset: str) -> dict[str, dg.MetadataValue]:
        event = self.events[asset]
        assert event is not None
        assert event.asset_materialization is not None
        return dict(event.asset_materialization.metadata)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    settings = settings_in(tmp_path_factory.mktemp("movers"))
    add_two_periods(settings)
    return Made(settings)


def test_a_query_and_a_page_are_heard_and_named(made: Made) -> None:
    assert [heard.mover.dimension for heard in made.score.movers] == ["query", "page"]
    assert made.failed == []
    assert "movers" in str(made.metadata("midi")["sections"].value)
    assert "## Movers: 28 days to 2026-03-22, against 28 days to 2026-02-22" in made.text("episode", "md")
    assert "Movers. Clarinet: query" in made.text("episode", "vtt")
    assert "Apart from movement" in made.text("episode", "html")


def bulk_export() -> bytes:
    """What BigQuery holds of the last eight weeks by URL: the made-up site's queries, each on a page, and the rest."""
    site = made_up_site(SUNDAY)
    labels = sorted({query for rows in site.queries.values() for query, *_ in rows})
    pages = {label: f"https://demo.example/{place}" for place, label in enumerate(labels)}
    table = [["data_date", "site_url", "url", "query", "is_anonymized_query", "impressions", "clicks", "sum_position"]]
    for day in ROWS[-56:]:
        clicks, impressions = day.clicks, day.impressions
        for query, clicked, seen, position in site.queries[day.date]:
            numbers = [seen, clicked, round((position - 1) * seen)]
            table.append([str(day.date), "sc-domain:demo.example", pages[query], query, "false", *map(str, numbers)])
            clicks, impressions = clicks - clicked, impressions - seen
        rest = [max(impressions, clicks), clicks, 9 * max(impressions, clicks)]
        table.append([str(day.date), "sc-domain:demo.example", "https://demo.example/", "", "true", *map(str, rest)])
    return as_text(table)


def test_a_bulk_export_alone_makes_an_episode_with_two_movers(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    log_of(settings).add(TENANT, "searchdata_url_impression.csv", bulk_export(), NOW)
    made = Made(settings)
    assert [heard.mover.dimension for heard in made.score.movers] == ["query", "page"]
    assert "## Movers: 28 days to 2026-03-22, against 28 days to 2026-02-22" in made.text("episode", "md")
    assert made.metadata("raw_metrics")["compared by"].value == "query, page"


def test_the_ui_shows_movers_with_their_parts_and_the_mix_apart(made: Made) -> None:
    assert made.metadata("raw_metrics")["compared by"].value == "query, page"
    controls = made.metadata("controls")
    records = controls["movers"].records  # type: ignore[attr-defined]
    assert [record.data["heard as"] for record in records] == ["Clarinet", "Jazz Guitar"]
    assert "Average position over the queries listed" in str(controls["apart from movement"].value)


def test_the_command_line_reads_them_back(serp_radio: SerpRadio, made: Made, tmp_path: Path) -> None:
    midi = tmp_path / "episode.mid"
    midi.write_bytes(made.store.get(f"tenants/{TENANT}/midi/{SUNDAY}.mid"))
    answer = serp_radio("decode", str(midi), "--movers")
    assert answer.out.splitlines() == [
        "dimension,label,from,to",
        *(
            f"{h.mover.dimension},{csv_cell(h.mover.label)},{h.mover.before.clicks},{h.mover.now.clicks}"
            for h in made.score.movers
        ),
    ]
    mp3 = tmp_path / "episode.mp3"
    mp3.write_bytes(made.store.get(f"tenants/{TENANT}/mp3/{SUNDAY}.mp3"))
    assert "movers can't be told" in serp_radio("decode", str(mp3), "--movers").err


def csv_cell(label: str) -> str:
    return '"' + label.replace('"', '""') + '"' if '"' in label or "," in label else label


def test_days_alone_are_compared_with_nothing(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    log_of(settings).add(TENANT, "Chart.csv", generate_export_csv(ROWS[-56:]), NOW)
    one = log_of(settings).history(TENANT).known_on(SUNDAY)
    assert one.comparisons == ()
    log_of(settings).add(TENANT, "x.zip", generate_export_zip(ROWS[-28:]), NOW)
    assert log_of(settings).history(TENANT).known_on(SUNDAY).data_version() == one.data_version()


def test_an_upload_that_brings_no_new_day_but_queries_changes_the_version(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    log_of(settings).add(TENANT, "now.zip", generate_export_zip(ROWS[-28:]), NOW)
    log_of(settings).add(TENANT, "Chart.csv", generate_export_csv(ROWS[-56:-28]), NOW)
    before = log_of(settings).history(TENANT).known_on(SUNDAY)
    log_of(settings).add(TENANT, "before.zip", generate_export_zip(ROWS[-56:-28]), NOW)
    now = log_of(settings).history(TENANT).known_on(SUNDAY)
    assert now.rows == before.rows
    assert [one.dimension for one in now.comparisons] == ["query", "page"]
    assert now.data_version() != before.data_version()
    assert now.up_to(SUNDAY).data_version() == before.up_to(SUNDAY).data_version()
