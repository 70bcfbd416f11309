"""Doors for the tests: the API on a store and a DAGSTER_HOME of a folder's own."""

import datetime as dt
from pathlib import Path

from fastapi.testclient import TestClient

from serp_radio_pipeline.api.app import build_app
from serp_radio_pipeline.ingest.demo_series import HARD_SETS, demo_series, generate_export_csv
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.api_keys import ApiKeys
from serp_radio_pipeline.storage.store import LocalStore

NOW = dt.datetime(2026, 3, 25, 12, tzinfo=dt.UTC)
LAST_DAY = dt.date(2026, 3, 22)


def door(folder: Path, address: str = "127.0.0.1", *, store: LocalStore | None = None, **variables: str) -> TestClient:
    """Return a client of the API, as somebody at an address sees it."""
    places = {"DAGSTER_HOME": str(folder / "home"), "SERP_RADIO_STORE": str(folder / "store")}
    settings = Settings.from_environment({**places, **variables})
    app = build_app(settings, store or LocalStore(folder / "store"), lambda: NOW)
    return TestClient(app, base_url="http://127.0.0.1", client=(address, 5), raise_server_exceptions=False)


def keys_in(folder: Path) -> ApiKeys:
    """Return the keys of the store in a folder."""
    return ApiKeys(LocalStore(folder / "store"))


def bearer(text: str) -> dict[str, str]:
    """Return the header that carries a key."""
    return {"Authorization": f"Bearer {text}"}


def export(name: str = "small and steady") -> bytes:
    """Return a made-up export that ends on `LAST_DAY`."""
    return generate_export_csv(demo_series(HARD_SETS[name], LAST_DAY))
