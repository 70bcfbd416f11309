import datetime as dt
import os
import subprocess
import sys

import numpy as np
import pytest

from serp_radio_pipeline.ingest.demo_series import (
    DEMO,
    HARD_SETS,
    demo_series,
    generate_export_csv,
    generate_export_zip,
)
from serp_radio_pipeline_tests.ingest.export_files import LAST_DATE, series


@pytest.mark.parametrize("name", HARD_SETS)
def test_a_made_series_is_possible(name):
    rows = series(name)
    assert rows[-1].date == LAST_DATE
    assert all(row.clicks <= row.impressions for row in rows)
    assert sum(row.clicks > 0 for row in rows) >= 28


def test_the_hard_sets_span_what_real_sites_do():
    recipes = HARD_SETS.values()
    assert min(r.clicks for r in recipes) == 1
    assert max(r.clicks for r in recipes) == 100_000
    assert min(r.weekday_factor for r in recipes) <= 1.1
    assert max(r.weekday_factor for r in recipes) >= 4.2
    assert {min(r.noise for r in recipes), max(r.noise for r in recipes)} == {0.05, 0.6}
    assert max(r.days for r in recipes) > 480
    for trait in ("steps", "spikes", "updates", "quiet", "gaps"):
        assert any(getattr(r, trait) for r in recipes)


def test_the_same_recipe_makes_the_same_bytes_in_another_process():
    code = (
        "import datetime as dt, hashlib\n"
        "from serp_radio_pipeline.ingest.demo_series import *\n"
        "data = generate_export_zip(demo_series(DEMO, dt.date(2026, 10, 29)))\n"
        "print(hashlib.sha256(data).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_gaps_are_left_out_and_quiet_days_are_zero():
    gaps, quiet = series("gaps"), series("zero days")
    assert len(gaps) == 150 - 12
    assert quiet[20].impressions == 0
    assert quiet[20].position is None


def test_a_weekday_factor_is_heard_in_the_clicks():
    rows = [row for row in series("office week") if row.date > LAST_DATE - dt.timedelta(days=84)]
    by_day = [np.mean([row.clicks for row in rows if row.date.weekday() == day]) for day in range(7)]
    assert 3.4 < max(by_day) / min(by_day) < 5.0


def test_an_update_costs_rank_and_clicks():
    before, after = series("update")[100:150], series("update")[150:]
    assert np.mean([row.position for row in after]) > 5 + np.mean([row.position for row in before])
    assert np.mean([row.ctr for row in after]) < 0.8 * np.mean([row.ctr for row in before])


def test_noise_falls_with_volume():
    def roughness(name: str) -> float:
        logs = np.log1p([row.clicks for row in series(name)])
        return float(np.std(logs[7:] - logs[:-7]))

    assert roughness("one click a day") > 3 * roughness("very large")


def test_the_two_shapes_are_search_consoles_own():
    rows = series("zero days")
    chart, dates = (generate_export_csv(rows, shape).decode().split("\n") for shape in ("chart", "dates"))
    assert chart[0] == dates[0] == "Date,Clicks,Impressions,CTR,Position"
    assert chart[1].startswith(str(rows[0].date))
    assert dates[1].startswith(str(rows[-1].date))
    assert f"{rows[20].date},0,0,," in chart
    assert f"{rows[20].date},0,0,0%,0" in dates


def test_the_demo_export_is_small():
    rows = demo_series(DEMO, LAST_DATE)
    assert len(generate_export_zip(rows)) < 20_000
