import datetime as dt
import posixpath
import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from serp_radio_pipeline.storage.keys import (
    LONGEST_NAME,
    ArtefactKeyError,
    artefact_key,
    safe_name,
    tenant_prefix,
    upload_key,
    uploads_prefix,
)
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.test_tenant import slugs

ACME = Tenant("acme")
CAME = dt.datetime(2026, 3, 25, 9, 30, 0, 250_000, dt.UTC)
SHA256 = "ab" * 32

BREAKOUTS = [
    *("..", "/", "\\", "|", "\0", "\n", ".", " ", "~", "*", "?", ":", "a", "csv", "é", "日本語", "\ud800"),
    *("%2e", "%2F", "%00", "%252e", "．", "／", "․", "∕", "⁄", "＼", "｜", "a\u0338", "\u202e", "½", "⒈"),
]
names = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from(BREAKOUTS), max_size=40).map("".join),
    st.text(st.characters(categories=["L", "N", "M"]), min_size=100, max_size=400).map(lambda text: f"{text}.csv"),
)


@given(slugs, names)
@example("acme", "../../../etc/passwd")
@example("acme", "..\\..\\x")
@example("acme", "/")
@example("acme", "..")
def test_no_upload_name_leaves_the_tenants_uploads(slug: str, name: str) -> None:
    tenant = Tenant(slug)
    key = upload_key(tenant, name, SHA256, CAME)
    assert key.startswith(f"tenants/{slug}/uploads/")
    last = key.removeprefix(uploads_prefix(tenant))
    assert not set(last) & set("/\\\0|%\n~*?:")
    assert posixpath.normpath(key) == key == unquote(key)
    # a program that folds look-alikes must not make a path of it either
    assert "/" not in unicodedata.normalize("NFKC", last)
    assert len(last.encode()) <= 255


@given(names)
@example("a" * 300)
@example("日" * 300 + ".csv")
@example("a" * 115 + "." + "b" * 20)
@example("a" * 199 + " .." + "b" * 20)
def test_a_safe_name_is_safe_already_and_never_empty_or_hidden(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert safe[0] not in ". "
    assert len(safe.encode()) <= LONGEST_NAME
    assert safe_name(safe) == safe


@pytest.mark.parametrize(
    "name",
    [
        "Chart.csv",
        "demo.example-Performance-on-Search-2026-03-25.zip",
        "https___www.example.com_-Performance-on-Search-2026-03-25 (1).xlsx",
        "Graphique.csv",
        "图表.csv",
    ],
)
def test_the_names_that_search_console_writes_stay_as_they_are(name: str) -> None:
    assert safe_name(name) == name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("", "upload"),
        ("...", "upload"),
        ("folder/Chart.csv", "Chart.csv"),
        ("C:\\exports\\Chart.csv", "Chart.csv"),
        (".htaccess", "htaccess"),
        ("a|b%2fc.csv", "a_b_2fc.csv"),
        ("U\u0308bersicht.csv", "Übersicht.csv"),
        ("x" * 300 + ".csv", "x" * 196 + ".csv"),
    ],
)
def test_what_could_harm_is_cut_off_or_replaced(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_uploads_of_one_second_keep_their_order() -> None:
    later = CAME + dt.timedelta(microseconds=1)
    assert upload_key(ACME, "b.csv", "f" * 64, CAME) < upload_key(ACME, "a.csv", "0" * 64, later)


def test_an_upload_is_stamped_in_utc_wherever_it_came_from() -> None:
    auckland = CAME.astimezone(dt.timezone(dt.timedelta(hours=13)))
    assert upload_key(ACME, "a.csv", SHA256, auckland) == upload_key(ACME, "a.csv", SHA256, CAME)
    assert "/20260325T093000.250000Z-abababababab-a.csv" in upload_key(ACME, "a.csv", SHA256, auckland)


@given(slugs, slugs, st.dates())
def test_no_tenants_prefix_holds_anothers_keys(one: str, other: str, date: dt.date) -> None:
    key = artefact_key(Tenant(one), "mp3", date, "mp3")
    assert key.startswith(tenant_prefix(Tenant(one)))
    assert key.startswith(tenant_prefix(Tenant(other))) == (one == other)
    assert posixpath.normpath(key) == key


def test_an_artefact_lies_under_tenant_asset_and_date() -> None:
    assert artefact_key(ACME, "raw_metrics", dt.date(2026, 3, 22), "parquet") == (
        "tenants/acme/raw_metrics/2026-03-22.parquet"
    )


@given(st.one_of(names, st.sampled_from(["../x", "a/b", "Mp3", "mp3\n", "", "_x", "٣"])))
def test_a_name_that_is_none_of_an_asset_makes_no_key(name: str) -> None:
    is_plain = name.isascii() and name[:1].isalpha() and name.replace("_", "a").isalnum() and name.islower()
    if is_plain and len(name) <= 63:
        assert f"/{name}/" in artefact_key(ACME, name, CAME.date(), "json")
    else:
        with pytest.raises(ArtefactKeyError):
            artefact_key(ACME, name, CAME.date(), "json")


@pytest.mark.parametrize("extension", ["", ".json", "../x", "json/", "JSON", "json\n", "x" * 11])
def test_an_extension_cannot_break_out_of_a_key(extension: str) -> None:
    with pytest.raises(ArtefactKeyError, match="can't be part of a key"):
        artefact_key(ACME, "labels", CAME.date(), extension)
