"""A real Dagster daemon over a real store: files are dropped, episodes come out, and nobody presses a button."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.error import HTTPError

import dagster as dg
import pytest

from serp_radio_pipeline.defs.instance import available_cores, open_instance
from serp_radio_pipeline.defs.jobs import STAGES
from serp_radio_pipeline.defs.partitions import TENANTS
from serp_radio_pipeline.storage.codecs import CODECS
from serp_radio_pipeline.storage.served_uploads import ServedUploads
from serp_radio_pipeline.tenant import Tenant
from system_tests.conftest import PREFIX, Bucket, policy_for
from system_tests.s3_server import Credentials, S3Server
from system_tests.station import LAST_DAY, Station, export_until
from system_tests.test_s3_walls import fetch, refused

BROKEN = b"PK\x03\x04 not a zip"
Span = tuple[str, float, float]
"""A run: its tenant, and when it began and ended."""


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = Station.on_this_machine(tmp_path)
    yield station
    station.stop()


def test_dropped_files_become_episodes_and_a_broken_one_is_its_own_tenants_trouble(station: Station) -> None:
    station.start()
    store = station.store
    store.put("tenants/broken/uploads/broken.zip", BROKEN)
    store.put("tenants/Bad Name/uploads/x.csv", b"x")
    store.put("tenants/my-company/uploads/Chart.csv", export_until(LAST_DAY))
    station.wait_for("the first episode", lambda: store.exists(f"tenants/my-company/mp3/{LAST_DAY}.mp3"))

    next_day = LAST_DAY + dt.timedelta(days=1)
    store.put("tenants/my-company/uploads/Chart.csv", export_until(next_day))  # under the same name
    station.wait_for("the episode of the new version", lambda: store.exists(f"tenants/my-company/mp3/{next_day}.mp3"))
    station.wait_for_runs(2)
    with open_instance(station.home) as instance:
        assert sorted(instance.get_dynamic_partitions(TENANTS)) == ["broken", "my-company"]
    # the tick after the last run request has written it down
    ledger = ServedUploads(store)
    station.wait_for("the ledger", lambda: len(ledger.of(Tenant("my-company"))) == 2)
    assert len(ledger.of(Tenant("broken"))) == 1
    assert [one.dagster_run.tags["serp_radio/uploads"] for one in station.run_records()] == ["1", "1"]
    assert "broken.zip" in station.said()
    assert "'Bad Name' is not a tenant name" in station.said()


def test_on_s3_each_tenant_gets_its_own_episode_and_nothing_of_another(
    server: S3Server, bucket: Bucket, tmp_path: Path
) -> None:
    users = {name: server.user(f"station-{name}") for name in ("north", "south", "broken")}
    operator = server.user("station-operator")
    policy = policy_for(bucket.name, operator.arn, {name: user.arn for name, user in users.items()})
    bucket.client.put_bucket_policy(Bucket=bucket.name, Policy=policy)
    station = Station(tmp_path, bucket.environment(tmp_path / "home", who=operator), bucket.store(operator))
    drop(bucket, users["broken"], "broken", "broken.zip", BROKEN)
    for name in ("north", "south"):
        drop(bucket, users[name], name, "Chart.csv", export_until(LAST_DAY))
    try:
        station.start()
        station.wait_for_runs(2)
        ledger = ServedUploads(station.store)
        station.wait_for("the ledgers", lambda: all(len(ledger.of(Tenant(name))) == 1 for name in users))
        assert "broken.zip" in station.said()
    finally:
        station.stop()

    made = {stored.key for stored in station.store.list("tenants/")}
    extensions = [(stage, CODECS[stage].extension) for stage in STAGES]
    extensions += [("episode", beside) for beside in ("json", "md", "png", "svg", "vtt")]
    extensions += [(folder, extension) for folder in ("card", "piano_roll") for extension in ("png", "svg")]
    episodes = {f"tenants/{name}/{stage}/{LAST_DAY}.{end}" for name in ("north", "south") for stage, end in extensions}
    episodes |= {
        f"tenants/{name}/{also}"
        for name in ("north", "south")
        for also in ("feed.xml", "cover.png", "index.html", "episodes.json", f"first_editions/{LAST_DAY}.json")
    }
    uploads = {f"tenants/{name}/uploads/Chart.csv" for name in ("north", "south")} | {
        "tenants/broken/uploads/broken.zip"
    }
    assert made == episodes | uploads | {f"tenants/{name}/served_uploads.json" for name in users}
    for name, other in (("north", "south"), ("south", "north"), ("broken", "north")):
        hears_only_its_own(bucket, station, users[name], name, other)
    assert made == {stored.key for stored in station.store.list("tenants/")}


def drop(bucket: Bucket, who: Credentials, tenant: str, name: str, content: bytes) -> None:
    """Put an upload as a tenant does that has credentials of its own, with any S3 client."""
    key = f"{PREFIX}tenants/{tenant}/uploads/{name}"
    bucket.connect(who).put_object(Bucket=bucket.name, Key=key, Body=content)


def hears_only_its_own(bucket: Bucket, station: Station, who: Credentials, tenant: str, other: str) -> None:
    """Try every way to an episode with a tenant's own keys: to its own, if it has one, and to another's."""
    client = bucket.connect(who)
    key = f"tenants/{tenant}/mp3/{LAST_DAY}.mp3"
    if station.store.exists(key):
        mine = {"Bucket": bucket.name, "Key": PREFIX + key}
        episode = station.store.get(key)
        assert client.get_object(**mine)["Body"].read() == episode
        assert fetch(client.generate_presigned_url("get_object", Params=mine, ExpiresIn=60)) == episode
    theirs = {"Bucket": bucket.name, "Key": f"{PREFIX}tenants/{other}/mp3/{LAST_DAY}.mp3"}
    refused(lambda: client.get_object(**theirs))
    refused(lambda: client.head_object(**theirs))
    refused(lambda: client.put_object(**theirs, Body=b"mine now"))
    refused(lambda: client.delete_object(**theirs))
    refused(lambda: client.list_objects_v2(Bucket=bucket.name, Prefix=f"{PREFIX}tenants/{other}/"))
    for call, method, body in (("get_object", "GET", None), ("put_object", "PUT", b"mine now")):
        link = client.generate_presigned_url(call, Params=theirs, ExpiresIn=60)
        with pytest.raises(HTTPError, match="403"):
            fetch(link, method, body)


def test_runs_wait_for_their_tenant_and_for_a_core_and_each_upload_is_served_once(station: Station) -> None:
    tenants, days = ("east", "north", "west"), [LAST_DAY - dt.timedelta(days=back) for back in range(3)]
    for tenant in tenants:
        for day in days:
            station.store.put(f"tenants/{tenant}/uploads/{day}.csv", export_until(day))
    station.start()
    station.wait_for_runs(len(tenants) * len(days))

    records = station.run_records()
    made = Counter((tag(record, "tenant"), tag(record, "date")) for record in records)
    assert made == Counter((tenant, day.isoformat()) for tenant in tenants for day in days)
    spans = [span_of(record) for record in records]
    # all were asked for before the first ended, so nothing but the queue held any back
    assert max(record.create_timestamp.timestamp() for record in records) < min(end for _, _, end in spans)
    assert {tenant: most_at_once([span for span in spans if span[0] == tenant]) for tenant in tenants} == dict.fromkeys(
        tenants, 1
    )
    assert most_at_once(spans) <= available_cores()
    ledger = ServedUploads(station.store)
    station.wait_for("the ledgers", lambda: all(len(ledger.of(Tenant(tenant))) == len(days) for tenant in tenants))
    assert len(station.run_records()) == len(records)


def tag(record: dg.RunRecord, dimension: str) -> str:
    return record.dagster_run.tags[f"dagster/partition/{dimension}"]


def span_of(record: dg.RunRecord) -> Span:
    assert record.start_time is not None
    assert record.end_time is not None
    return tag(record, "tenant"), record.start_time, record.end_time


def most_at_once(spans: Sequence[Span]) -> int:
    """Return how many ran at the same time at the busiest moment; one may begin when another ends."""
    return max(sum(begin <= moment < end for _, begin, end in spans) for _, moment, _ in spans)
