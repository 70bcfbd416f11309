"""The feed as runs make it: an episode is listed once it is fit, and says when its numbers were corrected."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import dagster as dg
import feedparser
import pytest

from serp_radio_pipeline.definitions import build_defs
from serp_radio_pipeline.defs.runs import RunFailedError, run_tenant_day
from serp_radio_pipeline.ingest.demo_series import HARD_SETS, demo_series, generate_export_csv
from serp_radio_pipeline.ingest.export import ReadingLimits
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.feed_token import FeedToken, new_token, write_feed_token
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.storage.upload_log import UploadLog
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.episodes import SUNDAY

TENANT = Tenant("my-company")
ROWS = demo_series(HARD_SETS["small and steady"], SUNDAY)


class Station:
    """A store in which a tenant's days are made by real runs."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance, **settings: str) -> None:
        self.settings = Settings.from_environment({"SERP_RADIO_STORE": str(folder), **settings})
        self.store, self.instance = LocalStore(folder), instance

    def upload(self, name: str, day: int, clicks_more: int = 0) -> None:
        """Add an export in which the last day but one has more clicks."""
        rows = [*ROWS[:-2], replace(ROWS[-2], clicks=ROWS[-2].clicks + clicks_more), ROWS[-1]]
        UploadLog(self.store, ReadingLimits()).add(
            TENANT, name, generate_export_csv(tuple(rows)), dt.datetime(2026, 3, day, tzinfo=dt.UTC)
        )

    def make(self, date: dt.date = SUNDAY) -> None:
        """Make an episode."""
        run_tenant_day(build_defs(self.settings), self.instance, TENANT, date, lookback="1w", pack="newsroom")

    def feed(self) -> list[feedparser.FeedParserDict]:
        """The feed's episodes as an app finds them."""
        return list(feedparser.parse(self.store.get("tenants/my-company/feed.xml")).entries)

    def metadata(self) -> dict[str, object]:
        """What the UI shows of the feed's last making."""
        event = self.instance.get_latest_materialization_event(dg.AssetKey("feed"))
        assert event is not None
        assert event.asset_materialization is not None
        return {name: value.value for name, value in event.asset_materialization.metadata.items()}


def test_an_episode_made_again_from_other_numbers_keeps_its_name_and_says_corrected(tmp_path: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        station = Station(tmp_path, instance)
        station.upload("Chart.csv", 24)
        station.make()
        (before,) = station.feed()
        station.upload("Chart (1).csv", 25, clicks_more=3)
        station.make()
        (after,) = station.feed()
        assert after.id == before.id == f"serp-radio:my-company:{SUNDAY}"
        assert "(corrected)" not in before.title
        assert after.title.endswith("(corrected)")
        assert "the numbers of 2026-03-21 were others" in after.summary
        assert station.metadata()["corrected"] == (
            "Corrected: when this episode first came out, the numbers of 2026-03-21 were others."
        )


def test_a_second_day_joins_the_first_at_the_public_url(tmp_path: Path) -> None:
    url, token = "https://radio.example", new_token()
    with dg.DagsterInstance.ephemeral() as instance:
        station = Station(tmp_path, instance, SERP_RADIO_PUBLIC_URL=url)
        station.upload("Chart.csv", 24)
        write_feed_token(station.store, TENANT, FeedToken(token))
        for days_ago in (0, 1):
            station.make(SUNDAY - dt.timedelta(days=days_ago))
        assert [one.enclosures[0].href for one in station.feed()] == [
            f"{url}/feeds/{token}/2026-03-{day}.mp3" for day in (22, 21)
        ]
        assert station.metadata()["episodes listed"] == 2
        station.store.path("tenants/my-company/mp3/2026-03-21.mp3").unlink()
        station.make()
        assert [one.id[-10:] for one in station.feed()] == ["2026-03-22"]
        assert station.metadata()["left out"] == ["2026-03-21: its sound is gone"]


def test_an_episode_that_is_not_fit_is_not_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from serp_radio_pipeline.defs import checks  # noqa: PLC0415

    monkeypatch.setattr(checks, "delivery_problems", lambda *_: ["too loud"])
    with dg.DagsterInstance.ephemeral() as instance:
        station = Station(tmp_path, instance)
        station.upload("Chart.csv", 24)
        with pytest.raises(RunFailedError, match="too loud"):
            station.make()
        assert not station.store.exists("tenants/my-company/feed.xml")
