"""CPU seconds from MIDI bytes to a tagged MP3: our chain, warm and in a new process, against fluidsynth and ffmpeg.

`python -m benchmarks.audio_chain FILE.mid` runs it alone.
"""

import argparse
import datetime as dt
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from serp_radio_pipeline.audio.id3 import Chapter, Tags
from serp_radio_pipeline.audio.render import RenderedAudio, render_episode
from serp_radio_pipeline.audio.soundfont import find_soundfont

GATE = 0.65
"""The most our warm chain may take of the baseline's CPU time."""

BASELINE, WARM, COLD = "fluidsynth + ffmpeg", "ours, warm", "ours, new process"
INSTALL = Path(__file__).with_name("baseline.sh")
IN_A_NEW_PROCESS = """
import sys
from pathlib import Path
from benchmarks import audio_chain
audio_chain.render(Path(sys.argv[1]).read_bytes(), Path(sys.argv[2]))
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One chain's CPU seconds, user and system; `ratio` is its least to the baseline's, None where there is none."""

    chain: str
    least: float
    median: float
    ratio: float | None


def run(midi: bytes, soundfont_path: Path | None = None, repetitions: int = 5) -> list[Row]:
    """Measure each chain `repetitions` times, in turns so that a busy machine hits all alike; print and return it."""
    soundfont = find_soundfont(soundfont_path).path
    has_baseline = subprocess.run([INSTALL], check=False).returncode == 0
    seconds: dict[str, list[float]] = {BASELINE: [], WARM: [], COLD: []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in.mid").write_bytes(midi)
        render(midi, soundfont)  # loads what a warm process has loaded
        for _ in range(repetitions):
            if has_baseline:
                seconds[BASELINE].append(_children_seconds(*_baseline(folder, soundfont)))
            start = time.process_time()
            render(midi, soundfont)
            seconds[WARM].append(time.process_time() - start)
            command = [sys.executable, "-c", IN_A_NEW_PROCESS, str(folder / "in.mid"), str(soundfont)]
            seconds[COLD].append(_children_seconds(command))
    least = min(seconds[BASELINE], default=None)
    rows = [
        Row(chain, min(taken), statistics.median(taken), None if least is None else min(taken) / least)
        for chain, taken in seconds.items()
        if taken
    ]
    _print_table(rows)
    return rows


def render(midi: bytes, soundfont: Path) -> RenderedAudio:
    """Our whole chain, with tags of an episode's size."""
    weeks = tuple(Chapter(week * 4200, (week + 1) * 4200, f"Week {week + 1}") for week in range(8))
    tags = Tags("SERP Radio", "SERP Radio", "benchmark", dt.date(2026, 1, 31), "What was heard.", chapters=weeks)
    return render_episode(midi, tags, find_soundfont(soundfont))


def _baseline(folder: Path, soundfont: Path) -> tuple[list[str], list[str]]:
    midi, wave, mp3 = (str(folder / name) for name in ("in.mid", "out.wav", "out.mp3"))
    synthesize = ["fluidsynth", "-ni", "-g", "0.5", "-T", "wav", "-F", wave, str(soundfont), midi]
    encode = ["ffmpeg", "-y", "-loglevel", "error", "-i", wave, "-codec:a", "libmp3lame", "-b:a", "128k", mp3]
    return synthesize, encode


def _children_seconds(*commands: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for command in commands:
        subprocess.run(command, check=True, capture_output=True, cwd=Path(__file__).parents[1])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _print_table(rows: list[Row]) -> None:
    print(f"{'MIDI to tagged MP3, CPU s':<28}{'least':>8}{'median':>8}{'ratio':>8}")
    for row in rows:
        ratio = "-" if row.ratio is None else f"{row.ratio:.2f}"
        print(f"{row.chain:<28}{row.least:>8.2f}{row.median:>8.2f}{ratio:>8}")
    warm = next(row for row in rows if row.chain == WARM)
    if warm.ratio is not None:
        print(f"Warm, at most {GATE} of the baseline: {'yes' if warm.ratio <= GATE else 'NO'}.")


def main() -> None:
    """Measure one file from the command line."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("midi", type=Path)
    arguments.add_argument("--soundfont", type=Path)
    arguments.add_argument("--repetitions", type=int, default=5)
    chosen = arguments.parse_args()
    run(chosen.midi.read_bytes(), chosen.soundfont, chosen.repetitions)


if __name__ == "__main__":
    main()
