"""Where a store lies: a local folder or `s3://bucket/prefix`, parsed once, so that no strange prefix reaches a key."""

import re
from dataclasses import dataclass
from pathlib import Path

from serp_radio_pipeline.storage.store import LocalStore, Store, StoreError

S3_SCHEME = "s3://"
LONGEST_PREFIX = 200
"""Characters of a prefix: with the longest key behind it, it stays under S3's 1,024 bytes."""

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
# what policies and URLs give a meaning of its own ('*', '?', '$', '%') can't be part of a prefix
_PREFIX_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", re.ASCII)
_KMS_KEY = re.compile(r"[A-Za-z0-9:/_-]{1,2048}", re.ASCII)


class LocationError(StoreError):
    """A store's location or encryption that can't be used."""


@dataclass(frozen=True, slots=True)
class FolderLocation:
    """A folder of this machine, absolute."""

    folder: Path


@dataclass(frozen=True, slots=True)
class S3Location:
    """A bucket, and the prefix before every key in it: empty, or ending with `/`."""

    bucket: str
    prefix: str = ""

    def __str__(self) -> str:
        return f"{S3_SCHEME}{self.bucket}/{self.prefix}".rstrip("/")


@dataclass(frozen=True, slots=True)
class S3Encryption:
    """How S3 encrypts what is written: as the bucket does (empty), `AES256`, or `aws:kms` with a key's id or none."""

    algorithm: str = ""
    kms_key: str = ""

    def put_arguments(self) -> dict[str, str]:
        """Return the arguments of a PUT that ask for it."""
        named = {"ServerSideEncryption": self.algorithm, "SSEKMSKeyId": self.kms_key}
        return {name: value for name, value in named.items() if value}


def parse_location(text: str) -> FolderLocation | S3Location:
    """Return the location that a person wrote: a folder, or `s3://bucket` with an optional prefix.

    Raises:
        LocationError: another scheme, or a bucket or prefix that S3, a policy or a URL would read in another way.
    """
    if not text.lower().startswith(S3_SCHEME):
        if "://" in text or "\0" in text:
            raise LocationError(f"{text!r:.120} must be a folder or s3://bucket/prefix.")
        return FolderLocation(Path(text).absolute())
    bucket, _, prefix = text[len(S3_SCHEME) :].partition("/")
    if not _BUCKET.fullmatch(bucket) or ".." in bucket:
        raise LocationError(
            f"{bucket!r:.80} is not a bucket's name: 3 to 63 lower-case letters, digits, dots, hyphens."
        )
    prefix = prefix.removesuffix("/")
    if not prefix:
        return S3Location(bucket)
    if len(prefix) > LONGEST_PREFIX or not all(_PREFIX_PART.fullmatch(part) for part in prefix.split("/")):
        raise LocationError(
            f"{prefix!r:.80} can't be a prefix in a bucket: use up to {LONGEST_PREFIX} letters, digits, '.', '_', '-', "
            "with single '/' between them, no part beginning with a dot."
        )
    return S3Location(bucket, f"{prefix}/")


def parse_encryption(text: str) -> S3Encryption:
    """Return the encryption that a person wrote: nothing, `AES256`, `aws:kms` or `aws:kms:KEY`.

    Raises:
        LocationError: it is none of these.
    """
    if text in ("", "AES256", "aws:kms"):
        return S3Encryption(text)
    key = text.removeprefix("aws:kms:")
    if key == text or not _KMS_KEY.fullmatch(key):
        raise LocationError(
            f"{text!r:.80} is no encryption of S3's: use AES256, aws:kms or aws:kms:KEY, or leave it empty."
        )
    return S3Encryption("aws:kms", key)


def open_store(url: str, *, encryption: str = "") -> Store:
    """Return the store at a folder or `s3://bucket/prefix`, with credentials and endpoint the usual AWS ways.

    Nothing is written or asked for yet.

    Raises:
        StoreError: the location can't be used, or the AWS configuration is no good.
    """
    match parse_location(url):
        case FolderLocation(folder):
            return LocalStore(folder)
        case S3Location() as location:
            # boto3 takes 0.3 s to import: not where it isn't needed
            from serp_radio_pipeline.storage.s3_client import connect_s3  # noqa: PLC0415
            from serp_radio_pipeline.storage.s3_store import S3Store  # noqa: PLC0415

            return S3Store(connect_s3(), location, encryption=parse_encryption(encryption))
