"""What reading must be told: how much a file may hold, and what a rank is worth. The numbers come from the settings;
the default limits leave a real export 100-fold room.
"""

from dataclasses import dataclass

from serp_radio_pipeline.ingest.ctr_curve import DEFAULT_CURVE, CtrCurve
from serp_radio_pipeline.ingest.refusal import ExportRefusedError, shown

MIB = 2**20

IF_RIGHT = "check that this is the right file, and if it holds ranks, export fewer days at a time"
"""What to do with a table that is too large: files of following days join to one history."""


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """Upper bounds for one file: bytes as uploaded, bytes unpacked, bytes and rows of one table, rows
    of a bulk export, archive members. `ctr_curve` says what the ranks of a rank tracker are worth.

    Search Console writes at most 1,000 rows a table and well under 1 MiB a file.
    """

    max_bytes: int = 200 * MIB
    max_uncompressed_bytes: int = 64 * MIB
    max_table_bytes: int = 8 * MIB
    max_members: int = 200
    max_rows: int = 50_000
    max_bulk_rows: int = 5_000_000
    ctr_curve: CtrCurve = DEFAULT_CURVE


def check_size(file_name: str, size: int, limits: ReadingLimits) -> None:
    """Refuse a file of `size` bytes by its size alone, before any of it is read.

    Raises:
        ExportRefusedError: it is empty or larger than `limits.max_bytes`.
    """
    name = shown(file_name, 80)
    if size <= 0:
        raise ExportRefusedError(f"{name} is empty; export it from Search Console again.")
    if size > limits.max_bytes:
        raise ExportRefusedError(
            f"{name} has {size:,} bytes and the limit is {limits.max_bytes:,}; "
            "a Search Console export is far smaller, so check that this is the right file."
        )
