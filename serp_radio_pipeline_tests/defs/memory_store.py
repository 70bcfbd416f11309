"""A store in memory whose faults a test decides: what can't be listed, read or written now."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from serp_radio_pipeline.storage.store import ObjectExistsError, ObjectMissingError, Receipt, StoredObject, StoreError

NOON = dt.datetime(2026, 3, 25, 12, tzinfo=dt.UTC)


@dataclass
class MemoryStore:
    """Bytes under keys; `unlisted`, `unread` and `unwritten` hold the beginnings of keys that fail for now."""

    objects: dict[str, tuple[bytes, StoredObject]] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    unwritten: set[str] = field(default_factory=set)
    parallel_reads: int = 1
    reads: list[str] = field(default_factory=list)
    _written: int = 0

    def put(self, key: str, content: bytes, modified_at: dt.datetime = NOON) -> Receipt:
        self._fail(self.unwritten, key)
        self._written += 1
        self.objects[key] = (content, StoredObject(key, len(content), modified_at, f"{self._written:x}"))
        return Receipt(self.uri(key), len(content), hashlib.sha256(content).hexdigest(), "")

    def create(self, key: str, content: bytes) -> Receipt:
        if key in self.objects and self.objects[key][0] != content:
            raise ObjectExistsError(f"There is another {key}.")
        return self.put(key, content)

    def get(self, key: str, *, etag: str | None = None) -> bytes:
        self.reads.append(key)
        self._fail(self.unread, key)
        if key not in self.objects:
            raise ObjectMissingError(f"There is no {key}.")
        return self.objects[key][0]

    def exists(self, key: str) -> bool:
        return key in self.objects

    def list(self, prefix: str) -> Iterator[StoredObject]:
        found = sorted(key for key in self.objects if key.startswith(prefix))
        for index, key in enumerate(found):
            if index >= len(found) // 2:  # it fails halfway
                self._fail(self.unlisted, prefix)
            yield self.objects[key][1]

    def folders(self, prefix: str) -> tuple[str, ...]:
        if prefix in self.unlisted:
            raise StoreError(f"{prefix} is out of reach.")
        return tuple(sorted({key[len(prefix) :].split("/")[0] for key in self.objects if key.startswith(prefix)}))

    def uri(self, key: str) -> str:
        return f"memory:///{key}"

    def _fail(self, failing: set[str], key: str) -> None:
        if any(key.startswith(one) for one in failing):
            raise StoreError(f"{key} is out of reach.")
