"""Ranks through the API: what an upload of them is said to be, and source `serp`, which only ranks have."""

import datetime as dt
from pathlib import Path

from serp_radio_pipeline.ingest.daily_ranks import RankedDay
from serp_radio_pipeline_tests.api.doors import LAST_DAY, door, export
from serp_radio_pipeline_tests.ingest.rank_files import made_up_ranks, se_ranking
from serp_radio_pipeline_tests.ingest.tool_files import as_text


def rank_file() -> bytes:
    days = made_up_ranks(days=56)
    later = LAST_DAY - days[-1].date
    return as_text(se_ranking([RankedDay(day.date + later, day.ranks) for day in days]))


def test_an_upload_of_ranks_says_what_it_is(tmp_path: Path) -> None:
    client = door(tmp_path)
    said = client.post("/api/upload-csv", data={"tenant": "acme"}, files={"file": ("ranks.csv", rank_file())}).json()
    assert (said["tool"], said["source"], said["row_count"]) == ("SE Ranking", "serp", 56)
    assert said["carries"] == {
        "clicks": "visibility",
        "impressions": "ranked_keywords",
        "ctr": "visibility_per_keyword",
        "position": "average_rank",
    }
    assert [column["role"] for column in said["mapping"]] == ["date", "keyword", "rank"]


def test_an_episode_of_ranks_is_ordered_by_their_source(tmp_path: Path) -> None:
    client = door(tmp_path)
    client.post("/api/upload-csv", data={"tenant": "acme"}, files={"file": ("ranks.csv", rank_file())})
    taken = client.post("/api/sonify", json={"tenant": "acme", "source": "serp"})
    assert taken.status_code == 202, taken.text
    assert client.get(f"/api/jobs/{taken.json()['job_id']}").json()["date"] == LAST_DAY.isoformat()


def test_who_has_no_ranks_can_order_none(tmp_path: Path) -> None:
    client = door(tmp_path)
    client.post("/api/upload-csv", data={"tenant": "acme"}, files={"file": ("Chart.csv", export())})
    refused = client.post("/api/sonify", json={"tenant": "acme", "source": "serp"})
    assert refused.status_code == 422
    assert "acme has no ranks, its data is gsc" in refused.text


def test_a_preview_of_ranks_may_move_their_last_week(tmp_path: Path) -> None:
    client = door(tmp_path)
    client.post("/api/upload-csv", data={"tenant": "acme"}, files={"file": ("ranks.csv", rank_file())})
    wish = {"tenant": "acme", "source": "serp", "override_metrics": {"clicks": 0.9}, "lookback": "28d"}
    made = client.post("/api/preview", json=wish)
    assert made.status_code == 200, made.text
    assert made.json()["status"] == "done"
    assert dt.date.fromisoformat(made.json()["date"]) == LAST_DAY
