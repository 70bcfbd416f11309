"""The one job: a tenant-day, whole chain, in one process; one per step would cost 1.75 CPU-seconds for nothing."""

from typing import Any

import dagster as dg

STAGES = ("raw_metrics", "labels", "controls", "midi", "mp3")


def build_sonify() -> Any:  # Dagster's type for a job whose assets are not resolved yet is private
    """Return job `sonify`: every stage of one tenant-day with its checks."""
    return dg.define_asset_job(
        "sonify",
        selection=dg.AssetSelection.assets(*STAGES),
        description="From a tenant's uploads to its episode, for one day.",
        executor_def=dg.in_process_executor,
    )
