"""Four months of one tenant, rising, falling, volatile and flat: are they told apart by label, cadence and contour?

Contour is what the ear hears in the published MP3. The four have the same history, scale and weekdays before.
"""

import datetime as dt
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.episodes import TENANT, composed, labelled
from serp_radio_pipeline.audio.ear import hear
from serp_radio_pipeline.audio.render import render_episode
from serp_radio_pipeline.audio.soundfont import find_soundfont
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics, DailyRow
from serp_radio_pipeline.ingest.demo_series import SeriesRecipe, demo_series
from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.tagging import tags_for

LAST_DAY = dt.date(2026, 2, 28)
"""A month of four whole weeks, with the scale of the days before it."""
DAYS, WEEK = 28, 7
BEFORE = SeriesRecipe("a year before", 20260228, 393, clicks=420.0, ctr=0.035, noise=0.06, weekday_factor=1.5)
SWINGS = (0.65, 0.75, 0.85, 1.0, 1.15, 1.35, 1.55)
"""What the days of a volatile week are multiplied by, in an order of its own."""
LEAST_SHIFT, MOST_LEVEL_SHIFT, LEAST_UNREST = 5.0, 2.0, 2.0
"""Semitones between first and last week's median pitch: where it moves, and where it doesn't. And by how much the
volatile month's days differ more from their own weekday than the flat one's."""


@dataclass(frozen=True, slots=True)
class Month:
    """What is heard of a month: label, mode and chords of the cadence; semitones from first to last week, and median
    distance of a day from its weekday's median in semitones, both of the lead."""

    label: str
    mode: str
    cadence: str
    shift: float
    unrest: float


def run() -> bool:
    """Print the four months; return whether label, cadence and contour tell them apart."""
    months = {name: _month(factors) for name, factors in _factors().items()}
    print(f"{'month':<10}{'label':<18}{'cadence':<12}{'chords':<14}{'lead, first to last week':>26}{'unrest':>8}")
    for name, month in months.items():
        print(
            f"{name:<10}{month.label:<18}{month.mode:<12}{month.cadence:<14}"
            f"{month.shift:>+16.1f} semitones{month.unrest:>8.2f}"
        )
    rising, falling, volatile, flat = months.values()
    rules = {
        "every month has a label and a cadence of its own": len({(m.label, m.mode) for m in months.values()}) == 4,
        f"the lead climbs and falls by {LEAST_SHIFT:g} semitones or more": rising.shift >= LEAST_SHIFT
        and falling.shift <= -LEAST_SHIFT,
        f"the others stay within {MOST_LEVEL_SHIFT:g}": max(abs(volatile.shift), abs(flat.shift)) <= MOST_LEVEL_SHIFT,
        f"days of the volatile month stray {LEAST_UNREST:g} times as far": volatile.unrest
        >= LEAST_UNREST * max(flat.unrest, 0.5),
    }
    for rule, holds in rules.items():
        print(f"{rule}: {'yes' if holds else 'NO'}.")
    return all(rules.values())


def _factors() -> Mapping[str, np.ndarray]:
    """Return by what each day's demand and position of the month differ from usual (two rows, days across)."""
    trend, still = np.exp(0.5 * np.arange(DAYS) / DAYS), np.ones(DAYS)
    rng = np.random.default_rng(7)
    swings = np.array([rng.permutation(SWINGS) for _ in range(2 * DAYS // WEEK)]).reshape(2, DAYS)
    return {
        "rising": np.array([trend, still]),
        "falling": np.array([1 / trend, still]),
        "volatile": swings,
        "flat": np.array([still, still]),
    }


def _month(factors: np.ndarray) -> Month:
    score = _score(factors)
    mp3 = render_episode(midi_bytes(score), tags_for(score), find_soundfont(None)).mp3
    pitches = [day.pitches["clicks"] for day in hear(mp3).days]
    weeks = [pitches[start : start + WEEK] for start in range(0, DAYS, WEEK)]
    usual = [statistics.median(week[weekday] for week in weeks) for weekday in range(WEEK)]
    # what a weekday usually has moves with the month's trend: unrest is what is left after it
    trend = np.polyval(np.polyfit(np.arange(DAYS), pitches, 1), np.arange(DAYS))
    strays = [abs(pitch - usual[index % WEEK] - (trend[index] - trend.mean())) for index, pitch in enumerate(pitches)]
    closing = score.section("cadence").tick
    chords = [bar for bar in score.harmony if bar.tick >= closing]
    return Month(
        score.overall.label,
        chords[-1].mode,
        "-".join(bar.chord for bar in chords),
        statistics.median(weeks[-1]) - statistics.median(weeks[0]),
        statistics.mean(strays),
    )


def _score(factors: np.ndarray) -> Score:
    rows = list(demo_series(BEFORE, LAST_DAY))
    rows[-DAYS:] = [_scaled(row, *pair) for row, pair in zip(rows[-DAYS:], factors.T, strict=True)]
    metrics = DailyMetrics(TENANT, tuple(rows))
    return composed(metrics, labelled(metrics), f"{DAYS}d")


def _scaled(row: DailyRow, demand: float, rank: float) -> DailyRow:
    position = None if row.position is None else round(row.position * rank, 2)
    return replace(
        row, clicks=round(row.clicks * demand), impressions=round(row.impressions * demand), position=position
    )
