"""Proof of the mapping: how well what a program hears in an episode agrees with the numbers that went in."""

import datetime as dt
import math
from collections.abc import Mapping, Set
from dataclasses import dataclass

from serp_radio_pipeline.labels.calibration_period import METRICS, Metric
from serp_radio_pipeline.music.calibration import Calibration, LaneName
from serp_radio_pipeline.music.decode import LANES, DecodedEpisode
from serp_radio_pipeline.music.harmony import count_clashes
from serp_radio_pipeline.music.lanes import PROVISIONAL_VELOCITY
from serp_radio_pipeline.music.movers import mover_level
from serp_radio_pipeline.music.rank_correlation import rank_correlation
from serp_radio_pipeline.music.score import Score

_Event = tuple[dt.date, str, str | None, int]
"""Date, kind, metric and tick."""


@dataclass(frozen=True, slots=True)
class Fidelity:
    """How an episode decodes.

    `rho`: Spearman's rank correlation per metric, from pitch, velocity and length; `pitch_rho` from pitch alone
    (clicks, impressions, position). Both None where a metric has under 28 values or only one.
    `wrong`: sentences for what does not decode to the value written, within the file's own resolution; empty is right.
    `clash_share`: share of data notes a semitone from a sounding chord tone. `events` and `events_found`: how many are
    in the score, and how many of them read back as what they are, on their day.
    """

    days: int
    rho: Mapping[Metric, float | None]
    pitch_rho: Mapping[Metric, float | None]
    wrong: tuple[str, ...]
    clash_share: float
    events: int
    events_found: int


def fidelity(score: Score, decoded: DecodedEpisode) -> Fidelity:
    """Compare a score with what was decoded from its published file."""
    written_events: set[_Event] = {(event.date, event.kind, event.metric, event.tick) for event in score.events}
    found_events: set[_Event] = {(event.date, event.kind, event.metric, event.tick) for event in decoded.events}
    pairs = list(zip(score.days, decoded.days, strict=False))
    written = {metric: [getattr(day, metric) for day, _ in pairs] for metric in METRICS}
    heard = {metric: [getattr(day, metric) for _, day in pairs] for metric in METRICS}
    pitches = {lane: [day.notes[lane].pitch if lane in day.notes else None for _, day in pairs] for lane in LANES}
    ranks = {metric: [-v if metric == "position" and v else v for v in written[metric]] for metric in METRICS}
    pitch_rho: dict[Metric, float | None] = {lane: rank_correlation(ranks[lane], pitches[lane]) for lane in LANES}
    return Fidelity(
        days=sum(not day.is_missing for day in score.days),
        rho={metric: rank_correlation(written[metric], heard[metric]) for metric in METRICS},
        pitch_rho=pitch_rho,
        wrong=(
            *_wrong_days(score, decoded),
            *_wrong_events(written_events, found_events),
            *_wrong_movers(score, decoded),
        ),
        clash_share=clash_share(score),
        events=len(written_events),
        events_found=len(written_events & found_events),
    )


def clash_share(score: Score) -> float:
    """Return the share of data notes that begin while a pad note a semitone away, in any octave, sounds."""
    data = score.data_notes()
    if not data:
        return 0.0
    return count_clashes(data, [note for note in score.notes if note.role == "pad"]) / len(data)


def _wrong_days(score: Score, decoded: DecodedEpisode) -> list[str]:
    if [day.date for day in score.days] != [day.date for day in decoded.days]:
        return ["the file's days are not the score's days"]
    wrong = []
    for day, heard in zip(score.days, decoded.days, strict=True):
        expected = {note.lane: note for note in day.notes}
        if set(expected) != set(heard.notes):
            wrong.append(f"{day.date}: voices {sorted(heard.notes)} sound where {sorted(expected)} should")
            continue
        for lane, day_note in expected.items():
            value = getattr(heard, lane)
            slack = _resolution(score.calibration, lane, day.is_provisional)
            off = abs(_octaves(value, lane) - _octaves(day_note.value, lane))
            # whole numbers are rounded, which is more than a step where counts are small
            if not day_note.clipped and off > slack and abs(value - day_note.value) > 0.5:
                wrong.append(f"{day.date}: {lane} {day_note.value:g} reads back as {value:g}")
    return wrong


def _wrong_events(written: Set[_Event], found: Set[_Event]) -> list[str]:
    wrong = [f"{date}: event {kind} does not read back" for date, kind, *_ in sorted(written - found, key=str)]
    return wrong + [
        f"{date}: event {kind} reads back, and is none" for date, kind, *_ in sorted(found - written, key=str)
    ]


def _wrong_movers(score: Score, decoded: DecodedEpisode) -> list[str]:
    """Say of each mover that does not read back; its notes must lie where the clicks' law has its numbers."""
    written = [(one.mover.label, one.mover.before.clicks, one.mover.now.clicks, one.tick) for one in score.movers]
    found = [(one.said.label, one.said.before, one.said.now, one.tick) for one in decoded.movers]
    if written != found:
        return ["the file's movers are not the score's movers"]
    return [
        f"mover {one.said.label}: {clicks} clicks sound as pitch {pitch}"
        for one in decoded.movers
        for clicks, pitch in zip((one.said.before, one.said.now), one.pitches, strict=True)
        if score.calibration.clicks.pitch(mover_level(clicks) + one.said.shift) != pitch
    ]


def _octaves(value: float, metric: str) -> float:
    return math.log2(value) if metric == "position" else math.log2(value + 0.5)


def _resolution(calibration: Calibration, lane: LaneName, is_provisional: bool) -> float:
    """One step of the lane's finest carrier, in octaves."""
    if lane == "clicks":
        steps = [calibration.level_of_velocity(lane, velocity) for velocity in (80, 81)]
        return (steps[1] - steps[0]) / (PROVISIONAL_VELOCITY if is_provisional else 1)
    steps = [calibration.level_of_length(lane, length) for length in (300, 301)]
    return steps[1] - steps[0]
