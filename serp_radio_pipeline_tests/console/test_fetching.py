"""A fetch as a whole: what its details count, and what it says of those that never came."""

import datetime as dt

import pytest

from serp_radio_pipeline.console.client import SearchConsole
from serp_radio_pipeline.console.fetching import fetch_days
from serp_radio_pipeline.console.source import parse_source
from serp_radio_pipeline.console.spans import Span
from serp_radio_pipeline_tests.console.clients import SITE
from serp_radio_pipeline_tests.console.console_server import ConsoleServer

MONDAY = dt.date(2026, 3, 2)
NOW = dt.datetime(2026, 3, 10, 5, tzinfo=dt.UTC)
SOURCE = parse_source(f'property: "{SITE}"\nsecret: "env:SEARCH_CONSOLE"\n'.encode())


def test_rows_whose_names_never_came_count_and_are_said(
    server: ConsoleServer, console: SearchConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [(f"query {n}", 1, 5, 2.0) for n in range(30_000)]
    site = server.sites[SITE]
    site.say(MONDAY, 40_000, 150_000, 2.0)
    usual = server._rows

    def hiding(of, dimension, *days, **options):  # type: ignore[no-untyped-def]
        if dimension != "query":
            return usual(of, dimension, *days, **options)
        # last where the first page is asked for, first where the second is
        return rows if server.asked[-1]["startRow"] else [*rows[1:], rows[0]]

    monkeypatch.setattr(server, "_rows", hiding)
    found = fetch_days(console, SOURCE, Span(MONDAY, MONDAY), NOW, {}, set())
    assert found.fetch is not None
    queries = next(one for one in found.fetch.details if one.dimension == "query")
    assert (len(queries.rows()), queries.left_out, queries.named_clicks) == (5_000, 25_000, 30_000)
    assert "Of 1 rows Search Console gave no query or page" in found.trouble
