"""The client on a real HTTPS server: every number as it was sent, and every fault the right answer or sentence."""

import datetime as dt
import json
import logging
import traceback
from collections.abc import Callable

import pytest

from serp_radio_pipeline.console.client import SearchConsole
from serp_radio_pipeline.console.errors import (
    ConsoleAnswerError,
    ConsoleError,
    ConsoleRequestError,
    ConsoleUnavailableError,
    PropertyRefusedError,
    QuotaError,
    ReconnectError,
)
from serp_radio_pipeline.ingest.daily_metrics import DailyRow
from serp_radio_pipeline_tests.console.clients import SITE, client_of
from serp_radio_pipeline_tests.console.console_server import JWT_GRANT, ConsoleServer, Fault
from serp_radio_pipeline_tests.console.made_up_site import Row

MONDAY = dt.date(2026, 3, 2)
SUNDAY = dt.date(2026, 3, 8)
QUOTAS = ["rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"]


def days(console: SearchConsole) -> tuple[DailyRow, ...]:
    return console.days(SITE, "web", MONDAY, SUNDAY).days


def fill(server: ConsoleServer) -> tuple[DailyRow, ...]:
    """Give the site two days, and return them."""
    server.sites[SITE].say(MONDAY, 12, 3456, 7.123456789012345)
    server.sites[SITE].say(SUNDAY, 0, 3, 1 / 3 + 1)
    return DailyRow(MONDAY, 12, 3456, 7.123456789012345), DailyRow(SUNDAY, 0, 3, 1 / 3 + 1)


def test_days_are_the_servers_to_the_last_digit_and_ends_are_included(
    server: ConsoleServer, console: SearchConsole
) -> None:
    given = fill(server)
    server.sites[SITE].say(MONDAY - dt.timedelta(days=1), 9, 9, 9)
    server.sites[SITE].first_incomplete = SUNDAY
    answer = console.days(SITE, "web", MONDAY, SUNDAY)
    assert answer.days == given
    assert answer.first_incomplete == SUNDAY
    first = server.asked[0]
    assert first == {
        "startDate": "2026-03-02",
        "endDate": "2026-03-08",
        "dimensions": ["date"],
        "type": "web",
        "aggregationType": "byProperty",
        "dataState": "all",
        "rowLimit": 25_000,
        "startRow": 0,
    }


@pytest.mark.parametrize("name", ["first_incomplete_date", "firstIncompleteDate"])
def test_the_first_day_that_is_not_final_may_be_called_as_in_either_of_googles_documents(
    name: str, server: ConsoleServer, console: SearchConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "query", lambda site, body: (200, {"metadata": {name: "2026-03-08"}}))
    assert console.days(SITE, "web", MONDAY, SUNDAY).first_incomplete == SUNDAY


def test_both_kinds_of_secret_sign_in(server: ConsoleServer, waits: list[float]) -> None:
    given = fill(server)
    assert days(client_of(server, waits, server.service_account)) == given
    assert days(client_of(server, waits, server.authorized_user)) == given
    assert server.grants == [JWT_GRANT, "refresh_token"]


def many_queries(server: ConsoleServer, clicks: Callable[[int], int], count: int = 30_000) -> list[Row]:
    """Give the site more queries than a page holds, and return them."""
    rows = [(f"query {n}", clicks(n), 90_000, 1.5 + n / 7) for n in range(count)]
    server.sites[SITE].queries[MONDAY] = rows
    return rows


def starts(server: ConsoleServer) -> list[int]:
    return [body["startRow"] for body in server.asked]


def test_pages_are_asked_for_until_one_is_empty(server: ConsoleServer, console: SearchConsole) -> None:
    rows = many_queries(server, lambda n: 30_000 - n)
    found = console.details(SITE, "web", MONDAY, "query", 40_000)
    assert starts(server) == [0, 25_000, 50_000]
    assert [(row.label, row.clicks, row.impressions, row.position) for row in found.rows] == rows
    assert (found.count, found.missing) == (30_000, 0)


def test_rows_that_a_tie_left_out_are_asked_for_again_in_one_page(
    server: ConsoleServer, console: SearchConsole
) -> None:
    # from place 15,000 on all have one click, in another order on the second page than on the first
    rows = many_queries(server, lambda n: 30_000 // (n + 1))
    found = console.details(SITE, "web", MONDAY, "query", 40_000)
    assert starts(server) == [0, 25_000, 50_000, 15_000]
    assert {(row.label, row.clicks, row.impressions, row.position) for row in found.rows} == set(rows)
    assert (found.missing, found.clicks) == (0, sum(clicks for _, clicks, *_ in rows))


def test_a_tie_below_the_rows_that_are_kept_is_not_asked_for_again(
    server: ConsoleServer, console: SearchConsole
) -> None:
    rows = many_queries(server, lambda n: 30_000 // (n + 1))
    found = console.details(SITE, "web", MONDAY, "query", 5_000)
    assert starts(server) == [0, 25_000, 50_000]
    assert [row.clicks for row in found.rows] == [clicks for _, clicks, *_ in rows[:5_000]]
    assert (found.missing, found.count, found.clicks) == (0, 30_000, sum(clicks for _, clicks, *_ in rows))


def test_a_tie_longer_than_a_page_is_asked_for_until_all_have_come(
    server: ConsoleServer, console: SearchConsole
) -> None:
    rows = many_queries(server, lambda n: 0, 40_000)
    found = console.details(SITE, "web", MONDAY, "query", 5_000)
    assert (found.missing, found.count, len(found.rows)) == (0, 40_000, 5_000)
    assert {row.label for row in found.rows} <= {label for label, *_ in rows}
    assert starts(server)[:3] == [0, 25_000, 50_000]


def test_a_row_that_stays_hidden_behind_a_tie_is_counted_and_asked_for_no_more_than_three_times(
    server: ConsoleServer, console: SearchConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = many_queries(server, lambda n: 1)
    # last where the first page is asked for, first where the second is
    hiding = {0: [*rows[1:], rows[0]], 25_000: rows}
    monkeypatch.setattr(server, "_rows", lambda *_, **__: hiding.get(starts(server)[-1], rows))
    found = console.details(SITE, "web", MONDAY, "query", 40_000)
    assert (found.missing, found.count, found.clicks, len(found.rows)) == (1, 30_000, 30_000, 29_999)
    assert starts(server) == [0, 25_000, 50_000, *[0, 25_000] * 3]


def test_pages_of_a_site_are_not_counted_by_property(server: ConsoleServer, console: SearchConsole) -> None:
    server.sites[SITE].pages[MONDAY] = [("https://shop.example/", 5, 50, 3.25)]
    assert [row.clicks for row in console.details(SITE, "web", MONDAY, "page", 9).rows] == [5]


def test_a_site_without_data_gives_no_days(console: SearchConsole) -> None:
    assert days(console) == ()


@pytest.mark.parametrize(
    "fault",
    [Fault(500), Fault(503), Fault(cut=True), Fault(broken=True), Fault(429, "rateLimitExceeded")]
    + [Fault(403, reason) for reason in QUOTAS],
    ids=str,
)
def test_what_passes_is_waited_out(
    fault: Fault, server: ConsoleServer, console: SearchConsole, waits: list[float]
) -> None:
    given = fill(server)
    server.faults.extend([fault, fault])
    assert days(console) == given
    assert len(waits) >= 1
    assert waits == sorted(waits)


def test_a_slow_answer_is_asked_for_again(server: ConsoleServer, waits: list[float]) -> None:
    given = fill(server)
    console = client_of(server, waits, seconds=0.3)
    server.faults.append(Fault(seconds=1.0))
    assert days(console) == given
    assert waits == [1.0]


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (Fault(500), ConsoleUnavailableError, "was failing (500); try again later"),
        (Fault(503), ConsoleUnavailableError, "was failing (503)"),
        (Fault(cut=True), ConsoleUnavailableError, "try again later"),
        (Fault(broken=True), ConsoleUnavailableError, "cut off, or is no JSON"),
        (Fault(429, "rateLimitExceeded"), QuotaError, "quota is used up (rateLimitExceeded)"),
        *((Fault(403, reason), QuotaError, f"quota is used up ({reason})") for reason in QUOTAS),
    ],
    ids=str,
)
def test_what_does_not_pass_ends_in_a_sentence(
    fault: Fault,
    kind: type[ConsoleError],
    words: str,
    server: ConsoleServer,
    console: SearchConsole,
    waits: list[float],
) -> None:
    server.faults.extend([fault] * 50)
    with pytest.raises(kind) as raised:
        days(console)
    assert words in str(raised.value)
    assert len(waits) == 4


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (Fault(403, "forbidden"), PropertyRefusedError, "may not read the property (forbidden)"),
        (Fault(403, "accessNotConfigured"), PropertyRefusedError, "not switched on"),
        (Fault(400, "invalidParameter"), ConsoleRequestError, "refused the request (400)"),
    ],
    ids=str,
)
def test_what_no_patience_helps_is_not_tried_again(
    fault: Fault,
    kind: type[ConsoleError],
    words: str,
    server: ConsoleServer,
    console: SearchConsole,
    waits: list[float],
) -> None:
    server.faults.append(fault)
    with pytest.raises(kind) as raised:
        days(console)
    assert words in str(raised.value)
    assert waits == []


def test_a_property_of_somebody_else_is_refused_in_a_sentence(console: SearchConsole) -> None:
    with pytest.raises(PropertyRefusedError, match="Users and permissions"):
        console.days("sc-domain:other.example", "web", MONDAY, SUNDAY)


@pytest.mark.parametrize("kind", ["service_account", "authorized_user"])
def test_credentials_that_were_revoked_ask_to_reconnect(kind: str, server: ConsoleServer, waits: list[float]) -> None:
    server.fault_of_tokens = "invalid_grant"
    with pytest.raises(ReconnectError, match=r"\(invalid_grant\): reconnect"):
        days(client_of(server, waits, getattr(server, kind)))
    assert waits == []


def test_a_token_that_is_refused_asks_to_reconnect(server: ConsoleServer, console: SearchConsole) -> None:
    server.refuse_tokens = True
    with pytest.raises(ReconnectError, match=r"\(401\): reconnect"):
        days(console)


def test_a_server_without_a_trusted_certificate_is_not_talked_to(server: ConsoleServer, waits: list[float]) -> None:
    (server.folder / "authority.pem").write_bytes(
        (server.folder / "server.pem").read_bytes().split(b"-----END PRIVATE KEY-----\n")[1]
    )
    with pytest.raises(ConsoleUnavailableError, match="could not be reached"):
        days(client_of(server, waits))
    assert server.asked == []


@pytest.mark.parametrize(
    "row",
    [
        {"keys": ["2026-03-02"], "clicks": 1.5, "impressions": 2, "position": 1},
        {"keys": ["2026-03-02"], "clicks": 1, "impressions": 2},
        {"keys": ["2026-03-02"], "clicks": 1, "impressions": 2, "position": 0.5},
        {"keys": ["2026-03-02"], "clicks": -1, "impressions": 2, "position": 1},
        {"keys": ["2026-03-32"], "clicks": 1, "impressions": 2, "position": 1},
        {"keys": ["2026-04-02"], "clicks": 1, "impressions": 2, "position": 1},
        {"keys": [], "clicks": 1, "impressions": 2, "position": 1},
        {"clicks": 1, "impressions": 2, "position": 1},
        "no row",
    ],
    ids=json.dumps,
)
def test_a_row_that_cant_be_is_an_error_and_never_zero(
    row: object, server: ConsoleServer, console: SearchConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "query", lambda name, body: (200, {"rows": [row]}))
    with pytest.raises(ConsoleAnswerError):
        days(console)


def test_a_query_that_is_no_text_is_made_one(server: ConsoleServer, console: SearchConsole) -> None:
    server.sites[SITE].queries[MONDAY] = [("half \ud83d of an emoji", 5, 50, 3.25)]
    assert [row.label for row in console.details(SITE, "web", MONDAY, "query", 9).rows] == ["half ? of an emoji"]


def test_no_error_and_no_log_holds_a_secret(
    server: ConsoleServer, waits: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = []
    for fault in ("", "invalid_grant"):
        server.fault_of_tokens = fault
        for secret in (server.service_account, server.authorized_user):
            server.faults.extend([Fault(403, "forbidden")] if not fault else [])
            with pytest.raises(ConsoleError) as raised:
                days(client_of(server, waits, secret))
            told.append("".join(traceback.format_exception(raised.value)) + repr(raised.value.__context__))
    text = "\n".join([*told, caplog.text])
    assert len(server.tokens) == 2
    assert [secret for secret in server.unspeakable if secret in text] == []
