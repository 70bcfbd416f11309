"""The store: bytes under keys, written whole or not at all. What the bytes mean is the codecs' business."""

import contextlib
import datetime as dt
import hashlib
import mimetypes
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from serp_radio_pipeline.errors import SerpRadioError

CONTENT_TYPES = {
    ".parquet": "application/vnd.apache.parquet",
    ".mid": "audio/midi",
    ".mp3": "audio/mpeg",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".yaml": "application/yaml",
    ".csv": "text/csv",
    ".html": "text/html; charset=utf-8",
    ".vtt": "text/vtt",
    ".md": "text/markdown; charset=utf-8",
    ".xml": "application/rss+xml; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}
_TEMPORARY = ".part-"
_ABANDONED_AFTER_S = 24 * 60 * 60


class StoreError(SerpRadioError):
    """The store could not read or write an object."""


class StoreUnavailableError(StoreError):
    """The store could not be reached, or was failing, for as long as was reasonable to try: later it may work."""


class KeyRefusedError(StoreError):
    """A key that no object of ours can have: it points outside, or nowhere."""


class ObjectMissingError(StoreError):
    """There is no object under a key."""


class WriteConflictError(StoreUnavailableError):
    """Somebody else was writing the same object at the same moment, for as long as was reasonable to try."""


class ObjectExistsError(StoreError):
    """There is an object under a key already, and it is another one."""


class ObjectReplacedError(StoreError):
    """The object under a key is another one than was listed."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as the store lists it: key, size in bytes, when it was last written (UTC), and its entity tag.

    The tag changes whenever the content is written anew; with the key it names one upload.
    """

    key: str
    size: int
    modified_at: dt.datetime
    etag: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was written where: the object's URI, size in bytes, SHA-256 (hex) and content type."""

    uri: str
    size: int
    sha256: str
    content_type: str


class Store(Protocol):
    """Bytes under keys. Keys are relative POSIX paths made by `storage.keys`; a prefix ends with `/`."""

    @property
    def parallel_reads(self) -> int:
        """How many objects are worth reading at once: 1 where reading waits for nothing."""

    def put(self, key: str, content: bytes) -> Receipt:
        """Write an object whole, replacing what was there."""

    def create(self, key: str, content: bytes) -> Receipt:
        """Write an object whole where there is none; of many who try at once, one succeeds.

        Where exactly these bytes lie already, that counts as written: an answer may get lost on its way.

        Raises:
            ObjectExistsError: there is another one.
        """

    def get(self, key: str, *, etag: str | None = None) -> bytes:
        """Read an object; with an entity tag, as `list` gave it, only while it is still that one.

        Raises:
            ObjectMissingError: there is none.
            ObjectReplacedError: its entity tag is no longer `etag`.
        """

    def exists(self, key: str) -> bool:
        """Whether there is an object under that key."""

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """List the objects under a prefix, ordered by key."""

    def folders(self, prefix: str) -> tuple[str, ...]:
        """Return the names directly below a prefix that hold objects, ascending."""

    def uri(self, key: str) -> str:
        """Return where an object lies, for people and programs outside."""


@runtime_checkable
class LinkingStore(Protocol):
    """A store whose objects others can open by a link for a while."""

    def presigned_url(self, key: str, expires: dt.timedelta) -> str:
        """Return a link that reads the object without credentials until it expires."""


def content_type_of(key: str) -> str:
    """Return the content type of a key, by its extension."""
    extension = os.path.splitext(key)[1].lower()  # noqa: PTH122 - a key, not a path of this machine
    return CONTENT_TYPES.get(extension) or mimetypes.guess_type(key)[0] or "application/octet-stream"


class LocalStore:
    """A store in a local folder: a temporary file and a rename make each write whole or nothing."""

    parallel_reads = 1

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    def put(self, key: str, content: bytes) -> Receipt:
        """Write an object whole, replacing what was there.

        Raises:
            StoreError: the folder can't be written, the disk is full, or the key points outside.
        """
        return self._write(key, content, Path.replace)

    def create(self, key: str, content: bytes) -> Receipt:
        """Write an object whole where there is none; where exactly these bytes lie already, that counts as written.

        Raises:
            ObjectExistsError: there is another one.
            StoreError: as for `put`, or the file system knows no hard links.
        """
        try:
            return self._write(key, content, _place_where_nothing_is)
        except ObjectExistsError:
            if self.get(key) == content:
                return self._receipt(key, content)
            raise

    def _write(self, key: str, content: bytes, place: Callable[[Path, Path], object]) -> Receipt:
        """Write into a temporary file, and `place` it under the object's name when it is whole."""
        path = self._object_path(key)
        temporary = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=_TEMPORARY, delete=False) as file:
                temporary = Path(file.name)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(0o644)
            _remove_abandoned(temporary)
            place(temporary, path)
        except OSError as error:
            raise StoreError(f"{path} can't be written: {error.strerror or error}.") from error
        finally:
            # gone after a rename; still there when anything failed, an interrupt too
            if temporary is not None:
                temporary.unlink(missing_ok=True)
        return self._receipt(key, content)

    def _receipt(self, key: str, content: bytes) -> Receipt:
        return Receipt(self.uri(key), len(content), hashlib.sha256(content).hexdigest(), content_type_of(key))

    def get(self, key: str, *, etag: str | None = None) -> bytes:
        """Read an object; with an entity tag, as `list` gave it, only while it is still that one.

        Raises:
            ObjectMissingError: there is none.
            ObjectReplacedError: its entity tag is no longer `etag`.
            StoreError: it can't be read.
        """
        path = self._object_path(key)
        try:
            with path.open("rb") as file:
                before = _etag(os.fstat(file.fileno()))
                content = file.read()
                # other hands write in place: what changed under our eyes is half old, half new
                after = _etag(os.fstat(file.fileno()))
        except FileNotFoundError as error:
            raise ObjectMissingError(f"There is no {key} in the store {self.folder}.") from error
        except OSError as error:
            raise StoreError(f"{path} can't be read: {error.strerror or error}.") from error
        if etag is not None and {before, after} != {etag}:
            raise ObjectReplacedError(f"{path} can't be read: it was replaced meanwhile.")
        return content

    def exists(self, key: str) -> bool:
        """Whether there is an object under that key."""
        try:
            return self._object_path(key).is_file()
        except OSError as error:
            raise StoreError(f"{key!r:.120} can't be looked up: {error.strerror or error}.") from error

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """List the objects under a prefix, ordered by key; writes in progress are not objects yet."""
        before_key = len(f"{self.folder.as_posix().rstrip('/')}/")  # `relative_to` costs more than the look at the file
        for path in sorted(_files_below(self._path(prefix)), key=Path.as_posix):
            try:
                status = path.stat()
            except FileNotFoundError:
                continue  # deleted while we were looking
            modified_at = dt.datetime.fromtimestamp(status.st_mtime, dt.UTC)
            key = path.as_posix()[before_key:]
            yield StoredObject(key, status.st_size, modified_at, _etag(status))

    def folders(self, prefix: str) -> tuple[str, ...]:
        """Return the names directly below a prefix that hold objects, ascending."""
        folder = self._path(prefix)
        below = folder.iterdir() if folder.is_dir() else ()
        return tuple(sorted(path.name for path in below if path.is_dir() and any(_files_below(path))))

    def uri(self, key: str) -> str:
        """Return the object's `file://` URI."""
        return self._object_path(key).as_uri()

    def path(self, key: str) -> Path:
        """Return where an object lies in the file system."""
        return self._object_path(key)

    def _object_path(self, key: str) -> Path:
        check_object_key(key)
        return self._path(key)

    def _path(self, key: str) -> Path:
        check_prefix(key)
        return self.folder / key


def check_object_key(key: str) -> None:
    """Refuse what can't be the key of an object in any store.

    Raises:
        KeyRefusedError: a part is empty, a dot, or the name of a write in progress; or `check_prefix` refuses it.
    """
    if any(part in ("", ".") or part.startswith(_TEMPORARY) for part in key.split("/")):
        raise KeyRefusedError(f"{key!r:.120} can't be the key of an object.")
    check_prefix(key)


def check_prefix(key: str) -> None:
    """Refuse a prefix that could leave the store.

    Raises:
        KeyRefusedError: it begins at the root, has a part `..` or a NUL, or is no text.
    """
    if "\0" in key or key.startswith("/") or ".." in key.split("/"):
        raise KeyRefusedError(f"{key!r:.120} points outside the store.")
    try:
        os.fsencode(key)
    except UnicodeEncodeError as error:
        raise KeyRefusedError(f"{key!r:.120} can't be the name of a file.") from error


def _place_where_nothing_is(temporary: Path, path: Path) -> None:
    """Give a file its name; unlike a rename, a link never takes the place of what is there."""
    try:
        os.link(temporary, path)
    except FileExistsError as error:
        raise ObjectExistsError(f"There is another {path} already.") from error


def _remove_abandoned(beside: Path) -> None:
    """Remove the writes in a folder that were begun a day before that file: a killed process can't clean up."""
    # the file system's own clock, which need not be this machine's
    earliest = beside.stat().st_mtime - _ABANDONED_AFTER_S
    for path in beside.parent.glob(f"{_TEMPORARY}*"):
        with contextlib.suppress(OSError):  # gone already, or not ours to remove: no reason not to write
            if path.stat().st_mtime < earliest:
                path.unlink()


def _etag(status: os.stat_result) -> str:
    return f"{status.st_mtime_ns:x}-{status.st_size:x}"


def _files_below(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(_TEMPORARY))
