"""A rank tracker's file through job `sonify`: every check passes, and Dagster shows ranks."""

import datetime as dt
from pathlib import Path

import dagster as dg
import pytest

from serp_radio_pipeline.audio.ear import decode_heard, hear
from serp_radio_pipeline.definitions import build_defs
from serp_radio_pipeline.defs.checks import build_checks
from serp_radio_pipeline.defs.partitions import tenant_days
from serp_radio_pipeline.defs.runs import run_tenant_day
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics, DailyRow
from serp_radio_pipeline.ingest.export import ReadingLimits
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.codecs import load_score
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.storage.upload_log import UploadLog
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.ingest.rank_files import LAST, made_up_ranks, semrush
from serp_radio_pipeline_tests.ingest.tool_files import as_text

TENANT = Tenant("ranked")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    folder = tmp_path_factory.mktemp("ranks")
    settings = Settings.from_environment({"SERP_RADIO_STORE": str(folder / "store")})
    log = UploadLog(LocalStore(Path(settings.store_folder)), ReadingLimits())
    content = as_text(semrush(made_up_ranks(days=120, keywords=60, seed=3)))
    log.add(TENANT, "rankings.csv", content, dt.datetime(2026, 10, 30, 9, tzinfo=dt.UTC))
    with dg.DagsterInstance.ephemeral() as instance:
        run = run_tenant_day(build_defs(settings), instance, TENANT, LAST, lookback="56d", pack="newsroom")
        logged = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
        checks = [entry.dagster_event.asset_check_evaluation_data for entry in logged if entry.dagster_event]
        assert len(checks) > 5
        failed = [check for check in checks if not check.passed]
        # how loud and soft an episode is follows its data: a month in which nothing moves may be told to be even
        assert {check.check_name for check in failed} <= {"loudness_range_is_pleasant"}
        assert all(check.severity is dg.AssetCheckSeverity.WARN for check in failed)
        event = instance.get_latest_materialization_event(dg.AssetKey("raw_metrics"))
        assert event is not None
        assert event.asset_materialization is not None
        shown = event.asset_materialization.metadata
    assert "visibility" in shown
    last = shown["last 7 days"].value.records[-1].data
    assert set(last) == {"date", "visibility", "ranked_keywords", "visibility_per_keyword", "average_rank"}
    return log.store  # type: ignore[return-value]


def test_the_published_sound_of_ranks_is_heard_as_their_figures(store: LocalStore) -> None:
    prefix = f"tenants/{TENANT}"
    score = load_score(store.get(f"{prefix}/controls/{LAST}.json"))
    heard = hear(store.get(f"{prefix}/mp3/{LAST}.mp3"))
    assert heard.contract.names.is_ranks
    notes = {(day.date, note.lane): note.note.pitch for day in score.days for note in day.notes}
    pitches = {(day.date, lane): pitch for day in heard.days for lane, pitch in day.pitches.items()}
    assert sum(pitches.get(key) == pitch for key, pitch in notes.items()) >= 0.99 * len(notes)
    by_date = {day.date: day for day in decode_heard(heard).days}
    for day in score.days:
        clicks, each = by_date[day.date].clicks, by_date[day.date].ctr
        assert clicks == pytest.approx(day.clicks, rel=0.25)
        assert each is not None
        assert each > 1  # hundredths of a percent for each keyword: no share of anything


def test_a_table_without_any_ranked_keyword_fails_its_check_in_words_of_ranks() -> None:
    checks = {key.name: check for check in build_checks(tenant_days(LAST)) for key in check.check_keys}
    row = DailyRow(LAST, 0, 0, None, source="serp", observed_at=dt.datetime(2026, 10, 30, tzinfo=dt.UTC))
    found = checks["daily_table_is_sane"](DailyMetrics(TENANT, (row,)))
    assert (found.passed, found.description) == (False, "no keyword is ranked")
