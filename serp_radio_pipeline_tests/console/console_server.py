"""A Search Console on 127.0.0.1 over HTTPS, that behaves as the documented API does, and goes wrong when told to.

Token endpoint with both grants, `sites.list`, and `searchAnalytics.query` with paging, ties in changing order, days
that are left out, and `first_incomplete_date`. As a program it serves a made-up site until it is ended:
`python -m serp_radio_pipeline_tests.console.console_server FOLDER`.
"""

import base64
import datetime as dt
import json
import secrets
import ssl
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from google.auth import crypt, jwt

from serp_radio_pipeline_tests.console.certificates import make_certificates, make_key
from serp_radio_pipeline_tests.console.made_up_site import Row, Site, made_up_site

SCOPE = "https://www.googleapis.com/auth/webmasters.readonly"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
MOST_ROWS = 25_000


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request of the API: a status with a reason, an answer cut off, or a late one."""

    status: int = 200
    reason: str = ""
    cut: bool = False
    broken: bool = False
    seconds: float = 0.0


@dataclass
class ConsoleServer:
    """The server's state. `faults` befall one request each, in order; `asked` are the bodies of all queries so far."""

    folder: Path
    sites: dict[str, Site] = field(default_factory=dict)
    faults: deque[Fault] = field(default_factory=deque)
    fault_of_tokens: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    grants: list[str] = field(default_factory=list)
    refuse_tokens: bool = False
    endpoint: str = ""

    def __post_init__(self) -> None:
        self.certificates = make_certificates(self.folder)
        self.private_key, self.public_key = make_key()
        self.refresh_token, self.client_secret = f"1//{secrets.token_hex()}", secrets.token_hex()

    @property
    def service_account(self) -> str:
        """The JSON of a service account's key."""
        return json.dumps(
            {
                "type": "service_account",
                "client_email": "radio@project.iam.gserviceaccount.com",
                "private_key_id": "1",
                "private_key": self.private_key,
                "token_uri": f"{self.endpoint}/token",
            }
        )

    @property
    def authorized_user(self) -> str:
        """The JSON of a person's refresh token."""
        return json.dumps(
            {
                "type": "authorized_user",
                "client_id": "client",
                "client_secret": self.client_secret,
                "refresh_token": self.refresh_token,
                "token_uri": f"{self.endpoint}/token",
            }
        )

    @property
    def unspeakable(self) -> list[str]:
        """Whatever must never be written anywhere."""
        key = self.private_key.splitlines()[1:-1]
        return [*key, self.refresh_token, self.client_secret, *sorted(self.tokens)]

    def grant(self, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        self.grants.append(form["grant_type"])
        if self.fault_of_tokens:
            return 400, {"error": self.fault_of_tokens, "error_description": "Token has been expired or revoked."}
        if form["grant_type"] == JWT_GRANT:
            claims = jwt.decode(form["assertion"], verify=False)
            *signed, signature = form["assertion"].split(".")
            verifier = crypt.RSAVerifier.from_string(self.public_key)
            if not verifier.verify(".".join(signed), _unpadded(signature)) or claims["scope"] != SCOPE:
                return 400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
        elif (form["refresh_token"], form["client_secret"]) != (self.refresh_token, self.client_secret):
            return 400, {"error": "invalid_grant"}
        token = secrets.token_hex()
        self.tokens.add(token)
        return 200, {"access_token": token, "expires_in": 3600, "scope": SCOPE, "token_type": "Bearer"}

    def list_sites(self) -> dict[str, Any]:
        entries = [{"siteUrl": name, "permissionLevel": site.permission} for name, site in self.sites.items()]
        return {"siteEntry": entries} if entries else {}

    def query(self, name: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.asked.append(body)
        site = self.sites.get(name)
        if site is None or site.permission == "siteUnverifiedUser":
            return _error(403, "forbidden", f"User does not have sufficient permission for site '{name}'.")
        first, last = (dt.date.fromisoformat(body[end]) for end in ("startDate", "endDate"))
        (dimension,) = body["dimensions"]
        if dimension == "page" and body["aggregationType"] == "byProperty":
            return _error(400, "invalidParameter", "Requests grouped by page can't be aggregated by property.")
        if body["rowLimit"] > MOST_ROWS:
            return _error(400, "invalidParameter", "rowLimit must be at most 25000.")
        rows = self._rows(site, dimension, first, last, is_final=body.get("dataState") != "all")
        page = rows[body["startRow"] :][: body["rowLimit"]]
        answer: dict[str, Any] = {"responseAggregationType": body["aggregationType"]}
        if page:
            answer["rows"] = [_row(row) for row in page]
        incomplete = site.first_incomplete
        if dimension == "date" and body.get("dataState") == "all" and incomplete and first <= incomplete <= last:
            answer["metadata"] = {"first_incomplete_date": incomplete.isoformat()}
        return 200, answer

    def _rows(self, site: Site, dimension: str, first: dt.date, last: dt.date, *, is_final: bool) -> list[Row]:
        table = {"date": {day: [row] for day, row in site.days.items()}, "query": site.queries, "page": site.pages}
        end = min(last, site.first_incomplete - dt.timedelta(days=1)) if is_final and site.first_incomplete else last
        found = [row for day in sorted(table[dimension]) if first <= day <= end for row in table[dimension][day]]
        if dimension == "date":
            return found
        # ties turn around from one request to the next
        turned = found if len(self.asked) % 2 else found[::-1]
        return sorted(turned, key=lambda row: -row[1])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    state: ConsoleServer

    def log_message(self, *words: object) -> None:
        pass

    def do_GET(self) -> None:
        if self._is_let_in() and not self._fails():
            self._answer(200, self.state.list_sites())

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/token":
            self._answer(*self.state.grant({name: values[0] for name, values in parse_qs(content).items()}))
        elif self._is_let_in() and not self._fails():
            name = unquote(self.path.split("/sites/")[1].split("/searchAnalytics")[0])
            self._answer(*self.state.query(name, json.loads(content)))

    def _is_let_in(self) -> bool:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token in self.state.tokens and not self.state.refuse_tokens:
            return True
        self._answer(*_error(401, "authError", "Invalid Credentials"))
        return False

    def _fails(self) -> bool:
        if not self.state.faults:
            return False
        fault = self.state.faults.popleft()
        if fault.status != 200:
            self._answer(*_error(fault.status, fault.reason, "It can't be done."))
        elif fault.cut or fault.broken:
            content = b'{"rows": [{"keys": ["2026-0'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content) + (100 if fault.cut else 0)))
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = fault.cut
        else:
            time.sleep(fault.seconds)
            self._answer(200, {})
        return True

    def _answer(self, status: int, answer: Mapping[str, Any]) -> None:
        content = json.dumps(answer).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            self.close_connection = True  # whoever asked would not wait


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *words: object) -> None:
        pass  # connections that end early are part of the tests


@contextmanager
def console_server(folder: Path) -> Iterator[ConsoleServer]:
    """A server without sites, as long as the block lasts."""
    state = ConsoleServer(folder)
    handler = type("Handler", (_Handler,), {"state": state})
    server = _Server(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(state.certificates.server)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    state.endpoint = f"https://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _row(row: Row) -> dict[str, Any]:
    key, clicks, impressions, position = row
    # counts are floating-point numbers, as in the real answers
    ctr = clicks / impressions if impressions else 0.0
    return {
        "keys": [key],
        "clicks": float(clicks),
        "impressions": float(impressions),
        "ctr": ctr,
        "position": position,
    }


def _error(status: int, reason: str, message: str) -> tuple[int, dict[str, Any]]:
    errors = [{"message": message, "domain": "global", "reason": reason}]
    return status, {"error": {"code": status, "message": message, "errors": errors}}


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def main() -> None:
    folder = Path(sys.argv[1])
    with console_server(folder) as state:
        state.sites["sc-domain:demo.example"] = made_up_site(dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1))
        (folder / "service_account.json").write_text(state.service_account)
        print(f"SERP_RADIO_SEARCH_CONSOLE_URL={state.endpoint}")
        print(f"SERP_RADIO_SEARCH_CONSOLE_CA={state.certificates.authority}")
        print(f"SEARCH_CONSOLE={folder / 'service_account.json'}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
