"""The log of uploads: what people and sources sent, as it came. It only grows; a history is a fold over it."""

import datetime as dt
import hashlib
import re
from dataclasses import dataclass

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.export import ExportRefusedError, ReadingLimits, check_size, read_export
from serp_radio_pipeline.ingest.fold import History, RefusedUpload, Upload, fold_uploads
from serp_radio_pipeline.storage.keys import upload_key, uploads_prefix
from serp_radio_pipeline.storage.store import Store, StoredObject
from serp_radio_pipeline.tenant import Tenant, TenantError

_LOGGED_NAME = re.compile(r"(\d{8}T\d{6}Z)-([0-9a-f]{12})-(.+)", re.DOTALL)


class NoUploadsError(SerpRadioError):
    """A tenant without a single upload that could be read."""


@dataclass(frozen=True, slots=True)
class LoggedUpload:
    """An upload as it lies in the log: its key, its own file name, its size in bytes, and when it came (UTC)."""

    key: str
    name: str
    size: int
    uploaded_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a file that was added to the log; not new where the log had it already."""

    upload: Upload
    is_new: bool


class UploadLog:
    """The uploads of all tenants in one store."""

    def __init__(self, store: Store, limits: ReadingLimits) -> None:
        self.store = store
        self._limits = limits

    def tenants(self) -> tuple[Tenant, ...]:
        """Return every tenant that has a folder in the store, ascending; names that are no slug are passed over."""
        found = []
        for name in self.store.folders("tenants/"):
            try:
                found.append(Tenant(name))
            except TenantError:
                continue
        return tuple(found)

    def entries(self, tenant: Tenant) -> tuple[LoggedUpload, ...]:
        """Return a tenant's uploads, oldest first."""
        entries = [logged_upload(stored) for stored in self.store.list(uploads_prefix(tenant))]
        return tuple(sorted(entries, key=lambda entry: (entry.uploaded_at, entry.key)))

    def history(self, tenant: Tenant) -> History:
        """Read and fold all of a tenant's uploads; what can't be read is listed, and never stops what can.

        Raises:
            NoUploadsError: no upload could be read.
        """
        uploads, refused = self._read_all(tenant)
        if not uploads:
            reasons = "".join(f" {upload.name}: {upload.reason}" for upload in refused[:3])
            raise NoUploadsError(
                f"{tenant} has no upload that can be read: add one with 'serp-radio upload {tenant} FILE'.{reasons}"
            )
        history = fold_uploads(tenant, uploads)
        return History(history.metrics, history.used, (*refused, *history.refused))

    def add(self, tenant: Tenant, name: str, content: bytes, uploaded_at: dt.datetime) -> Added:
        """Add a file to the log if it can be read and belongs to the tenant's series.

        The same bytes under the same name are kept once.

        Raises:
            ExportRefusedError: the file is refused; nothing is written.
        """
        check_size(name, len(content), self._limits)
        upload = self._read(name, content, uploaded_at)
        others, _ = self._read_all(tenant)
        if any((other.sha256, other.name) == (upload.sha256, name) for other in others):
            return Added(upload, is_new=False)
        folded = fold_uploads(tenant, [*others, upload])
        if not any(used is upload for used in folded.used):
            reason = next(refused.reason for refused in reversed(folded.refused) if refused.name == name)
            raise ExportRefusedError(f"{name} was not added: {reason}")
        self.store.put(upload_key(tenant, name, upload.sha256, uploaded_at), content)
        return Added(upload, is_new=True)

    def _read_all(self, tenant: Tenant) -> tuple[list[Upload], list[RefusedUpload]]:
        uploads: list[Upload] = []
        refused: list[RefusedUpload] = []
        for entry in self.entries(tenant):
            try:
                check_size(entry.name, entry.size, self._limits)
                uploads.append(self._read(entry.name, self.store.get(entry.key), entry.uploaded_at))
            except ExportRefusedError as error:
                refused.append(RefusedUpload(entry.name, str(error)))
        return uploads, refused

    def _read(self, name: str, content: bytes, uploaded_at: dt.datetime) -> Upload:
        # a file can't know a later day than the one after it came: the log alone decides, never today's clock
        latest = uploaded_at.date() + dt.timedelta(days=1)
        export = read_export(name, content, today=latest, limits=self._limits)
        return Upload(name, uploaded_at, hashlib.sha256(content).hexdigest(), export)


def logged_upload(stored: StoredObject) -> LoggedUpload:
    """Return what a stored object's key says of an upload; one put there by other hands keeps its own name and time."""
    name = stored.key.rsplit("/", 1)[-1]
    match = _LOGGED_NAME.fullmatch(name)
    if match is None:
        return LoggedUpload(stored.key, name, stored.size, stored.modified_at)
    uploaded_at = dt.datetime.strptime(match[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
    return LoggedUpload(stored.key, match[3], stored.size, uploaded_at)
