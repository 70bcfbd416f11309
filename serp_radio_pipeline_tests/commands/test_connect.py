"""`connect` and `fetch` as a person uses them: on a Search Console of their own, over HTTPS."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from serp_radio_pipeline.console.spans import newest_days
from serp_radio_pipeline_tests.command_line import SerpRadio
from serp_radio_pipeline_tests.console.console_server import ConsoleServer, console_server
from serp_radio_pipeline_tests.console.made_up_site import Site, made_up_site

SITE = "sc-domain:demo.example"
CONNECT = ("connect", "shop", "--property", SITE, "--secret", "env:SHOP_SECRET")


@pytest.fixture
def server(tmp_path: Path, store_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ConsoleServer]:
    """A Search Console that has the made-up site up to yesterday, and is the one in the settings."""
    with console_server(tmp_path / "server") as state:
        state.sites[SITE] = made_up_site(yesterday())
        monkeypatch.setenv("SERP_RADIO_SEARCH_CONSOLE_URL", state.endpoint)
        monkeypatch.setenv("SERP_RADIO_SEARCH_CONSOLE_CA", str(state.certificates.authority))
        monkeypatch.setenv("SHOP_SECRET", state.service_account)
        yield state


def yesterday() -> dt.date:
    return newest_days(dt.datetime.now(dt.UTC), 1).last


def test_connecting_writes_the_names_and_no_secret(
    server: ConsoleServer, serp_radio: SerpRadio, store_folder: Path
) -> None:
    answer = serp_radio(*CONNECT)
    assert (answer.code, answer.err) == (0, "")
    said = f"{SITE}, web search, with queries and pages, secret env:SHOP_SECRET"
    assert answer.out == f"shop: connected, {said}\n"
    written = (store_folder / "tenants/shop/sources.yaml").read_text()
    assert written == f'property: "{SITE}"\nsecret: "env:SHOP_SECRET"\nsearch_type: web\ndetails: on\n'
    assert serp_radio("connect", "shop").out == f"shop: {said}\n"
    assert server.grants == []


def test_a_check_says_who_signs_in_and_up_to_which_day_there_are_data(
    server: ConsoleServer, serp_radio: SerpRadio
) -> None:
    answer = serp_radio(*CONNECT, "--check")
    assert answer.code == 0
    assert answer.out.splitlines()[1:] == [
        "shop: signed in as service account radio@project.iam.gserviceaccount.com",
        f"  {SITE} can be read (siteFullUser)",
        f"  there are web search data up to {yesterday()}, provisional from {server.sites[SITE].first_incomplete} on",
    ]


def test_a_check_of_a_site_without_data_says_so(server: ConsoleServer, serp_radio: SerpRadio) -> None:
    server.sites[SITE] = Site()
    assert "it has no web search data from" in serp_radio(*CONNECT, "--check").out


def test_a_check_of_a_property_of_somebody_else_says_what_to_do(server: ConsoleServer, serp_radio: SerpRadio) -> None:
    server.sites[SITE].permission = "siteUnverifiedUser"
    answer = serp_radio(*CONNECT, "--check")
    assert answer.code == 1
    assert f"may not read {SITE}" in answer.sentence


def test_a_check_with_a_persons_token_that_was_revoked_says_reconnect(
    server: ConsoleServer, serp_radio: SerpRadio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_SECRET", server.authorized_user)
    server.fault_of_tokens = "invalid_grant"
    answer = serp_radio(*CONNECT, "--check")
    assert answer.code == 1
    assert "(invalid_grant): reconnect" in answer.sentence


def test_a_fetch_says_what_came_and_the_next_what_it_changed(
    server: ConsoleServer, serp_radio: SerpRadio, store_folder: Path
) -> None:
    serp_radio(*CONNECT)
    first = serp_radio("fetch", "shop")
    assert (first.code, first.err) == (0, "")
    assert "210 days" in first.out
    day = yesterday()
    _, clicks, impressions, position = server.sites[SITE].days[day]
    server.sites[SITE].say(day, clicks + 1, impressions, position)
    second = serp_radio("fetch", "shop")
    assert "it changes 1 day that earlier uploads gave:" in second.out
    assert f"{clicks + 1:,}" in second.out
    assert len(list((store_folder / "tenants/shop/uploads").iterdir())) == 2


def test_an_uploaded_fetch_is_inspected_like_any_file(
    server: ConsoleServer, serp_radio: SerpRadio, store_folder: Path
) -> None:
    serp_radio(*CONNECT)
    serp_radio("fetch", "shop")
    (file,) = (store_folder / "tenants/shop/uploads").iterdir()
    shown = serp_radio("inspect", file).out
    assert f"property: {SITE}" in shown
    assert "filters: none" in shown


@pytest.mark.parametrize("kind", ["json", "path"])
def test_a_secret_may_be_the_json_or_the_path_of_its_file(
    server: ConsoleServer, serp_radio: SerpRadio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    (tmp_path / "key.json").write_text(server.service_account)
    monkeypatch.setenv("SHOP_SECRET", str(tmp_path / "key.json") if kind == "path" else server.service_account)
    serp_radio(*CONNECT)
    assert serp_radio("fetch", "shop").code == 0


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("", "SHOP_SECRET is not set"),
        ("1//a-refresh-token", "neither JSON nor the path"),
        ("{}", "does not hold credentials"),
        ('{"type": "service_account"}', "does not hold credentials"),
        ('{"type": "authorized_user", "refresh_token": "1//a-refresh-token"}', "does not hold credentials"),
        ('{"type": "external_account"}', "does not hold credentials"),
        ('{"token_uri": "http://127.0.0.1/1//a-refresh-token"}', "does not hold credentials"),
    ],
)
def test_a_secret_that_is_none_is_a_sentence_without_it(
    server: ConsoleServer, serp_radio: SerpRadio, monkeypatch: pytest.MonkeyPatch, secret: str, words: str
) -> None:
    monkeypatch.setenv("SHOP_SECRET", secret)
    serp_radio(*CONNECT)
    answer = serp_radio("fetch", "shop")
    assert answer.code == 1
    assert words in answer.sentence
    assert "a-refresh-token" not in answer.err


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--property", SITE), "Say both"),
        (("--secret", "env:A"), "Say both"),
        (("--property", "demo.example", "--secret", "env:A"), "as Search Console shows it"),
        (("--property", SITE, "--secret", "1//hidden"), "never the secret itself"),
        (("--property", SITE, "--secret", "env:A", "--search-type", "discover"), "one of web, image, video, news"),
        (("--check",), "is not connected"),
        ((), "is not connected"),
    ],
)
def test_a_connection_that_cant_be_writes_nothing(
    serp_radio: SerpRadio, store_folder: Path, more: tuple[str, ...], words: str
) -> None:
    answer = serp_radio("connect", "shop", *more)
    assert answer.code == 1
    assert words in answer.sentence
    assert "hidden" not in answer.err
    assert not store_folder.exists()


def test_a_name_that_was_mistyped_gets_no_folder(serp_radio: SerpRadio, store_folder: Path) -> None:
    answer = serp_radio("fetch", "shpo")
    assert "'serp-radio connect shpo" in answer.sentence
    assert not store_folder.exists()
