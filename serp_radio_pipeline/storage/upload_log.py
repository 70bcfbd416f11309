"""The log of uploads: what people and sources sent, as it came. It only grows; a history is a fold over it."""

import datetime as dt
import hashlib
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.column_answers import AnsweredRole, ColumnAnswer, answer_about
from serp_radio_pipeline.ingest.container import open_tables
from serp_radio_pipeline.ingest.daily_metrics import SEARCH_CONSOLE_TIMEZONE
from serp_radio_pipeline.ingest.export import Export, ExportRefusedError, ReadingLimits, check_size
from serp_radio_pipeline.ingest.fold import ComparedUpload, History, RefusedUpload, Upload, fold_uploads
from serp_radio_pipeline.ingest.refusal import shown
from serp_radio_pipeline.ingest.restatements import Change
from serp_radio_pipeline.ingest.uploaded_file import read_upload
from serp_radio_pipeline.storage.column_answers import add_column_answer, column_answers
from serp_radio_pipeline.storage.keys import UPLOAD_STAMP, safe_name, upload_key, uploads_prefix
from serp_radio_pipeline.storage.store import (
    KeyRefusedError,
    ObjectMissingError,
    ObjectReplacedError,
    Store,
    StoredObject,
    StoreError,
)
from serp_radio_pipeline.tenant import Tenant, TenantError

LISTINGS = 3
"""How often a tenant's uploads are listed anew because one of them was replaced while it was read."""

_LOGGED_NAME = re.compile(r"(\d{8}T\d{6}\.\d{6}Z)-[0-9a-f]{12}-(.+)", re.DOTALL | re.ASCII)


class NoUploadsError(SerpRadioError):
    """A tenant without a single upload that could be read."""


@dataclass(frozen=True, slots=True)
class LoggedUpload:
    """An upload as it lies in the log: its key, its own file name, its size in bytes, when it came (UTC), its tag."""

    key: str
    name: str
    size: int
    uploaded_at: dt.datetime
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a file that was added to the log; not new where the log had it already.

    `changes` are what it says differently of days that were known.
    """

    upload: Upload | ComparedUpload
    is_new: bool
    changes: tuple[Change, ...] = ()


class UploadLog:
    """The uploads of all tenants in one store."""

    def __init__(self, store: Store, limits: ReadingLimits) -> None:
        self.store = store
        self._limits = limits
        # what lies under a key and an entity tag never changes, so each upload is read once; only the last tenant's are
        # kept, for a fleet's would fill the memory. Replaced and never changed: threads may share a log
        self._known: Mapping[LoggedUpload, Upload | ComparedUpload] = {}

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
            NoUploadsError: no upload with days could be read.
        """
        uploads, refused = self._read_all(tenant)
        if not any(isinstance(upload, Upload) for upload in uploads):
            reasons = "".join(f" {upload.reason}" for upload in refused[:3])
            raise NoUploadsError(
                f"{tenant} has no upload that can be read: add one with 'serp-radio upload {tenant} FILE'.{reasons}"
            )
        history = _folded(tenant, uploads)
        return replace(history, refused=(*refused, *history.refused))

    def add(
        self,
        tenant: Tenant,
        name: str,
        content: bytes,
        uploaded_at: dt.datetime,
        columns: Mapping[AnsweredRole, str] | None = None,
    ) -> Added:
        """Add a file to the log if it can be read and belongs to the tenant's series.

        The same bytes under the same name are kept once, and the name is kept as a safe one. `columns` says which
        column is which; the answer is kept with the file, and serves later files with the same header.

        Raises:
            ExportRefusedError: the file is refused; nothing is written.
            ColumnAnswerError: it has no such columns.
        """
        check_size(name, len(content), self._limits)
        # under the name that the log will know it by: read again, it must say the same
        kept_as, known = safe_name(name), column_answers(self.store, tenant)
        said = None
        if columns is not None:
            said = answer_about(open_tables(kept_as, content, self._limits), columns, uploaded_at)
        upload = self._read(kept_as, content, uploaded_at, (*known, said) if said else known)
        others, _ = self._read_all(tenant)
        if any(_is_same(other, upload) for other in others):
            return Added(upload, is_new=False)
        before, after = _folded(tenant, others), _folded(tenant, [*others, upload])
        _check_nothing_is_left_out(upload, before, after)
        if said is not None and not self._says_without_answer(upload, content, known):
            # first, for without it the file could not be read again
            add_column_answer(self.store, tenant, said)
        self.store.put(upload_key(tenant, name, upload.sha256, uploaded_at), content)
        changes = next((one.changes for one in after.restated if one.upload is upload), ())
        return Added(upload, is_new=True, changes=changes)

    def _says_without_answer(
        self, upload: Upload | ComparedUpload, content: bytes, known: Sequence[ColumnAnswer]
    ) -> bool:
        """Whether a file is read just so by the answers that are kept already."""
        try:
            return self._read(upload.name, content, upload.uploaded_at, known).export == upload.export
        except ExportRefusedError:
            return False

    def read(self, tenant: Tenant, stored: StoredObject) -> Upload | ComparedUpload:
        """Read one of a tenant's uploads by itself, as the history reads it.

        Raises:
            ExportRefusedError: it is refused.
            ObjectReplacedError, ObjectMissingError: it was replaced or removed since it was listed.
        """
        entry = logged_upload(stored)
        content = self._fetch(entry)
        if isinstance(content, ExportRefusedError):
            raise content
        return self._read(entry.name, content, entry.uploaded_at, column_answers(self.store, tenant))

    def _read_all(self, tenant: Tenant) -> tuple[list[Upload | ComparedUpload], list[RefusedUpload]]:
        for _ in range(LISTINGS):
            try:
                return self._read_listed(self.entries(tenant), column_answers(self.store, tenant))
            except (ObjectReplacedError, ObjectMissingError) as error:
                changed = error
        raise StoreError(f"{tenant}'s uploads keep changing while they are read: {changed}") from changed

    def _read_listed(
        self, entries: Sequence[LoggedUpload], answers: Sequence[ColumnAnswer]
    ) -> tuple[list[Upload | ComparedUpload], list[RefusedUpload]]:
        known, uploads = self._known, dict[LoggedUpload, Upload | ComparedUpload]()
        refused: list[RefusedUpload] = []
        for entry, content in self._contents(entries, known):
            try:
                if isinstance(content, ExportRefusedError):
                    raise content
                uploads[entry] = (
                    known[entry] if content is None else self._read(entry.name, content, entry.uploaded_at, answers)
                )
            except ExportRefusedError as error:
                refused.append(RefusedUpload(entry.name, str(error)))
        self._known = uploads
        return list(uploads.values()), refused

    def _contents(
        self, entries: Sequence[LoggedUpload], known: Container[LoggedUpload]
    ) -> Iterator[tuple[LoggedUpload, bytes | ExportRefusedError | None]]:
        """Yield each upload with its bytes, or None if known, in order; a few are fetched at once, no more are held."""
        at_once = self.store.parallel_reads

        def fetched(entry: LoggedUpload) -> bytes | ExportRefusedError | None:
            return None if entry in known else self._fetch(entry)

        with ThreadPoolExecutor(at_once) as pool:
            for start in range(0, len(entries), at_once):
                batch = entries[start : start + at_once]
                fetch = pool.map if len(batch) > 1 else map
                yield from zip(batch, fetch(fetched, batch), strict=True)

    def _fetch(self, entry: LoggedUpload) -> bytes | ExportRefusedError:
        try:
            check_size(entry.name, entry.size, self._limits)
            return self.store.get(entry.key, etag=entry.etag or None)
        except ExportRefusedError as error:
            return error
        except KeyRefusedError as error:
            # other hands can write keys into a bucket that no file system knows
            return ExportRefusedError(f"{shown(entry.name, 80)} can't be read: {error}")

    def _read(
        self, name: str, content: bytes, uploaded_at: dt.datetime, answers: Sequence[ColumnAnswer]
    ) -> Upload | ComparedUpload:
        # what is said later changes no file that was read before
        known = [answer for answer in answers if answer.said_at <= uploaded_at]
        export = read_upload(name, content, today=latest_day(uploaded_at), limits=self._limits, answers=known)
        sha256 = hashlib.sha256(content).hexdigest()
        if isinstance(export, Export):
            return Upload(name, uploaded_at, sha256, export)
        return ComparedUpload(name, uploaded_at, sha256, export)


def _is_same(one: Upload | ComparedUpload, other: Upload | ComparedUpload) -> bool:
    """Whether two uploads are the same bytes under the same name, and read alike: a new answer may read them anew."""
    if (one.sha256, one.name) != (other.sha256, other.name):
        return False
    if isinstance(one.export, Export) and isinstance(other.export, Export):
        return (one.export.rows, one.export.ranks) == (other.export.rows, other.export.ranks)
    return type(one.export) is type(other.export)


def _check_nothing_is_left_out(upload: Upload | ComparedUpload, before: History, after: History) -> None:
    """Refuse an upload that does not belong to the history, or with which another one would not.

    Raises:
        ExportRefusedError: see above.
    """
    # what was used stays used: a clock that was set back could put the new file first, and it would decide
    kept = (*after.used, *after.compared)
    left_out = [one for one in (upload, *before.used) if not any(used is one for used in kept)]
    if left_out:
        first = left_out[0]
        reason = next(refused.reason for refused in reversed(after.refused) if refused.name == first.name)
        raise ExportRefusedError(
            reason if first is upload else f"{shown(upload.name, 80)} was not added, for with it {reason}"
        )


def _folded(tenant: Tenant, uploads: Sequence[Upload | ComparedUpload]) -> History:
    with_days = [upload for upload in uploads if isinstance(upload, Upload)]
    return fold_uploads(tenant, with_days, [upload for upload in uploads if isinstance(upload, ComparedUpload)])


def latest_day(uploaded_at: dt.datetime) -> dt.date:
    """Return the last day that a file which came then can know: the day it was where Search Console counts days.

    The log alone decides, never today's clock.
    """
    return uploaded_at.astimezone(ZoneInfo(SEARCH_CONSOLE_TIMEZONE)).date()


def logged_upload(stored: StoredObject) -> LoggedUpload:
    """Return what a stored object's key says of an upload; one put there by other hands keeps its own name and time."""
    # a file system's bytes that are no text would break every sentence and record they enter
    name = stored.key.rsplit("/", 1)[-1].encode(errors="replace").decode()
    match = _LOGGED_NAME.fullmatch(name)
    try:
        uploaded_at = dt.datetime.strptime(match[1], UPLOAD_STAMP).replace(tzinfo=dt.UTC) if match else None
    except ValueError:
        uploaded_at = None  # shaped like one of ours, but no moment
    if match is None or uploaded_at is None:
        return LoggedUpload(stored.key, name, stored.size, stored.modified_at, stored.etag)
    return LoggedUpload(stored.key, match[2], stored.size, uploaded_at, stored.etag)
