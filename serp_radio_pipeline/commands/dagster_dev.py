"""How Dagster's UI and daemon are started on this machine; who starts them lives with the commands that do."""

import sys
from importlib import resources
from pathlib import Path

WORKSPACE = "workspace.yaml"


def dagster_dev(host: str, port: int) -> list[str]:
    """Return the command: in a checkout with its workspace.yaml, which a person may have extended, else the shipped."""
    shipped = resources.files("serp_radio_pipeline.defs").joinpath(WORKSPACE)
    workspace = WORKSPACE if Path(WORKSPACE).is_file() else str(shipped)
    return [str(Path(sys.executable).with_name("dagster")), "dev", "-w", workspace, "-h", host, "-p", str(port)]
