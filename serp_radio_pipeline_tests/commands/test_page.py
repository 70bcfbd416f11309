"""`serp-radio page`, as a person meets it."""

import datetime as dt
from pathlib import Path

import pytest

from serp_radio_pipeline.radio.overview import Overview, TenantState
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.command_line import SerpRadio
from serp_radio_pipeline_tests.radio.entries import entry_of


def test_a_tenants_page_is_made_anew_and_its_place_said(serp_radio: SerpRadio, store_folder: Path) -> None:
    store, entry = LocalStore(store_folder), entry_of(0, tenant="acme")
    store.put(f"tenants/acme/feed/{entry.date}.json", entry.to_json())
    store.put(f"tenants/acme/mp3/{entry.date}.mp3", b"ID3")
    answer = serp_radio("page", "acme")
    assert (answer.code, answer.err) == (0, "")
    page = Path(answer.out.strip())
    assert page == store_folder / "tenants" / "acme" / "index.html"
    assert f'href="episode/{entry.date}.html"' in page.read_text(encoding="utf-8")


def test_the_fleets_page_is_that_of_the_last_overview(serp_radio: SerpRadio, store_folder: Path) -> None:
    overview = Overview(dt.datetime(2026, 3, 25, tzinfo=dt.UTC), (TenantState(Tenant("acme"), True),))
    LocalStore(store_folder).put("catalog/tenant_overview.json", overview.to_json())
    answer = serp_radio("page", "--fleet")
    assert (answer.code, answer.err) == (0, "")
    assert "acme" in Path(answer.out.strip()).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "Say which tenant, or --fleet"),
        (("acme", "--fleet"), "Say which tenant, or --fleet"),
        (("acme",), "acme has no episode to listen to yet"),
        (("../acme",), "is not a tenant name"),
        (("--fleet",), "Nobody has looked at the fleet yet"),
    ],
)
def test_what_cannot_be_shown_is_said(serp_radio: SerpRadio, words: tuple[str, ...], says: str) -> None:
    answer = serp_radio("page", *words)
    assert (answer.code, answer.out) == (1, "")
    assert says in answer.sentence
