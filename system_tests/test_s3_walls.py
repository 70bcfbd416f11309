"""Two tenants with credentials of their own, under the policy that docs/security.md shows, on a real server."""

import datetime as dt
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from botocore.exceptions import ClientError

from serp_radio_pipeline.storage.store import ObjectMissingError, StoreError
from system_tests.conftest import PREFIX, Bucket, policy_for, serp_radio
from system_tests.s3_server import Credentials, S3Server
from system_tests.test_s3_store import EXPORT, SUNDAY

ACME = f"{PREFIX}tenants/acme/"
# a name that begins like the other's: a prefix without its '/' would let it in
RIVAL = f"{PREFIX}tenants/acme-2/"


@dataclass(frozen=True)
class Walled:
    """A bucket with one object of each kind for each tenant, the tenants' clients, and the operator's."""

    bucket: Bucket
    operator: Any
    operator_credentials: Credentials
    acme: Any
    acme_credentials: Credentials
    rival: Any

    def inside(self) -> dict[str, bytes]:
        """Every object there is, as the operator sees it."""
        client, name = self.operator, self.bucket.name
        found = client.list_objects_v2(Bucket=name, Prefix=PREFIX)["Contents"]
        return {f["Key"]: client.get_object(Bucket=name, Key=f["Key"])["Body"].read() for f in found}


@pytest.fixture(scope="module")
def walled(server: S3Server, owner: Credentials) -> Walled:
    bucket = Bucket(server, owner)
    users = {name: server.user(name) for name in ("acme", "acme-2")}
    operator = server.user("operator")
    policy = policy_for(bucket.name, operator.arn, {name: user.arn for name, user in users.items()})
    bucket.client.put_bucket_policy(Bucket=bucket.name, Policy=policy)
    for prefix in (ACME, RIVAL):
        for key in ("uploads/Chart.csv", "mp3/2026-03-22.mp3"):
            bucket.client.put_object(Bucket=bucket.name, Key=prefix + key, Body=(prefix + key).encode())
    acme, rival = (bucket.connect(users[name]) for name in ("acme", "acme-2"))
    return Walled(bucket, bucket.connect(operator), operator, acme, users["acme"], rival)


def refused(call: Callable[[], Any]) -> None:
    with pytest.raises(ClientError) as caught:
        call()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert caught.value.response["Error"]["Code"] in ("AccessDenied", "403")


def fetch(url: str, method: str = "GET", body: bytes | None = None) -> bytes:
    asked = urllib.request.Request(url, body, method=method)  # noqa: S310 - our own server
    with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
        content: bytes = answer.read()
        return content


def test_a_tenant_lists_and_reads_its_own_and_adds_uploads(walled: Walled) -> None:
    name = walled.bucket.name
    listed = walled.acme.list_objects_v2(Bucket=name, Prefix=ACME)["Contents"]
    assert [found["Key"] for found in listed] == [f"{ACME}mp3/2026-03-22.mp3", f"{ACME}uploads/Chart.csv"]
    for found in listed:
        assert walled.acme.get_object(Bucket=name, Key=found["Key"])["Body"].read() == found["Key"].encode()
    walled.acme.put_object(Bucket=name, Key=f"{ACME}uploads/new.csv", Body=b"new")
    assert walled.inside()[f"{ACME}uploads/new.csv"] == b"new"
    walled.bucket.client.delete_object(Bucket=name, Key=f"{ACME}uploads/new.csv")


def test_nothing_of_another_tenant_can_be_got_put_deleted_listed_or_linked(walled: Walled) -> None:
    before, name = walled.inside(), walled.bucket.name
    for client, other in ((walled.acme, RIVAL), (walled.rival, ACME)):
        for key in (f"{other}uploads/Chart.csv", f"{other}mp3/2026-03-22.mp3", f"{other}uploads/none.csv"):
            target = {"Bucket": name, "Key": key}
            refused(lambda c=client, t=target: c.get_object(**t))
            refused(lambda c=client, t=target: c.head_object(**t))
            refused(lambda c=client, t=target: c.put_object(**t, Body=b"mine now"))
            refused(lambda c=client, t=target: c.delete_object(**t))
            refused(lambda c=client, t=target, o=other: c.copy_object(**t, CopySource={"Bucket": name, "Key": o}))
            link = client.generate_presigned_url("get_object", Params=target, ExpiresIn=60)
            with pytest.raises(HTTPError, match="403"):
                fetch(link)
        for prefix in (other, other.removesuffix("/"), f"{PREFIX}tenants/", PREFIX, "", other + "uploads/"):
            refused(lambda c=client, p=prefix: c.list_objects_v2(Bucket=name, Prefix=p))
    assert walled.inside() == before


def test_no_way_round_by_the_shape_of_a_key(walled: Walled) -> None:
    before, name = walled.inside(), walled.bucket.name
    own = f"{ACME}uploads/"
    for detour in ("../../acme-2/uploads/Chart.csv", "%2e%2e/%2e%2e/acme-2/uploads/Chart.csv", "/../../acme-2/mp3/x"):
        key = own + detour
        with pytest.raises(ClientError):
            walled.acme.get_object(Bucket=name, Key=key)
        # such a key is at most an odd name below the tenant's own prefix
        walled.acme.put_object(Bucket=name, Key=key, Body=b"odd")
        walled.bucket.client.delete_object(Bucket=name, Key=key)
    assert walled.inside() == before


def test_a_tenant_writes_no_artefact_and_deletes_nothing_of_its_own_either(walled: Walled) -> None:
    before, name = walled.inside(), walled.bucket.name
    refused(lambda: walled.acme.put_object(Bucket=name, Key=f"{ACME}mp3/2026-03-22.mp3", Body=b"noise"))
    for key in ("rules/1-0f3a8c21d4e5.yaml", "rules/1.json", "corrections/20260407T100000.000000Z-5b1c.json"):
        refused(lambda key=key: walled.acme.put_object(Bucket=name, Key=ACME + key, Body=b"{}"))
    refused(lambda: walled.acme.delete_object(Bucket=name, Key=f"{ACME}uploads/Chart.csv"))
    refused(lambda: walled.acme.get_bucket_policy(Bucket=name))
    refused(lambda: walled.acme.put_bucket_policy(Bucket=name, Policy=policy_for(name, "x", {"acme": "x"})))
    refused(lambda: walled.acme.get_bucket_lifecycle_configuration(Bucket=name))
    assert walled.inside() == before


def test_a_tenants_own_link_opens_its_own_object_until_it_expires(walled: Walled) -> None:
    store = walled.bucket.store(walled.acme_credentials)
    key = "tenants/acme/mp3/2026-03-22.mp3"
    assert fetch(store.presigned_url(key, dt.timedelta(minutes=1))) == f"{PREFIX}{key}".encode()
    short = store.presigned_url(key, dt.timedelta(seconds=1))
    time.sleep(2.5)
    with pytest.raises(HTTPError, match="403"):
        fetch(short)


def test_a_link_that_was_changed_opens_nothing(walled: Walled) -> None:
    store = walled.bucket.store(walled.acme_credentials)
    link = store.presigned_url("tenants/acme/mp3/2026-03-22.mp3", dt.timedelta(minutes=1))
    changes = (("tenants/acme/", "tenants/acme-2/"), ("X-Amz-Expires=60", "X-Amz-Expires=600000"))
    for old, new in changes:
        assert old in link
        with pytest.raises(HTTPError, match="403"):
            fetch(link.replace(old, new))
    with pytest.raises(HTTPError, match="403"):
        fetch(link.split("?", maxsplit=1)[0])


def test_a_wrong_secret_and_an_unknown_key_are_sentences(walled: Walled) -> None:
    for wrong in (
        replace(walled.acme_credentials, secret_key="x" * 40),
        replace(walled.acme_credentials, access_key="NOBODY"),
    ):
        with pytest.raises(StoreError, match="check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"):
            walled.bucket.store(wrong).get("tenants/acme/mp3/2026-03-22.mp3")


def test_the_others_artefact_is_a_sentence_too(walled: Walled) -> None:
    store = walled.bucket.store(walled.acme_credentials)
    with pytest.raises(StoreError, match=r"can't be read: access denied; ask for what docs/security\.md lists"):
        store.get("tenants/acme-2/mp3/2026-03-22.mp3")


def test_what_is_not_there_is_missing_for_the_operator_and_denied_for_another_tenant(walled: Walled) -> None:
    key = "tenants/acme-2/served_uploads.json"
    with pytest.raises(ObjectMissingError):
        walled.bucket.store(walled.operator_credentials).get(key)
    with pytest.raises(StoreError, match="access denied"):
        walled.bucket.store(walled.acme_credentials).get(key)


def test_the_operator_reads_what_a_tenant_dropped_makes_its_episode_and_deletes_nothing(
    walled: Walled, tmp_path: Path
) -> None:
    name, key = walled.bucket.name, f"{ACME}uploads/dropped.csv"
    walled.acme.put_object(Bucket=name, Key=key, Body=EXPORT)
    environment = walled.bucket.environment(tmp_path / "home", who=walled.operator_credentials)
    serp_radio(environment, "sonify", "acme", "--date", SUNDAY, "--lookback", "4w")
    assert walled.inside()[key] == EXPORT
    link = serp_radio(environment, "link", "acme", SUNDAY).stdout.strip()
    episode = walled.acme.get_object(Bucket=name, Key=f"{ACME}mp3/{SUNDAY}.mp3")["Body"].read()
    assert fetch(link) == episode
    refused(lambda: walled.operator.delete_object(Bucket=name, Key=key))
    refused(lambda: walled.rival.get_object(Bucket=name, Key=f"{ACME}mp3/{SUNDAY}.mp3"))
