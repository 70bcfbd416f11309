"""Speed: CPU seconds of each stage, of a whole Dagster run, and of what a new process imports."""

import datetime as dt
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import audio_chain
from benchmarks.episodes import LAST_DAY, composed, labelled
from serp_radio_pipeline.audio.render import render_episode
from serp_radio_pipeline.audio.soundfont import find_soundfont
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.ingest.demo_series import DEMO, demo_series, generate_export_zip
from serp_radio_pipeline.ingest.export import read_export
from serp_radio_pipeline.ingest.fold import Upload, fold_uploads
from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline.radio.tagging import tags_for
from serp_radio_pipeline.tenant import Tenant

REPETITIONS = 5
TENANT = Tenant("benchmark")
EXPORT_NAME = "benchmark.example-Performance-on-Search-2026-03-25.zip"


def run() -> None:
    """Print every speed table; where ours is compared with another, both are measured in this run."""
    export = generate_export_zip(demo_series(DEMO, LAST_DAY))
    midi = _stages(export)
    print()
    _whole_run(export)
    print()
    _imports()
    print()
    audio_chain.run(midi, repetitions=REPETITIONS)


def _stages(export: bytes) -> bytes:
    """Print the rooms' own CPU seconds for a 56-day episode; return its MIDI."""
    metrics = _folded(export)
    labels = labelled(metrics)
    score = composed(metrics, labels)
    midi, font = midi_bytes(score), find_soundfont(None)
    stages: dict[str, Callable[[], object]] = {
        "raw_metrics": lambda: _folded(export),
        "labels": lambda: labelled(metrics),
        "controls": lambda: composed(metrics, labels),
        "midi": lambda: midi_bytes(score),
        "mp3, cover and tags": lambda: tags_for(score),
        "mp3, sound": lambda: render_episode(midi, tags_for(score), font),
    }
    print(f"{'Stage of a 56-day episode, CPU s':<36}{'first':>8}{'median':>8}")
    for name, stage in stages.items():
        taken = [_cpu_seconds(stage) for _ in range(REPETITIONS + 1)]
        print(f"{name:<36}{taken[0]:>8.3f}{statistics.median(taken[1:]):>8.3f}")
    return midi


def _whole_run(export: bytes) -> None:
    """Print the CPU seconds of whole Dagster runs in one process, checks and storage on SQLite included."""
    from serp_radio_pipeline.definitions import build_defs
    from serp_radio_pipeline.defs.instance import open_instance
    from serp_radio_pipeline.defs.runs import run_tenant_day
    from serp_radio_pipeline.ingest.export import ReadingLimits
    from serp_radio_pipeline.settings import Settings
    from serp_radio_pipeline.storage.store import LocalStore
    from serp_radio_pipeline.storage.upload_log import UploadLog

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.from_environment({"SERP_RADIO_STORE": f"{folder}/store", "DAGSTER_HOME": f"{folder}/home"})
        log = UploadLog(LocalStore(settings.store_folder), ReadingLimits())
        log.add(TENANT, EXPORT_NAME, export, dt.datetime(2026, 3, 25, tzinfo=dt.UTC))
        definitions = build_defs(settings)
        with open_instance(settings.home_folder) as instance:

            def one() -> object:
                return run_tenant_day(definitions, instance, TENANT, LAST_DAY, lookback="56d", pack="newsroom")

            taken = [_cpu_seconds(one) for _ in range(REPETITIONS + 1)]
    print(f"{'Dagster run, all stages and checks':<36}{'first':>8}{'median':>8}")
    print(f"{'sonify, one tenant-day, CPU s':<36}{taken[0]:>8.2f}{statistics.median(taken[1:]):>8.2f}")
    print(f"Warm run under 4 CPU s: {'yes' if statistics.median(taken[1:]) < 4 else 'NO'}.")


def _imports() -> None:
    """Print what importing the definitions costs in a new process, beside Dagster alone."""
    seconds = {module: _import_seconds(module) for module in ("dagster", "serp_radio_pipeline.definitions")}
    print(f"{'Import in a new process, CPU s':<36}{'least':>8}")
    for module, taken in seconds.items():
        print(f"{module:<36}{taken:>8.2f}")
    print(f"Definitions under 1.5 CPU s: {'yes' if seconds['serp_radio_pipeline.definitions'] < 1.5 else 'NO'}.")


def _import_seconds(module: str) -> float:
    program = f"import time; start = time.process_time(); import {module}; print(time.process_time() - start)"
    command = [sys.executable, "-c", program]
    folder = Path(__file__).parents[1]
    runs = [subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder) for _ in range(REPETITIONS)]
    return min(float(run.stdout) for run in runs)


def _folded(export: bytes) -> DailyMetrics:
    read = read_export(EXPORT_NAME, export, today=dt.date(2026, 3, 26))
    upload = Upload(EXPORT_NAME, dt.datetime(2026, 3, 25, tzinfo=dt.UTC), "0" * 64, read)
    return fold_uploads(TENANT, [upload]).metrics


def _cpu_seconds(action: Callable[[], object]) -> float:
    start = time.process_time()
    action()
    return time.process_time() - start
