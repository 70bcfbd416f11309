"""A tenant's page: every episode and every day of the year on it, nothing asked of anybody, texts stay text."""

import dataclasses
import datetime as dt
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.radio.charts import series_chart
from serp_radio_pipeline.radio.feed import EmptyFeedError
from serp_radio_pipeline.radio.figures import METRICS
from serp_radio_pipeline.radio.label_calendar import WEEKS, label_calendar
from serp_radio_pipeline.radio.links import IN_STORE
from serp_radio_pipeline.radio.tenant_page import MOST_EPISODES, tenant_page
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.episodes import SUNDAY
from serp_radio_pipeline_tests.radio.entries import entry_of, year_of_entries
from serp_radio_pipeline_tests.radio.page_reading import Page

TENANT = Tenant("demo")
YEAR = year_of_entries(MOST_EPISODES)


def rows_of(html: str) -> list[str]:
    return re.findall(r'<tr><th scope="row" data-value="\d+"><time datetime="([\d-]+)">', html)


def test_every_episode_stands_in_the_table_newest_first_with_a_link_to_listen() -> None:
    html = tenant_page(TENANT, year_of_entries(30), [], IN_STORE).decode()
    assert rows_of(html) == [(SUNDAY - dt.timedelta(days=day)).isoformat() for day in range(30)]
    assert html.count('href="episode/2026-03-01.html"') == 1
    assert "30 episodes" in html


def test_a_year_without_its_sounds_stays_under_400_kilobytes_and_is_the_same_twice() -> None:
    page = tenant_page(TENANT, YEAR, [], IN_STORE)
    assert len(page) < 400_000
    assert page == tenant_page(TENANT, YEAR, [], IN_STORE)


def test_nothing_on_it_asks_for_anything_outside_and_only_its_own_script_runs() -> None:
    page = Page(tenant_page(TENANT, year_of_entries(30), [], IN_STORE))
    assert page.asks_outside() == []
    assert page.runs_only_its_own()
    assert "media-src 'self' file:;" in page.policy


def test_a_silent_episode_keeps_its_numbers_and_is_offered_to_nobody() -> None:
    page = tenant_page(
        TENANT, [entry_of(0)], [entry_of(1)], IN_STORE, [(SUNDAY - dt.timedelta(days=1), "its sound is gone")]
    )
    html = page.decode()
    assert rows_of(html) == ["2026-03-22", "2026-03-21"]
    assert "sound gone" in html
    assert "2026-03-21: its sound is gone." in html
    assert [one["date"] for one in json.loads(Page(page).inside["script"][0])] == ["2026-03-22"]
    assert "Two episodes with sound are needed, and there is one." in html


def test_without_an_episode_there_is_no_page() -> None:
    with pytest.raises(EmptyFeedError, match="serp-radio sonify demo"):
        tenant_page(TENANT, [], [], IN_STORE)


def test_the_newest_day_is_compared_with_its_weekday_a_week_before() -> None:
    now = dataclasses.replace(entry_of(0), figures={"clicks": 120.0, "impressions": 50.0, "ctr": None, "position": 4.0})
    then = dataclasses.replace(entry_of(7), figures={"clicks": 100.0, "impressions": 50.0, "ctr": 0.1, "position": 5.5})
    html = tenant_page(TENANT, [now, then], [], IN_STORE).decode()
    for value, words, direction in (
        ("120", "20% above", "better"),
        ("50", "as the Sunday before", "level"),
        ("none", "no Sunday before it", "unknown"),
        ("4.0", "1.5 better", "better"),
    ):
        assert re.search(rf'<li class="{direction}">.*\n.*>{value}<.*\n.*>{words}<', html), words


def test_corrected_episodes_say_which_days() -> None:
    html = tenant_page(TENANT, [entry_of(0, corrected=(SUNDAY,)), entry_of(1)], [], IN_STORE).decode()
    assert "<em>corrected</em>" in html
    assert "2026-03-22: Corrected: when this episode first came out, the numbers of 2026-03-22 were others." in html


@given(st.text(max_size=60) | st.sampled_from(["<script>alert(1)</script>", "</script><img onerror=x>", '"><b>']))
@settings(deadline=None, max_examples=40)
def test_whatever_a_tenant_writes_is_text(text: str) -> None:
    plain, said = (
        Page(tenant_page(TENANT, [entry_of(0, reason=reason), entry_of(1, reason=reason)], [], IN_STORE))
        for reason in ("x", text)
    )
    assert [(tag, sorted(a)) for tag, a in said.elements] == [(tag, sorted(a)) for tag, a in plain.elements]
    assert len(said.inside["script"]) == 2


@given(st.sets(st.integers(0, 800), min_size=1, max_size=40))
def test_the_calendar_holds_every_day_once_mondays_on_top_and_ends_with_the_newest_week(days: set[int]) -> None:
    entries = [entry_of(day) for day in days]
    calendar = label_calendar(entries)
    assert len(calendar.rows) == 7
    columns = {len(cells) for _, cells in calendar.rows}
    assert len(columns) == 1
    assert max(columns) <= WEEKS
    assert sum(month.weeks for month in calendar.months) == max(columns)
    cells = [day for _, row in calendar.rows for day in row if day]
    dates = sorted(day.date for day in cells)
    assert dates == [calendar.first + dt.timedelta(days=one) for one in range(len(dates))]
    assert dates[-1] == max(entry.date for entry in entries)
    assert all(day.date.weekday() == index for index, (_, row) in enumerate(calendar.rows) for day in row if day)
    labels = {entry.date: entry.label for entry in entries}
    assert all(day.label == labels.get(day.date) for day in cells)


def test_the_calendar_says_in_words_what_it_shows_in_colours() -> None:
    calendar = label_calendar([entry_of(day, label=Label.MOMENTUM_NEG) for day in (0, 1)] + [entry_of(3)])
    assert calendar.summary == "2026-03-19 to 2026-03-22: 1 day momentum up, 2 days momentum down."
    words = {day.date.day: day.words for _, row in calendar.rows for day in row if day}
    assert words[20] == "20 March 2026: no episode"
    assert words[22] == "22 March 2026: momentum down"


def test_over_a_long_time_the_mean_of_seven_days_is_drawn_and_gaps_stay_open() -> None:
    values: list[float | None] = [float(day % 7) for day in range(140)]
    values[60:80] = [None] * 20
    dates = (SUNDAY - dt.timedelta(days=139), SUNDAY)
    drawn = series_chart(METRICS["clicks"], values, [False] * 140, dates, "")
    heights = {float(y) for y in re.findall(r"[ML]\d+ ([\d.]+)", drawn.trend)}
    assert 50.0 in heights  # the mean of 0 to 6 is in the middle between them
    assert drawn.trend.count("M") == drawn.line.count("M") == 2
    assert series_chart(METRICS["clicks"], values[:90], [False] * 90, dates, "").trend == ""
