"""The store on a real server: what is written can be read back with all that belongs to it, and whole episodes too."""

import datetime as dt
import hashlib
import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dagster as dg
import pytest

from serp_radio_pipeline.defs.instance import open_instance
from serp_radio_pipeline.defs.jobs import STAGES
from serp_radio_pipeline.ingest.demo_series import HARD_SETS, demo_series, generate_export_csv
from serp_radio_pipeline.ingest.export import ReadingLimits
from serp_radio_pipeline.storage.codecs import CODECS
from serp_radio_pipeline.storage.lifecycle import lifecycle_rules
from serp_radio_pipeline.storage.location import S3Location, parse_encryption
from serp_radio_pipeline.storage.s3_store import S3Store
from serp_radio_pipeline.storage.store import LocalStore, ObjectExistsError, ObjectMissingError, Store, StoreError
from serp_radio_pipeline.storage.upload_log import UploadLog
from serp_radio_pipeline.tenant import Tenant
from system_tests.conftest import PREFIX, Bucket, serp_radio
from system_tests.s3_server import KMS_KEY

TENANT = Tenant("my-company")
SUNDAY = dt.date(2026, 3, 22)
UPLOADED_AT = dt.datetime(2026, 3, 25, 9, tzinfo=dt.UTC)
EXPORT = generate_export_csv(demo_series(HARD_SETS["small and steady"], SUNDAY))


def upload_to(store: Store) -> None:
    UploadLog(store, ReadingLimits()).add(TENANT, "Chart.csv", EXPORT, UPLOADED_AT)


def everything_in(store: Store) -> dict[str, bytes]:
    return {stored.key: store.get(stored.key) for stored in store.list("")}


@pytest.mark.parametrize("size", [0, 1, 70_000, 9_000_000])
def test_an_artefact_comes_back_with_its_type_hash_tag_and_entity_tag(bucket: Bucket, size: int) -> None:
    store, key, content = bucket.store(), "tenants/my-company/mp3/2026-03-22.mp3", b"\xff\xfb\x90" * (size // 3)
    receipt = store.put(key, content)
    assert store.get(key) == content
    head = bucket.client.head_object(Bucket=bucket.name, Key=PREFIX + key)
    assert head["ContentType"] == receipt.content_type == "audio/mpeg"
    assert head["Metadata"]["sha256"] == receipt.sha256 == hashlib.sha256(content).hexdigest()
    (listed,) = store.list("tenants/")
    assert (listed.key, listed.size) == (key, len(content))
    assert store.get(key, etag=listed.etag) == content
    tags = bucket.client.get_object_tagging(Bucket=bucket.name, Key=PREFIX + key)["TagSet"]
    assert tags == [{"Key": "serp-radio", "Value": "artefact"}]
    with pytest.raises(ObjectMissingError):
        store.get("tenants/my-company/mp3/2026-03-23.mp3")


def test_an_object_is_encrypted_as_configured(bucket: Bucket) -> None:
    key = "tenants/my-company/midi/2026-03-22.mid"
    encryption = parse_encryption(f"aws:kms:{KMS_KEY}")
    store = S3Store(bucket.client, S3Location(bucket.name, PREFIX), encryption=encryption)
    store.put(key, b"MThd")
    head = bucket.client.head_object(Bucket=bucket.name, Key=PREFIX + key)
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", KMS_KEY)
    assert store.get(key) == b"MThd"
    other = S3Store(bucket.client, S3Location(bucket.name, PREFIX), encryption=parse_encryption("aws:kms:nobodys"))
    with pytest.raises(StoreError, match="can't be written"):
        other.put(key, b"other")
    assert store.get(key) == b"MThd"


def test_a_server_that_cannot_encrypt_as_asked_does_not_pass_for_one_that_can(bucket: Bucket) -> None:
    # without a key management of its own, the gateway ignores AES256 or refuses it, by its version
    store = S3Store(bucket.client, S3Location(bucket.name, PREFIX), encryption=parse_encryption("AES256"))
    with pytest.raises(StoreError, match=r"did not encrypt it with AES256|can't be written"):
        store.put("tenants/my-company/midi/2026-03-22.mid", b"MThd")


def test_one_store_serves_many_threads(bucket: Bucket) -> None:
    store = bucket.store()
    contents = {f"tenants/my-company/uploads/{number:02}.txt": b"%d" % number * 5000 for number in range(32)}
    with ThreadPoolExecutor(16) as pool:
        receipts = list(pool.map(lambda item: store.put(*item), contents.items()))
        assert list(pool.map(store.get, contents)) == list(contents.values())
    assert [receipt.uri for receipt in receipts] == [store.uri(key) for key in contents]
    assert [stored.key for stored in store.list("tenants/")] == sorted(contents)


def test_of_many_who_create_an_object_at_once_one_succeeds(bucket: Bucket) -> None:
    store, key = bucket.store(), "tenants/my-company/rules/1.json"

    def create(number: int) -> bytes | None:
        content = b'{"version": 1, "who": %d}' % number
        try:
            store.create(key, content)
        except ObjectExistsError:
            return None
        return content

    with ThreadPoolExecutor(16) as pool:
        (winner,) = (content for content in pool.map(create, range(32)) if content is not None)
    assert store.get(key) == winner
    store.create(key, winner)
    tags = bucket.client.get_object_tagging(Bucket=bucket.name, Key=PREFIX + key)["TagSet"]
    assert tags == []


def test_rules_and_corrections_live_in_s3_as_in_a_folder(bucket: Bucket, tmp_path: Path) -> None:
    environment = bucket.environment(tmp_path / "home")
    upload_to(bucket.store())
    shown = serp_radio(environment, "rules", "show", TENANT).stdout
    (tmp_path / "mine.yaml").write_text(shown + "# ours\n", encoding="utf-8")
    said = serp_radio(environment, "rules", "put", TENANT, tmp_path / "mine.yaml").stdout
    assert "saved as version 1" in said
    assert serp_radio(environment, "rules", "show", TENANT).stdout == shown + "# ours\n"
    late = serp_radio(environment, "rules", "put", TENANT, tmp_path / "mine.yaml", "--based-on", 0, code=1)
    assert "Somebody saved version 1" in late.stderr
    serp_radio(environment, "label", TENANT, "2026-W11", "MOMENTUM_NEG", "--note", "holiday")
    assert "holiday" in serp_radio(environment, "label", TENANT).stdout


def test_a_clock_that_is_wrong_is_a_sentence(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    late = dt.datetime.now(dt.UTC) - dt.timedelta(hours=2)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: late.replace(tzinfo=None))
    with pytest.raises(StoreError, match="this machine's clock is wrong by more than S3 allows"):
        bucket.store().get("tenants/my-company/mp3/2026-03-22.mp3")


def test_keys_of_every_shape_come_back_from_lists_in_order(bucket: Bucket) -> None:
    names = ["Größe + 50%.csv", "a b&c=d.csv", "图表 (1).csv", "a?b#c.csv", "~*'.csv", "%2e%2e.csv", "<&>.csv"]
    store = bucket.store(page_size=3)
    for name in names:
        store.put(f"tenants/my-company/uploads/{name}", name.encode())
    listed = [stored.key for stored in store.list("tenants/my-company/uploads/")]
    assert listed == sorted(f"tenants/my-company/uploads/{name}" for name in names)
    for key in listed:
        assert store.get(key) == key.rsplit("/", 1)[-1].encode()
        assert store.exists(key)


def test_sonify_on_s3_makes_the_same_bytes_as_in_a_folder(bucket: Bucket, tmp_path: Path) -> None:
    remote, local = bucket.store(), LocalStore(tmp_path / "store")
    at_s3 = bucket.environment(tmp_path / "home")
    at_home = {**at_s3, "SERP_RADIO_STORE": str(local.folder), "DAGSTER_HOME": str(tmp_path / "home of the folder")}
    for store, environment in ((remote, at_s3), (local, at_home)):
        upload_to(store)
        said = serp_radio(environment, "sonify", TENANT, "--date", SUNDAY, "--lookback", "4w").stdout
        place = local.path if store is local else remote.uri
        assert str(place(f"tenants/{TENANT}/mp3/{SUNDAY}.mp3")) in said
    made, made_in_folder = everything_in(remote), everything_in(local)
    assert made.keys() == made_in_folder.keys()
    assert [key for key in made if made[key] != made_in_folder[key]] == []
    assert {key.split("/")[2] for key in made} == {
        *(*STAGES, "card", "piano_roll", "uploads", "first_editions"),
        *("feed.xml", "cover.png", "index.html", "episodes.json"),
    }
    with open_instance(tmp_path / "home") as instance:
        for asset in STAGES:
            event = instance.get_latest_materialization_event(dg.AssetKey(asset))
            assert event is not None
            assert event.asset_materialization is not None
            uri = event.asset_materialization.metadata["uri"].value
            assert uri == f"s3://{bucket.name}/{PREFIX}tenants/{TENANT}/{asset}/{SUNDAY}.{CODECS[asset].extension}"


def test_a_link_opens_the_episode_and_only_what_is_there_can_be_linked(bucket: Bucket, tmp_path: Path) -> None:
    environment = bucket.environment(tmp_path / "home")
    bucket.store().put(f"tenants/{TENANT}/mp3/{SUNDAY}.mp3", b"sound")
    link = serp_radio(environment, "link", TENANT, SUNDAY, "--expires", "5m").stdout.strip()
    with urllib.request.urlopen(link, timeout=10) as answer:  # noqa: S310 - our own server
        assert answer.read() == b"sound"
        assert answer.headers["Content-Type"] == "audio/mpeg"
    missing = serp_radio(environment, "link", TENANT, SUNDAY, "--kind", "midi", code=1)
    assert "has no midi of 2026-03-22 yet: make it with" in missing.stderr
    too_long = serp_radio(environment, "link", TENANT, SUNDAY, "--expires", "8d", code=1)
    assert "from one second to 7 days" in too_long.stderr
    assert list(bucket.store().list("")) != []


def test_the_lifecycle_is_printed_and_with_apply_it_is_the_buckets(bucket: Bucket, tmp_path: Path) -> None:
    environment = bucket.environment(tmp_path / "home")
    printed = json.loads(serp_radio(environment, "store", "lifecycle", "--days", 100).stdout)
    assert printed == {"Rules": [dict(rule) for rule in lifecycle_rules(PREFIX, 100)]}
    with pytest.raises(bucket.client.exceptions.ClientError, match="NoSuchLifecycleConfiguration"):
        bucket.client.get_bucket_lifecycle_configuration(Bucket=bucket.name)
    other = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 9}}
    bucket.client.put_bucket_lifecycle_configuration(Bucket=bucket.name, LifecycleConfiguration={"Rules": [other]})
    for _ in range(2):
        serp_radio(environment, "store", "lifecycle", "--days", 100, "--apply")
    rules = {r["ID"]: r for r in bucket.client.get_bucket_lifecycle_configuration(Bucket=bucket.name)["Rules"]}
    assert rules.keys() == {"theirs", f"serp-radio artefacts {PREFIX}", f"serp-radio parts {PREFIX}"}
    artefacts = rules[f"serp-radio artefacts {PREFIX}"]
    assert artefacts["Expiration"] == {"Days": 100}
    assert artefacts["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert "'Value': 'artefact'" in str(artefacts["Filter"])
    assert rules[f"serp-radio parts {PREFIX}"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}


def test_a_bucket_that_is_not_there_is_a_sentence_from_every_command(bucket: Bucket, tmp_path: Path) -> None:
    environment = {**bucket.environment(tmp_path / "home"), "SERP_RADIO_STORE": "s3://no-such-bucket/sites"}
    (tmp_path / "Chart.csv").write_bytes(EXPORT)
    for words in (
        ("upload", TENANT, tmp_path / "Chart.csv"),
        ("sonify", TENANT),
        ("tenants",),
        ("link", TENANT, SUNDAY),
        ("store", "lifecycle", "--apply"),
    ):
        said = serp_radio(environment, *words, code=1).stderr
        assert "there is no such bucket; create it, or mend SERP_RADIO_STORE." in said
        assert len(said.strip().splitlines()) == 1


def test_doctor_says_whether_the_bucket_can_be_used(bucket: Bucket, tmp_path: Path) -> None:
    environment = bucket.environment(tmp_path / "home")
    upload_to(bucket.store())
    assert f"ok    store: {bucket.url.rstrip('/')}, 1 tenant\n" in serp_radio(environment, "doctor").stdout
    missing = serp_radio({**environment, "SERP_RADIO_STORE": "s3://no-such-bucket"}, "doctor", code=1)
    assert "FAIL  store: s3://no-such-bucket/tenants/ can't be listed: there is no such bucket" in missing.stdout
