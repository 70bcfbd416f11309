"""What the checks call fit to publish, on real renderings of the hardest short pieces, and what they call unfit."""

import dataclasses
import datetime as dt

import pytest

from serp_radio_pipeline.audio.listening import Measured, decode_mp3, measure
from serp_radio_pipeline.audio.render import render_episode
from serp_radio_pipeline.audio.soundfont import find_soundfont
from serp_radio_pipeline.ingest.daily_metrics import DailyRow
from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline.radio.gates import below_the_gates, delivery_problems, range_problems
from serp_radio_pipeline.radio.tagging import tags_for
from serp_radio_pipeline_tests.episodes import SUNDAY, demo_score, metrics_of, score_of

FIT = Measured(-16.0, 6.0, -1.5, 58.0, 0.0, 1.2, 0.05, ())


@pytest.mark.parametrize(("lookback", "series"), [("1d", "large"), ("3d", "spikes"), ("8w", "gaps")])
def test_short_and_gappy_episodes_are_fit_to_publish(lookback: str, series: str) -> None:
    score = demo_score(lookback, series)
    rendered = render_episode(midi_bytes(score), tags_for(score), find_soundfont(None))
    assert delivery_problems(measure(decode_mp3(rendered.mp3)), score) == []


@pytest.mark.parametrize("last", [None, 0])
def test_a_last_day_without_a_value_leaves_no_hole_in_the_sound(last: int | None) -> None:
    clicks = [20 + day % 9 for day in range(40)] + [last]
    rows = tuple(
        DailyRow(SUNDAY - dt.timedelta(days=40 - day), count, 30 * count, 9.0 if count else None)
        for day, count in enumerate(clicks)
        if count is not None
    )
    score = score_of(metrics_of(rows), "4w", SUNDAY)
    rendered = render_episode(midi_bytes(score), tags_for(score), find_soundfont(None))
    assert delivery_problems(measure(decode_mp3(rendered.mp3)), score) == []


def test_one_loud_day_among_quiet_ones_can_be_mastered() -> None:
    rows = tuple(DailyRow(SUNDAY - dt.timedelta(days=2 - day), c, 10 * c, 9.0) for day, c in enumerate((20, 900, 15)))
    score = score_of(metrics_of(rows), "3d")
    assert render_episode(midi_bytes(score), tags_for(score), find_soundfont(None)).max_reduction_db < 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"loudness_lufs": -16.6}, "loudness is -16.60 LUFS"),
        ({"true_peak_dbtp": -0.9}, "true peak is -0.90 dBTP"),
        ({"head_silence_s": 0.3}, "begins with 0.30 s"),
        ({"tail_silence_s": 0.5}, "ends with 0.50 s"),
        ({"tail_silence_s": 2.4}, "ends with 2.40 s"),
        ({"longest_gap_s": 0.4}, "holds 0.40 s"),
        ({"duration_seconds": 40.0}, "lasts 40.0 s"),
        ({"loudness_lufs": float("-inf")}, "loudness is -inf LUFS"),
    ],
)
def test_an_unfit_episode_is_named_with_its_figure(change: dict[str, float], says: str) -> None:
    assert delivery_problems(FIT, demo_score()) == []
    (problem,) = delivery_problems(dataclasses.replace(FIT, **change), demo_score())
    assert says in problem


@pytest.mark.parametrize(
    ("loudness_range", "seconds", "problems"),
    [
        (8.5, 31.0, ["its loudness range is 8.5 LU, not 4 to 8"]),
        (3.9, 58.0, ["its loudness range is 3.9 LU, not 4 to 8"]),
        (4.0, 58.0, []),
        (8.0, 58.0, []),
        (8.5, 30.0, []),
    ],
)
def test_a_loudness_range_is_judged_where_there_is_enough_to_judge(
    loudness_range: float, seconds: float, problems: list[str]
) -> None:
    measured = dataclasses.replace(FIT, loudness_range_lu=loudness_range, duration_seconds=seconds)
    assert range_problems(measured) == problems


def test_a_rank_gate_speaks_only_of_what_is_known() -> None:
    gates = {"clicks": 0.995, "ctr": 0.999}
    assert below_the_gates({"clicks": 0.9949, "ctr": None, "position": 0.1}, gates) == ["clicks 0.9949 under 0.995"]
