"""`serp-radio label`: a person's word on a week."""

from pathlib import Path

import pytest

from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.command_line import SerpRadio
from serp_radio_pipeline_tests.defs.fleets import upload

ACME = "acme"


@pytest.fixture
def acme(store_folder: Path) -> LocalStore:
    upload(Settings.from_environment(), Tenant(ACME))
    return LocalStore(store_folder)


def said_in(store: LocalStore) -> list[str]:
    return [stored.key for stored in store.list("tenants/") if "/uploads/" not in stored.key]


def test_a_word_on_a_week_is_kept_and_listed(serp_radio: SerpRadio, acme: LocalStore) -> None:
    assert serp_radio("label", ACME).out == "Nobody has corrected a week of acme yet.\n"
    answer = serp_radio("label", ACME, "2026-W11", "momentum-neg", "--note", "holiday [red]")
    assert (answer.code, answer.out, answer.err) == (0, "acme, 2026-W11: MOMENTUM_NEG, kept\n", "")
    assert serp_radio("label", ACME, "2026-W11", "MOMENTUM_NEG", "--note", "holiday [red]").out.endswith(
        "said already\n"
    )
    assert len(said_in(acme)) == 1
    serp_radio("label", ACME, "2026-W11", "NEUTRAL")
    rows = [line for line in serp_radio("label", ACME).out.splitlines() if "2026-W11" in line]
    assert len(rows) == len(said_in(acme)) == 2
    assert "holiday [red]" in rows[0]
    assert ["not the last word" in row for row in rows] == [True, False]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("2020-W01", "NEUTRAL"), "acme has no data in 2020-W01: its weeks are 2025-W52 to 2026-W12"),
        (("2026-W13", "NEUTRAL"), "acme has no data in 2026-W13"),
        (("2026-W60", "NEUTRAL"), "'2026-W60' is not a week: write it as 2026-W14"),
        (("2026-03-22", "NEUTRAL"), "is not a week"),
        (("2026-W11", "GREAT"), "'GREAT' is not a label: it is one of MOMENTUM_POS, MOMENTUM_NEG"),
        (("2026-W11",), "Say what 2026-W11 was like"),
        (("2026-W11", "NEUTRAL", "--note", "x" * 501), "A note is one line of at most 500 characters"),
        (("2026-W11", "NEUTRAL", "--note", "a\x1b[31mb"), "A note is one line"),
    ],
)
def test_a_correction_that_cannot_be_is_refused_in_clear_words_and_nothing_is_kept(
    serp_radio: SerpRadio, acme: LocalStore, words: tuple[str, ...], says: str
) -> None:
    answer = serp_radio("label", ACME, *words)
    assert answer.code == 1
    assert says in answer.sentence
    assert said_in(acme) == []


def test_a_tenant_without_uploads_cannot_be_corrected(serp_radio: SerpRadio, acme: LocalStore) -> None:
    assert "nobody has no upload that can be read" in serp_radio("label", "nobody", "2026-W11", "NEUTRAL").sentence
    assert acme.folders("tenants/") == (ACME,)


def test_what_cannot_be_read_is_named_in_the_list(serp_radio: SerpRadio, acme: LocalStore) -> None:
    acme.put("tenants/acme/corrections/by hand.json", b"{}")
    serp_radio("label", ACME, "2026-W11", "NEUTRAL")
    listed = serp_radio("label", ACME).out
    assert "by hand.json can't be read" in listed
    assert "2026-W11" in listed
