"""What people say happened on a day: a log that only grows, beside a CSV file that a tenant may keep itself."""

import hashlib
import json
from dataclasses import dataclass

from serp_radio_pipeline.labels.annotations import (
    Annotation,
    AnnotationError,
    UnreadAnnotation,
    fold_annotations,
    read_annotations_csv,
)
from serp_radio_pipeline.storage.keys import annotation_key, annotations_file_key, annotations_prefix
from serp_radio_pipeline.storage.store import ObjectMissingError, Store, StoredObject
from serp_radio_pipeline.tenant import Tenant

LARGEST_ENTRY, LARGEST_FILE = 10_000, 1_000_000
"""Bytes of an entry of the log, and of the CSV file."""


@dataclass(frozen=True, slots=True)
class Annotations:
    """Everything that was said about a tenant's days, by date, and what could not be read.

    `data_version` changes whenever something is said, or the CSV file is another; it is `none` where there is nothing.
    """

    said: tuple[Annotation, ...]
    unread: tuple[UnreadAnnotation, ...]
    data_version: str


class AnnotationLog:
    """The annotations of all tenants in one store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def add(self, tenant: Tenant, annotation: Annotation) -> bool:
        """Add an annotation; False where just that was said of the day already."""
        if annotation in self.read(tenant).said:
            return False
        content = json.dumps(annotation.to_json(), indent=1, ensure_ascii=False).encode()
        # the same words have the same key: two who say them at once say one thing
        self.store.create(annotation_key(tenant, annotation.date, hashlib.sha256(content).hexdigest()), content)
        return True

    def read(self, tenant: Tenant) -> Annotations:
        """Read all that was said; what can't be read is named, and never stops what can."""
        said, unread = self._file(tenant)
        for stored in self.store.list(annotations_prefix(tenant)):
            found, bad = self._entry(stored)
            said += found
            unread += bad
        return Annotations(fold_annotations(said), tuple(unread), self.data_version(tenant))

    def data_version(self, tenant: Tenant) -> str:
        """Return the data version of all that was said; of the log's entries the names decide, which hold hashes."""
        names = [stored.key for stored in self.store.list(annotations_prefix(tenant))]
        content = self._file_content(tenant)
        if content is not None:
            names.append(hashlib.sha256(content).hexdigest())
        if not names:
            return "none"
        return f"{len(names)}-{hashlib.sha256(chr(10).join(names).encode(errors='replace')).hexdigest()[:12]}"

    def _file_content(self, tenant: Tenant) -> bytes | None:
        try:
            return self.store.get(annotations_file_key(tenant))
        except ObjectMissingError:
            return None

    def _file(self, tenant: Tenant) -> tuple[list[Annotation], list[UnreadAnnotation]]:
        content, name = self._file_content(tenant), annotations_file_key(tenant).rsplit("/", 1)[-1]
        if content is None:
            return [], []
        if len(content) > LARGEST_FILE:
            return [], [UnreadAnnotation(name, f"it is larger than {LARGEST_FILE // 1_000_000} MB")]
        return read_annotations_csv(content, name=name)

    def _entry(self, stored: StoredObject) -> tuple[list[Annotation], list[UnreadAnnotation]]:
        name = stored.key.rsplit("/", 1)[-1].encode(errors="replace").decode()
        if stored.size > LARGEST_ENTRY:
            return [], [UnreadAnnotation(name, f"it is larger than {LARGEST_ENTRY // 1000} KB")]
        try:
            return [Annotation.from_json(json.loads(self.store.get(stored.key)))], []
        except ObjectMissingError:
            return [], [UnreadAnnotation(name, "it is no longer there")]
        except AnnotationError as error:
            return [], [UnreadAnnotation(name, str(error).rstrip("."))]
        except (ValueError, RecursionError) as error:
            return [], [UnreadAnnotation(name, f"this is no JSON: {error}")]
