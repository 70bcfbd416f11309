"""`serp-radio link` and `serp-radio store`: what a person asks of the store itself."""

import datetime as dt
import enum
import json
import re
import sys
from typing import Annotated

import typer

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.keys import artefact_key
from serp_radio_pipeline.storage.location import S3Location, open_store
from serp_radio_pipeline.storage.store import LinkingStore
from serp_radio_pipeline.tenant import Tenant

app = typer.Typer(name="store", help="Look after the store.", no_args_is_help=True)

DEFAULT_DAYS = 365
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class StoreCommandError(SerpRadioError):
    """Something asked of the store that it can't do, or that is not there."""


class Kind(enum.StrEnum):
    """What can be linked to; the asset's name, and the extension of its file."""

    MP3 = "mp3"
    MIDI = "midi"

    @property
    def extension(self) -> str:
        """The extension of its file."""
        return "mid" if self is Kind.MIDI else "mp3"


def link(
    tenant: Annotated[str, typer.Argument(help="the tenant's name, such as my-company")],
    date: Annotated[str, typer.Argument(help="the episode's day, such as 2026-03-31")],
    kind: Annotated[Kind, typer.Option(help="what to link to")] = Kind.MP3,
    expires: Annotated[str, typer.Option(help="how long it works: Nm, Nh or Nd, at most 7d")] = "24h",
) -> None:
    """Print a link to an episode that works without credentials until it expires; it is stored nowhere."""
    settings, lasts = Settings.from_environment(), parse_duration(expires)
    key = artefact_key(Tenant(tenant), kind.value, _parse_date(date), kind.extension)
    store = open_store(settings.store_url)
    if not store.exists(key):
        raise StoreCommandError(
            f"{tenant} has no {kind.value} of {date} yet: make it with 'serp-radio sonify {tenant} --date {date}'."
        )
    if not isinstance(store, LinkingStore):
        print(store.uri(key))
        print(
            "serp-radio: this is a file of this machine; links that others can open need a store in S3.",
            file=sys.stderr,
        )
        return
    print(store.presigned_url(key, lasts))


@app.command()
def lifecycle(
    days: Annotated[int, typer.Option(help="how long artefacts are kept; uploads always are", min=1)] = DEFAULT_DAYS,
    apply: Annotated[bool, typer.Option("--apply", help="put the rules on the bucket, not only print them")] = False,
) -> None:
    """Print the rules by which S3 removes old artefacts and never uploads, as JSON; with --apply, set them."""
    settings = Settings.from_environment()
    location = settings.store_location
    if not isinstance(location, S3Location):
        raise StoreCommandError(
            f"Lifecycle rules need a store in S3, and SERP_RADIO_STORE is the folder {location.folder}."
        )
    from serp_radio_pipeline.storage.lifecycle import apply_lifecycle, lifecycle_rules  # noqa: PLC0415
    from serp_radio_pipeline.storage.s3_store import S3Store  # noqa: PLC0415

    rules = lifecycle_rules(location.prefix, days)
    if apply:
        store = open_store(settings.store_url)
        assert isinstance(store, S3Store)  # noqa: S101 - its location is in S3
        rules = apply_lifecycle(store, days)
        print(f"serp-radio: s3://{location.bucket} has these rules now.", file=sys.stderr)
    print(json.dumps({"Rules": rules}, indent=2, default=str))


def parse_duration(text: str) -> dt.timedelta:
    """Return the duration that a person wrote: `30m`, `24h` or `7d`.

    Raises:
        StoreCommandError: it is none.
    """
    match = re.fullmatch(r"([1-9][0-9]{0,4})([mhd])", text, re.ASCII)
    if match is None:
        raise StoreCommandError(f"{text!r:.40} is no duration: write it as 30m, 24h or 7d.")
    return dt.timedelta(**{_UNITS[match[2]]: int(match[1])})


def _parse_date(text: str) -> dt.date:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    raise StoreCommandError(f"{text!r:.40} is not a date: write it as 2026-03-31.")
