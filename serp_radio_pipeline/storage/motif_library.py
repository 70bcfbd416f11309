"""A tenant's own motifs: MIDI files, and CSVs with labels for their bars, kept under its prefix as they came."""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import PurePosixPath

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.refusal import shown
from serp_radio_pipeline.motifs.catalog import NO_MOTIFS, MotifCatalog, Problem
from serp_radio_pipeline.motifs.library import (
    DEFAULT_LIMITS,
    LIBRARY_ENDINGS,
    MIDI_ENDINGS,
    catalogue_of,
    labels_beside,
)
from serp_radio_pipeline.motifs.midi_reading import MidiLimits
from serp_radio_pipeline.storage.keys import motif_file_key, motifs_prefix
from serp_radio_pipeline.storage.store import (
    KeyRefusedError,
    ObjectExistsError,
    ObjectMissingError,
    ObjectReplacedError,
    Store,
    StoredObject,
)
from serp_radio_pipeline.tenant import Tenant

MOST_OWN_FILES = 200
"""MIDI files of one tenant that are read, by name: each takes some hundredths of a second of every run."""
MOST_LARGEST_FILES = 2
"""Bytes of those and their CSVs together, in files of the largest size: a million bytes may take four CPU seconds of
every run."""


class MotifLibraryError(SerpRadioError):
    """A file that can't be kept."""


@dataclass(frozen=True, slots=True)
class OwnMotifs:
    """A tenant's own motifs, and the data version of the files they were read from."""

    catalog: MotifCatalog
    data_version: str


class MotifLibrary:
    """The own motifs of all tenants in one store, read within limits. Nothing in it is changed or removed."""

    def __init__(self, store: Store, limits: MidiLimits = DEFAULT_LIMITS) -> None:
        self.store = store
        self.limits = limits

    def holds(self, tenant: Tenant, name: str, content: bytes) -> bool:
        """Whether exactly these bytes are kept under that name.

        Raises:
            MotifLibraryError: it is neither MIDI nor CSV, or another file of that name is kept.
        """
        key = motif_file_key(tenant, name)
        if not key.lower().endswith(LIBRARY_ENDINGS):
            raise MotifLibraryError(f"{name!r:.80} is neither MIDI nor CSV: name it .mid, .midi or .csv.")
        try:
            kept = self.store.get(key)
        except ObjectMissingError:
            return False
        if kept != content:
            raise _taken(tenant, key)
        return True

    def add(self, tenant: Tenant, name: str, content: bytes) -> bool:
        """Keep a MIDI file or a CSV; False where exactly these bytes are kept under that name already.

        Whether it can be read, and whether there is such a tenant, is for the caller to know.

        Raises:
            MotifLibraryError: it is neither, or another file of that name is kept.
        """
        if self.holds(tenant, name, content):
            return False
        key = motif_file_key(tenant, name)
        try:
            self.store.create(key, content)
        except ObjectExistsError as error:
            raise _taken(tenant, key) from error
        return True

    def read(self, tenant: Tenant) -> OwnMotifs:
        """Return the catalogue of a tenant's own files, each named `<tenant>/<file>`; it names what can't be read."""
        listed = self._listed(tenant)
        # from one listing: a file that comes while these are read is not in the version either
        version = _data_version(listed)
        if not listed:
            return OwnMotifs(NO_MOTIFS, version)
        chosen, problems = _chosen(tenant, listed, self.limits.max_bytes)
        files: dict[str, bytes] = {}
        for stored, content in zip(chosen, self._contents(chosen), strict=True):
            name = _name(tenant, stored)
            if isinstance(content, bytes):
                files[name] = content
            else:
                problems.append(Problem(file=name, reason=f"{name} can't be read: {content}"))
        found = catalogue_of(files, self.limits)
        return OwnMotifs(found.model_copy(update={"problems": (*found.problems, *problems)}), version)

    def data_version(self, tenant: Tenant) -> str:
        """Return a word that changes with every file that is added, without reading one; `none` where there is none."""
        return _data_version(self._listed(tenant))

    def _listed(self, tenant: Tenant) -> Sequence[StoredObject]:
        listed = self.store.list(motifs_prefix(tenant))
        return [stored for stored in listed if PurePosixPath(stored.key).suffix.lower() in LIBRARY_ENDINGS]

    def _contents(self, chosen: Sequence[StoredObject]) -> Iterator[bytes | str]:
        if self.store.parallel_reads == 1 or len(chosen) < 2:
            yield from map(self._content, chosen)
            return
        with ThreadPoolExecutor(self.store.parallel_reads) as pool:
            yield from pool.map(self._content, chosen)

    def _content(self, stored: StoredObject) -> bytes | str:
        """Return an object's bytes, or why there are none; what other hands do to a file stops no other."""
        try:
            return self.store.get(stored.key, etag=stored.etag or None)
        except ObjectMissingError:
            return "it is no longer there."
        except ObjectReplacedError:
            return "it was replaced meanwhile."
        except KeyRefusedError as error:
            return str(error)


def with_own(own: MotifCatalog, shipped: MotifCatalog) -> MotifCatalog:
    """Return both as one library, a tenant's own first."""
    return own.merged(shipped) if own.files else shipped


def _chosen(
    tenant: Tenant, listed: Sequence[StoredObject], most_bytes: int
) -> tuple[list[StoredObject], list[Problem]]:
    """Return what is read, by name: MIDI files with the CSVs beside them, within the bounds; and why not the rest."""
    by_key = {stored.key: stored for stored in listed}
    songs = [stored for stored in listed if stored.key.lower().endswith(MIDI_ENDINGS)]
    chosen: dict[str, StoredObject] = {}
    problems: list[Problem] = []
    count, size = 0, 0
    for song in songs:
        labels = by_key.get(labels_beside(song.key))
        together = (song, labels) if labels else (song,)
        bytes_together = sum(stored.size for stored in together)
        reason = _unfit(tenant, together, most_bytes) or _beyond(
            count + 1, size + bytes_together, MOST_LARGEST_FILES * most_bytes
        )
        if reason:
            problems.append(_left_out(tenant, song, reason))
            continue
        count, size = count + 1, size + bytes_together
        chosen.update((stored.key, stored) for stored in together)
    beside = {song.key for song in songs} | {labels_beside(song.key) for song in songs}
    lonely = [stored for stored in listed if stored.key not in beside]
    problems += [
        _left_out(tenant, stored, "labels nothing: no MIDI file of its name is beside it.") for stored in lonely
    ]
    return list(chosen.values()), problems


def _unfit(tenant: Tenant, together: Sequence[StoredObject], most: int) -> str:
    """Why a MIDI file, or the CSV beside it, is not even fetched; empty where it is."""
    large = next((stored for stored in together if stored.size > most), None)
    if large is not None:
        whose = "has" if large is together[0] else f"is left out: {_name(tenant, large)} beside it has"
        return f"{whose} {large.size} bytes; at most {most} are read. Split it."
    # a file system's bytes that are no text, and what a terminal takes for an instruction
    return "" if together[0].key.isprintable() else "has characters in its name that can't be shown: rename it."


def _beyond(count: int, size: int, most: int) -> str:
    if count > MOST_OWN_FILES:
        return f"is one too many: at most {MOST_OWN_FILES} of a tenant's own files are read."
    if size > most:
        return f"is too much: at most {most} bytes of a tenant's own files are read."
    return ""


def _left_out(tenant: Tenant, stored: StoredObject, reason: str) -> Problem:
    name = _name(tenant, stored)
    return Problem(file=name, reason=f"{name} {reason}")


def _name(tenant: Tenant, stored: StoredObject) -> str:
    """How catalogue and sentences name a file; one whose name can't be shown is never in a catalogue."""
    file = stored.key.removeprefix(motifs_prefix(tenant))
    return f"{tenant}/{file if file.isprintable() else shown(file, 80)}"


def _data_version(listed: Sequence[StoredObject]) -> str:
    if not listed:
        return "none"
    names = "\n".join(f"{stored.key} {stored.size} {stored.etag}" for stored in listed)
    return f"{len(listed)}-{hashlib.sha256(names.encode(errors='replace')).hexdigest()[:12]}"


def _taken(tenant: Tenant, key: str) -> MotifLibraryError:
    kept = key.rsplit("/", 1)[-1]
    return MotifLibraryError(f"{tenant} has another {kept} already, and none is replaced: rename yours.")
