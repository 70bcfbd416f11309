import datetime as dt
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.labels.corrections import Correction, fold_corrections
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.storage.correction_log import CorrectionLog
from serp_radio_pipeline.storage.keys import is_artefact
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.defs.memory_store import MemoryStore

ACME, OTHER = Tenant("acme"), Tenant("acme-2")
SAID = dt.datetime(2026, 4, 7, 10, tzinfo=dt.UTC)
HOLIDAY = Correction("2026-W14", Label.MOMENTUM_NEG, "holiday", SAID)


@pytest.fixture
def log(tmp_path: Path) -> CorrectionLog:
    return CorrectionLog(LocalStore(tmp_path))


notes = st.text(max_size=30).filter(str.isprintable)
corrections = st.lists(
    st.builds(
        Correction,
        st.sampled_from(["2026-W14", "2026-W15", "2020-W53"]),
        st.sampled_from(Label),
        notes,
        st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 3), timezones=st.just(dt.UTC)),  # noqa: DTZ001
    ),
    max_size=8,
    unique_by=lambda one: one.corrected_at,
)


@given(corrections)
@settings(deadline=None, max_examples=50)
def test_whatever_is_said_is_kept_and_the_last_word_on_a_week_wins(said: list[Correction]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = CorrectionLog(LocalStore(Path(folder)))
        versions = [log.data_version(ACME)]
        for correction in sorted(said, key=lambda one: one.corrected_at):
            before = {stored.key: log.store.get(stored.key) for stored in log.store.list("")}
            is_new = log.add(ACME, correction)
            after = {stored.key: log.store.get(stored.key) for stored in log.store.list("")}
            assert before.items() <= after.items()
            assert len(after) == len(before) + is_new
            versions += [log.data_version(ACME)] if is_new else []
            last = log.read(ACME).last_words[correction.week]
            assert (last.label, last.note) == (correction.label, correction.note)
        assert len(set(versions)) == len(versions)
        assert log.read(ACME).last_words == fold_corrections(log.read(ACME).said)
        assert log.read(ACME).data_version == log.data_version(ACME) == versions[-1]
        assert not any(is_artefact(stored.key) for stored in log.store.list(""))


def test_a_correction_lies_under_its_tenant_by_the_time_it_was_said(log: CorrectionLog) -> None:
    assert log.add(ACME, HOLIDAY)
    (stored,) = log.store.list("")
    assert stored.key.startswith("tenants/acme/corrections/20260407T100000.000000Z-")
    assert stored.key.endswith(".json")
    assert json.loads(log.store.get(stored.key))["note"] == "holiday"
    assert log.read(OTHER).said == ()
    assert log.data_version(OTHER) == "none"


def test_the_same_word_again_is_kept_once_and_a_changed_mind_is_kept_too(log: CorrectionLog) -> None:
    later = [SAID + dt.timedelta(hours=hours) for hours in (1, 2)]
    log.add(ACME, HOLIDAY)
    assert not log.add(ACME, Correction("2026-W14", Label.MOMENTUM_NEG, "holiday", later[0]))
    assert log.add(ACME, Correction("2026-W14", Label.NEUTRAL, "", later[0]))
    assert log.add(ACME, Correction("2026-W14", Label.MOMENTUM_NEG, "holiday", later[1]))
    assert len(log.read(ACME).said) == 3


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no JSON: Expecting value"),
        (b"[" * 9_000, "recursion"),
        (b"[]", "not a correction"),
        (b"\xff\xfe{", "no JSON"),
        (b'{"week": "2026-W14"}', "not a correction"),
        (b'{"week": "2026-W99", "label": "NEUTRAL", "note": "", "corrected_at": "2026-04-07T10:00:00+00:00"}', "week"),
        (b'{"week": "2026-W14", "label": "GREAT", "note": "", "corrected_at": "2026-04-07T10:00:00+00:00"}', "GREAT"),
        (b'{"week": "2026-W14", "label": "NEUTRAL", "note": 3, "corrected_at": "2026-04-07T10:00:00+00:00"}', "not a"),
        (b" " * 10_001, "larger than 10 KB"),
    ],
)
def test_an_entry_that_is_no_correction_is_named_and_stops_no_other(
    log: CorrectionLog, content: bytes, reason: str
) -> None:
    log.add(ACME, HOLIDAY)
    log.store.put("tenants/acme/corrections/by hand.json", content)
    found = log.read(ACME)
    assert found.said == (HOLIDAY,)
    (unreadable,) = found.unreadable
    assert unreadable.name == "by hand.json"
    assert reason in unreadable.reason
    assert log.add(ACME, Correction("2026-W15", Label.NEUTRAL, "", SAID))


def test_many_are_read_at_once_where_that_is_worth_it() -> None:
    log = CorrectionLog(MemoryStore(parallel_reads=4))
    said = [Correction(f"2026-W{week}", Label.NEUTRAL, "", SAID + dt.timedelta(minutes=week)) for week in range(10, 20)]
    assert all(log.add(ACME, correction) for correction in said)
    assert log.read(ACME).said == tuple(said)
