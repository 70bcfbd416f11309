"""Every environment variable that SERP Radio reads: once, typed, with its default. Nobody else reads them."""

import datetime as dt
import os
import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from serp_radio_pipeline.console.errors import SecretError
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.ctr_curve import DEFAULT_POINTS, CtrCurve, CtrCurveError, parse_ctr_curve
from serp_radio_pipeline.ingest.limits import ReadingLimits
from serp_radio_pipeline.motifs.midi_reading import MidiLimits
from serp_radio_pipeline.radio.locale_format import LocaleError, known_locale
from serp_radio_pipeline.storage.location import (
    FolderLocation,
    LocationError,
    S3Location,
    parse_encryption,
    parse_location,
)

PACKAGE_FOLDER = Path(__file__).parent
MEBIBYTE = 2**20
_PUBLIC_URL = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+(?:/[A-Za-z0-9._~/-]*)?", re.ASCII)
"""Host and path; nothing that would have to be escaped in an address, and no password."""

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+", re.ASCII)


_CONSOLE_URL = re.compile(r"https://[A-Za-z0-9.\[\]:-]+(?:/[A-Za-z0-9._~/-]*)?", re.ASCII)


class SettingsError(SerpRadioError):
    """An environment variable with a value that can't be used."""


def _setting(variable: str, default: str, meaning: str) -> str:
    return field(default=default, metadata={"variable": variable, "meaning": meaning})


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings as text, as given; the properties below them are what the code uses."""

    store: str = _setting("SERP_RADIO_STORE", "./radio_data", "folder or s3://bucket/prefix where every artefact lies")
    s3_encryption: str = _setting(
        "SERP_RADIO_S3_ENCRYPTION", "", "AES256, aws:kms or aws:kms:KEY; empty: as the bucket does by default"
    )
    dagster_home: str = _setting("DAGSTER_HOME", "./.dagster_home", "Dagster's own folder: runs, events, dagster.yaml")
    rules: str = _setting(
        "SERP_RADIO_RULES",
        "",
        "folder of labels.yaml, events.yaml, packs/, motifs/ and templates/; empty: the project's own",
    )
    soundfont: str = _setting("SERP_RADIO_SOUNDFONT", "", "a .sf2 file; empty: TimGM6mb, which comes with pretty_midi")
    fluidsynth: str = _setting(
        "SERP_RADIO_FLUIDSYNTH", "", "libfluidsynth to load; empty: the system's, else pygame-ce's"
    )
    first_date: str = _setting("SERP_RADIO_START_DATE", "2023-01-01", "first day that has a partition")
    log_format: str = _setting(
        "SERP_RADIO_LOG_FORMAT",
        "text",
        "json: one object a line with tenant, date, stage and run; text: as Dagster does",
    )
    max_upload_mb: str = _setting("SERP_RADIO_MAX_UPLOAD_MB", "200", "largest file that is read, in MiB")
    ctr_points: str = _setting(
        "SERP_RADIO_CTR_CURVE",
        DEFAULT_POINTS,
        "percentage of searchers who click a result at each rank, with straight lines between; a rank tracker's "
        "visibility follows from it",
    )
    max_midi_mb: str = _setting("SERP_RADIO_MAX_MIDI_MB", "2", "largest MIDI file that motifs are read from, in MiB")
    max_midi_notes: str = _setting("SERP_RADIO_MAX_MIDI_NOTES", "100000", "most notes that such a file may hold")
    max_midi_beats: str = _setting(
        "SERP_RADIO_MAX_MIDI_BEATS", "20000", "longest such file, in quarter notes to its last note's end"
    )
    unattended: str = _setting(
        "SERP_RADIO_UNATTENDED",
        "on",
        "`on`: sensor and schedules run as soon as the daemon does; `off`: once switched on",
    )
    hour: str = _setting("SERP_RADIO_HOUR", "6", "hour of the daily episodes, 0 to 23")
    timezone_name: str = _setting("SERP_RADIO_TIMEZONE", "UTC", "where it is that hour, such as `Europe/Berlin`")
    data_lag: str = _setting(
        "SERP_RADIO_DATA_LAG_DAYS", "3", "how many days ago the daily episode ends; Search Console needs 2 to 3"
    )
    locale_name: str = _setting(
        "SERP_RADIO_LOCALE", "en", "how pages, notes and pictures write numbers and dates, such as `de` or `pt_BR`"
    )
    public: str = _setting(
        "SERP_RADIO_PUBLIC_URL",
        "",
        "where the API, or what `serp-radio feed --out` writes, is served; empty: links are relative",
    )
    feed_length: str = _setting(
        "SERP_RADIO_FEED_EPISODES", "100", "how many episodes a feed lists, the newest; 1 to 1000"
    )
    api_port_number: str = _setting("SERP_RADIO_API_PORT", "8080", "port that the API listens on")
    api_rate: str = _setting(
        "SERP_RADIO_API_RATE", "600", "requests a minute that each key may send to one API process"
    )
    api_origins_allowed: str = _setting(
        "SERP_RADIO_API_ORIGINS", "", "origins whose pages may call the API, comma-separated; empty: none but its own"
    )

    console_endpoint: str = _setting(
        "SERP_RADIO_SEARCH_CONSOLE_URL", "", "another address of the Search Console API; empty: Google's own"
    )
    console_ca: str = _setting(
        "SERP_RADIO_SEARCH_CONSOLE_CA", "", "PEM file of the authorities to trust there; empty: the usual ones"
    )

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
        return _positive_number("SERP_RADIO_MAX_UPLOAD_MB", self.max_upload_mb, "MiB") * MEBIBYTE

    @property
    def ctr_curve(self) -> CtrCurve:
        """What each rank is worth."""
        try:
            return parse_ctr_curve(self.ctr_points)
        except CtrCurveError as error:
            raise SettingsError(f"SERP_RADIO_CTR_CURVE: {error}") from error

    @property
    def reading_limits(self) -> ReadingLimits:
        """What reading an upload must be told."""
        return ReadingLimits(max_bytes=self.max_upload_bytes, ctr_curve=self.ctr_curve)

    @property
    def midi_limits(self) -> MidiLimits:
        """What a MIDI file may hold at most to be read for motifs."""
        return MidiLimits(
            max_bytes=_positive_number("SERP_RADIO_MAX_MIDI_MB", self.max_midi_mb, "MiB") * MEBIBYTE,
            max_notes=_positive_number("SERP_RADIO_MAX_MIDI_NOTES", self.max_midi_notes, "notes"),
            max_beats=_positive_number("SERP_RADIO_MAX_MIDI_BEATS", self.max_midi_beats, "quarter notes"),
        )

    @property
    def logs_are_json(self) -> bool:
        """Whether runs log JSON."""
        if self.log_format not in ("text", "json"):
            raise SettingsError(f"SERP_RADIO_LOG_FORMAT must be text or json, not {self.log_format!r:.60}.")
        return self.log_format == "json"

    @property
    def store_location(self) -> FolderLocation | S3Location:
        """Where the store lies."""
        try:
            return parse_location(self.store)
        except LocationError as error:
            raise SettingsError(f"SERP_RADIO_STORE: {error}") from error

    @property
    def store_url(self) -> str:
        """The store's absolute folder, or its `s3://bucket/prefix`, as `open_store` takes it."""
        location = self.store_location
        return str(location.folder if isinstance(location, FolderLocation) else location)

    @property
    def store_folder(self) -> Path:
        """The store's folder, absolute; only a local store has one."""
        location = self.store_location
        if not isinstance(location, FolderLocation):
            raise SettingsError(f"SERP_RADIO_STORE must be a folder here, not {self.store!r}.")
        return location.folder

    @property
    def runs_unattended(self) -> bool:
        """Whether sensor and schedules begin by themselves."""
        if self.unattended not in ("on", "off"):
            raise SettingsError(f"SERP_RADIO_UNATTENDED must be on or off, not {self.unattended!r:.60}.")
        return self.unattended == "on"

    @property
    def daily_hour(self) -> int:
        """The hour of the daily episodes, 0 to 23; the overview follows in the next one."""
        return _whole_number("SERP_RADIO_HOUR", self.hour, 23)

    @property
    def timezone(self) -> str:
        """The IANA name of the zone whose clock the schedules follow."""
        try:
            zoneinfo.ZoneInfo(self.timezone_name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise SettingsError(
                f"SERP_RADIO_TIMEZONE must be a time zone such as Europe/Berlin, not {self.timezone_name!r:.60}."
            ) from error
        return self.timezone_name

    @property
    def data_lag_days(self) -> int:
        """How many days before the scheduled date a daily episode ends, 1 to 60."""
        days = _whole_number("SERP_RADIO_DATA_LAG_DAYS", self.data_lag, 60)
        if not days:
            raise SettingsError("SERP_RADIO_DATA_LAG_DAYS must be 1 or more: a day that is not over has no episode.")
        return days

    @property
    def locale(self) -> str:
        """The locale in which listeners read numbers and dates, as Babel names it."""
        try:
            return known_locale(self.locale_name)
        except LocaleError as error:
            raise SettingsError(f"SERP_RADIO_LOCALE: {error}") from error

    @property
    def public_url(self) -> str:
        """The URL under which feeds are served, without a slash at its end; empty where links are to be relative."""
        if self.public and not _PUBLIC_URL.fullmatch(self.public):
            raise SettingsError(
                f"SERP_RADIO_PUBLIC_URL must be like https://radio.example/shows, not {self.public!r:.80}."
            )
        return self.public.rstrip("/")

    @property
    def feed_episodes(self) -> int:
        """How many episodes a feed lists at most, 1 to 1000."""
        episodes = _whole_number("SERP_RADIO_FEED_EPISODES", self.feed_length, 1000)
        if not episodes:
            raise SettingsError("SERP_RADIO_FEED_EPISODES must be 1 or more: apps take an empty feed for a broken one.")
        return episodes

    @property
    def api_port(self) -> int:
        """The port that the API listens on, 1 to 65535."""
        port = _whole_number("SERP_RADIO_API_PORT", self.api_port_number, 65535)
        if not port:
            raise SettingsError("SERP_RADIO_API_PORT must be 1 or more.")
        return port

    @property
    def api_requests_per_minute(self) -> int:
        """How often each key may ask, of one process, in a minute."""
        return _positive_number("SERP_RADIO_API_RATE", self.api_rate, "requests")

    @property
    def api_origins(self) -> tuple[str, ...]:
        """The origins whose pages may call the API."""
        origins = tuple(origin.strip() for origin in self.api_origins_allowed.split(",") if origin.strip())
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise SettingsError(
                    f"SERP_RADIO_API_ORIGINS must hold origins such as https://app.example, not {origin!r:.80}."
                )
        return origins

    @property
    def search_console_url(self) -> str:
        """The address of the Search Console API, without a slash at its end; empty for Google's own."""
        if self.console_endpoint and not _CONSOLE_URL.fullmatch(self.console_endpoint):
            raise SettingsError(
                f"SERP_RADIO_SEARCH_CONSOLE_URL must be like https://proxy.example, not {self.console_endpoint!r:.80}."
            )
        return self.console_endpoint.rstrip("/")

    @property
    def search_console_ca(self) -> str:
        """The absolute path of the certificate authorities to trust there; empty for the usual ones."""
        if self.console_ca and not Path(self.console_ca).is_file():
            raise SettingsError(f"SERP_RADIO_SEARCH_CONSOLE_CA names {self.console_ca!r:.120}, which is not a file.")
        return str(Path(self.console_ca).absolute()) if self.console_ca else ""

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
        _ = self.logs_are_json, self.start_date, self.reading_limits, self.midi_limits, self.store_location
        _ = self.runs_unattended, self.daily_hour, self.timezone, self.data_lag_days
        _ = self.public_url, self.feed_episodes, self.locale, self.search_console_url, self.search_console_ca
        _ = self.api_port, self.api_requests_per_minute, self.api_origins
        try:
            parse_encryption(self.s3_encryption)
        except LocationError as error:
            raise SettingsError(f"SERP_RADIO_S3_ENCRYPTION: {error}") from error
        if not (self.rules_folder / "labels.yaml").is_file():
            raise SettingsError(f"SERP_RADIO_RULES names {self.rules_folder}, but there is no labels.yaml in it.")


def environment_secret(variable: str) -> str:
    """Return the secret that a tenant's source names: the variable's text, or that of the file whose path it is.

    Raises:
        SecretError: it is unset, or no such file can be read. What it holds is not repeated.
    """
    text = os.environ.get(variable, "").strip()
    if not text:
        raise SecretError(
            f"The environment variable {variable} is not set: it must hold the secret, or its file's path."
        )
    if text.startswith("{"):
        return text
    try:
        return Path(text).read_text(encoding="utf-8")
    except (OSError, ValueError):
        fault = SecretError(f"The environment variable {variable} holds neither JSON nor the path of a file with it.")
    raise fault


def _positive_number(variable: str, text: str, unit: str) -> int:
    if not re.fullmatch(r"0*[1-9][0-9]{0,8}", text):
        raise SettingsError(f"{variable} must be a whole number of {unit}, 1 or more, not {text!r:.60}.")
    return int(text)


def _whole_number(variable: str, text: str, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > most:
        raise SettingsError(f"{variable} must be a whole number from 0 to {most}, not {text!r:.60}.")
    return int(text)
