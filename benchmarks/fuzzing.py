"""Damaged files for the reader, for so many minutes: each is read or refused; none may crash, hang or swell.

Whole exports of every tool, in several containers, with bytes and cells changed, cut, doubled and swapped.
"""

import datetime as dt
import random
import resource
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping

from serp_radio_pipeline.ingest.breakdowns import DIMENSIONS, BreakdownRow
from serp_radio_pipeline.ingest.console_fetch import ConsoleFetch
from serp_radio_pipeline.ingest.day_details import DayDetails
from serp_radio_pipeline.ingest.refusal import ExportRefusedError
from serp_radio_pipeline.ingest.uploaded_file import read_upload
from serp_radio_pipeline_tests.ingest.export_files import archive, chart, series, workbook
from serp_radio_pipeline_tests.ingest.rank_files import TRACKERS, ahrefs, long_table, made_up_ranks, wide_table
from serp_radio_pipeline_tests.ingest.tool_files import as_parquet, as_text, bing_rows, bulk_rows, looker_rows

TODAY = dt.date(2026, 12, 31)
HANG_SECONDS, MEMORY_BYTES = 20, 2 * 2**30
CELLS = (
    "",
    "0",
    "-1",
    "1e999",
    "NaN",
    "12,5",
    "1.234,5",
    "99999999999999999999",
    "2026-02-30",
    "%",
    '"',
    "\x00",
    "İ",
    "=1+1",
)
DAYS = series()[-60:]
RANKS = made_up_ranks(days=30, keywords=12)


class HangError(Exception):
    """A file took longer than it may."""


def run(minutes: float, seed: int) -> bool:
    """Damage and read until the time is over; print what came of it and return whether nothing bad did."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, resource.RLIM_INFINITY))
    signal.signal(signal.SIGALRM, _hang)
    whole, rng = _whole(), random.Random(seed)
    outcomes: Counter[str] = Counter()
    slowest, bad = 0.0, list[str]()
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        name = rng.choice(list(whole))
        damaged = _damage(whole[name], rng)
        start = time.process_time()
        outcome = _outcome(name, damaged)
        slowest = max(slowest, time.process_time() - start)
        outcomes[outcome if outcome in ("read", "refused") else "bad"] += 1
        if outcome not in ("read", "refused"):
            bad.append(f"{name}, {len(damaged)} bytes, seed {seed}: {outcome}")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{sum(outcomes.values()):,} damaged files in {minutes:g} minutes, seed {seed}: ", end="")
    print(", ".join(f"{count:,} {what}" for what, count in sorted(outcomes.items())), end="; ")
    print(f"slowest {slowest:.2f} CPU s, largest memory {memory:.0f} MiB")
    for line in bad[:20]:
        print(f"  {line}")
    return not bad


def _outcome(name: str, data: bytes) -> str:
    signal.alarm(HANG_SECONDS)
    try:
        read_upload(name, data, today=TODAY)
    except ExportRefusedError:
        return "refused"
    except Exception:  # noqa: BLE001 - whatever else comes is what is looked for
        return traceback.format_exc(limit=-3)
    finally:
        signal.alarm(0)
    return "read"


def _hang(*_: object) -> None:
    raise HangError(f"took more than {HANG_SECONDS} s")


def _whole() -> Mapping[str, bytes]:
    """Return undamaged files by name."""
    text, looker, bing, bulk = chart().encode(), looker_rows(DAYS), bing_rows(DAYS), bulk_rows(DAYS)
    sheet = [line.split(",") for line in chart().splitlines()]
    urls = bulk_rows(DAYS, position="sum_position")
    urls = [[*row, "url" if not place else f"https://demo.example/{place % 7}"] for place, row in enumerate(urls)]
    return {
        "Chart.csv": text,
        "utf-16.csv": chart().encode("utf-16"),
        "export.zip": archive({"Chart.csv": text, "Filters.csv": "Filter,Value\nSearch type,Web\n"}),
        "export.xlsx": workbook({"Chart": sheet}),
        "looker.csv": as_text(looker),
        "looker-semicolon.csv": as_text(looker, ";"),
        "bing.csv": as_text(bing),
        "bulk.csv": as_text(bulk),
        "bulk.parquet": as_parquet(bulk),
        "looker.parquet": as_parquet(looker),
        "urls.csv": as_text(urls),
        "urls.parquet": as_parquet(urls),
        "urls.zip": archive({"urls.csv": as_text(urls)}),
        "fetch.jsonl": _fetch(),
        **{f"{tool} ranks.csv": as_text(write(RANKS)) for tool, (write, _) in TRACKERS.items()},
        "ahrefs.csv": as_text(ahrefs(RANKS), "\t", "utf-16"),
        "ranks.xlsx": workbook({"Ranks": wide_table(RANKS)}),
        **{f"asked{i}.csv": as_text(rows) for i, rows in enumerate(_asked_about())},
    }


def _asked_about() -> tuple[list[list[str]], ...]:
    """Return tables that may hold ranks and don't say so: by day, and by row under known and unknown names."""
    _, *rows = long_table(RANKS)
    _, *wide = wide_table(RANKS)
    return wide, [["Date", "Query", "Position"], *rows], [["Tag", "Wort", "Stelle"], *rows]


def _fetch() -> bytes:
    """Return what a fetch from Search Console's API leaves in the log."""
    details = tuple(
        DayDetails.of(
            day.date, dimension, (BreakdownRow("shoes", day.clicks, day.impressions, day.position),), day.clicks
        )
        for day in DAYS
        if day.impressions
        for dimension in DIMENSIONS
    )
    now = dt.datetime(2026, 12, 31, tzinfo=dt.UTC)
    first, last = DAYS[0].date, DAYS[-1].date
    return ConsoleFetch("sc-domain:demo.example", "web", first, last, now, last, DAYS, details).to_lines()


def _damage(data: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.randint(1, 3)):
        data = rng.choice(DAMAGES)(data, rng)
    return data


def _flip(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) or 1)
    return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]


def _cut(data: bytes, rng: random.Random) -> bytes:
    first, last = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    return data[:first] + data[last:] if last - first < len(data) // 2 else data[first:last]


def _double(data: bytes, rng: random.Random) -> bytes:
    first, last = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    return data[:last] + data[first:]


def _swap_lines(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def _change_cell(data: bytes, rng: random.Random) -> bytes:
    cells = data.split(b",")
    cells[rng.randrange(len(cells))] = rng.choice(CELLS).encode()
    return b",".join(cells)


def _drop_column(data: bytes, rng: random.Random) -> bytes:
    rows = [line.split(b",") for line in data.split(b"\n")]
    column = rng.randrange(max(len(row) for row in rows))
    return b"\n".join(b",".join(row[:column] + row[column + 1 :]) for row in rows)


DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _flip,
    _cut,
    _double,
    _swap_lines,
    _change_cell,
    _change_cell,
    _drop_column,
)
