"""Numbers and dates in a listener's locale: what is written, and what never changes with it."""

import datetime as dt
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from serp_radio_pipeline.radio.card import card
from serp_radio_pipeline.radio.drawing import Words, drawable
from serp_radio_pipeline.radio.episode import Episode, make_episode
from serp_radio_pipeline.radio.feed import feed_xml
from serp_radio_pipeline.radio.feed_entry import feed_entry
from serp_radio_pipeline.radio.first_edition import first_edition
from serp_radio_pipeline.radio.fleet_page import fleet_page
from serp_radio_pipeline.radio.links import IN_STORE
from serp_radio_pipeline.radio.locale_format import (
    LocaleError,
    decimal,
    drawn_date,
    known_locale,
    long_date,
    percent,
    short_date,
    signed,
    whole,
    written_in,
)
from serp_radio_pipeline.radio.overview import Overview, TenantState
from serp_radio_pipeline.radio.tenant_page import tenant_page
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.episodes import SUNDAY, TENANT, demo_score
from serp_radio_pipeline_tests.radio.entries import entry_of

DAY = dt.date(2026, 11, 15)
WRITTEN = {
    "en": ("1,234,567", "1,234.5", "7.42%", "+12%", "-1,234", "2026-11-15", "Sunday, 15 November 2026"),
    "de": ("1.234.567", "1.234,5", "7,42 %", "+12 %", "-1.234", "15. Nov. 2026", "Sonntag, 15. November 2026"),
    "fr": ("1 234 567", "1 234,5", "7,42 %", "+12 %", "-1 234", "15 nov. 2026", "dimanche 15 novembre 2026"),
    "hi": ("12,34,567", "1,234.5", "7.42%", "+12%", "-1,234", "15 नव॰ 2026", "रविवार, 15 नवंबर 2026"),
    "tr": ("1.234.567", "1.234,5", "%7,42", "+%12", "-1.234", "15 Kas 2026", "15 Kasım 2026 Pazar"),
}


@pytest.mark.parametrize("locale", WRITTEN)
def test_numbers_and_dates_are_written_as_the_locale_does(locale: str) -> None:
    with written_in(locale):
        said = (
            *(whole(1234567), decimal(1234.5), percent(0.0742, 2), percent(0.12, sign=True), signed(-1234)),
            *(short_date(DAY), long_date(DAY)),
        )
    assert tuple(re.sub("[\u00a0\u202f]", " ", one) for one in said) == WRITTEN[locale]


@given(st.floats(-1e9, 1e9), st.integers(0, 3))
def test_in_every_locale_the_same_digits_are_said(value: float, places: int) -> None:
    said = []
    for locale in ("de", "hi", "fr"):
        with written_in(locale):
            said.append(re.sub(r"\D", "", decimal(value, places)))
    assert len(set(said)) == 1


def test_a_locale_ends_with_its_block_even_by_an_error() -> None:
    with pytest.raises(ZeroDivisionError), written_in("de"):
        _ = 1 / 0
    assert whole(1234) == "1,234"


@pytest.mark.parametrize(
    ("name", "usual"), [("en", "en"), ("de-at", "de_AT"), ("pt_BR", "pt_BR"), ("zh-Hant", "zh_Hant")]
)
def test_a_locale_may_be_written_either_way(name: str, usual: str) -> None:
    assert known_locale(name) == usual


@pytest.mark.parametrize("name", ["klingon", "xx_YY", "de_", "../de", "de\n", ""])
def test_what_is_no_locale_is_refused(name: str) -> None:
    with pytest.raises(LocaleError, match="is no locale, such as"):
        known_locale(name)


def test_a_picture_has_no_letters_that_its_font_lacks() -> None:
    with written_in("ja"):
        assert drawn_date(DAY) == "2026/11/15"
    with written_in("de"):
        assert drawn_date(DAY) == "15.11.2026"  # and never März
    with written_in("nl"):
        assert drawn_date(DAY) == "zondag 15 november 2026"


@pytest.mark.parametrize(
    "locale", ["ar", "cs", "de_CH", "en_GB", "fr", "he", "hi", "ja", "lt", "pl", "ro", "ru", "sv", "tr"]
)
def test_every_letter_of_a_picture_is_in_its_font(locale: str) -> None:
    font = ImageFont.load_default(40)
    absent = bytes(font.getmask("\uffff"))
    with written_in(locale):
        texts = [part.text for part in card(demo_score("13w", "very large")).parts if isinstance(part, Words)]
        texts += [drawn_date(dt.date(2026, month, 5)) for month in range(1, 13)] + [signed(-1234)]
    letters = {letter for text in texts for letter in drawable(text)}
    assert {letter for letter in letters if bytes(font.getmask(letter)) == absent} == set()


def data_of(made: Episode) -> dict[str, list[dict[str, object]]]:
    found = re.search(rb'<script type="application/json" id="episode">(.*?)</script>', made.page, re.DOTALL)
    assert found
    parsed: dict[str, list[dict[str, object]]] = json.loads(found[1])
    return parsed


def test_an_episodes_words_are_in_the_locale_and_what_machines_read_is_not() -> None:
    score = demo_score()
    english, german = make_episode(score, None), make_episode(score, None, "de")
    assert "Sonntag, 22. März 2026" in german.page.decode()
    assert ">22.3.2026<" in german.card_svg.decode()
    assert "22. März 2026" in german.notes.decode()
    assert re.search(r"[0-9],[0-9]{2}\u00a0%", german.page.decode())
    assert not re.search(r"[0-9]\.[0-9]{2}%", german.page.decode())
    assert german.chapters == english.chapters
    stamps = re.compile(rb"^[0-9:.]+ --> [0-9:.]+$", re.MULTILINE)
    assert stamps.findall(german.transcript) == stamps.findall(english.transcript)
    times = re.compile(rb'data-seek="[0-9.]+"|datetime="[0-9-]+"')
    assert times.findall(german.page) == times.findall(english.page)
    assert [day["date"] for day in data_of(german)["days"]] == [day["date"] for day in data_of(english)["days"]]
    assert make_episode(score, None) == english


def test_the_feed_keeps_its_dates() -> None:
    score = demo_score()
    english, german = (feed_entry(score, b"ID3", first_edition(score, b"ID3"), locale) for locale in ("en", "de"))
    assert german.figures == english.figures
    dates = re.compile(rb"<pubDate>.*?</pubDate>|<title>.*?</title>")
    assert dates.findall(feed_xml(TENANT, [german], IN_STORE)) == dates.findall(feed_xml(TENANT, [english], IN_STORE))


def test_a_tenants_page_is_in_the_locale_and_sorts_by_what_is_not() -> None:
    page = tenant_page(TENANT, [entry_of(0), entry_of(1)], [], IN_STORE, (), "de").decode()
    assert f'data-value="{SUNDAY.toordinal()}"><time datetime="2026-03-22">22. März 2026</time>' in page
    assert "Sonntag, 22. März 2026" in page
    assert "2026-03-22 Sun" not in page


def test_the_fleets_page_is_in_the_locale() -> None:
    state = TenantState(Tenant("acme"), True, SUNDAY, None, "passed", (1000,) * 7 + (2000,) * 7)
    page = fleet_page(Overview(dt.datetime(2026, 3, 25, tzinfo=dt.UTC), (state,)), locale="de").decode()
    assert 'data-value="14000">14.000</td>' in page
    assert "+100\u00a0%" in page
    assert ">22. März 2026</td>" in page
    assert "Mittwoch, 25. März 2026, 00:00 UTC" in page
