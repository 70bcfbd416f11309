"""The jobs: a fetch, a tenant-day, whole chain, and the overview.

Each is made in one process: one per step costs 1.75 CPU-seconds.
"""

from typing import Any

import dagster as dg

STAGES = ("raw_metrics", "labels", "trained_model", "controls", "midi", "mp3", "episode", "feed")


def build_sonify(*, logs_are_json: bool = False) -> Any:  # Dagster's type for such a job is private
    """Return job `sonify`: every stage of one tenant-day with its checks."""
    return dg.define_asset_job(
        "sonify",
        selection=dg.AssetSelection.assets(*STAGES),
        description="From a tenant's uploads to its episode, for one day.",
        executor_def=dg.in_process_executor,
        config=_config(logs_are_json=logs_are_json),
    )


def build_fetch(*, logs_are_json: bool = False) -> Any:
    """Return job `fetch`: one tenant's days from Search Console into its log of uploads."""
    return dg.define_asset_job(
        "fetch",
        selection=dg.AssetSelection.assets("console_rows"),
        description="From Search Console into a tenant's log of uploads; whoever is connected, once a day.",
        executor_def=dg.in_process_executor,
        config=_config(logs_are_json=logs_are_json),
    )


def build_overview() -> Any:
    """Return job `overview`: the morning's table and the check of who is late."""
    return dg.define_asset_job(
        "overview",
        selection=dg.AssetSelection.assets("tenant_overview"),
        description="Every tenant on one page, and those that are late.",
        executor_def=dg.in_process_executor,
    )


def _config(*, logs_are_json: bool) -> Any:
    # Dagster uses the definitions' logger only in runs whose configuration names it
    return {"loggers": {"console": {"config": {}}}} if logs_are_json else None
