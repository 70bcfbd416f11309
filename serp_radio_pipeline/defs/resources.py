"""What assets are handed from outside: the store, the rules, the sound. `definitions` builds them from settings."""

import os
from functools import lru_cache
from pathlib import Path

import dagster as dg

from serp_radio_pipeline.audio.soundfont import Soundfont, find_soundfont
from serp_radio_pipeline.console.client import Connection, SearchConsole
from serp_radio_pipeline.console.credentials import read_credentials
from serp_radio_pipeline.console.patience import Patience
from serp_radio_pipeline.console.source import Source
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.ctr_curve import DEFAULT_POINTS, parse_ctr_curve
from serp_radio_pipeline.ingest.export import ReadingLimits
from serp_radio_pipeline.labels.events import EventCalendar, parse_events
from serp_radio_pipeline.labels.rules import RuleSet, parse_rules
from serp_radio_pipeline.motifs.catalog import MotifCatalog
from serp_radio_pipeline.motifs.library import shipped_catalogue
from serp_radio_pipeline.motifs.midi_reading import MidiLimits
from serp_radio_pipeline.music.pack import Pack, read_pack
from serp_radio_pipeline.radio.locale_format import HOUSE
from serp_radio_pipeline.radio.templates import TEMPLATES, OwnTemplates, read_templates
from serp_radio_pipeline.settings import environment_secret
from serp_radio_pipeline.storage.annotation_log import AnnotationLog
from serp_radio_pipeline.storage.correction_log import CorrectionLog
from serp_radio_pipeline.storage.location import (
    FolderLocation,
    S3Encryption,
    S3Location,
    parse_encryption,
    parse_location,
)
from serp_radio_pipeline.storage.motif_library import MotifLibrary
from serp_radio_pipeline.storage.rules_log import RulesLog
from serp_radio_pipeline.storage.store import LocalStore, Store
from serp_radio_pipeline.storage.upload_log import UploadLog


class RulesMissingError(SerpRadioError):
    """A rules file that is not there."""


class StoreResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The store, a folder or `s3://bucket/prefix`, and the logs of uploads, corrections and annotations in it.

    Region, endpoint and credentials of S3 come the usual AWS ways. `ctr_points` say what a rank is worth.
    """

    url: str
    max_upload_bytes: int
    s3_encryption: str = ""
    ctr_points: str = DEFAULT_POINTS

    def store(self) -> Store:
        """Return the store; each process connects to S3 once."""
        location = parse_location(self.url)
        if isinstance(location, FolderLocation):
            return LocalStore(location.folder)
        return _s3_store(location, parse_encryption(self.s3_encryption), os.getpid())

    def upload_log(self) -> UploadLog:
        """Return the log of uploads; one in each process, so that an upload is read once."""
        return _upload_log(self, os.getpid())

    def correction_log(self) -> CorrectionLog:
        """Return the log of people's corrections."""
        return CorrectionLog(self.store())

    def annotation_log(self) -> AnnotationLog:
        """Return the log of what people said happened."""
        return AnnotationLog(self.store())


@lru_cache(maxsize=4)
def _upload_log(resource: StoreResource, process: int) -> UploadLog:  # noqa: ARG001 - as below
    limits = ReadingLimits(max_bytes=resource.max_upload_bytes, ctr_curve=parse_ctr_curve(resource.ctr_points))
    return UploadLog(resource.store(), limits)


@lru_cache(maxsize=4)
def _s3_store(location: S3Location, encryption: S3Encryption, process: int) -> Store:  # noqa: ARG001
    """Connect once in each process: a connection that a forked process shares mixes up its answers."""
    # dagster_aws takes 0.5 s to import: not where the store is a folder
    from serp_radio_pipeline.defs.s3 import BoundedS3Resource  # noqa: PLC0415
    from serp_radio_pipeline.storage.s3_store import S3Store  # noqa: PLC0415

    return S3Store(BoundedS3Resource().get_client(), location, encryption=encryption)


class ConsoleResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The Search Console API: where it is, how long an answer may take (seconds), how often a question is tried.

    A secret is read anew for each client, from where its name says, and kept nowhere.
    """

    endpoint: str = ""
    authorities: str = ""
    timeout_seconds: float = 60.0
    tries: int = 5
    fault_seconds: float = 1.0
    quota_seconds: float = 15.0

    def console(self, source: Source) -> SearchConsole:
        """Return a client that signs in with the source's secret.

        Raises:
            SecretError: the secret is not there, or holds no credentials.
        """
        return SearchConsole(
            read_credentials(read_secret(source.secret), source.secret),
            Connection(self.endpoint, self.authorities, self.timeout_seconds),
            Patience(self.tries, self.fault_seconds, self.quota_seconds),
        )


def read_secret(name: str) -> str:
    """Return the text of a secret by its name, `env:NAME` or `aws:NAME`.

    Raises:
        SecretError: it is not there, or can't be read.
    """
    place, _, rest = name.partition(":")
    if place == "env":
        return environment_secret(rest)
    from serp_radio_pipeline.storage.aws_secrets import read_aws_secret  # noqa: PLC0415 - boto3, as for S3

    return read_aws_secret(rest)


class PublishingResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Where feeds are served, empty where their links are relative; how many episodes they list at most; and the locale
    in which listeners read numbers and dates."""

    public_url: str = ""
    feed_episodes: int = 100
    locale: str = HOUSE


class RulesResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """What a user may edit without touching code: label rules, search events, sound packs, templates."""

    folder: str

    def label_rules(self) -> RuleSet:
        """Read the project's rules, which decide labels where a tenant has none of its own."""
        return parse_rules(self._read("labels.yaml"), name="labels.yaml")

    def log(self, store: Store) -> RulesLog:
        """Return the log of tenants' own rules."""
        return RulesLog(store, Path(self.folder) / "labels.yaml")

    def events(self) -> EventCalendar:
        """Read the calendar of search-engine events."""
        return parse_events(self._read("events.yaml"))

    def pack(self, name: str) -> Pack:
        """Read the sound pack of that name."""
        return read_pack(Path(self.folder), name)

    def templates(self) -> OwnTemplates:
        """Read the user's own templates of pages and notes, if there are any."""
        return read_templates(Path(self.folder) / TEMPLATES)

    def _read(self, name: str) -> str:
        path = Path(self.folder) / name
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RulesMissingError(f"{path} can't be read: {error}.") from error


class MotifsResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """MIDI files as motifs: the library in a folder and the tenants' own in the store, read within limits."""

    folder: str
    store: StoreResource
    max_midi_bytes: int
    max_midi_notes: int
    max_midi_beats: int

    def shipped(self) -> MotifCatalog:
        """Return the catalogue of the library in the folder; each process reads it once."""
        return shipped_catalogue(Path(self.folder), self._limits())

    def own(self) -> MotifLibrary:
        """Return the tenants' own motifs."""
        return MotifLibrary(self.store.store(), self._limits())

    def _limits(self) -> MidiLimits:
        return MidiLimits(self.max_midi_bytes, self.max_midi_notes, self.max_midi_beats)


class SoundResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The soundfont and the synthesizer library; empty means the ones that pip installed."""

    soundfont_path: str = ""
    library_path: str = ""

    def soundfont(self) -> Soundfont:
        """Return the soundfont to play with."""
        return find_soundfont(Path(self.soundfont_path) if self.soundfont_path else None)

    def library(self) -> Path | None:
        """Return the synthesizer library given, or None to look for one."""
        return Path(self.library_path) if self.library_path else None
