"""What a tick of `new_uploads` decides: every upload served once, none lost, and a cursor that stays small."""

import contextlib
import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.defs import new_uploads
from serp_radio_pipeline.defs.new_uploads import Decision, NoPartitionError, UploadWatch, last_day_to_make
from serp_radio_pipeline.defs.upload_cursor import MOST_LATER, MOST_QUIET, CursorError, UploadCursor
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.refusal import ExportRefusedError
from serp_radio_pipeline.storage.store import StoredObject, StoreError
from serp_radio_pipeline_tests.defs.memory_store import NOON, MemoryStore

DAY = dt.date(2026, 3, 22)
CURSOR_LIMIT = 64 * 1024


class Watched:
    """A store that is watched over many ticks; the content of an upload is the day that it asks for, or `broken`."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.cursor: str | None = None
        self.partitions: set[str] = set()
        self.served: Counter[tuple[str, str]] = Counter()
        self.asked: list[tuple[str, dt.date]] = []
        self.reports: list[str] = []
        self.sizes: list[int] = []

    def upload(self, tenant: str, name: str, content: str = DAY.isoformat(), modified_at: dt.datetime = NOON) -> None:
        self.store.put(f"tenants/{tenant}/uploads/{name}", content.encode(), modified_at)

    def tick(self, steps: int = 10**9, *, fails: bool = False) -> Decision:
        """Go one tick whose time is over after so many looks at the clock; one that fails leaves nothing behind."""
        looks = iter(range(steps))
        settled: list[StoredObject] = []
        watch = UploadWatch(self.store, self._day_of(settled), lambda: next(looks, None) is None)
        decision = watch.tick(UploadCursor.from_text(self.cursor), frozenset(self.partitions))
        if not fails:
            self.cursor = decision.cursor.to_text()
            self.partitions |= {tenant.slug for tenant in decision.new_tenants}
            self.served.update((one.key, one.etag) for one in settled)
            self.asked += [(run.tenant.slug, run.day) for run in decision.runs]
            self.reports += decision.reports
            self.sizes.append(len(self.cursor))
        return decision

    def settle(self) -> None:
        """Tick until there is nothing left to do."""
        for _ in range(400):
            before = self.served.total()
            quiet = UploadCursor.from_text(self.cursor).pending == {}
            self.tick()
            if quiet and self.served.total() == before:
                return
        raise AssertionError("it never comes to rest")

    def uploads(self) -> set[tuple[str, str]]:
        return {(key, one.etag) for key, (_, one) in self.store.objects.items() if "/uploads/" in key}

    def _day_of(self, settled: list[StoredObject]) -> Callable[[StoredObject], dt.date]:
        def day_of(stored: StoredObject) -> dt.date:
            content = self.store.get(stored.key).decode()
            settled.append(stored)
            if content == "broken":
                raise ExportRefusedError(f"{stored.key} is broken.")
            if content == "crash":
                raise RecursionError("too deep")
            return dt.date.fromisoformat(content)

        return day_of


tenants = st.sampled_from(["a", "b"])
names = st.sampled_from(["one.csv", "two.csv", "three.zip"])
contents = st.sampled_from(["2026-03-22", "2026-03-21", "broken"])
moments = st.integers(-400, 400).map(lambda days: NOON + dt.timedelta(days=days))
arrival = st.tuples(st.just("arrival"), tenants, names, contents, moments)
faults = st.sampled_from(["none", "tick", "unlisted", "unread", "unwritten", "unwritten"])
places = st.sampled_from(["tenants/", "tenants/a/", "tenants/b/", "tenants/a/uploads/one"])
looks_at_the_clock = st.sampled_from([0, 1, 2, 3, 10**9])
tick = st.tuples(st.just("tick"), looks_at_the_clock, faults, places)


def tick_with_fault(watched: Watched, looks: int, fault: str, place: str) -> None:
    """Go a tick in which something is out of reach, or that Dagster forgets; then all is well again."""
    failing = getattr(watched.store, fault, set())
    failing.add(place)
    # where the tick itself fails, Dagster keeps the cursor
    with contextlib.suppress(StoreError):
        watched.tick(looks, fails=fault == "tick")
    failing.clear()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(arrival, tick), max_size=30), st.integers(1, 5), st.integers(1, 6))
def test_whatever_arrives_and_fails_in_any_order_each_upload_is_served_once_and_none_is_lost(
    steps: list[tuple[object, ...]], most_runs: int, most_uploads: int
) -> None:
    watched = Watched()
    with (
        mock.patch.object(new_uploads, "MOST_RUNS", most_runs),
        mock.patch.object(new_uploads, "MOST_UPLOADS", most_uploads),
        mock.patch.object(new_uploads, "LISTED_AT_ONCE", 2),
    ):
        for step in steps:
            if step[0] == "arrival":
                watched.upload(*step[1:])  # type: ignore[arg-type]
            else:
                tick_with_fault(watched, *step[1:])  # type: ignore[arg-type]
        watched.settle()
    assert set(watched.served.values()) <= {1}
    assert watched.uploads() <= set(watched.served)
    assert watched.partitions == {key.split("/")[1] for key, _ in watched.uploads()}
    assert max(watched.sizes) < 2000


def test_two_thousand_uploads_at_once_are_each_served_once_over_several_ticks() -> None:
    watched = Watched()
    for number in range(2000):
        day = DAY - dt.timedelta(days=number % 400)
        watched.upload(f"tenant-{number % 40}", f"{number}.csv", day.isoformat())
    decision = watched.tick()
    assert len(decision.runs) == new_uploads.MOST_RUNS
    watched.settle()
    assert set(watched.served) == watched.uploads()
    assert set(watched.served.values()) == {1}
    assert max(watched.sizes) < CURSOR_LIMIT


def test_two_thousand_uploads_of_one_tenant_for_one_day_need_few_runs_and_all_count() -> None:
    watched = Watched()
    for number in range(2000):
        watched.upload("my-company", f"{number}.csv")
    watched.settle()
    assert set(watched.served) == watched.uploads()
    assert watched.asked == [("my-company", DAY)] * (2000 // new_uploads.MOST_UPLOADS)
    assert max(watched.sizes) < CURSOR_LIMIT


def test_uploads_of_one_day_in_one_tick_are_one_run_that_names_them_all() -> None:
    watched = Watched()
    watched.upload("my-company", "late.csv", modified_at=NOON + dt.timedelta(seconds=5))
    watched.upload("my-company", "early.csv")
    watched.upload("other", "early.csv")
    runs = watched.tick().runs
    assert [(run.tenant.slug, [one.key[-9:] for one in run.uploads]) for run in runs] == [
        ("my-company", ["early.csv", "/late.csv"]),
        ("other", ["early.csv"]),
    ]
    assert len({run.run_key for run in runs}) == 2


def test_a_second_file_of_the_same_second_is_served_too() -> None:
    watched = Watched()
    watched.upload("my-company", "one.csv")
    watched.settle()
    watched.upload("my-company", "two.csv")
    assert [len(run.uploads) for run in watched.tick().runs] == [1]


def test_a_re_upload_under_the_same_name_is_served_too() -> None:
    watched = Watched()
    watched.upload("my-company", "one.csv")
    first = watched.tick()
    watched.upload("my-company", "one.csv", "2026-03-23")
    second = watched.tick()
    assert [run.day for run in second.runs] == [dt.date(2026, 3, 23)]
    assert first.runs[0].run_key != second.runs[0].run_key


def test_an_upload_that_says_it_is_a_year_old_is_served_when_it_appears() -> None:
    watched = Watched()
    watched.upload("my-company", "one.csv")
    watched.settle()
    watched.upload("my-company", "two.csv", modified_at=NOON - dt.timedelta(days=365))
    assert len(watched.tick().runs) == 1


def test_a_tick_that_failed_asks_again_with_the_same_run_key() -> None:
    watched = Watched()
    watched.upload("my-company", "one.csv")
    failed = watched.tick(fails=True)
    again = watched.tick()
    assert [run.run_key for run in failed.runs] == [run.run_key for run in again.runs]


def test_a_lost_cursor_asks_for_nothing_but_what_was_pending() -> None:
    watched = Watched()
    for number in range(60):
        watched.upload(f"tenant-{number}", "one.csv")
    watched.settle()
    watched.cursor = None
    decision = watched.tick()
    assert not decision.runs
    assert not decision.reports


def test_a_new_instance_on_an_old_store_learns_its_tenants() -> None:
    watched = Watched()
    watched.upload("my-company", "one.csv")
    watched.settle()
    watched.cursor, watched.partitions = None, set()
    assert [tenant.slug for tenant in watched.tick().new_tenants] == ["my-company"]


def test_a_ledger_that_was_damaged_is_reported_and_begun_anew() -> None:
    watched = Watched()
    watched.upload("my-company", "one.csv")
    watched.settle()
    watched.store.put("tenants/my-company/served_uploads.json", b"{")
    watched.cursor = None
    assert len(watched.tick().runs) == 1
    assert "a new one is begun" in watched.reports[-1]
    watched.settle()
    watched.cursor = None
    assert not watched.tick().runs


def test_a_ledger_that_can_not_be_written_is_written_later_and_nothing_is_asked_twice() -> None:
    watched = Watched()
    watched.upload("my-company", "one.csv")
    watched.tick()
    watched.upload("my-company", "two.csv")
    watched.store.unwritten = {"tenants/my-company/"}
    assert [one.key[-7:] for run in watched.tick().runs for one in run.uploads] == ["two.csv"]
    assert "can't be written" in watched.reports[0]
    watched.store.unwritten = set()
    watched.settle()
    watched.cursor = None
    watched.tick()
    assert len(watched.asked) == 2


def test_while_no_ledger_can_be_written_the_cursor_stays_small_and_the_rest_waits() -> None:
    watched = Watched()
    for number in range(600):
        watched.upload("my-company", f"{number}.csv")
    watched.store.unwritten = {""}
    for _ in range(5):
        watched.tick()
    assert watched.served.total() == new_uploads.MOST_UPLOADS
    watched.store.unwritten = set()
    watched.settle()
    assert set(watched.served) == watched.uploads()
    assert set(watched.served.values()) == {1}


def test_quiet_tenants_cost_a_listing_and_no_reading() -> None:
    watched = Watched()
    for number in range(30):
        watched.upload(f"tenant-{number}", "one.csv")
    watched.settle()
    watched.store.reads.clear()
    watched.tick()
    assert watched.store.reads == []


def test_a_folder_that_is_no_tenants_is_reported_once_and_passed() -> None:
    watched = Watched()
    watched.upload("Bad Name!", "one.csv")
    watched.upload("good", "one.csv")
    assert [run.tenant.slug for run in watched.tick().runs] == ["good"]
    watched.tick()
    assert [report for report in watched.reports if "Bad Name!" in report] == watched.reports
    assert len(watched.reports) == 1
    watched.upload("Worse Name!", "one.csv")
    watched.tick()
    assert len(watched.reports) == 3


@pytest.mark.parametrize(("content", "says"), [("broken", "is broken"), ("crash", "RecursionError: too deep")])
def test_an_unreadable_file_is_reported_once_and_never_blocks(content: str, says: str) -> None:
    watched = Watched()
    watched.upload("my-company", "bad.csv", content, NOON - dt.timedelta(days=1))
    watched.upload("my-company", "good.csv")
    assert [len(run.uploads) for run in watched.tick().runs] == [1]
    watched.settle()
    assert len(watched.reports) == 1
    assert says in watched.reports[0]


def test_a_file_that_the_store_does_not_hand_over_is_tried_again_after_the_others() -> None:
    watched = Watched()
    watched.upload("my-company", "stuck.csv", modified_at=NOON - dt.timedelta(days=1))
    watched.upload("my-company", "good.csv")
    watched.store.unread = {"tenants/my-company/uploads/stuck"}
    assert not watched.tick(steps=0).runs
    assert len(watched.tick(steps=0).runs) == 1
    watched.store.unread = set()
    assert len(watched.tick().runs) == 1
    assert "is tried again" in watched.reports[0]


def test_a_failed_listing_is_not_an_empty_one() -> None:
    watched = Watched()
    watched.upload("my-company", "one.csv")
    watched.settle()
    before = watched.cursor
    watched.store.unlisted = {"tenants/"}
    with pytest.raises(StoreError):
        watched.tick()
    assert watched.cursor == before


def test_a_listing_that_fails_halfway_serves_nothing_of_that_tenant_and_all_of_the_others() -> None:
    watched = Watched()
    for name in ("one.csv", "two.csv", "three.csv"):
        watched.upload("a", name)
        watched.upload("b", name)
    watched.store.unlisted = {"tenants/a/uploads/"}
    assert [run.tenant.slug for run in watched.tick().runs] == ["b"]
    assert "can't be listed" in watched.reports[0]
    watched.store.unlisted = set()
    watched.settle()
    assert set(watched.served) == watched.uploads()


def test_a_store_none_of_whose_tenants_can_be_listed_fails_the_tick() -> None:
    watched = Watched()
    watched.upload("a", "one.csv")
    watched.upload("b", "one.csv")
    watched.store.unlisted = {"tenants/a/", "tenants/b/"}
    with pytest.raises(StoreError, match="out of reach"):
        watched.tick()


def test_one_busy_tenant_does_not_keep_the_others_waiting() -> None:
    watched = Watched()
    for number in range(500):
        watched.upload("busy", f"{number}.csv", (DAY - dt.timedelta(days=number)).isoformat())
    watched.upload("small", "one.csv")
    watched.tick()
    assert "small" in {run.tenant.slug for run in watched.tick().runs}


def test_the_cursor_of_a_large_fleet_in_its_worst_moment_is_under_64_kib() -> None:
    slugs = [f"{number:04}-{'x' * 58}" for number in range(new_uploads.MOST_UPLOADS)]
    worst = UploadCursor(
        slugs[-1],
        dict.fromkeys(slugs, frozenset(served_marks(1))),
        {f"{number:06}": "x" * 12 for number in range(MOST_QUIET)},
        frozenset(served_marks(MOST_LATER)),
        "x" * 12,
    )
    assert len(worst.to_text()) < CURSOR_LIMIT


def test_tenants_that_do_not_fit_the_cursor_are_served_once_all_the_same() -> None:
    watched = Watched()
    for number in range(20):
        watched.upload(f"tenant-{number}", "one.csv")
    with mock.patch.object(new_uploads, "MOST_QUIET", 5):
        watched.settle()
        watched.tick()
    assert len(UploadCursor.from_text(watched.cursor).quiet) == 5
    assert set(watched.served) == watched.uploads()
    assert set(watched.served.values()) == {1}


def served_marks(count: int) -> Iterable[str]:
    return (f"{number:012}" for number in range(count))


def test_a_cursor_reads_back_as_it_was_written() -> None:
    cursor = UploadCursor(
        "b", {"a": frozenset(served_marks(3))}, {"aaaaaa": "b" * 12}, frozenset(served_marks(2)), "c" * 12
    )
    assert UploadCursor.from_text(cursor.to_text()) == cursor
    assert UploadCursor.from_text(None) == UploadCursor()


@pytest.mark.parametrize("text", ["x", "[]", "{}", '{"format": "other"}', "[" * 100_000, '{"format":1}'])
def test_text_that_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(CursorError):
        UploadCursor.from_text(text)


def test_the_day_to_make_is_the_last_that_has_a_partition() -> None:
    days = [DAY - dt.timedelta(days=back) for back in range(5)]
    assert last_day_to_make("x.csv", days, dt.date(2025, 1, 1), DAY - dt.timedelta(days=2)) == days[2]
    with pytest.raises(NoPartitionError, match="2026-03-18 to 2026-03-22"):
        last_day_to_make("x.csv", days, dt.date(2026, 3, 23), dt.date(2026, 3, 25))
    assert issubclass(NoPartitionError, SerpRadioError)
