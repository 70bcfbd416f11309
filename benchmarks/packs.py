"""Sound packs: every gate of every pack on every soundfont, over the generator's series and real exports.

`python -m benchmarks --only packs`; `--pack`, `--soundfont` and `--series` choose among them.
"""

import os
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from benchmarks.audio_chain import INSTALL
from benchmarks.episodes import RULES, calendar, exports_in, labelled, made_up
from serp_radio_pipeline.audio.errors import MasteringError
from serp_radio_pipeline.audio.pack_trial import MixTrial, try_mix, try_voice
from serp_radio_pipeline.audio.soundfont import find_soundfont
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.labels.happenings import happenings
from serp_radio_pipeline.motifs.library import shipped_catalogue
from serp_radio_pipeline.music.compose import compose
from serp_radio_pipeline.music.decode import decode_midi
from serp_radio_pipeline.music.fidelity import fidelity
from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline.music.pack import pack_names, read_pack
from serp_radio_pipeline.music.window import DEFAULT_LOOKBACK
from serp_radio_pipeline.radio.gates import decoding_problems
from serp_radio_pipeline.radio.pack_gates import mix_problems, voice_problems

FLUID = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
"""Debian's fluid-soundfont-gm; `baseline.sh` installs it where that can be done."""
PROCESSES = 2
HEADER = (
    f"{'pack':<12}{'soundfont':<16}{'series':<36}{'LUFS':>7}{'dBTP':>6}{'LU':>5}{'change':>7}"
    f"{'bright':>7}{'mono':>5}  {'stand out: c':>12}{'i':>6}{'p':>6}  {'ear: c':>7}{'i':>6}{'p':>6}"
    f"{'lengths':>8}{'clash':>7}"
)


@dataclass(frozen=True, slots=True)
class Task:
    """One episode to make: a pack, a soundfont's file (None: the default) and a series."""

    pack: str
    soundfont: Path | None
    name: str
    metrics: DailyMetrics


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured of one episode, and what it fails."""

    pack: str
    soundfont: str
    name: str
    mix: MixTrial | None
    clash_share: float
    problems: tuple[str, ...]


def run(
    folder: Path | None,
    packs: Sequence[str] = (),
    soundfonts: Sequence[Path] = (),
    series: Sequence[str] = (),
) -> bool:
    """Print the table; return whether every pack reaches every gate on every soundfont."""
    if not soundfonts and not FLUID.is_file():
        subprocess.run([INSTALL], check=False)
    fonts = list(soundfonts) or [None, *([FLUID] if FLUID.is_file() else [])]
    chosen = list(packs) or pack_names(RULES)
    tables = [(name, metrics) for name, metrics in series_of(folder) if not series or name in series]
    failures = [f"{pack} on {font}: {problem}" for pack, font, problem in _voices(chosen, fonts)]
    print(HEADER)
    print("-" * len(HEADER))
    tasks = [Task(pack, font, *table) for pack in chosen for font in fonts for table in tables]
    for row in _rows(tasks):
        _print(row)
        failures += [f"{row.pack} on {row.soundfont}, {row.name}: {problem}" for problem in row.problems]
    print(f"\n{len(tasks)} episodes; every gate reached: {'yes' if not failures else 'NO'}.")
    for failure in failures:
        print(f"  {failure}")
    return not failures


def series_of(folder: Path | None) -> Iterator[tuple[str, DailyMetrics]]:
    """Every set of the generator, and every daily table of a folder of real exports, by name."""
    yield from made_up()
    for name, metrics in exports_in(folder) if folder else ():
        if not isinstance(metrics, str):
            yield name, metrics


def _voices(packs: Sequence[str], fonts: Sequence[Path | None]) -> Iterator[tuple[str, str, str]]:
    print(f"{'pack':<12}{'soundfont':<16}{'voice':<10}{'instrument':<24}{'length heard':>12}{'10 % onset ms':>14}")
    for name in packs:
        pack = read_pack(RULES, name)
        for path in fonts:
            font = find_soundfont(path)
            tried = {role: try_voice(pack, role, font) for role in ("lead", "counter", "bass")}
            for role, trial in tried.items():
                print(
                    f"{name:<12}{font.name:<16.15}{role:<10}{pack.roles[role].name:<24}"
                    f"{trial.length_slope:>12.2f}{1000 * trial.onset_seconds:>14.0f}"
                )
            for problem in voice_problems(pack, tried):
                yield name, font.name, problem
    print()


def _rows(tasks: Sequence[Task]) -> Iterator[Row]:
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # for the processes started here: each has a core
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_measure, tasks)


def _measure(task: Task) -> Row:
    pack, font = read_pack(RULES, task.pack), find_soundfont(task.soundfont)
    motifs, labels = shipped_catalogue(RULES / "motifs"), labelled(task.metrics)
    what_happened = happenings(task.metrics, labels.as_of, calendar())
    score = compose(task.metrics, labels, pack, DEFAULT_LOOKBACK, motifs, what_happened)
    figures = fidelity(score, decode_midi(midi_bytes(score)))
    try:
        mix = try_mix(score, font)
    except MasteringError as error:
        return Row(task.pack, font.name, task.name, None, figures.clash_share, (str(error),))
    problems = (*decoding_problems(figures), *mix_problems(mix, score))
    return Row(task.pack, font.name, task.name, mix, figures.clash_share, problems)


def _print(row: Row) -> None:
    mix, lanes = row.mix, ("clicks", "impressions", "position")
    if mix is None:
        print(f"{row.pack:<12}{row.soundfont:<16.15}{row.name:<36.35}  NO", flush=True)
        return
    standing = "".join(f"{_share(mix.unmasked.get(lane)):>6}" for lane in lanes)
    heard = "".join(f"{_share(mix.heard.exact.get(lane)):>6}" for lane in lanes)
    lengths = "-" if mix.heard.length_rho is None else f"{mix.heard.length_rho:.3f}"
    print(
        f"{row.pack:<12}{row.soundfont:<16.15}{row.name:<36.35}{mix.measured.loudness_lufs:>7.2f}"
        f"{mix.measured.true_peak_dbtp:>6.1f}{mix.measured.loudness_range_lu:>5.1f}{mix.range_change_lu:>7.2f}"
        f"{mix.balance.brightness_db:>7.1f}{mix.balance.mono_loss_lu:>5.1f}        {standing}   {heard}"
        f"{lengths:>8}{row.clash_share:>7.1%}{'' if not row.problems else '  NO'}",
        flush=True,
    )


def _share(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"
