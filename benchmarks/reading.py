"""What a large table costs: a bulk export of a million rows, about 60 MB, beside pandas' `read_csv` of the same."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

ROWS, DAYS, FIRST_DAY = 1_000_000, 480, "2025-01-01"
SECONDS_GATE, MEMORY_GATE = 6.0, 600
MEASURE = """
import json, re, sys, time
from pathlib import Path
{imports}
path = Path(sys.argv[1])
start = time.process_time()
{read}
seconds = time.process_time() - start
# not getrusage, which counts the process that started this one as well
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps([seconds, peak, rows]))
"""
OURS = (
    "import datetime as dt\nfrom serp_radio_pipeline.ingest.uploaded_file import read_upload",
    "found = read_upload(path.name, path.read_bytes(), today=dt.date(2026, 11, 1))\nrows = len(found.rows)",
)
PANDAS = ("import pandas as pd", "rows = len(pd.read_csv(path))")


def run() -> bool:
    """Print the table; return whether the gates hold and every day's clicks are right."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "searchdata_site_impression.csv"
        _table().to_csv(path, index=False)
        ours, theirs = _measured(path, *OURS), _measured(path, *PANDAS)
        size = path.stat().st_size / 1e6
    print(f"{f'{ROWS:,} rows, {size:.0f} MB':<28}{'CPU s':>8}{'MiB':>7}{'rows read':>12}")
    for name, (seconds, memory, rows) in (("into days", ours), ("pandas' read_csv alone", theirs)):
        print(f"{name:<28}{seconds:>8.2f}{memory:>7.0f}{rows:>12,.0f}")
    good = ours[0] < SECONDS_GATE and ours[1] < MEMORY_GATE and ours[2] == DAYS
    print(f"Under {SECONDS_GATE:g} CPU s and {MEMORY_GATE} MiB, all {DAYS} days: {'yes' if good else 'NO'}.")
    return good


def _measured(path: Path, imports: str, read: str) -> tuple[float, float, float]:
    """Return CPU seconds after imports, largest memory in MiB, and rows, of a process of its own."""
    program = MEASURE.format(imports=imports, read=read)
    ended = subprocess.run([sys.executable, "-c", program, str(path)], check=True, capture_output=True, text=True)
    seconds, memory, rows = json.loads(ended.stdout)
    return seconds, memory, rows


def _table() -> pd.DataFrame:
    """Return a bulk export by property: a few thousand queries a day, one row in fifty without its query."""
    rng = np.random.default_rng(20260105)
    day = np.sort(rng.integers(0, DAYS, ROWS))
    query = rng.integers(0, 40_000, ROWS)
    impressions = rng.geometric(0.05, ROWS)
    is_anonymised = query < 800
    return pd.DataFrame(
        {
            "data_date": (pd.Timestamp(FIRST_DAY) + pd.to_timedelta(day, unit="D")).strftime("%Y-%m-%d"),
            "site_url": "sc-domain:demo.example",
            "query": np.where(is_anonymised, "", np.char.add("shoes size ", query.astype(str))),
            "is_anonymized_query": np.where(is_anonymised, "true", "false"),
            "country": rng.choice(["usa", "deu", "fra"], ROWS),
            "search_type": "WEB",
            "device": rng.choice(["MOBILE", "DESKTOP"], ROWS),
            "impressions": impressions,
            "clicks": rng.binomial(impressions, 0.04),
            "sum_top_position": impressions * rng.integers(0, 30, ROWS),
        }
    )
