"""Fidelity: what is decoded from each episode's MIDI, and how loud its decoded MP3 is, over many series."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.episodes import composed, exports_in, labelled, made_up
from serp_radio_pipeline.audio.ear import hear
from serp_radio_pipeline.audio.heard_fidelity import heard_fidelity
from serp_radio_pipeline.audio.listening import decode_mp3, measure
from serp_radio_pipeline.audio.render import render_episode
from serp_radio_pipeline.audio.soundfont import find_soundfont
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.music.decode import decode_midi
from serp_radio_pipeline.music.fidelity import fidelity
from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline.music.scale_steps import PITCH_RHO_GATES
from serp_radio_pipeline.radio.gates import RHO_GATES, below_the_gates, delivery_problems, hearing_problems
from serp_radio_pipeline.radio.tagging import tags_for

HEADER = (
    f"{'series':<40}{'days':>5} {'label':<15}{'seconds':>7}  "
    f"{'rho clicks':>10}{'impr.':>8}{'pos.':>8}{'CTR':>8}  {'pitch: clicks':>13}{'impr.':>8}{'pos.':>8}"
    f"  {'ear: clicks':>12}{'impr.':>8}{'pos.':>8}{'lengths':>8}{'events: MIDI':>14}"
    f"{'clash':>7}{'LUFS':>8}{'dBTP':>7}{'LU':>6}"
)


def run(folder: Path | None) -> bool:
    """Print the table; return whether every episode decodes and is fit to publish."""
    print(HEADER)
    print("-" * len(HEADER))
    series: list[tuple[str, DailyMetrics | str]] = [*made_up(), *(exports_in(folder) if folder else ())]
    all_good, below = True, []
    for name, metrics in series:
        if isinstance(metrics, str):
            print(f"{name:<40} refused: {metrics}")
            continue
        problems, gates = _row(name, metrics)
        all_good &= not problems
        below += [f"{name}: {gate}" for gate in gates]
        for problem in problems:
            print(f"{'':<40} WRONG: {problem}")
    print(f"\nEvery day of every series decodes, every MP3 is fit to publish: {'yes' if all_good else 'NO'}.")
    print("Below a rank gate (28 days or more): " + ("; ".join(below) or "none") + ".")
    return all_good


def _row(name: str, metrics: DailyMetrics) -> tuple[list[str], list[str]]:
    score = composed(metrics, labelled(metrics))
    content = midi_bytes(score)
    figures = fidelity(score, decode_midi(content))
    rendered = render_episode(content, tags_for(score), find_soundfont(None))
    heard = measure(decode_mp3(rendered.mp3))
    by_ear = heard_fidelity(score, hear(rendered.mp3))
    rho = _figures(figures.rho, ("clicks", "impressions", "position", "ctr"), 8)
    found = f"{figures.events_found}/{figures.events}"
    lanes = ("clicks", "impressions", "position")
    pitch = _figures(figures.pitch_rho, lanes, 8)
    ear = _figures({**by_ear.exact, "lengths": by_ear.length_rho}, (*lanes, "lengths"), 8)
    print(
        f"{name:<40}{figures.days:>5} {score.overall.label:<15}{heard.duration_seconds:>7.1f}  "
        f"  {rho}       {pitch}      {ear}{found:>14}{figures.clash_share:>7.1%}"
        f"{heard.loudness_lufs:>8.2f}{heard.true_peak_dbtp:>7.2f}{heard.loudness_range_lu:>6.1f}"
    )
    by_pitch = [f"pitch alone, {gate}" for gate in below_the_gates(figures.pitch_rho, PITCH_RHO_GATES)]
    below = [*below_the_gates(figures.rho, RHO_GATES), *by_pitch]
    below += [f"by ear, {problem}" for problem in hearing_problems(by_ear)]
    return [*figures.wrong, *delivery_problems(heard, score)], below


def _figures(values: Mapping[str, float | None], names: Iterable[str], width: int) -> str:
    return "".join(f"{'-' if values[name] is None else format(values[name], '.4f'):>{width}}" for name in names)
