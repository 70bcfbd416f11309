"""Where a store lies: folders and buckets, and no prefix that a policy, a URL or a key would read in another way."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from serp_radio_pipeline.storage.location import (
    FolderLocation,
    LocationError,
    S3Encryption,
    S3Location,
    open_store,
    parse_encryption,
    parse_location,
)
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline_tests.storage.test_keys import BREAKOUTS, names

prefixes = st.one_of(
    names,
    st.lists(st.sampled_from([*BREAKOUTS, "$", "{", "}", "b-1"]), max_size=12).map("".join),
    st.lists(st.text(st.sampled_from("ab.-_/"), min_size=1), max_size=6).map("".join),
)


@given(prefixes)
@example("a/../b")
@example("a//b")
@example("*")
@example("${aws:username}")
@example("a/.hidden")
@example("/a")
@example("a//")
@example("a" * 201)
def test_a_prefix_is_plain_or_refused(prefix: str) -> None:
    try:
        location = parse_location(f"s3://radio/{prefix}")
    except LocationError:
        return
    assert isinstance(location, S3Location)
    assert location.prefix in ("", f"{prefix.removesuffix('/')}/")
    assert location.prefix.isascii()
    assert not set(location.prefix) & set("*?$%\\|\0\n {}:~")
    assert all(part and not part.startswith(".") for part in location.prefix.split("/")[:-1])
    assert parse_location(str(location)) == location


@given(st.one_of(names, st.text(st.sampled_from("ab.-_AB/@:"), max_size=70)))
@example("Radio")
@example("a..b")
@example("user@host")
@example("-ab")
def test_a_bucket_is_a_name_that_s3_allows_or_refused(bucket: str) -> None:
    try:
        location = parse_location(f"s3://{bucket}")
    except LocationError:
        return
    assert isinstance(location, S3Location)
    assert 3 <= len(location.bucket) <= 63
    assert not set(location.bucket) - set("abcdefghijklmnopqrstuvwxyz0123456789.-")
    assert ".." not in location.bucket


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("s3://radio", S3Location("radio")),
        ("s3://radio/", S3Location("radio")),
        ("s3://radio/sites", S3Location("radio", "sites/")),
        ("s3://radio.example/agency/2026/", S3Location("radio.example", "agency/2026/")),
        ("/data/radio", FolderLocation(Path("/data/radio"))),
        ("radio", FolderLocation(Path("radio").absolute())),
    ],
)
def test_a_location_is_a_folder_or_a_bucket(text: str, location: object) -> None:
    assert parse_location(text) == location


@pytest.mark.parametrize("text", ["ftp://host/folder", "file:///data", "gs://radio", "a\0b"])
def test_another_kind_of_location_is_refused(text: str) -> None:
    with pytest.raises(LocationError, match="must be a folder or s3://bucket/prefix"):
        parse_location(text)


def test_a_folder_is_opened_without_being_made(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "store"))
    assert isinstance(store, LocalStore)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "encryption"),
    [
        ("", S3Encryption()),
        ("AES256", S3Encryption("AES256")),
        ("aws:kms", S3Encryption("aws:kms")),
        ("aws:kms:alias/radio", S3Encryption("aws:kms", "alias/radio")),
        ("aws:kms:arn:aws:kms:eu-west-1:1:key/a-b", S3Encryption("aws:kms", "arn:aws:kms:eu-west-1:1:key/a-b")),
    ],
)
def test_encryption_is_none_s3s_own_or_a_keys(text: str, encryption: S3Encryption) -> None:
    assert parse_encryption(text) == encryption


@pytest.mark.parametrize("text", ["aes256", "kms", "aws:kms:", "aws:kms:a key", "aws:kms:a\n", "none"])
def test_an_encryption_that_s3_has_not_is_refused(text: str) -> None:
    with pytest.raises(LocationError, match="is no encryption of S3's"):
        parse_encryption(text)
