from collections.abc import Iterator
from pathlib import Path

import pytest

from serp_radio_pipeline.console.client import SearchConsole
from serp_radio_pipeline_tests.console.clients import SITE, client_of
from serp_radio_pipeline_tests.console.console_server import ConsoleServer, console_server
from serp_radio_pipeline_tests.console.made_up_site import Site


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ConsoleServer]:
    """A Search Console that knows one empty property."""
    with console_server(tmp_path / "server") as state:
        state.sites[SITE] = Site()
        yield state


@pytest.fixture
def waits() -> list[float]:
    """How long was waited, in seconds."""
    return []


@pytest.fixture
def console(server: ConsoleServer, waits: list[float]) -> SearchConsole:
    """A client on that server, which never really waits."""
    return client_of(server, waits)
