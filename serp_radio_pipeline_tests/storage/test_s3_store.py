"""The store in S3, against moto: quick, and blind to credentials. The system tests use a real server."""

import datetime as dt
import hashlib
import io
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError
from botocore.parsers import ResponseParserError
from botocore.response import StreamingBody
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.storage.lifecycle import apply_lifecycle
from serp_radio_pipeline.storage.location import S3Location, open_store, parse_encryption
from serp_radio_pipeline.storage.s3_client import connect_s3
from serp_radio_pipeline.storage.s3_store import S3Store
from serp_radio_pipeline.storage.store import (
    KeyRefusedError,
    ObjectExistsError,
    ObjectMissingError,
    StoreError,
    StoreUnavailableError,
    WriteConflictError,
)
from serp_radio_pipeline_tests.storage.failing_clients import CREDENTIALS, Failing, answered, failing
from serp_radio_pipeline_tests.storage.test_store import keys

KEY = "tenants/acme/mp3/2026-03-22.mp3"
UPLOAD = "tenants/acme/uploads/2026-03-22.csv"
KEY = "tenants/acme/mp3/2026-03-22.mp3"

pytestmark = pytest.mark.usefixtures("no_waiting")


@given(keys, st.binary(max_size=300))
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_put_is_got_below_the_prefix_and_nowhere_else(client: Any, key: str, content: bytes) -> None:
    store = S3Store(client, S3Location("radio", "property/"))
    try:
        receipt = store.put(key, content)
        assert store.get(key) == content
        assert store.exists(key)
        assert receipt.uri == store.uri(key) == f"s3://radio/property/{key}"
        assert (receipt.size, receipt.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        assert [(stored.key, stored.size) for stored in store.list("")] == [(key, len(content))]
    finally:
        client.delete_object(Bucket="radio", Key=f"property/{key}")


@given(st.text(max_size=60))
@settings(deadline=None, max_examples=300)
def test_no_key_leaves_the_prefix(key: str) -> None:
    store = failing()
    try:
        uri = store.uri(key)
    except KeyRefusedError:
        return
    assert uri == f"s3://radio/sites/a/{key}"
    assert not {"", ".", ".."} & set(key.split("/"))
    assert "\0" not in key


@pytest.mark.parametrize(
    "key", ["", "/", "..", "../x", "a/../../x", "/etc", "a\0b", "a//b", "a/./b", "a/", "\ud800", "x" * 1020]
)
def test_a_key_that_points_outside_or_nowhere_never_reaches_s3(key: str) -> None:
    store = failing()
    uses = (
        store.get,
        store.exists,
        store.uri,
        lambda key: store.put(key, b"x"),
        lambda key: store.create(key, b"x"),
        lambda key: store.presigned_url(key, dt.timedelta(hours=1)),
    )
    for use in uses:
        with pytest.raises(KeyRefusedError):
            use(key)
    assert store.client.calls == 0


@pytest.mark.parametrize("prefix", ["../", "/", "a/../../"])
def test_nothing_outside_can_be_listed(prefix: str) -> None:
    for use in (lambda store: list(store.list(prefix)), lambda store: store.folders(prefix)):
        with pytest.raises(KeyRefusedError, match="points outside"):
            use(failing())


def test_an_object_has_its_type_its_hash_and_only_an_artefact_a_tag(store: S3Store) -> None:
    store.put(KEY, b"sound")
    store.put(UPLOAD, b"numbers")
    head = store.client.head_object(Bucket="radio", Key=f"sites/a/{KEY}")
    assert head["ContentType"] == "audio/mpeg"
    assert head["Metadata"] == {"sha256": hashlib.sha256(b"sound").hexdigest()}
    tags = {
        key: store.client.get_object_tagging(Bucket="radio", Key=f"sites/a/{key}")["TagSet"] for key in (KEY, UPLOAD)
    }
    assert tags == {KEY: [{"Key": "serp-radio", "Value": "artefact"}], UPLOAD: []}


@pytest.mark.parametrize(("asked", "key"), [("AES256", None), ("aws:kms", None), ("aws:kms:a-key", "a-key")])
def test_encryption_is_as_configured(store: S3Store, asked: str, key: str | None) -> None:
    S3Store(store.client, store.location, encryption=parse_encryption(asked)).put(KEY, b"sound")
    head = store.client.head_object(Bucket="radio", Key=f"sites/a/{KEY}")
    assert head["ServerSideEncryption"] == asked.removesuffix(":a-key")
    assert key is None or key in head["SSEKMSKeyId"]


def test_what_is_created_where_nothing_was_stays_whatever_else_is_created_there(store: S3Store) -> None:
    assert store.create(UPLOAD, b"first") == store.create(UPLOAD, b"first")
    with pytest.raises(ObjectExistsError, match="already"):
        store.create(UPLOAD, b"second")
    assert store.get(UPLOAD) == b"first"


def test_a_create_meets_others_that_write_at_the_same_moment(store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    write, conflicts = store.client.put_object, [answered("ConditionalRequestConflict", 409)] * 2

    def busy(**arguments: Any) -> Any:
        assert arguments["IfNoneMatch"] == "*"
        if conflicts:
            raise conflicts.pop()
        return write(**arguments)

    monkeypatch.setattr(store.client, "put_object", busy)
    store.create(UPLOAD, b"mine")
    assert (store.get(UPLOAD), conflicts) == (b"mine", [])
    monkeypatch.undo()
    with pytest.raises(WriteConflictError, match="others keep writing it at the same time"):
        failing(answered("ConditionalRequestConflict", 409)).create(UPLOAD, b"mine")


def test_a_server_that_ignores_encryption_is_found_out() -> None:
    client = Failing(put_object=dict)
    with pytest.raises(StoreError, match="did not encrypt it with AES256"):
        S3Store(client, S3Location("radio"), encryption=parse_encryption("AES256")).put(KEY, b"sound")


def test_a_list_is_in_the_order_of_keys_over_all_pages_and_leaves_out_a_consoles_folders(store: S3Store) -> None:
    for key in ("t/a/b.csv", "t/a-b.csv", "t/a.csv", "u/x.csv", "t/z.csv"):
        store.put(key, key.encode())
    store.client.put_object(Bucket="radio", Key="sites/a/t/new folder/", Body=b"")
    listed = list(store.list("t/"))
    assert [stored.key for stored in listed] == ["t/a-b.csv", "t/a.csv", "t/a/b.csv", "t/z.csv"]
    assert [stored.size for stored in listed] == [9, 7, 9, 7]
    assert all(stored.modified_at.tzinfo is dt.UTC for stored in listed)
    assert listed[0].etag == hashlib.md5(b"t/a-b.csv", usedforsecurity=False).hexdigest()
    assert list(store.list("nothing/")) == []


def test_folders_are_named_over_all_pages(store: S3Store) -> None:
    for name in ("e", "a", "c", "b", "d"):
        store.put(f"tenants/{name}/uploads/x.csv", b"x")
    store.put("tenants/readme", b"x")
    assert store.folders("tenants/") == ("a", "b", "c", "d", "e")
    assert store.folders("nothing/") == ()


def test_a_list_that_breaks_off_after_a_page_is_no_short_list(store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        store.put(f"tenants/{number}/uploads/{number}.csv", b"x")
    ask = store.client.list_objects_v2

    def ask_once(**arguments: Any) -> Any:
        if "ContinuationToken" in arguments:
            raise answered("InternalError", 500)
        return ask(**arguments)

    monkeypatch.setattr(store.client, "list_objects_v2", ask_once)
    found = []
    with pytest.raises(StoreUnavailableError, match="can't be listed"):
        found.extend(store.list("tenants/"))
    assert found == [] or len(found) == 2
    with pytest.raises(StoreUnavailableError, match="can't be listed"):
        store.folders("tenants/")


def test_a_page_that_says_there_is_more_but_not_where_is_no_end() -> None:
    with pytest.raises(StoreUnavailableError, match="broke off"):
        list(failing(list_objects_v2=lambda: {"IsTruncated": True}).list("t/"))


def test_an_object_that_is_not_there_is_missing_and_not_empty(store: S3Store) -> None:
    store.put(KEY + "x", b"its name begins alike")
    assert not store.exists(KEY)
    with pytest.raises(ObjectMissingError, match="no such object"):
        store.get(KEY)


def test_a_bucket_that_is_not_there_is_no_empty_store(client: Any) -> None:
    store = S3Store(client, S3Location("no-such-bucket"))
    uses = (
        lambda: store.get(KEY),
        lambda: store.exists(KEY),
        lambda: store.put(KEY, b"x"),
        lambda: list(store.list("tenants/")),
        lambda: store.folders("tenants/"),
        lambda: apply_lifecycle(store, 30),
    )
    for use in uses:
        with pytest.raises(StoreError, match="no such bucket; create it, or mend SERP_RADIO_STORE"):
            use()


def test_bytes_other_than_were_written_are_refused(store: S3Store) -> None:
    metadata = {"sha256": hashlib.sha256(b"what was meant").hexdigest()}
    store.client.put_object(Bucket="radio", Key=f"sites/a/{KEY}", Body=b"something else", Metadata=metadata)
    with pytest.raises(StoreError, match="does not have the SHA-256"):
        store.get(KEY)


def test_a_body_that_breaks_off_is_fetched_again() -> None:
    bodies = iter([(b"ha", 4), (b"half", 4)])

    def answer() -> Any:
        content, length = next(bodies)
        return {"Body": StreamingBody(io.BytesIO(content), length)}

    assert failing(get_object=answer).get(KEY) == b"half"


def test_a_body_that_always_breaks_off_is_unavailable() -> None:
    store = failing(get_object=lambda: {"Body": StreamingBody(io.BytesIO(b"ha"), 4)})
    with pytest.raises(StoreUnavailableError, match="could not be reached in 5 attempts"):
        store.get(KEY)
    assert store.client.calls == 5


@pytest.mark.parametrize(
    ("error", "sentence", "kind"),
    [
        (answered("NoSuchBucket", 404), "no such bucket", StoreError),
        (answered("AccessDenied", 403), r"access denied; ask for what docs/security\.md lists", StoreError),
        (answered("InvalidAccessKeyId", 403), "check AWS_ACCESS_KEY_ID", StoreError),
        (answered("SignatureDoesNotMatch", 403), "check AWS_ACCESS_KEY_ID", StoreError),
        (answered("RequestTimeTooSkewed", 403), "clock is wrong", StoreError),
        (answered("ExpiredToken"), "session has ended", StoreError),
        (answered("PermanentRedirect", 301), "set AWS_DEFAULT_REGION", StoreError),
        (answered("SlowDown", 503), "failing in all 5 attempts .SlowDown.; run it again later", StoreUnavailableError),
        (answered("Strange", 418), "S3 answered .*Strange", StoreError),
        (EndpointConnectionError(endpoint_url="http://x"), "could not be reached", StoreUnavailableError),
        (ResponseParserError("not XML"), "could not be reached", StoreUnavailableError),
        (NoCredentialsError(), "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", StoreError),
    ],
)
def test_a_failure_is_a_sentence_that_says_what_to_do(error: Exception, sentence: str, kind: type[StoreError]) -> None:
    store = failing(error)
    for use in (store.get, store.exists, lambda key: store.put(key, b"x"), lambda key: list(store.list("tenants/"))):
        with pytest.raises(kind, match=f"s3://radio/sites/a.* can't be .*: .*{sentence}") as caught:
            use(KEY)
        assert "\n" not in str(caught.value)
        assert type(caught.value) is kind


@pytest.mark.parametrize("there_is_one", [False, True])
def test_an_object_that_is_denied_is_missing_where_the_list_does_not_have_it(there_is_one: bool) -> None:
    def deny() -> Any:
        raise answered("AccessDenied", 403)

    listed = {"Contents": [{"Key": f"sites/a/{KEY}"}] if there_is_one else []}
    store = failing(get_object=deny, list_objects_v2=lambda: listed)
    expected, sentence = (StoreError, "access denied") if there_is_one else (ObjectMissingError, "no such object")
    with pytest.raises(expected, match=sentence) as caught:
        store.get(KEY)
    assert type(caught.value) is expected


def test_a_link_is_signed_for_one_object_and_a_time(store: S3Store) -> None:
    store = S3Store(connect_s3(**CREDENTIALS), store.location)
    url = store.presigned_url(KEY, dt.timedelta(hours=2))
    assert f"sites/a/{KEY}?" in url
    assert "X-Amz-Expires=7200" in url
    for wrong in (dt.timedelta(), dt.timedelta(days=7, seconds=1), dt.timedelta(seconds=-1)):
        with pytest.raises(StoreError, match="from one second to 7 days"):
            store.presigned_url(KEY, wrong)


def test_a_profile_that_is_not_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(StoreError, match=r"nobody.*see AWS_PROFILE"):
        open_store("s3://radio/x")


def test_an_endpoint_that_is_none_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "not a url")
    with pytest.raises(StoreError, match="see AWS_ENDPOINT_URL"):
        open_store("s3://radio/x")
