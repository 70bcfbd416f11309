"""`serp-radio stems`: an episode's voices, a file each, rendered from its stored MIDI when somebody asks for them."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.keys import artefact_key
from serp_radio_pipeline.storage.location import open_store
from serp_radio_pipeline.storage.store import ObjectMissingError
from serp_radio_pipeline.tenant import Tenant


class StemsError(SerpRadioError):
    """Stems that can't be made or written."""


def stems(
    tenant: Annotated[str, typer.Argument(help="the tenant's name, such as my-company")],
    date: Annotated[str, typer.Argument(help="the episode's day, such as 2026-03-31")],
    folder: Annotated[Path | None, typer.Option(help="where to; else TENANT-DATE-stems, here")] = None,
) -> None:
    """Write an episode's voices as FLAC files, one for each role; together they are the mix before mastering."""
    from serp_radio_pipeline.audio.soundfont import find_soundfont  # noqa: PLC0415
    from serp_radio_pipeline.audio.stems import stem_flac  # noqa: PLC0415
    from serp_radio_pipeline.audio.stems import stems as stems_of  # noqa: PLC0415

    settings, name, day = Settings.from_environment(), Tenant(tenant), _parse_date(date)
    store = open_store(settings.store_url, encryption=settings.s3_encryption)
    try:
        midi = store.get(artefact_key(name, "midi", day, "mid"))
    except ObjectMissingError as error:
        raise StemsError(
            f"{name} has no episode of {day} yet: make it with 'serp-radio sonify {name} --date {day}'."
        ) from error
    soundfont = find_soundfont(settings.soundfont_path)
    parts = stems_of(midi, soundfont, library=settings.fluidsynth_path)
    target = folder or Path(f"{name}-{day}-stems")
    try:
        target.mkdir(parents=True, exist_ok=True)
        for role, audio in parts.items():
            (target / f"{role}.flac").write_bytes(stem_flac(audio))
    except OSError as error:
        raise StemsError(f"{target} can't be written to: {error.strerror or error}.") from error
    print(f"{target}: {', '.join(f'{role}.flac' for role in parts)}, on {soundfont.name}")


def _parse_date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise StemsError(f"{text!r:.40} is not a date: write it as 2026-03-31.") from error
