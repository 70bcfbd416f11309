"""The fleet's page: who needs a look comes first, every tenant has its row, and nothing is asked of anybody."""

import datetime as dt
import re

import pytest

from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.radio.fleet_page import fleet_page, fleet_rows
from serp_radio_pipeline.radio.overview import Overview, TenantState
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.episodes import SUNDAY
from serp_radio_pipeline_tests.radio.page_reading import Page

NOW = dt.datetime(2026, 3, 25, 7, tzinfo=dt.UTC)


def state(
    name: str, label: Label | None = Label.NEUTRAL, clicks: tuple[int | None, ...] = (10,) * 28, checks: str = "passed"
) -> TenantState:
    return TenantState(Tenant(name), True, SUNDAY if label else None, label, checks, clicks if label else ())


STATES = (
    state("all-well", Label.MOMENTUM_POS, (10,) * 21 + (12,) * 7),
    state("broken", None, checks="run failed"),
    state("down-a-bit", Label.MOMENTUM_NEG, (10,) * 21 + (9,) * 7),
    state("down-much", Label.MOMENTUM_NEG, (10,) * 21 + (5,) * 7),
    state("failing", Label.MOMENTUM_POS, checks="failed: mp3_is_fit_to_publish"),
    TenantState(Tenant("new"), False),
    state("steady"),
    state("wild", Label.VOLATILE_SPIKE),
)
OVERVIEW = Overview(NOW, STATES)


def test_the_worst_comes_first() -> None:
    assert [row.state.tenant.slug for row in fleet_rows(OVERVIEW)] == [
        *("broken", "failing", "down-much", "down-a-bit", "wild", "steady", "all-well", "new"),
    ]


@pytest.mark.parametrize(
    ("clicks", "total", "change"),
    [
        ((10,) * 14, 70, 0.0),
        ((10,) * 7 + (15,) * 7, 105, 0.5),
        ((10,) * 7 + (None, None, None, 20, 20, 20, 20), 80, 1.0),
        ((10,) * 7 + (None, None, None, None, 20, 20, 20), 60, None),
        ((0,) * 7 + (5,) * 7, 35, None),
        ((5,) * 7, 35, None),
        ((None,) * 28, None, None),
        ((), None, None),
    ],
)
def test_weeks_are_compared_day_for_day_and_only_where_there_are_enough(
    clicks: tuple[int | None, ...], total: int | None, change: float | None
) -> None:
    (row,) = fleet_rows(Overview(NOW, (state("a", clicks=clicks),)))
    assert (row.clicks, row.change) == (total, change)


def test_every_tenant_has_a_row_and_whoever_has_an_episode_a_link() -> None:
    html = fleet_page(OVERVIEW).decode()
    assert re.findall(r'<th scope="row">(?:<a href="[^"]+">)?([a-z-]+)', html) == [
        row.state.tenant.slug for row in fleet_rows(OVERVIEW)
    ]
    assert '<a href="../tenants/steady/index.html">steady</a>' in html
    assert '<th scope="row">broken</th>' in html
    assert '<span class="name">Need a look</span><span class="value">2</span>' in html


def test_nothing_on_it_asks_for_anything_and_only_its_own_script_runs() -> None:
    page = Page(fleet_page(OVERVIEW))
    assert page.asks_outside() == []
    assert page.runs_only_its_own()
    assert "media-src 'none'" in page.policy


def test_whatever_stands_in_a_checks_word_is_text() -> None:
    evil = Overview(NOW, (state("a", checks="failed: <script>alert(1)</script>\u202e"),))
    plain = Overview(NOW, (state("a", checks="failed: x"),))
    one, other = Page(fleet_page(evil)), Page(fleet_page(plain))
    assert [tag for tag, _ in one.elements] == [tag for tag, _ in other.elements]
    assert "\u202e" not in "".join(one.words)


def test_an_empty_fleet_says_how_to_begin() -> None:
    html = fleet_page(Overview(NOW, ())).decode()
    assert "0 tenants" in html
    assert "serp-radio upload TENANT FILE" in html
