"""Faults to survive on a local store: killed, crowded, full. Each ends in the right episode, or in a clear failure.

A child of this process plays the run that dies: what goes wrong is patched into it, and the product has no hook for it.
"""

import errno
import itertools
import multiprocessing
import os
import resource
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from serp_radio_pipeline.definitions import build_defs
from serp_radio_pipeline.defs import network_retries
from serp_radio_pipeline.defs.assets import episode, feed, stages, trained_model
from serp_radio_pipeline.defs.instance import open_instance
from serp_radio_pipeline.defs.runs import RunFailedError, run_tenant_day
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage import store as store_module
from serp_radio_pipeline.storage.store import LocalStore, StoredObject, StoreError, StoreUnavailableError
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.defs.fleets import files_in, settings_in, upload
from serp_radio_pipeline_tests.episodes import SUNDAY

TENANT = Tenant("my-company")
STAGES = ("raw_metrics", "labels", "trained_model", "controls", "midi", "mp3", "episode", "feed")
ROOMS = dict(
    zip(
        STAGES,
        (
            *("parse_tenant_day", "label_weeks", "train", "compose"),
            *("midi_bytes", "render_episode", "make_episode", "first_edition"),
        ),
        strict=True,
    )
)
WRITES_BEFORE = {stage: number for number, stage in enumerate(STAGES)} | {"feed": 16}
"""How many files a run has written when a stage begins to: one each, but the episode, which writes ten."""
BESIDE = {"episode": ("card", "piano_roll")}
"""Other folders that a stage writes into."""
FIRST_EDITION = f"tenants/my-company/first_editions/{SUNDAY}.json"
FORK, SPAWN = multiprocessing.get_context("fork"), multiprocessing.get_context("spawn")
"""A fork begins at once, but it can't play: FluidSynth's threads stay behind in this process, and it waits for them."""


def make(settings: Settings, lookback: str = "1w") -> None:
    with open_instance(settings.home_folder) as instance:
        run_tenant_day(build_defs(settings), instance, TENANT, SUNDAY, lookback=lookback, pack="newsroom")


def objects_in(settings: Settings) -> dict[str, bytes]:
    """What the store lists: a write in progress, or cut off, is none."""
    store = LocalStore(settings.store_folder)
    return {stored.key: store.get(stored.key) for stored in store.list("tenants/my-company/")}


def but_the_first_edition(objects: dict[str, bytes]) -> dict[str, bytes]:
    """All but what says what came out first: it stays as it was when the episode is made again."""
    return {key: content for key, content in objects.items() if key != FIRST_EDITION}


def in_a_child(action: Callable[..., None], *arguments: object, plays: bool = False) -> int | None:
    """The exit code of a process that does it: -9 where the process was killed."""
    child = (SPAWN if plays else FORK).Process(target=action, args=arguments)
    child.start()
    child.join(timeout=120)
    return child.exitcode


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def make_and_die(settings: Settings, stage: str, moment: str) -> None:
    """A run that is killed while a stage is made, or when its bytes are written but not named yet."""
    if moment == "making":
        module = {"trained_model": trained_model, "episode": episode, "feed": feed}.get(stage, stages)
        setattr(module, ROOMS[stage], die)
    else:
        store_module.os.fsync = at_call(WRITES_BEFORE[stage] + 1, die, os.fsync)  # type: ignore[attr-defined]
    make(settings)


def at_call(number: int, happens: Callable[..., Any], else_: Callable[..., Any]) -> Callable[..., Any]:
    """A function to which something happens at its call of that number, counted from one."""
    calls = itertools.count(1)

    def called(*args: Any, **kwargs: Any) -> Any:
        return (happens if next(calls) == number else else_)(*args, **kwargs)

    return called


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """The objects of the tenant's day as they should be, by lookback; with one week they are made in a fresh store."""
    found = {}
    for lookback in ("1w", "2w"):
        settings = settings_in(tmp_path_factory.mktemp("right"))
        upload(settings, TENANT)
        make(settings, lookback)
        found[lookback] = objects_in(settings)
    return found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A store with one upload."""
    settings = settings_in(tmp_path)
    upload(settings, TENANT)
    return settings


@pytest.mark.parametrize("moment", ["making", "writing"])
@pytest.mark.parametrize("stage", STAGES)
def test_a_run_killed_in_any_stage_leaves_nothing_half_and_the_next_gives_the_same_bytes(
    settings: Settings, right: dict[str, dict[str, bytes]], stage: str, moment: str
) -> None:
    plays = stage in ("episode", "feed") or (stage, moment) == ("mp3", "writing")
    assert in_a_child(make_and_die, settings, stage, moment, plays=plays) == -signal.SIGKILL
    left = objects_in(settings)
    expected = {key for key in right["1w"] if "/uploads/" in key}
    folders = [f"/{folder}/" for done in STAGES[: STAGES.index(stage)] for folder in (done, *BESIDE.get(done, ()))]
    expected |= {key for key in right["1w"] for folder in folders if folder in key}
    assert left == {key: right["1w"][key] for key in expected}
    make(settings)
    assert objects_in(settings) == right["1w"]
    with open_instance(settings.home_folder) as instance:
        assert [run.status.value for run in instance.get_runs()] == ["SUCCESS", "FAILURE"]


def test_two_runs_of_one_tenant_at_once_end_with_the_right_bytes(
    settings: Settings, right: dict[str, dict[str, bytes]]
) -> None:
    children = [SPAWN.Process(target=make, args=(settings, lookback)) for lookback in ("1w", "2w", "1w")]
    for child in children:
        child.start()
    for child in children:
        child.join(timeout=120)
    assert [child.exitcode for child in children] == [0, 0, 0]
    # whichever came last: all of one, nothing of the other; whichever came first went out first
    made = objects_in(settings)
    assert made[FIRST_EDITION] in [right[lookback][FIRST_EDITION] for lookback in ("1w", "2w")]
    assert but_the_first_edition(made) in [but_the_first_edition(right[lookback]) for lookback in ("1w", "2w")]


@pytest.mark.parametrize("stage", STAGES)
def test_a_full_disk_leaves_what_was_there_and_says_so(
    settings: Settings, right: dict[str, dict[str, bytes]], stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(settings)
    before = files_in(settings)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store_module.os, "fsync", at_call(WRITES_BEFORE[stage] + 1, full, os.fsync))
    with pytest.raises(RunFailedError, match="No space left on device"):
        make(settings, "2w")
    monkeypatch.undo()
    after = files_in(settings)
    assert after.keys() == before.keys()  # nothing half-written lies about
    broken = [key for key in before if f"/{stage}/" in key]
    assert broken
    assert [after[key] for key in broken] == [before[key] for key in broken]
    assert {key: after[key] for key in after if "/uploads/" in key}.items() <= before.items()
    make(settings, "2w")
    assert but_the_first_edition(objects_in(settings)) == but_the_first_edition(right["2w"])


def test_the_file_systems_own_limit_leaves_the_object_as_it_was(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put("a/b.bin", b"before")

    def write_too_much() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
        with pytest.raises(StoreError, match="File too large"):
            store.put("a/b.bin", b"x" * 1_000_000)

    assert in_a_child(write_too_much) == 0
    assert store.get("a/b.bin") == b"before"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.bin"]


def test_a_listing_that_fails_halfway_is_a_failure_and_not_a_shorter_history(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(settings)
    before = objects_in(settings)
    whole = LocalStore.list

    def half(store: LocalStore, prefix: str) -> Iterator[StoredObject]:
        yield from list(whole(store, prefix))[:1]
        raise StoreError("The listing broke off.")

    monkeypatch.setattr(LocalStore, "list", half)
    with pytest.raises(RunFailedError, match="The listing broke off"):
        make(settings, "2w")
    monkeypatch.undo()
    assert objects_in(settings) == before


@pytest.mark.parametrize(("failures", "ends_well"), [(1, True), (2, True), (3, False)])
@pytest.mark.parametrize("access", ["get", "put", "list"])
def test_a_store_that_is_away_for_a_while_is_asked_again_and_then_given_up(
    settings: Settings,
    right: dict[str, dict[str, bytes]],
    monkeypatch: pytest.MonkeyPatch,
    access: str,
    failures: int,
    ends_well: bool,
) -> None:
    working, left = getattr(LocalStore, access), iter(range(failures))

    def away(*args: Any, **kwargs: Any) -> Any:
        if next(left, None) is not None:
            raise StoreUnavailableError("The store does not answer.")
        return working(*args, **kwargs)

    monkeypatch.setattr(LocalStore, access, away)
    monkeypatch.setattr(network_retries, "WAIT_SECONDS", 0.0)
    if ends_well:
        make(settings)
        assert objects_in(settings) == right["1w"]
    else:
        with pytest.raises(RunFailedError, match="The store does not answer"):
            make(settings)


def test_what_the_data_got_wrong_is_not_tried_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def refuse(*_: Any) -> None:
        calls.append(1)
        raise StoreError("This will never do.")

    monkeypatch.setattr(LocalStore, "put", refuse)
    with pytest.raises(RunFailedError, match="This will never do"):
        make(settings)
    assert len(calls) == 1


def test_an_upload_replaced_while_it_is_read_ends_in_the_right_episode(
    settings: Settings, right: dict[str, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (upload_key,) = (key for key in right["1w"] if "/uploads/" in key)
    get, replacements = LocalStore.get, iter([right["1w"][upload_key].replace(b"\n", b"\r\n")])

    def replaced_meanwhile(store: LocalStore, key: str, **more: Any) -> bytes:
        if key == upload_key and (content := next(replacements, None)):
            store.put(key, content)  # by other hands: the log itself never replaces
        return get(store, key, **more)

    monkeypatch.setattr(LocalStore, "get", replaced_meanwhile)
    make(settings)
    made = objects_in(settings)
    assert made.pop(upload_key) != right["1w"][upload_key]
    assert made.items() <= right["1w"].items()
