"""How well the ear hears events in the MP3: episodes with made-up events of every kind, in all packs on all soundfonts.

What it knows of each earcon is learned here from some of them, printed, and tried with what the code has on the others.
"""

import datetime as dt
import os
import random
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks.episodes import RULES, calendar, labelled
from benchmarks.packs import FLUID, PROCESSES, series_of
from serp_radio_pipeline.audio.ear import day_ticks, hear
from serp_radio_pipeline.audio.errors import MasteringError
from serp_radio_pipeline.audio.event_finder import TARGET_DAYS, EventFinder, Figures
from serp_radio_pipeline.audio.event_signs import SIGNS
from serp_radio_pipeline.audio.heard_fidelity import EVENT_TOLERANCE
from serp_radio_pipeline.audio.listening import decode_mp3
from serp_radio_pipeline.audio.render import render_episode
from serp_radio_pipeline.audio.soundfont import find_soundfont
from serp_radio_pipeline.audio.spectra import EarSignal
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.labels.happenings import HAPPENING_KINDS, Evidence, Happening, HappeningKind, happenings
from serp_radio_pipeline.motifs.library import shipped_catalogue
from serp_radio_pipeline.music.compose import compose
from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline.music.pack import pack_names, read_pack
from serp_radio_pipeline.music.score import EVENT_BUDGET
from serp_radio_pipeline.music.window import DEFAULT_LOOKBACK
from serp_radio_pipeline.radio.tagging import tags_for

LEARNED, TRIED = 13, 13
"""Episodes of each pack on each soundfont."""
FOUND_GATE, MADE_UP_GATE = 0.95, 0.1
"""Share of events found on their day, within 75 ms, as what they are, and events an episode heard where none is."""

OF_POSITION: tuple[HappeningKind, ...] = ("enters_top", "leaves_top", "rank_jump")
"""The kinds whose notes lead to the counter-voice's."""


@dataclass(frozen=True, slots=True)
class Task:
    """An episode: pack, soundfont's file (None: the default), table, and the seed of its made-up events, or its own."""

    pack: str
    soundfont: Path | None
    metrics: DailyMetrics
    seed: int | None
    is_learned_from: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of an episode: by kind, events announced and found; those made up; and figures with the truth.

    `late` are the seconds by which those found sound after the place where they are written.
    """

    pack: str
    soundfont: str
    is_learned_from: bool
    announced: Counter[str]
    found: Counter[str]
    made_up: int
    late: Sequence[float]
    figures: Mapping[str, Sequence[tuple[Figures, bool]]]


def run(folder: Path | None) -> bool:
    """Print what was learned and how well it does; return whether the gates hold."""
    fonts = [None, *([FLUID] if FLUID.is_file() else [])]
    tables = [metrics for _, metrics in series_of(folder)]
    rng = random.Random(20260322)
    tasks = [
        Task(pack, font, rng.choice(tables), seed, seed < LEARNED)
        for seed in range(LEARNED + TRIED)
        for pack in pack_names(RULES)
        for font in fonts
    ]
    places = [(pack, font, metrics) for pack in pack_names(RULES) for font in fonts for metrics in tables]
    # every other one is learned from: with made-up events alone, days without one are not known well enough
    own = [Task(*place, None, index % 2 == 0) for index, place in enumerate(places)]
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # for the processes started here: each has a core
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        made_up, real = list(pool.map(_hear, tasks)), list(pool.map(_hear, own))
    _print_learned([one for one in (*made_up, *real) if one.is_learned_from])
    found = _print_found("made-up events", [one for one in made_up if not one.is_learned_from])
    return _print_found("the series' own events", [one for one in real if not one.is_learned_from]) & found


def _hear(task: Task) -> Heard:
    labels = labelled(task.metrics)
    if task.seed is None:
        what = list(happenings(task.metrics, labels.as_of, calendar()))
    else:
        what = _made_up(task.metrics, random.Random(task.seed))
    motifs = shipped_catalogue(RULES / "motifs")
    score = compose(task.metrics, labels, read_pack(RULES, task.pack), DEFAULT_LOOKBACK, motifs, what)
    truth, font = {one.date: one.kind for one in score.events}, find_soundfont(task.soundfont)
    try:
        mp3 = render_episode(midi_bytes(score), tags_for(score), font).mp3
    except MasteringError:  # an episode that can't be published lets none of its events be heard
        return Heard(task.pack, font.name, task.is_learned_from, Counter(truth.values()), Counter(), 0, (), {})
    heard = hear(mp3)
    told = {one.date: one for one in heard.events}
    late = {
        one.date: told[one.date].seconds - score.seconds(one.tick)
        for one in score.events
        if one.date in told and told[one.date].kind == one.kind
    }
    found = Counter(truth[date] for date, seconds in late.items() if abs(seconds) <= EVENT_TOLERANCE)
    figures: Mapping[str, Sequence[tuple[Figures, bool]]] = {}
    if task.is_learned_from:
        ticks = day_ticks(heard.contract)
        days = {day.date: (ticks[day.date], day.pitches.get("position")) for day in heard.days}
        by_kind = EventFinder(EarSignal(decode_mp3(mp3)), heard.contract).figures(days)
        figures = {
            kind: [(one, truth.get(date) == kind) for date, one in _over_the_usual(by_day).items()]
            for kind, by_day in by_kind.items()
        }
    made_up = sum(truth.get(date) != one.kind for date, one in told.items())
    return Heard(
        task.pack,
        font.name,
        task.is_learned_from,
        Counter(truth.values()),
        found,
        made_up,
        tuple(late.values()),
        figures,
    )


def _made_up(metrics: DailyMetrics, rng: random.Random) -> list[Happening]:
    """Return events of eight kinds on days of the last eight weeks, none near another."""
    last = metrics.rows[-1].date
    days = [row.date for row in metrics.rows if (last - row.date).days < 56][1::3]
    kinds = rng.sample(HAPPENING_KINDS, EVENT_BUDGET.events)
    places = rng.choice([3, -3])
    return [
        Happening(date, kind, None, evidence, kind)
        for date, kind in zip(rng.sample(days, len(days)), kinds, strict=False)
        if (evidence := _evidence(metrics, date, kind, places)) is not None
    ]


def _evidence(metrics: DailyMetrics, date: dt.date, kind: HappeningKind, places: int) -> Evidence | None:
    """Return what decides the notes of an event on that day, as its detector would; None where it can't be."""
    if kind not in OF_POSITION:
        return ()
    coming = [row.position for row in metrics.rows if 0 <= (row.date - date).days < TARGET_DAYS]
    positions = [position for position in coming if position is not None]
    if not positions:
        return None
    return (("places", places), ("median of the 7 days from then on", statistics.median(positions)))


def _over_the_usual(figures: Mapping[object, Figures]) -> dict[object, Figures]:
    usual = float(np.median([level for _, _, level in figures.values()])) if figures else 0.0
    return {date: (mean, least, level - usual) for date, (mean, least, level) in figures.items()}


def _print_learned(heard: Sequence[Heard]) -> None:
    from sklearn.linear_model import LogisticRegression

    print(f"learned from {len(heard)} episodes: weights and bias; those in the code")
    for kind in HAPPENING_KINDS:
        rows = [row for one in heard for row in one.figures.get(kind, ())]
        model = LogisticRegression(max_iter=500).fit([figures for figures, _ in rows], [is_it for _, is_it in rows])
        learned = ", ".join(f"{weight:.3f}" for weight in model.coef_[0])
        sign = SIGNS[kind]
        print(f"  {kind:<20}({learned}), {model.intercept_[0]:.2f}    {sign.weights}, {sign.bias}")


def _print_found(what: str, heard: Sequence[Heard]) -> bool:
    announced = sum((one.announced for one in heard), Counter[str]())
    found = sum((one.found for one in heard), Counter[str]())
    print(f"\n{what}, in {len(heard)} episodes: heard of those announced")
    print("  " + ", ".join(f"{kind} {found[kind]}/{announced[kind]}" for kind in HAPPENING_KINDS if announced[kind]))
    for pack, font in sorted({(one.pack, one.soundfont) for one in heard}):
        own = [one for one in heard if (one.pack, one.soundfont) == (pack, font)]
        total = sum(sum(one.announced.values()) for one in own)
        right = sum(sum(one.found.values()) for one in own)
        print(f"  {pack:<12}{font:<14}{right:>5} of {total:<5}made up {sum(one.made_up for one in own)}")
    late = np.abs([seconds for one in heard for seconds in one.late])
    print(
        f"  their onsets: {np.median(late) * 1000:.0f} ms from where they are written (median), "
        f"{np.percentile(late, 95) * 1000:.0f} (95 %); within {EVENT_TOLERANCE * 1000:.0f} ms "
        f"{np.mean(late <= EVENT_TOLERANCE):.1%}"
    )
    share = sum(found.values()) / sum(announced.values())
    made_up = sum(one.made_up for one in heard) / len(heard)
    good = share >= FOUND_GATE and made_up <= MADE_UP_GATE
    gates = f"at least {FOUND_GATE:.0%}; made up an episode {made_up:.3f}, at most {MADE_UP_GATE}"
    print(f"  {share:.1%} found ({gates}): {'yes' if good else 'NO'}.", flush=True)
    return good
