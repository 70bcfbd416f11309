"""What a large table costs, beside pandas' `read_csv` of the same: bulk exports of a million rows. One is by property
over 480 days; the other by URL, with queries and pages that nearly never repeat, all in the 56 days that are compared.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

ROWS, FIRST_DAY = 1_000_000, "2025-01-01"
DAYS, COMPARED_DAYS = 480, 56
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
    """Print the table; return whether the gates hold and every day was read."""
    print(f"{f'{ROWS:,} rows':<40}{'CPU s':>8}{'MiB':>7}{'rows read':>12}")
    good = [
        _compared("by property", "searchdata_site_impression.csv", _by_property(), DAYS),
        _compared("by URL", "searchdata_url_impression.csv", _by_url(), COMPARED_DAYS),
    ]
    print(f"Under {SECONDS_GATE:g} CPU s and {MEMORY_GATE} MiB, all days: {'yes' if all(good) else 'NO'}.")
    return all(good)


def _compared(words: str, name: str, table: pd.DataFrame, days: int) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        table.to_csv(path, index=False)
        ours, theirs = _measured(path, *OURS), _measured(path, *PANDAS)
        size = path.stat().st_size / 1e6
    words = f"{words}, {size:.0f} MB"
    for reader, (seconds, memory, rows) in ((f"{words}, into days", ours), (f"{words}, pandas alone", theirs)):
        print(f"{reader:<40}{seconds:>8.2f}{memory:>7.0f}{rows:>12,.0f}")
    return ours[0] < SECONDS_GATE and ours[1] < MEMORY_GATE and ours[2] == days


def _measured(path: Path, imports: str, read: str) -> tuple[float, float, float]:
    """Return CPU seconds after imports, largest memory in MiB, and rows, of a process of its own."""
    program = MEASURE.format(imports=imports, read=read)
    ended = subprocess.run([sys.executable, "-c", program, str(path)], check=True, capture_output=True, text=True)
    seconds, memory, rows = json.loads(ended.stdout)
    return seconds, memory, rows


def _by_property() -> pd.DataFrame:
    """Return a bulk export by property: a few thousand queries a day, one row in fifty without its query."""
    query = np.random.default_rng(1).integers(0, 40_000, ROWS)
    return _table(DAYS, query, "sum_top_position")


def _by_url() -> pd.DataFrame:
    """Return a bulk export by URL, nearly every row of a query and a page of its own."""
    rng = np.random.default_rng(2)
    table = _table(COMPARED_DAYS, rng.integers(0, 5_000_000, ROWS), "sum_position")
    page = rng.integers(0, 3_000_000, ROWS).astype(str)
    table.insert(2, "url", np.char.add("https://www.demo.example/shop/shoes/", page))
    return table


def _table(days: int, query: np.ndarray, position: str) -> pd.DataFrame:
    rng = np.random.default_rng(20260105)
    day = np.sort(rng.integers(0, days, ROWS))
    impressions = rng.geometric(0.05, ROWS)
    is_anonymised = query % 50 == 0
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
            position: impressions * rng.integers(0, 30, ROWS),
        }
    )
