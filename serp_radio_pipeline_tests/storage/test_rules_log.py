import datetime as dt
import hashlib
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.labels.rules import RulesRefusedError
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.rules_log import (
    RulesLog,
    RulesLogError,
    RulesSavedMeanwhileError,
    RulesVersion,
    SavedRules,
)
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant

ACME, OTHER = Tenant("acme"), Tenant("acme-2")
DEFAULT_FILE = Settings.from_environment({}).rules_folder / "labels.yaml"
DEFAULT_RULES = DEFAULT_FILE.read_bytes()
SAVED = dt.datetime(2026, 3, 25, 9, 30, 0, 250_000, dt.UTC)


def rules_with(threshold: int) -> bytes:
    return DEFAULT_RULES.replace(b"z >= 4", b"z >= %d" % threshold)


def log_in(folder: Path, *tenants: Tenant) -> RulesLog:
    store = LocalStore(folder)
    for tenant in tenants:
        store.put(f"tenants/{tenant}/uploads/Chart.csv", b"x")
    return RulesLog(store, DEFAULT_FILE)


@pytest.fixture
def log(tmp_path: Path) -> RulesLog:
    return log_in(tmp_path, ACME, OTHER)


def put(log: RulesLog, content: bytes, tenant: Tenant = ACME, based_on: int | None = None) -> SavedRules:
    return log.put(tenant, content, SAVED, based_on=log.newest(tenant) if based_on is None else based_on)


def everything_in(log: RulesLog) -> dict[str, bytes]:
    return {stored.key: log.store.get(stored.key) for stored in log.store.list("")}


def test_without_rules_of_its_own_a_tenant_follows_the_projects(log: RulesLog) -> None:
    assert log.numbers(ACME) == ()
    assert log.content(ACME, 0) == DEFAULT_RULES
    assert (log.in_force(ACME).version, log.in_force(ACME).name) == (0, "labels.yaml")
    assert log.data_version(ACME) == "default"
    assert log.before(ACME) is None


def test_a_version_is_numbered_hashed_and_kept_byte_for_byte(log: RulesLog) -> None:
    saved = log.put(ACME, rules_with(7), SAVED, based_on=0, note="spikes are rare")
    sha256 = hashlib.sha256(rules_with(7)).hexdigest()
    assert saved == SavedRules(RulesVersion(1, sha256, SAVED, "spikes are rare"), is_new=True)
    assert log.version(ACME, 1) == saved.version
    assert log.content(ACME, 1) == rules_with(7)
    assert (log.in_force(ACME).version, log.in_force(ACME).sha256) == (1, sha256)
    assert log.data_version(ACME) == f"1-{sha256[:12]}"
    keys = [stored.key for stored in log.store.list("tenants/acme/rules/")]
    assert keys == [f"tenants/acme/rules/1-{sha256[:12]}.yaml", "tenants/acme/rules/1.json"]


steps = st.lists(st.one_of(st.integers(4, 7).map(rules_with), st.integers(0, 3)), max_size=12)


@given(steps)
@settings(deadline=None, max_examples=40)
def test_whatever_is_put_or_restored_no_version_ever_changes(steps: list[bytes | int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = log_in(Path(folder), ACME)
        expected = [DEFAULT_RULES]
        for step in steps:
            before, newest = everything_in(log), log.newest(ACME)
            if isinstance(step, int) and step >= len(expected):
                with pytest.raises(RulesLogError, match="has no rules of version"):
                    log.restore(ACME, step, SAVED, based_on=newest)
                continue
            content = expected[step] if isinstance(step, int) else step
            saved = log.restore(ACME, step, SAVED, based_on=newest) if isinstance(step, int) else put(log, content)
            expected += [content] if saved.is_new else []
            after = everything_in(log)
            assert before.items() <= after.items()
            assert saved.is_new == (after != before)
            assert log.content(ACME, log.newest(ACME)) == content
        assert log.numbers(ACME) == tuple(range(1, len(expected)))
        assert [log.content(ACME, number) for number in range(len(expected))] == expected


def test_the_same_rules_again_are_no_new_version(log: RulesLog) -> None:
    put(log, rules_with(7))
    before = everything_in(log)
    assert put(log, rules_with(7)) == SavedRules(log.version(ACME, 1), is_new=False)
    assert everything_in(log) == before


def test_of_many_who_save_at_once_one_wins_and_the_others_are_told(log: RulesLog) -> None:
    put(log, rules_with(4))
    contents = [rules_with(number) for number in range(5, 21)]

    def save(content: bytes) -> bytes | None:
        try:
            return content if put(log, content, based_on=1).is_new else None
        except RulesSavedMeanwhileError as error:
            assert "Somebody saved version 2 of acme's rules meanwhile" in str(error)  # noqa: PT017
            assert "rules diff acme 1 2" in str(error)  # noqa: PT017
            return None

    with ThreadPoolExecutor(16) as pool:
        winners = [content for content in pool.map(save, contents) if content is not None]
    assert len(winners) == 1
    assert log.numbers(ACME) == (1, 2)
    assert [log.content(ACME, 1), log.content(ACME, 2)] == [rules_with(4), *winners]


def test_who_saved_in_the_last_moment_is_noticed_too(log: RulesLog, monkeypatch: pytest.MonkeyPatch) -> None:
    other, seen = RulesLog(log.store, DEFAULT_FILE), log.newest

    def newest_before_the_other_saved(tenant: Tenant) -> int:
        number = seen(tenant)
        put(other, rules_with(5), based_on=0)
        return number

    monkeypatch.setattr(log, "newest", newest_before_the_other_saved)
    with pytest.raises(RulesSavedMeanwhileError, match="Somebody saved version 1"):
        put(log, rules_with(6), based_on=0)
    assert (other.numbers(ACME), other.content(ACME, 1)) == ((1,), rules_with(5))


def test_rules_based_on_a_version_that_is_not_there_are_refused(log: RulesLog) -> None:
    with pytest.raises(RulesLogError, match="has no rules of version 3: its newest is 0"):
        put(log, rules_with(7), based_on=3)
    assert log.numbers(ACME) == ()


BAD = {
    "ten megabytes": b"# x\n" * 2_500_000,
    "a cycle of aliases": b"rules: &a\n  - *a\n",
    "an alias bomb": b"a: &a [x,x]\nb: &b [*a,*a]\nrules: [*b,*b]\n",
    "an unknown field": DEFAULT_RULES.replace(b"label: NEUTRAL", b"label: NEUTRAL\n    colour: red"),
    "code": b"rules: !!python/object/apply:os.system ['true']\n",
    "no text": b"\xff\xfe\x00",
    "nothing": b"",
}


@pytest.mark.parametrize("case", sorted(BAD))
def test_what_is_no_rules_is_refused_and_nothing_is_written(log: RulesLog, case: str) -> None:
    put(log, rules_with(7))
    before = everything_in(log)
    with pytest.raises(RulesRefusedError, match=r"^mine is refused: line"):
        log.put(ACME, BAD[case], SAVED, based_on=1, name="mine")
    assert everything_in(log) == before


@given(st.binary(max_size=300))
@settings(deadline=None, max_examples=100)
def test_no_bytes_at_all_are_kept_unless_they_are_rules(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = log_in(Path(folder), ACME)
        with pytest.raises(RulesRefusedError):
            put(log, content)
        assert log.numbers(ACME) == ()


def test_a_mistyped_tenant_is_not_made_by_giving_it_rules(log: RulesLog) -> None:
    before = everything_in(log)
    for save in (
        lambda: put(log, rules_with(7), Tenant("amce")),
        lambda: log.restore(Tenant("amce"), 0, SAVED, based_on=0),
    ):
        with pytest.raises(RulesLogError, match="There is no tenant amce yet"):
            save()
    assert everything_in(log) == before


def test_restoring_saves_the_old_rules_as_the_newest_version(log: RulesLog) -> None:
    for threshold in (5, 6):
        put(log, rules_with(threshold))
    saved = log.restore(ACME, 1, SAVED, based_on=2)
    assert (saved.version.number, saved.version.restores, saved.is_new) == (3, 1, True)
    assert log.content(ACME, 3) == log.content(ACME, 1) == rules_with(5)
    before = log.before(ACME)
    assert before is not None
    assert (before.version, log.in_force(ACME).version) == (2, 3)


def test_restoring_the_default_follows_the_projects_file_from_then_on(log: RulesLog, tmp_path: Path) -> None:
    file = tmp_path / "labels.yaml"
    file.write_bytes(DEFAULT_RULES)
    log = RulesLog(log.store, file)
    put(log, rules_with(7))
    saved = log.restore(ACME, 0, SAVED, based_on=1)
    assert saved.version.follows_default
    file.write_bytes(rules_with(9))
    assert log.content(ACME, 2) == rules_with(9)
    assert (log.in_force(ACME).version, log.data_version(ACME)) == (0, "default")
    assert put(log, rules_with(7)).version.number == 3


def test_a_file_that_is_no_longer_what_was_saved_is_not_restored(log: RulesLog) -> None:
    put(log, rules_with(7))
    sha256 = put(log, rules_with(8)).version.sha256
    log.store.put(f"tenants/acme/rules/2-{sha256[:12]}.yaml", rules_with(9))
    put(log, rules_with(6))
    with pytest.raises(RulesLogError, match="version 2 of acme's rules can't be read: its file is not the one"):
        log.restore(ACME, 2, SAVED, based_on=3)
    assert log.numbers(ACME) == (1, 2, 3)


DAMAGED_RECORDS = [b"", b"null", b"[]", b"{}", b"[" * 50_000, b"\xff", b'{"version": "x"}']


@pytest.mark.parametrize("record", DAMAGED_RECORDS)
def test_a_damaged_version_is_named_and_can_be_replaced_and_others_are_untouched(log: RulesLog, record: bytes) -> None:
    for tenant in (ACME, OTHER):
        put(log, rules_with(7), tenant)
    log.store.put("tenants/acme/rules/1.json", record)
    for use in (log.in_force, log.data_version):
        with pytest.raises(RulesLogError, match="version 1 of acme's rules can't be read"):
            use(ACME)
    assert log.in_force(OTHER).version == 1
    assert put(log, rules_with(7)).version.number == 2
    assert log.in_force(ACME).version == 2


def test_a_record_of_another_version_is_found_out(log: RulesLog) -> None:
    put(log, rules_with(7))
    log.store.put("tenants/acme/rules/2.json", log.store.get("tenants/acme/rules/1.json"))
    with pytest.raises(RulesLogError, match="its record is that of 1"):
        log.in_force(ACME)


def test_rules_that_todays_program_no_longer_knows_say_the_way_out(log: RulesLog) -> None:
    content = b"rules: []\n"
    version = RulesVersion(1, hashlib.sha256(content).hexdigest(), SAVED)
    log.store.put(f"tenants/acme/rules/1-{version.sha256[:12]}.yaml", content)
    log.store.put("tenants/acme/rules/1.json", version.to_json())
    with pytest.raises(
        RulesLogError, match=r"version 1 of acme's rules is refused: line 1: .*rules restore acme default"
    ):
        log.in_force(ACME)


def test_other_hands_files_among_the_rules_are_no_versions(log: RulesLog) -> None:
    put(log, rules_with(7))
    for name in ("notes.txt", "01.json", "0.json", "-2.json", "2.json.bak", "٣.json", "2-abc.yaml"):
        log.store.put(f"tenants/acme/rules/{name}", b"x")
    assert log.numbers(ACME) == (1,)


def test_a_project_without_rules_is_a_sentence(log: RulesLog, tmp_path: Path) -> None:
    with pytest.raises(RulesLogError, match=r"labels\.yaml can't be read"):
        RulesLog(log.store, tmp_path / "nowhere" / "labels.yaml").in_force(ACME)


texts = st.text(max_size=40).filter(str.isprintable)
versions = st.builds(
    RulesVersion,
    st.integers(5, 10**9),
    st.binary().map(lambda content: hashlib.sha256(content).hexdigest()),
    st.datetimes(timezones=st.just(dt.UTC)),
    texts,
    st.none() | st.integers(1, 4),
)


@given(versions)
def test_a_record_comes_back_from_json(version: RulesVersion) -> None:
    assert RulesVersion.from_json(version.to_json()) == version


@pytest.mark.parametrize(
    "fields",
    [
        (0, "a" * 64, SAVED),
        (1, "abc", SAVED),
        (1, "", SAVED),
        (1, "a" * 64, SAVED.replace(tzinfo=None)),
        (1, "a" * 64, SAVED, "two\nlines"),
        (1, "a" * 64, SAVED, "x" * 501),
        (3, "a" * 64, SAVED, "", 3),
    ],
)
def test_an_impossible_version_cannot_be_built(fields: tuple[object, ...]) -> None:
    with pytest.raises(RulesLogError):
        RulesVersion(*fields)  # type: ignore[arg-type]
