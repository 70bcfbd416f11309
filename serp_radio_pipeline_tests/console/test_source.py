"""What `sources.yaml` may say, and the sentence for everything else; it never repeats what could be a secret."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serp_radio_pipeline.console.source import Source, SourceError, make_source, parse_source

DOMAIN = "sc-domain:shop.example"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (DOMAIN, DOMAIN),
        ("sc-domain:Shop.Example", DOMAIN),
        ("https://www.shop.example/", "https://www.shop.example/"),
        ("HTTPS://WWW.shop.example/Blog/", "https://www.shop.example/Blog/"),
    ],
)
def test_a_property_is_read_as_search_console_writes_it(written: str, read: str) -> None:
    assert make_source(written, "env:SECRET").property == read


@pytest.mark.parametrize(
    "written",
    ["shop.example", "https://www.shop.example", "sc-domain:", "ftp://x/", "https://a@b/", "https://x/?q=1", ""],
)
def test_another_property_is_refused(written: str) -> None:
    with pytest.raises(SourceError, match="as Search Console shows it"):
        make_source(written, "env:SECRET")


@pytest.mark.parametrize("written", ['{"type": "service_account"}', "env:A-B", "aws:a b", "1//hidden", ""])
def test_a_secret_that_is_no_name_is_refused_and_not_repeated(written: str) -> None:
    with pytest.raises(SourceError, match="never the secret itself") as raised:
        make_source(DOMAIN, written)
    assert not written or written not in str(raised.value)
    assert raised.value.__suppress_context__


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("property: a\nproperty: b\n", "line 2: the field 'property' is written twice"),
        (f'property: "{DOMAIN}"\n', "'secret' can't be used: it is missing"),
        (f'property: "{DOMAIN}"\nsecret: "env:A"\npassword: x\n', "line 3: there is no field 'password'"),
        (f'property: "{DOMAIN}"\nsecret: "env:A"\nsearch_type: discover\n', "one of web, image, video, news"),
        (f'property: "{DOMAIN}"\nsecret: "env:A"\ndetails: maybe\n', "'details' must be on or off"),
        (f'property: ["{DOMAIN}"]\nsecret: "env:A"\n', "line 1: 'property' must be one word"),
        ("- a\n", "must hold fields"),
        ("", "the file is empty"),
        ("{", "not valid YAML"),
    ],
)
def test_a_file_that_cant_be_used_says_where(file: str, words: str) -> None:
    with pytest.raises(SourceError) as raised:
        parse_source(file.encode())
    assert words in str(raised.value)
    assert str(raised.value).startswith("sources.yaml")


@given(
    st.sampled_from([DOMAIN, "https://www.shop.example/", "https://shop.example/a%20b/"]),
    st.sampled_from(["env:_A1", "aws:radio/my-company", "aws:arn:aws:secretsmanager:eu-west-1:1:secret:x"]),
    st.sampled_from(["web", "image", "video", "news"]),
    st.booleans(),
)
def test_a_source_reads_back_from_its_file(site: str, secret: str, search_type: str, details: bool) -> None:
    source = make_source(site, secret, search_type, details=details)
    assert parse_source(source.to_yaml()) == source


@given(st.text(max_size=80))
def test_whatever_a_property_is_called_its_file_reads_back(text: str) -> None:
    try:
        source = make_source(f"https://{text}/{text}", "env:A")
    except SourceError:
        return
    assert parse_source(source.to_yaml()) == source


def test_a_source_cant_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Source(property=DOMAIN, secret="env:A").secret = "env:B"  # type: ignore[misc]  # noqa: S105, S106 - names
