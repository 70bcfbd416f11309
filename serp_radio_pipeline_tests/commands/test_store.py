"""`serp-radio link` and `serp-radio store` where no S3 is needed: what they refuse, and what they print."""

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serp_radio_pipeline.commands.store import StoreCommandError, parse_duration
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline_tests.command_line import SerpRadio

DAY = "2026-03-22"


def test_a_link_into_a_folder_is_its_file_and_says_what_links_need(serp_radio: SerpRadio, store_folder: Path) -> None:
    store = LocalStore(store_folder)
    for key in (f"tenants/acme/mp3/{DAY}.mp3", f"tenants/acme/midi/{DAY}.mid"):
        store.put(key, b"x")
    answer = serp_radio("link", "acme", DAY)
    assert (answer.code, answer.out) == (0, f"{store.uri(f'tenants/acme/mp3/{DAY}.mp3')}\n")
    assert "need a store in S3" in answer.sentence
    assert serp_radio("link", "acme", DAY, "--kind", "midi").out == f"{store.uri(f'tenants/acme/midi/{DAY}.mid')}\n"


def test_what_is_not_there_has_no_link(serp_radio: SerpRadio, store_folder: Path) -> None:
    answer = serp_radio("link", "acme", DAY)
    assert (answer.code, answer.out) == (1, "")
    assert answer.sentence == (f"acme has no mp3 of {DAY} yet: make it with 'serp-radio sonify acme --date {DAY}'.")
    assert not store_folder.exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("../acme", DAY), "is not a tenant name"),
        (("acme%2f", DAY), "is not a tenant name"),
        (("acme", "../2026-03-22"), "is not a date"),
        (("acme", "2026-13-01"), "is not a date"),
        (("acme", "20260322"), "is not a date"),
        (("acme", "٢٠٢٦-٠٣-٢٢"), "is not a date"),
        (("acme", DAY, "--expires", "soon"), "write it as 30m, 24h or 7d"),
        (("acme", DAY, "--expires", "0h"), "write it as 30m, 24h or 7d"),
    ],
)
def test_a_wrong_word_is_said(serp_radio: SerpRadio, words: tuple[str, ...], sentence: str) -> None:
    answer = serp_radio("link", *words)
    assert answer.code == 1
    assert sentence in answer.sentence


@given(st.integers(1, 99_999), st.sampled_from([("m", 60), ("h", 3600), ("d", 86400)]))
def test_a_duration_is_a_number_and_a_unit(number: int, unit: tuple[str, int]) -> None:
    assert parse_duration(f"{number}{unit[0]}") == dt.timedelta(seconds=number * unit[1])


@given(st.text(max_size=10))
def test_no_other_text_is_a_duration(text: str) -> None:
    try:
        duration = parse_duration(text)
    except StoreCommandError:
        return
    assert text[-1] in "mhd"
    assert text.isascii()
    assert duration > dt.timedelta()


def test_a_folder_has_no_lifecycle(serp_radio: SerpRadio) -> None:
    assert "Lifecycle rules need a store in S3" in serp_radio("store", "lifecycle").sentence


def test_the_lifecycle_is_printed_without_asking_s3(serp_radio: SerpRadio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERP_RADIO_STORE", "s3://no-such-bucket/sites")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    answer = serp_radio("store", "lifecycle", "--days", "30")
    rules = json.loads(answer.out)["Rules"]
    assert (answer.code, answer.err) == (0, "")
    assert rules[0]["Filter"]["And"]["Prefix"] == "sites/tenants/"
    assert rules[0]["Expiration"] == {"Days": 30}
    assert "Expiration" not in rules[1]
