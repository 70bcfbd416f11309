"""Every environment variable that SERP Radio reads: once, typed, with its default. Nobody else reads them."""

import datetime as dt
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from serp_radio_pipeline.errors import SerpRadioError

PACKAGE_FOLDER = Path(__file__).parent
MEBIBYTE = 2**20


class SettingsError(SerpRadioError):
    """An environment variable with a value that can't be used."""


def _setting(variable: str, default: str, meaning: str) -> str:
    return field(default=default, metadata={"variable": variable, "meaning": meaning})


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings as text, as given; the properties below them are what the code uses."""

    store: str = _setting("SERP_RADIO_STORE", "./radio_data", "folder where every artefact lies")
    dagster_home: str = _setting("DAGSTER_HOME", "./.dagster_home", "Dagster's own folder: runs, events, dagster.yaml")
    rules: str = _setting(
        "SERP_RADIO_RULES", "", "folder of labels.yaml, events.yaml, packs/; empty: the project's own"
    )
    soundfont: str = _setting("SERP_RADIO_SOUNDFONT", "", "a .sf2 file; empty: TimGM6mb, which comes with pretty_midi")
    fluidsynth: str = _setting(
        "SERP_RADIO_FLUIDSYNTH", "", "libfluidsynth to load; empty: the system's, else pygame-ce's"
    )
    first_date: str = _setting("SERP_RADIO_START_DATE", "2023-01-01", "first day that has a partition")
    max_upload_mb: str = _setting("SERP_RADIO_MAX_UPLOAD_MB", "200", "largest file that is read, in MiB")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings; an empty variable counts as unset.

        Raises:
            SettingsError: a value that is no date, no number or no folder.
        """
        given = os.environ if environment is None else environment
        values = {f.name: given.get(f.metadata["variable"], "").strip() or f.default for f in fields(cls)}
        settings = cls(**values)  # type: ignore[arg-type]
        settings._validate()
        return settings

    @property
    def start_date(self) -> dt.date:
        """First day that has a partition."""
        try:
            return dt.date.fromisoformat(self.first_date)
        except ValueError as error:
            raise SettingsError(
                f"SERP_RADIO_START_DATE must be a date such as 2025-01-01, not {self.first_date!r}."
            ) from error

    @property
    def max_upload_bytes(self) -> int:
        """Largest file that is read, in bytes."""
        if not re.fullmatch(r"0*[1-9][0-9]{0,8}", self.max_upload_mb):
            raise SettingsError(f"SERP_RADIO_MAX_UPLOAD_MB must be a whole number of MiB, not {self.max_upload_mb!r}.")
        return int(self.max_upload_mb) * MEBIBYTE

    @property
    def store_folder(self) -> Path:
        """The store's folder, absolute."""
        if "://" in self.store:
            raise SettingsError(f"SERP_RADIO_STORE must be a folder, not {self.store!r}.")
        return Path(self.store).absolute()

    @property
    def home_folder(self) -> Path:
        """Dagster's folder, absolute, as Dagster wants it."""
        return Path(self.dagster_home).absolute()

    @property
    def rules_folder(self) -> Path:
        """The folder of rules: the one given, else `rules/` beside the package, else the copy inside the wheel."""
        if self.rules:
            return Path(self.rules).absolute()
        beside = PACKAGE_FOLDER.parent / "rules"
        return beside if (beside / "labels.yaml").is_file() else PACKAGE_FOLDER / "default_rules"

    @property
    def soundfont_path(self) -> Path | None:
        """The soundfont given, or None for the default."""
        return Path(self.soundfont) if self.soundfont else None

    @property
    def fluidsynth_path(self) -> Path | None:
        """The synthesizer library given, or None to look for it."""
        return Path(self.fluidsynth) if self.fluidsynth else None

    def _validate(self) -> None:
        _ = self.start_date, self.max_upload_bytes, self.store_folder
        if not (self.rules_folder / "labels.yaml").is_file():
            raise SettingsError(f"SERP_RADIO_RULES names {self.rules_folder}, but there is no labels.yaml in it.")
