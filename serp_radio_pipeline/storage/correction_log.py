"""The log of corrections: what people said about a tenant's weeks. It only grows; the last word on a week wins."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from serp_radio_pipeline.labels.corrections import Correction, CorrectionError, fold_corrections
from serp_radio_pipeline.storage.keys import correction_key, corrections_prefix
from serp_radio_pipeline.storage.store import ObjectMissingError, Store, StoredObject
from serp_radio_pipeline.tenant import Tenant

LARGEST_ENTRY = 10_000
"""Bytes; a correction with the longest note has 2,300."""


@dataclass(frozen=True, slots=True)
class UnreadableCorrection:
    """An entry of the log that is no correction: its file's name, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Corrections:
    """Everything that was said about a tenant's weeks, oldest first, and the entries that say nothing.

    `data_version` changes whenever something is said, such as `2-0f3a8c21d4e5`; it is `none` where nothing was.
    """

    said: tuple[Correction, ...]
    unreadable: tuple[UnreadableCorrection, ...]
    data_version: str

    @property
    def last_words(self) -> Mapping[str, Correction]:
        """The last word on each week, weeks ascending."""
        return fold_corrections(self.said)


class CorrectionLog:
    """The corrections of all tenants in one store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def add(self, tenant: Tenant, correction: Correction) -> bool:
        """Add a correction; False where the last word on that week says the same already, with the same note.

        Whether the tenant has data in that week is for the caller to know.
        """
        last = self.read(tenant).last_words.get(correction.week)
        if last is not None and (last.label, last.note) == (correction.label, correction.note):
            return False
        content = json.dumps(correction.to_json(), indent=1, ensure_ascii=False).encode()
        key = correction_key(tenant, hashlib.sha256(content).hexdigest(), correction.corrected_at)
        self.store.create(key, content)
        return True

    def read(self, tenant: Tenant) -> Corrections:
        """Read all that was said; what can't be read is named, and never stops what can."""
        said: list[Correction] = []
        unreadable: list[UnreadableCorrection] = []
        listed = tuple(self.store.list(corrections_prefix(tenant)))
        for entry in self._entries(listed):
            if isinstance(entry, Correction):
                said.append(entry)
            else:
                unreadable.append(entry)
        return Corrections(
            tuple(sorted(said, key=lambda one: one.corrected_at)), tuple(unreadable), _data_version(listed)
        )

    def data_version(self, tenant: Tenant) -> str:
        """Return the data version of all that was said, without reading it."""
        return _data_version(tuple(self.store.list(corrections_prefix(tenant))))

    def _entries(self, listed: Sequence[StoredObject]) -> Iterator[Correction | UnreadableCorrection]:
        if self.store.parallel_reads == 1 or len(listed) < 2:
            yield from map(self._entry, listed)
            return
        with ThreadPoolExecutor(self.store.parallel_reads) as pool:
            yield from pool.map(self._entry, listed)

    def _entry(self, stored: StoredObject) -> Correction | UnreadableCorrection:
        name = stored.key.rsplit("/", 1)[-1].encode(errors="replace").decode()
        if stored.size > LARGEST_ENTRY:
            return UnreadableCorrection(name, f"it is larger than {LARGEST_ENTRY // 1000} KB")
        try:
            return Correction.from_json(json.loads(self.store.get(stored.key)))
        except ObjectMissingError:
            return UnreadableCorrection(name, "it is no longer there")
        except CorrectionError as error:
            return UnreadableCorrection(name, str(error).rstrip("."))
        except (ValueError, RecursionError) as error:
            return UnreadableCorrection(name, f"this is no JSON: {error}")


def _data_version(listed: Sequence[StoredObject]) -> str:
    """The names decide: each holds its entry's hash."""
    names = "\n".join(stored.key for stored in listed)
    return f"{len(listed)}-{hashlib.sha256(names.encode(errors='replace')).hexdigest()[:12]}" if listed else "none"
