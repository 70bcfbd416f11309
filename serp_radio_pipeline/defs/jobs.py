"""The one job: a tenant-day, whole chain, in one process (a process per step would cost 1.75 CPU-seconds for nothing)."""

import dagster as dg

STAGES = ("raw_metrics", "labels", "controls", "midi", "mp3")


def build_sonify():  # type: ignore[no-untyped-def]  # Dagster's type for an unresolved job is private
    """Return job `sonify`: every stage of one tenant-day with its checks."""
    return dg.define_asset_job(
        "sonify",
        selection=dg.AssetSelection.assets(*STAGES),
        description="From a tenant's uploads to its episode, for one day.",
        executor_def=dg.in_process_executor,
    )
