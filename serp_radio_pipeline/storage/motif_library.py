"""A tenant's own motifs: MIDI files, and CSVs with labels for their bars, kept under its prefix as they came."""

import hashlib
from collections.abc import Sequence
from pathlib import PurePosixPath

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.motifs.catalog import NO_MOTIFS, MotifCatalog, Problem
from serp_radio_pipeline.motifs.library import LIBRARY_ENDINGS, MIDI_ENDINGS, catalogue_of
from serp_radio_pipeline.motifs.midi_reading import MidiLimits
from serp_radio_pipeline.storage.keys import motif_file_key, motifs_prefix
from serp_radio_pipeline.storage.store import ObjectExistsError, ObjectMissingError, Store, StoredObject
from serp_radio_pipeline.tenant import Tenant

MOST_OWN_FILES = 200
"""MIDI files of one tenant that are read, by name: each takes some hundredths of a second of every run."""


class MotifLibraryError(SerpRadioError):
    """A file that can't be kept."""


class MotifLibrary:
    """The own motifs of all tenants in one store. Nothing in it is changed or removed."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def add(self, tenant: Tenant, name: str, content: bytes) -> bool:
        """Keep a MIDI file or a CSV; False where exactly these bytes are kept under that name already.

        Whether it can be read is for the caller to know.

        Raises:
            MotifLibraryError: it is neither, or another file of that name is kept.
        """
        key = motif_file_key(tenant, name)
        if not key.lower().endswith(LIBRARY_ENDINGS):
            raise MotifLibraryError(f"{name!r:.80} is neither MIDI nor CSV: name it .mid, .midi or .csv.")
        is_new = not self.store.exists(key)
        try:
            self.store.create(key, content)
        except ObjectExistsError as error:
            kept = key.rsplit("/", 1)[-1]
            raise MotifLibraryError(
                f"{tenant} has another {kept} already, and none is replaced: rename yours."
            ) from error
        return is_new

    def read(self, tenant: Tenant) -> MotifCatalog:
        """Return the catalogue of a tenant's own files, each named `<tenant>/<file>`; it names what can't be read."""
        listed = self._listed(tenant)
        if not listed:
            return NO_MOTIFS
        files: dict[str, bytes] = {}
        problems: list[Problem] = []
        for stored in listed:
            name = f"{tenant}/{stored.key.removeprefix(motifs_prefix(tenant))}"
            if stored.size > MidiLimits().max_bytes:
                problems.append(Problem(file=name, reason=f"{name} has {stored.size} bytes, which is too many."))
                continue
            try:
                files[name] = self.store.get(stored.key)
            except ObjectMissingError:
                problems.append(Problem(file=name, reason=f"{name} is no longer there."))
        found = catalogue_of(files)
        return found.model_copy(update={"problems": (*found.problems, *problems, *self._left_out(tenant))})

    def data_version(self, tenant: Tenant) -> str:
        """Return a word that changes with every file that is added, without reading one; `none` where there is none."""
        listed = self._listed(tenant)
        if not listed:
            return "none"
        names = "\n".join(f"{stored.key} {stored.size} {stored.etag}" for stored in listed)
        return f"{len(listed)}-{hashlib.sha256(names.encode(errors='replace')).hexdigest()[:12]}"

    def _listed(self, tenant: Tenant) -> Sequence[StoredObject]:
        """Return the files that are read: all CSVs, and the first MIDI files by name."""
        found = self._all(tenant)
        beyond = {stored.key for stored in _midi_files(found)[MOST_OWN_FILES:]}
        return [stored for stored in found if stored.key not in beyond]

    def _left_out(self, tenant: Tenant) -> list[Problem]:
        names = [stored.key.rsplit("/", 1)[-1] for stored in _midi_files(self._all(tenant))[MOST_OWN_FILES:]]
        reason = f"is one too many: at most {MOST_OWN_FILES} of a tenant's own files are read."
        return [Problem(file=f"{tenant}/{name}", reason=f"{tenant}/{name} {reason}") for name in names]

    def _all(self, tenant: Tenant) -> list[StoredObject]:
        listed = self.store.list(motifs_prefix(tenant))
        return [stored for stored in listed if PurePosixPath(stored.key).suffix.lower() in LIBRARY_ENDINGS]


def with_own(own: MotifCatalog, shipped: MotifCatalog) -> MotifCatalog:
    """Return both as one library, a tenant's own first."""
    return own.merged(shipped) if own.files else shipped


def _midi_files(listed: Sequence[StoredObject]) -> list[StoredObject]:
    return [stored for stored in listed if stored.key.lower().endswith(MIDI_ENDINGS)]
