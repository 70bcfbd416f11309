"""A tenant's sound pack and the verdicts on packs, as they lie in the store."""

import datetime as dt
import json

import pytest

from serp_radio_pipeline.music.pack import DEFAULT_PACK
from serp_radio_pipeline.storage.keys import is_artefact, pack_choice_key, tenant_prefix
from serp_radio_pipeline.storage.pack_choice import PackChoiceError, choose_pack, chosen_pack
from serp_radio_pipeline.storage.pack_verdicts import Verdict, keep_verdict, known_verdict, verdict_digest
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.defs.memory_store import MemoryStore
from serp_radio_pipeline_tests.episodes import newsroom

ACME, OTHER = Tenant("acme"), Tenant("acme-2")
NOW = dt.datetime(2026, 4, 7, 10, tzinfo=dt.UTC)


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    store.put(f"{tenant_prefix(ACME)}uploads/a.csv", b"x")
    return store


def test_without_a_choice_a_tenant_plays_the_default(store: MemoryStore) -> None:
    assert chosen_pack(store, ACME) == DEFAULT_PACK


def test_the_last_choice_holds_and_is_the_tenants_alone(store: MemoryStore) -> None:
    choose_pack(store, ACME, "8-bit", NOW)
    choose_pack(store, ACME, "synthwave", NOW)
    assert (chosen_pack(store, ACME), chosen_pack(store, OTHER)) == ("synthwave", DEFAULT_PACK)


def test_a_choice_is_kept_as_what_people_gave_is() -> None:
    assert pack_choice_key(ACME) == "tenants/acme/sound/pack.json"
    assert not is_artefact(pack_choice_key(ACME))
    assert not is_artefact("tenants/acme/sound/2026-03-22.json")


def test_a_tenant_that_is_not_there_cannot_choose(store: MemoryStore) -> None:
    with pytest.raises(PackChoiceError, match="There is no tenant acme-2 yet"):
        choose_pack(store, OTHER, "8-bit", NOW)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"pack": 7}', b"[" * 100_000])
def test_a_damaged_choice_says_how_to_mend_it(store: MemoryStore, content: bytes) -> None:
    store.put(pack_choice_key(ACME), content)
    with pytest.raises(PackChoiceError, match="serp-radio packs use acme PACK"):
        chosen_pack(store, ACME)


def test_a_verdict_is_found_again_until_pack_font_or_code_change(store: MemoryStore) -> None:
    digest = verdict_digest(newsroom(), "f" * 64, "1")
    assert known_verdict(store, digest) is None
    keep_verdict(store, digest, "newsroom", "Some Font", ["it is harsh"])
    assert known_verdict(store, digest) == Verdict(("it is harsh",))
    louder = newsroom().model_copy(update={"tempo": 101})
    others = {verdict_digest(louder, "f" * 64, "1"), verdict_digest(newsroom(), "e" * 64, "1")}
    others.add(verdict_digest(newsroom(), "f" * 64, "2"))
    assert len(others | {digest}) == 4


def test_a_damaged_verdict_is_none(store: MemoryStore) -> None:
    keep_verdict(store, "d", "newsroom", "Some Font", [])
    (key,) = (stored.key for stored in store.list("catalog/"))
    assert json.loads(store.get(key))["pack"] == "newsroom"
    store.put(key, b"{}")
    assert known_verdict(store, "d") is None
