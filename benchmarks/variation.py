"""Variation from day to day: how much of the accompaniment of a week differs between one day's episode and the next's.

Data lanes of the same days must not differ at all.
"""

import datetime as dt
import itertools
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.episodes import LAST_DAY, RULES, TENANT
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.ingest.demo_series import DEMO, demo_series
from serp_radio_pipeline.labels.events import parse_events
from serp_radio_pipeline.labels.rules import parse_rules
from serp_radio_pipeline.labels.week_labels import label_weeks
from serp_radio_pipeline.motifs.library import shipped_catalogue
from serp_radio_pipeline.music.compose import compose
from serp_radio_pipeline.music.pack import DEFAULT_PACK, read_pack
from serp_radio_pipeline.music.score import TICKS_PER_BAR, TICKS_PER_BEAT, Score
from serp_radio_pipeline.music.window import DEFAULT_LOOKBACK

DAYS = 30
LEAST_BED, LEAST_MOTIFS = 0.5, 0.5
"""Shares of a week's chords, and of its motifs, that must differ from yesterday's, on average."""


@dataclass(frozen=True, slots=True)
class WeekHeard:
    """A week's bar as it was accompanied: voicings by half-bar, onsets of the pad, motif's notes and its rhythm."""

    voicings: tuple[tuple[int, ...], ...]
    pad_rhythm: tuple[int, ...]
    motif: tuple[tuple[int, int], ...]
    motif_rhythm: tuple[int, ...]


def run() -> bool:
    """Print how much differs from day to day over 30 days; return whether it is enough, and data never differ."""
    scores = _scores()
    pairs = list(itertools.pairwise(scores))
    shares = {
        part: [_share(one, other, part) for one, other in pairs]
        for part in ("voicings", "pad_rhythm", "motif", "motif_rhythm")
    }
    print(f"{'differs from the day before, same week':<44}{'least':>8}{'mean':>8}{'most':>8}")
    for part, values in shares.items():
        print(f"{part.replace('_', ' '):<44}{min(values):>8.0%}{sum(values) / len(values):>8.0%}{max(values):>8.0%}")
    data_differ = sum(_data_differ(one, other) for one, other in pairs)
    print(f"data notes of the same day and calibration that differ: {data_differ}")
    mean = {part: sum(values) / len(values) for part, values in shares.items()}
    return not data_differ and mean["voicings"] >= LEAST_BED and mean["motif"] >= LEAST_MOTIFS


def _scores() -> list[Score]:
    rules = parse_rules((RULES / "labels.yaml").read_bytes(), name="labels.yaml")
    events = parse_events((RULES / "events.yaml").read_bytes())
    pack, motifs = read_pack(RULES, DEFAULT_PACK), shipped_catalogue(RULES / "motifs")
    history = DailyMetrics(TENANT, demo_series(DEMO, LAST_DAY))
    days = [LAST_DAY - dt.timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    return [
        compose(history.up_to(day), label_weeks(history, day, rules, events), pack, DEFAULT_LOOKBACK, motifs)
        for day in days
    ]


def _share(one: Score, other: Score, part: str) -> float:
    """Return the share of the weeks in both whose `part` differs; the last, which is not over, is left out."""
    before, after = _weeks(one), _weeks(other)
    both = sorted(before.keys() & after.keys())[:-1]
    return sum(getattr(before[week], part) != getattr(after[week], part) for week in both) / len(both)


def _weeks(score: Score) -> Mapping[str, WeekHeard]:
    heard = {}
    for section in score.sections:
        if not section.marker.startswith("week "):
            continue
        inside = range(section.tick, section.tick + TICKS_PER_BAR)
        motif = [note for note in score.notes if note.purpose == "motif" and note.tick in inside]
        pad = [note for note in score.notes if note.role == "pad" and note.tick in inside]
        beats = [(note.tick - section.tick) // TICKS_PER_BEAT for note in motif]
        heard[section.marker] = WeekHeard(
            voicings=tuple(half.pitches for half in score.harmony if half.tick in inside),
            pad_rhythm=tuple(sorted({note.tick - section.tick for note in pad})),
            motif=tuple((beat, note.pitch) for beat, note in zip(beats, motif, strict=True)),
            motif_rhythm=tuple(beat - beats[0] for beat in beats),
        )
    return heard


def _data_differ(one: Score, other: Score) -> int:
    if one.calibration.id != other.calibration.id:
        return 0
    before = {day.date: [note.note.pitch for note in day.notes] for day in one.days}
    after = {day.date: [note.note.pitch for note in day.notes] for day in other.days}
    return sum(before[date] != after[date] for date in before.keys() & after.keys())
