"""Dagster's instance: its folder, made ready on first use."""

import os
from importlib import resources
from pathlib import Path

import dagster as dg
import yaml

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
            # whole or not at all: two first runs may come at once
            half = home / f"dagster.yaml.{os.getpid()}"
            half.write_text(resources.files(__package__).joinpath("dagster.yaml").read_text(encoding="utf-8"))
            half.replace(config)
    except OSError as error:
        raise InstanceError(f"DAGSTER_HOME {home} can't be written: {error.strerror or error}.") from error
    return home


def open_instance(home: Path) -> dg.DagsterInstance:
    """Return the instance that lies in `home`, made ready on first use.

    Raises:
        InstanceError: the folder or its `dagster.yaml` can't be used.
    """
    try:
        return dg.DagsterInstance.from_config(str(prepare_home(home)))
    except (dg.DagsterError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise InstanceError(f"{home / 'dagster.yaml'} can't be used: {reason:.300}") from error
