"""A fleet's day on one machine: what `serp-radio sonify --all` costs beside the music itself.

The rooms' CPU seconds are taken in the very processes and runs that are measured, so that a busy machine hits both.
"""

import datetime as dt
import functools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

import dagster as dg

from benchmarks.episodes import LAST_DAY
from serp_radio_pipeline.ingest.demo_series import HARD_SETS, demo_series, generate_export_zip
from serp_radio_pipeline.ingest.export import ReadingLimits
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.storage.upload_log import UploadLog
from serp_radio_pipeline.tenant import Tenant

PROCESSES = 2
FLEET = 100
WALL_GATE, OWN_COST_GATE, MEMORY_GATE, GROWTH_GATE = 1.35, 0.6, 1024, 1.10
EXPORT_NAME = "fleet.example-Performance-on-Search-2026-03-25.zip"
UPLOADED_AT = dt.datetime(2026, 3, 25, tzinfo=dt.UTC)
SERIES = ("demo", "falling", "flat", "noisy", "rising", "small and steady", "spikes", "weekend site")
FOLDED_TWICE = ("fold_uploads",)
"""Once to see whether a day is stale, once by the run: the first is the fleet's own cost. The file is read once."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One fleet: wall seconds, CPU seconds of the rooms and of all processes, MiB of the largest, what was not made."""

    tenants: int
    lookback: str
    wall: float
    rooms: float
    start: float
    total: float
    memory: float
    second_call: float
    not_made: int

    @property
    def wall_ratio(self) -> float:
        """Wall time to what the rooms alone would take on all cores."""
        return self.wall / (self.rooms / PROCESSES)

    @property
    def cpu_ratio(self) -> float:
        """All CPU seconds to the rooms': the wall ratio on a machine that does nothing else."""
        return self.total / self.rooms

    @property
    def own_cost(self) -> float:
        """CPU seconds of Dagster and storage for one run in a warm process."""
        return (self.total - self.start - self.rooms) / self.tenants


def run(sizes: Sequence[tuple[int, str]] = ((10, "56d"), (100, "56d")), largest: int | None = None) -> None:
    """Measure a fleet of each size and lookback, and print one table; `largest` adds one with 7-day episodes."""
    short = [(10, "7d"), (largest, "7d")] if largest else []
    rows = [measure(tenants, lookback) for tenants, lookback in sizes]
    long_ones = rows[:]
    rows += [measure(tenants, lookback) for tenants, lookback in short]
    print(
        f"{'Fleet on two processes':<24}{'wall s':>8}{'rooms CPU s':>13}{'wall ratio':>12}{'CPU ratio':>11}"
        f"{'own CPU s/run':>15}"
        f"{'start CPU s':>13}{'MiB':>6}{'again, s':>10}{'not made':>10}"
    )
    for row in rows:
        print(
            f"{f'{row.tenants} tenants, {row.lookback}':<24}{row.wall:>8.1f}{row.rooms:>13.1f}{row.wall_ratio:>12.2f}"
            f"{row.cpu_ratio:>11.2f}"
            f"{row.own_cost:>15.2f}{row.start:>13.1f}{row.memory:>6.0f}{row.second_call:>10.1f}{row.not_made:>10}"
        )
    last = long_ones[-1]
    pairs = [(long_ones[0], last), *([(rows[-2], rows[-1])] if largest else [])]
    good = {
        f"wall at most {WALL_GATE} of the rooms' CPU on two cores": last.wall_ratio <= WALL_GATE,
        # of ten runs, what a process does once is a quarter
        f"own cost at most {OWN_COST_GATE} CPU s a run in {FLEET} tenants or more": all(
            row.own_cost <= OWN_COST_GATE for row in rows if row.tenants >= FLEET
        ),
        f"no process over {MEMORY_GATE} MiB": all(row.memory <= MEMORY_GATE for row in rows),
        "own cost grows at most 10 % with the fleet": all(b.own_cost <= GROWTH_GATE * a.own_cost for a, b in pairs),
        "every tenant made": not any(row.not_made for row in rows),
    }
    for gate, holds in good.items():
        print(f"{gate}: {'yes' if holds else 'NO'}.")
    started = min(_start_seconds() for _ in range(3))
    print(f"A run in a new process is ready after {started:.2f} CPU s, under 3: {'yes' if started < 3 else 'NO'}.")


def _start_seconds() -> float:
    """CPU seconds of a new process until it could begin a run: imports, definitions, job and instance."""
    program = (
        "import time, dagster._cli.api, serp_radio_pipeline.definitions as d\n"
        "from serp_radio_pipeline.defs.instance import open_instance\n"
        "from serp_radio_pipeline.settings import Settings\n"
        "settings = Settings.from_environment()\n"
        "d.build_defs(settings).resolve_job_def('sonify')\n"
        "instance = open_instance(settings.home_folder)\n"
        "print(time.process_time())"
    )
    with tempfile.TemporaryDirectory() as name:
        environment = {**os.environ, "DAGSTER_HOME": f"{name}/home", "SERP_RADIO_STORE": f"{name}/store"}
        command = [sys.executable, "-c", program]
        ended = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return float(ended.stdout)


def measure(tenants: int, lookback: str) -> Measured:
    """Make a fleet's day in an empty store and instance, then ask for it again."""
    from serp_radio_pipeline.defs.fleet import make_fleet
    from serp_radio_pipeline.defs.warm_worker import Ending, FleetOrder

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = Settings.from_environment({"SERP_RADIO_STORE": f"{name}/store", "DAGSTER_HOME": f"{name}/home"})
        fleet = _upload(settings, tenants)
        build = functools.partial(timed_definitions, folder=folder)
        order = FleetOrder(None, lookback, "newsroom", settings.start_date, UPLOADED_AT)
        start = time.perf_counter()
        outcomes = list(make_fleet(settings, build, fleet, order, PROCESSES))
        wall = time.perf_counter() - start
        reports = [json.loads(path.read_text()) for path in folder.glob("worker-*.json")]
        start = time.perf_counter()
        again = list(make_fleet(settings, build, fleet, order, PROCESSES))
        second_call = time.perf_counter() - start
    return Measured(
        tenants,
        lookback,
        wall,
        rooms=sum(report["rooms"] for report in reports),
        start=sum(report["start"] for report in reports),
        total=sum(report["total"] for report in reports),
        memory=max(report["memory"] for report in reports),
        second_call=second_call,
        not_made=sum(o.ending != Ending.MADE for o in outcomes) + sum(o.ending != Ending.SKIPPED for o in again),
    )


def timed_definitions(settings: Settings, *, folder: Path) -> dg.Definitions:
    """Return the definitions of a worker in which every call from the house into a room is timed."""
    from serp_radio_pipeline.definitions import build_defs
    from serp_radio_pipeline.defs import checks, metadata, resources
    from serp_radio_pipeline.defs.assets import episode, feed, stages, trained_model
    from serp_radio_pipeline.storage import tenant_feed, upload_log

    doors = {
        stages: (
            *("label_weeks", "happenings", "movement", "decided_by_model", "compose", "midi_bytes", "decode_midi"),
            *("fidelity", "render_episode", "tags_for", "decode_mp3", "measure"),
        ),
        trained_model: ("train",),
        episode: ("make_episode",),
        feed: ("first_edition", "feed_entry"),
        tenant_feed: ("feed_xml", "tenant_page", "tenant_cover_png"),
        checks: ("decode_midi", "fidelity", "decode_mp3", "measure", "hear", "heard_fidelity"),
        metadata: ("piano_roll_svg", "sparkline_svg", "what_was_heard"),
        resources: ("parse_rules", "parse_events", "read_pack", "find_soundfont"),
        upload_log: ("read_upload", "fold_uploads"),
    }
    seconds: dict[str, float] = {}
    for module, names in doors.items():
        for name in names:
            setattr(module, name, _timed(getattr(module, name), name, seconds))
    definitions = build_defs(settings)
    definitions.resolve_job_def("sonify")
    start = time.process_time()

    def report() -> None:
        rooms = sum(taken / 2 if name in FOLDED_TWICE else taken for name, taken in seconds.items())
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        figures = {"rooms": rooms, "start": start, "total": time.process_time(), "memory": memory}
        (folder / f"worker-{os.getpid()}.json").write_text(json.dumps(figures))

    Finalize(None, report, exitpriority=1)
    return definitions


def _timed(function: Callable[..., Any], name: str, seconds: dict[str, float]) -> Callable[..., Any]:
    @functools.wraps(function)
    def timed(*args: Any, **kwargs: Any) -> Any:
        start = time.process_time()
        try:
            return function(*args, **kwargs)
        finally:
            seconds[name] = seconds.get(name, 0.0) + time.process_time() - start

    return timed


def _upload(settings: Settings, tenants: int) -> list[Tenant]:
    log = UploadLog(LocalStore(settings.store_folder), ReadingLimits())
    exports = [generate_export_zip(demo_series(HARD_SETS[name], LAST_DAY)) for name in SERIES]
    fleet = [Tenant(f"tenant-{number:04}") for number in range(tenants)]
    for number, tenant in enumerate(fleet):
        log.add(tenant, EXPORT_NAME, exports[number % len(exports)], UPLOADED_AT)
    return fleet


if __name__ == "__main__":
    run()
