"""The store in an S3 bucket, below a prefix. The client comes from outside: nothing here reads the environment."""

import contextlib
import datetime as dt
import hashlib
import random
import time
from collections.abc import Iterator
from typing import Any

from serp_radio_pipeline.storage.keys import is_artefact
from serp_radio_pipeline.storage.location import S3Encryption, S3Location
from serp_radio_pipeline.storage.s3_client import (
    ATTEMPTS,
    BROKEN_OFF,
    S3_ERRORS,
    is_denied,
    lost_its_reason,
    store_error,
)
from serp_radio_pipeline.storage.store import (
    KeyRefusedError,
    ObjectExistsError,
    ObjectMissingError,
    ObjectReplacedError,
    Receipt,
    StoredObject,
    StoreError,
    StoreUnavailableError,
    WriteConflictError,
    check_object_key,
    check_prefix,
    content_type_of,
)

ARTEFACT_TAG = "serp-radio=artefact"
"""On everything that can be made again; retention rules look for it, so that they never meet an upload."""

LINKED = "private, no-cache"
"""How browsers may keep what a link gives, asking before they use it again: S3 says which pages may read an object only
when a page asks to, and a copy kept from playing it would be refused to the page that then reads it.
"""

LONGEST_LINK = dt.timedelta(days=7)
"""The longest that a presigned URL can last, by the rules of signature version 4."""

LONGEST_KEY = 1024
"""Bytes of a key with its prefix, S3's own limit."""

_PAGE = 1000


class S3Store:
    """A store in `bucket` below `prefix`: each write is one PUT, seen whole or not at all.

    The client retries calls that fail; bodies that break off are fetched anew here. One store serves many threads.
    """

    parallel_reads = 8

    def __init__(
        self, client: Any, location: S3Location, *, encryption: S3Encryption | None = None, page_size: int = _PAGE
    ) -> None:
        self.client = client
        self.location = location
        self._encryption = (encryption or S3Encryption()).put_arguments()
        self._page_size = page_size

    def put(self, key: str, content: bytes) -> Receipt:
        """Write an object whole, replacing what was there, with its type and SHA-256, encrypted as configured.

        Raises:
            StoreError: S3 refused it or could not be reached, and what was there is still there; or S3 wrote it without
                the encryption that is configured.
        """
        return self._put(key, content)

    def create(self, key: str, content: bytes) -> Receipt:
        """Write an object whole where there is none; where exactly these bytes lie already, that counts as written.

        The server must know conditional writes, as AWS, Ceph and MinIO do.

        Raises:
            ObjectExistsError: there is another one.
            StoreError: as for `put`.
        """
        for attempt in range(ATTEMPTS):
            _wait(attempt)
            try:
                return self._put(key, content, IfNoneMatch="*")
            except ObjectReplacedError as error:
                # the client may have tried again after an answer that got lost: then it is ours
                if self.get(key) == content:
                    return self._receipt(key, content)
                raise ObjectExistsError(f"There is another {self.uri(key)} already.") from error
            except WriteConflictError as error:
                conflict = error
        raise conflict

    def _put(self, key: str, content: bytes, **conditions: str) -> Receipt:
        name = self._name(key)
        content = content if isinstance(content, bytes) else bytes(memoryview(content))  # a copy of a large one counts
        receipt = self._receipt(key, content)
        tag = {"Tagging": ARTEFACT_TAG} if is_artefact(key) else {}
        try:
            answer = self.client.put_object(
                Bucket=self.location.bucket,
                Key=name,
                Body=content,
                ContentType=receipt.content_type,
                Metadata={"sha256": receipt.sha256},
                **conditions,
                **tag,
                **self._encryption,
            )
        except S3_ERRORS as error:
            raise store_error(error, f"{self.uri(key)} can't be written") from error
        asked = self._encryption.get("ServerSideEncryption")
        if asked and answer.get("ServerSideEncryption") != asked:
            # some servers take the wish and ignore it
            raise StoreError(f"{self.uri(key)} was written, but this S3 server did not encrypt it with {asked}.")
        return receipt

    def _receipt(self, key: str, content: bytes) -> Receipt:
        return Receipt(self.uri(key), len(content), hashlib.sha256(content).hexdigest(), content_type_of(key))

    def get(self, key: str, *, etag: str | None = None) -> bytes:
        """Read an object, and check it against the SHA-256 it was written with, where it has one.

        Raises:
            ObjectMissingError: there is none.
            ObjectReplacedError: its entity tag is no longer `etag`.
            StoreError: S3 refused it, could not be reached, or sent other bytes than were written.
        """
        wanted = {"Bucket": self.location.bucket, "Key": self._name(key), **({"IfMatch": f'"{etag}"'} if etag else {})}
        failure: Exception | None = None
        for attempt in range(ATTEMPTS):
            _wait(attempt)
            try:
                answer = self.client.get_object(**wanted)
            except S3_ERRORS as error:
                if lost_its_reason(error):
                    failure = error
                    continue
                raise self._not_read(key, error) from error
            try:
                # the client retries until the body begins; this is the rest of it
                content: bytes = answer["Body"].read()
            except BROKEN_OFF as error:
                failure = error
                continue
            if answer.get("Metadata", {}).get("sha256") in (None, hashlib.sha256(content).hexdigest()):
                return content
            failure = None
        if failure is not None:
            raise store_error(failure, f"{self.uri(key)} can't be read") from failure
        raise StoreError(f"{self.uri(key)} does not have the SHA-256 it was written with: upload or make it again.")

    def exists(self, key: str) -> bool:
        """Whether there is an object under that key."""
        name = self._name(key)
        # not HEAD: its 404 says as much of a bucket that is not there
        found = self._call("looked up", key, MaxKeys=1, Prefix=name).get("Contents", ())
        return any(entry["Key"] == name for entry in found)

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """List the objects under a prefix, ordered by key; page by page, as they are taken.

        Raises:
            StoreError: a page could not be had; what came before it is not all there is.
        """
        for page in self._pages(prefix):
            for entry in page.get("Contents", ()):
                key = entry["Key"].removeprefix(self.location.prefix)
                if key and not key.endswith("/"):  # a console's "folder" is an empty object
                    yield StoredObject(
                        key, entry["Size"], entry["LastModified"].astimezone(dt.UTC), entry["ETag"].strip('"')
                    )

    def folders(self, prefix: str) -> tuple[str, ...]:
        """Return the names directly below a prefix that hold objects, ascending.

        Raises:
            StoreError: a page could not be had.
        """
        start = len(self.location.prefix) + len(prefix)
        found = (
            common["Prefix"][start:].removesuffix("/")
            for page in self._pages(prefix, Delimiter="/")
            for common in page.get("CommonPrefixes", ())
        )
        return tuple(sorted({name for name in found if name}))

    def uri(self, key: str) -> str:
        """Return the object's `s3://` URI."""
        return f"s3://{self.location.bucket}/{self._name(key)}"

    def presigned_url(self, key: str, expires: dt.timedelta) -> str:
        """Return a link that reads the object without credentials until it expires; whether it exists is not asked.

        Raises:
            StoreError: it would last under a second or over seven days, or there are no credentials to sign with.
        """
        if not dt.timedelta(seconds=1) <= expires <= LONGEST_LINK:
            raise StoreError(f"A link can last from one second to {LONGEST_LINK.days} days, not {expires}.")
        target = {"Bucket": self.location.bucket, "Key": self._name(key), "ResponseCacheControl": LINKED}
        try:
            url = self.client.generate_presigned_url(
                "get_object", Params=target, ExpiresIn=int(expires.total_seconds())
            )
        except S3_ERRORS as error:
            raise store_error(error, f"{self.uri(key)} can't be linked to") from error
        return str(url)

    def _not_read(self, key: str, error: Exception) -> StoreError:
        """Return why an object can't be read, or that there is none.

        S3 denies an absent object to whoever may list below a prefix only, as docs/security.md has it; a list tells.
        """
        if is_denied(error):
            with contextlib.suppress(StoreError):  # who may not list either is told of the denial
                if not self.exists(key):
                    return ObjectMissingError(f"{self.uri(key)} can't be read: there is no such object.")
        return store_error(error, f"{self.uri(key)} can't be read")

    def _pages(self, prefix: str, **more: Any) -> Iterator[Any]:
        check_prefix(prefix)
        token: dict[str, str] = {}
        while True:
            page = self._call(
                "listed", prefix, Prefix=self.location.prefix + prefix, MaxKeys=self._page_size, **token, **more
            )
            yield page
            if not page.get("IsTruncated"):
                return
            following = page.get("NextContinuationToken")
            if not following or {"ContinuationToken": following} == token:
                raise StoreUnavailableError(f"{self.location} can't be listed: S3 broke off within; run it again.")
            token = {"ContinuationToken": following}

    def _call(self, verb: str, key: str, **arguments: Any) -> Any:
        try:
            return self.client.list_objects_v2(Bucket=self.location.bucket, **arguments)
        except S3_ERRORS as error:
            raise store_error(error, f"{self.location}/{key} can't be {verb}") from error

    def _name(self, key: str) -> str:
        check_object_key(key)
        name = self.location.prefix + key
        try:
            length = len(name.encode())
        except UnicodeEncodeError as error:
            raise KeyRefusedError(f"{key!r:.120} can't be a key: it is no text.") from error
        if length > LONGEST_KEY:
            raise KeyRefusedError(f"{key!r:.120} is too long for a key: S3 allows {LONGEST_KEY} bytes.")
        return name


def _wait(attempt: int) -> None:
    """Sleep before another attempt, up to 0.5 s and doubling; at random, so that readers don't come back at once."""
    if attempt:
        time.sleep(random.random() * 0.25 * 2**attempt)  # noqa: S311 - spreads load, guards nothing
