"""Clients of a test's Search Console, which never really wait."""

from serp_radio_pipeline.console.client import Connection, SearchConsole
from serp_radio_pipeline.console.credentials import read_credentials
from serp_radio_pipeline.console.patience import Patience
from serp_radio_pipeline_tests.console.console_server import ConsoleServer

SITE = "sc-domain:shop.example"


def client_of(server: ConsoleServer, waits: list[float], secret: str = "", seconds: float = 5.0) -> SearchConsole:
    connection = Connection(server.endpoint, str(server.certificates.authority), seconds)
    credentials = read_credentials(secret or server.service_account, "env:SECRET")
    return SearchConsole(credentials, connection, Patience(sleep=waits.append))
