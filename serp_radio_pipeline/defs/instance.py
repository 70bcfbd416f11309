"""Dagster's instance: its folder, made ready on first use."""

from importlib import resources
from pathlib import Path

import dagster as dg

from serp_radio_pipeline.errors import SerpRadioError


class InstanceError(SerpRadioError):
    """A DAGSTER_HOME that can't be used."""


def prepare_home(home: Path) -> Path:
    """Make DAGSTER_HOME with our `dagster.yaml`, unless it has one; return it.

    Raises:
        InstanceError: the folder can't be written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        config = home / "dagster.yaml"
        if not config.exists():
            config.write_text(resources.files(__package__).joinpath("dagster.yaml").read_text(encoding="utf-8"))
    except OSError as error:
        raise InstanceError(f"DAGSTER_HOME {home} can't be written: {error.strerror or error}.") from error
    return home


def open_instance(home: Path) -> dg.DagsterInstance:
    """Return the instance that lies in `home`, made ready on first use."""
    return dg.DagsterInstance.from_config(str(prepare_home(home)))
