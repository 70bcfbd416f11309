"""What `serp-radio doctor` finds: what is installed, what is missing, and how to get it.

The rooms load when they are looked at: a missing package is a finding, not a crash.
"""

import importlib.metadata
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.settings import Settings

PACKAGES = (
    "dagster",
    "dagster-webserver",
    "dagster-aws",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "python-calamine",
    "mido",
    "pretty_midi",
    "lameenc",
    "Pillow",
)
BETTER_SOUND = (
    "FluidR3_GM sounds better: 'apt install fluid-soundfont-gm', then "
    "SERP_RADIO_SOUNDFONT=/usr/share/sounds/sf2/FluidR3_GM.sf2"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what, how it is, whether that is good, and what to do if it is not."""

    subject: str
    state: str
    is_good: bool = True
    remedy: str = ""


def findings(settings: Settings) -> tuple[Finding, ...]:
    """Look at everything an episode needs; nothing is changed."""
    return (
        Finding("python", f"{sys.version.split()[0]} at {sys.executable}"),
        *(_package(name) for name in PACKAGES),
        _looked_at("soundfont", lambda: _soundfont(settings), "pip install pretty_midi, or set SERP_RADIO_SOUNDFONT"),
        _looked_at("synthesizer", lambda: _library(settings), "pip install pygame-ce, or 'apt install libfluidsynth3'"),
        _looked_at("rules", lambda: _rules(settings), "mend the file, or unset SERP_RADIO_RULES"),
        _looked_at("store", lambda: _store(settings), "set SERP_RADIO_STORE, or mend what it names"),
        _folder("DAGSTER_HOME", settings.home_folder, "DAGSTER_HOME"),
    )


def _package(name: str) -> Finding:
    try:
        return Finding(name, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "is not installed", is_good=False, remedy=f"pip install {name}")


def _looked_at(subject: str, look: Callable[[], Finding], remedy: str) -> Finding:
    try:
        return look()
    except SerpRadioError as error:
        return Finding(subject, str(error), is_good=False, remedy=remedy)
    except ImportError as error:
        return Finding(subject, str(error), is_good=False, remedy=f"pip install {error.name or 'serp-radio-pipeline'}")


def _soundfont(settings: Settings) -> Finding:
    from serp_radio_pipeline.audio.soundfont import find_soundfont  # noqa: PLC0415

    font = find_soundfont(settings.soundfont_path)
    hint = "" if settings.soundfont else BETTER_SOUND
    return Finding("soundfont", f"{font.name}, SHA-256 {font.sha256[:12]}, {font.path}", remedy=hint)


def _library(settings: Settings) -> Finding:
    from serp_radio_pipeline.audio.fluidsynth import load_library  # noqa: PLC0415

    library = load_library(settings.fluidsynth_path)
    return Finding("synthesizer", f"FluidSynth {library.version}, {library.path}")


def _rules(settings: Settings) -> Finding:
    from serp_radio_pipeline.defs.resources import RulesResource  # noqa: PLC0415

    rules = RulesResource(folder=str(settings.rules_folder))
    count, events = len(rules.label_rules().rules), len(rules.events().events)
    packs = sorted(path.stem for path in (settings.rules_folder / "packs").glob("*.yaml"))
    for pack in packs:
        rules.pack(pack)
    return Finding("rules", f"{count} label rules, {events} events, packs {', '.join(packs)}, {settings.rules_folder}")


def _store(settings: Settings) -> Finding:
    from serp_radio_pipeline.storage.location import FolderLocation, open_store  # noqa: PLC0415

    location = settings.store_location
    if isinstance(location, FolderLocation):
        return _folder("store", location.folder, "SERP_RADIO_STORE")
    count = len(open_store(settings.store_url).folders("tenants/"))
    return Finding("store", f"{location}, {count} tenant{'' if count == 1 else 's'}")


def _folder(subject: str, folder: Path, variable: str) -> Finding:
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK):
        return Finding(subject, f"{folder}{'' if folder.exists() else ' (made on first use)'}")
    return Finding(subject, f"{folder} can't be written", is_good=False, remedy=f"set {variable} to another folder")
