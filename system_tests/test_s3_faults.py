"""What S3 does on a bad day: refuses, is slow, fails one call in five, breaks off. No upload is ever lost by it."""

import datetime as dt
import hashlib
import time
from pathlib import Path

import pytest

from serp_radio_pipeline.ingest.export import ReadingLimits
from serp_radio_pipeline.storage.s3_store import S3Store
from serp_radio_pipeline.storage.store import LocalStore, StoreError, StoreUnavailableError
from serp_radio_pipeline.storage.upload_log import UploadLog
from system_tests.conftest import Bucket, serp_radio
from system_tests.faults import Call, Fault, FaultyProxy
from system_tests.s3_server import free_ports
from system_tests.test_s3_store import EXPORT, SUNDAY, TENANT, UPLOADED_AT, everything_in, upload_to

UPLOAD = f"tenants/{TENANT}/uploads/Chart.csv"
REVISED = EXPORT + b"\n2026-03-23,7,700,1%,5"
KINDS = (Fault(status=503), Fault(hang_up=True), Fault(status=500), Fault(cut=True))


def one_in_five(call: Call) -> Fault | None:
    return KINDS[call.number // 5 % len(KINDS)] if call.number % 5 == 2 else None


def test_an_episode_is_made_while_one_call_in_five_fails(bucket: Bucket, tmp_path: Path) -> None:
    local = LocalStore(tmp_path / "store")
    upload_to(bucket.store())
    upload_to(local)
    words = ("sonify", TENANT, "--date", SUNDAY, "--lookback", "4w")
    with FaultyProxy(bucket.server.endpoint, one_in_five) as proxy:
        serp_radio(bucket.environment(tmp_path / "home", proxy.endpoint), *words)
        assert proxy.faults >= 3
        assert proxy.faults / proxy.calls > 0.15
    at_home = {**bucket.environment(tmp_path / "other home"), "SERP_RADIO_STORE": str(local.folder)}
    serp_radio(at_home, *words)
    assert everything_in(bucket.store()) == everything_in(local)


@pytest.mark.parametrize("kind", KINDS, ids=["503", "hang-up", "500", "cut"])
def test_many_calls_one_in_five_failing_are_all_right_in_the_end(bucket: Bucket, kind: Fault) -> None:
    with FaultyProxy(bucket.server.endpoint, lambda call: kind if call.number % 5 == 0 else None) as proxy:
        store = bucket.store(endpoint=proxy.endpoint, page_size=4)
        for number in range(12):
            store.put(f"tenants/{TENANT}/uploads/{number:02}.txt", b"%d" % number * 1000)
        listed = [stored.key for stored in store.list("tenants/")]
        assert [store.get(key) for key in listed] == [b"%d" % number * 1000 for number in range(12)]
        assert proxy.faults > 5


def test_s3_that_refuses_is_a_sentence_and_changes_nothing(bucket: Bucket, tmp_path: Path) -> None:
    upload_to(bucket.store())
    before = everything_in(bucket.store())
    (port,) = free_ports(1)
    began = time.monotonic()
    environment = bucket.environment(tmp_path / "home", f"http://127.0.0.1:{port}")
    said = serp_radio(environment, "sonify", TENANT, "--date", SUNDAY, code=1).stderr
    assert "S3 could not be reached in 5 attempts" in said
    assert "check the network and AWS_ENDPOINT_URL" in said
    assert len(said.strip().splitlines()) == 1
    assert time.monotonic() - began < 60
    assert everything_in(bucket.store()) == before


def test_s3_that_is_slow_is_waited_for(bucket: Bucket) -> None:
    with FaultyProxy(bucket.server.endpoint, lambda _: Fault(delay=0.5)) as proxy:
        store = bucket.store(endpoint=proxy.endpoint, read_timeout=5.0)
        upload_to(store)
        assert len(UploadLog(store, ReadingLimits()).history(TENANT).used) == 1


def test_many_uploads_of_a_slow_s3_are_read_at_once(bucket: Bucket) -> None:
    for number in range(16):
        bucket.store().put(f"tenants/{TENANT}/uploads/notes {number:02}.txt", b"call them")
    bucket.store().put(UPLOAD, EXPORT)
    with FaultyProxy(
        bucket.server.endpoint, lambda call: Fault(delay=0.5) if "notes" in call.target else None
    ) as proxy:
        began = time.monotonic()
        history = UploadLog(bucket.store(endpoint=proxy.endpoint), ReadingLimits()).history(TENANT)
        assert time.monotonic() - began < 16 * 0.5 / 2
    assert [refused.name for refused in history.refused] == [f"notes {number:02}.txt" for number in range(16)]


def test_s3_that_never_answers_in_time_ends_in_bounded_time(bucket: Bucket) -> None:
    with FaultyProxy(bucket.server.endpoint, lambda _: Fault(delay=1.0)) as proxy:
        store = bucket.store(endpoint=proxy.endpoint, read_timeout=0.2)
        began = time.monotonic()
        with pytest.raises(StoreUnavailableError, match="could not be reached in 5 attempts"):
            store.get(UPLOAD)
        assert time.monotonic() - began < 20
        assert proxy.calls == 5


def second_page_fails(call: Call) -> Fault | None:
    return Fault(status=500) if "continuation-token=" in call.target else None


def test_a_listing_that_fails_halfway_is_no_short_listing(bucket: Bucket) -> None:
    for number in range(3):
        bucket.store().put(f"tenants/{TENANT}/uploads/{number}.csv", EXPORT)
        bucket.store().put(f"tenants/site-{number}/uploads/Chart.csv", EXPORT)
    with FaultyProxy(bucket.server.endpoint, second_page_fails) as proxy:
        log = UploadLog(bucket.store(endpoint=proxy.endpoint, page_size=2), ReadingLimits())
        for ask in (log.tenants, lambda: log.entries(TENANT), lambda: log.history(TENANT)):
            with pytest.raises(StoreUnavailableError, match="can't be listed: S3 was failing in all 5 attempts"):
                ask()
    assert len(UploadLog(bucket.store(), ReadingLimits()).entries(TENANT)) == 3


def test_a_listing_cut_within_is_asked_for_again(bucket: Bucket) -> None:
    for number in range(5):
        bucket.store().put(f"tenants/{TENANT}/uploads/{number}.txt", b"x")
    with FaultyProxy(bucket.server.endpoint, lambda call: Fault(cut=True) if call.number == 1 else None) as proxy:
        assert len(list(bucket.store(endpoint=proxy.endpoint).list("tenants/"))) == 5
        assert proxy.calls == 2


class Replacing:
    """A plan that replaces an upload just before it is read for the first `times` times."""

    def __init__(self, store: S3Store, times: int) -> None:
        self.store, self.left = store, times

    def __call__(self, call: Call) -> Fault | None:
        if call.method == "GET" and call.target.endswith("Chart.csv") and self.left:
            self.left -= 1
            self.store.put(UPLOAD, REVISED if self.left % 2 == 0 else EXPORT)
        return None


def test_an_upload_replaced_while_it_is_read_is_read_as_it_is_now(bucket: Bucket) -> None:
    bucket.store().put(UPLOAD, EXPORT)
    with FaultyProxy(bucket.server.endpoint, Replacing(bucket.store(), 1)) as proxy:
        (used,) = UploadLog(bucket.store(endpoint=proxy.endpoint), ReadingLimits()).history(TENANT).used
    assert used.sha256 == hashlib.sha256(REVISED).hexdigest()
    assert used.export.last_date == SUNDAY + dt.timedelta(days=1)


def test_an_upload_that_never_rests_is_a_clear_failure_and_stays(bucket: Bucket) -> None:
    bucket.store().put(UPLOAD, EXPORT)
    with (
        FaultyProxy(bucket.server.endpoint, Replacing(bucket.store(), 99)) as proxy,
        pytest.raises(StoreError, match="uploads keep changing while they are read"),
    ):
        UploadLog(bucket.store(endpoint=proxy.endpoint), ReadingLimits()).history(TENANT)
    assert bucket.store().get(UPLOAD) in (EXPORT, REVISED)


def test_an_upload_that_could_not_be_written_is_said_and_can_be_added_again(bucket: Bucket) -> None:
    with FaultyProxy(bucket.server.endpoint, lambda call: Fault(status=503) if call.method == "PUT" else None) as proxy:
        log = UploadLog(bucket.store(endpoint=proxy.endpoint), ReadingLimits())
        with pytest.raises(StoreUnavailableError, match=r"can't be written: S3 was failing .*run it again later"):
            log.add(TENANT, "Chart.csv", EXPORT, UPLOADED_AT)
    assert everything_in(bucket.store()) == {}
    assert UploadLog(bucket.store(), ReadingLimits()).add(TENANT, "Chart.csv", EXPORT, UPLOADED_AT).is_new


def test_s3_that_goes_away_within_a_run_fails_it_clearly_and_the_next_makes_the_same_bytes(
    bucket: Bucket, tmp_path: Path
) -> None:
    upload_to(bucket.store())
    words = ("sonify", TENANT, "--date", SUNDAY, "--lookback", "4w")
    midi = f"tenants/{TENANT}/midi/{SUNDAY}.mid"

    def gone_for_midi(call: Call) -> Fault | None:
        return Fault(hang_up=True) if call.method == "PUT" and "/midi/" in call.target else None

    with FaultyProxy(bucket.server.endpoint, gone_for_midi) as proxy:
        said = serp_radio(bucket.environment(tmp_path / "home", proxy.endpoint), *words, code=1).stderr
    assert f"{midi} can't be written: S3 could not be reached in 5 attempts" in said
    half = everything_in(bucket.store())
    assert midi not in half
    serp_radio(bucket.environment(tmp_path / "home"), *words)
    whole = everything_in(bucket.store())
    assert whole.items() > half.items()
    assert f"tenants/{TENANT}/mp3/{SUNDAY}.mp3" in whole
