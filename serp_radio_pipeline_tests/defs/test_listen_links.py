"""Where to listen, as the UI says it: never a link that can run out."""

from pathlib import Path

import pytest

from serp_radio_pipeline.defs.listen_links import listen_metadata
from serp_radio_pipeline.storage.feed_token import FeedToken, new_token, write_feed_token
from serp_radio_pipeline.storage.keys import feed_token_key
from serp_radio_pipeline.storage.location import S3Location
from serp_radio_pipeline.storage.s3_store import S3Store
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.episodes import SUNDAY

ACME = Tenant("acme")
URL = "https://radio.example"


def said(store: LocalStore | S3Store, asset: str, public_url: str = "") -> dict[str, str]:
    found = listen_metadata(store, asset, ACME, SUNDAY, public_url)
    return {name: str(getattr(value, "value", value)) for name, value in found.items()}


@pytest.mark.parametrize(
    ("asset", "file"),
    [("mp3", f"mp3/{SUNDAY}.mp3"), ("episode", f"episode/{SUNDAY}.html"), ("feed", f"episode/{SUNDAY}.html")],
)
def test_in_a_folder_it_is_the_files_address(tmp_path: Path, asset: str, file: str) -> None:
    assert said(LocalStore(tmp_path), asset) == {"listen": f"file://{tmp_path}/tenants/acme/{file}"}


def test_on_s3_it_is_the_command_that_makes_a_link(tmp_path: Path) -> None:
    store = S3Store(None, S3Location("radio", "sites/"))
    assert said(store, "mp3") == {
        "listen": f"serp-radio link acme {SUNDAY}",
        "listen at": f"s3://radio/sites/tenants/acme/mp3/{SUNDAY}.mp3",
    }


def test_a_feed_that_is_served_has_a_public_address(tmp_path: Path) -> None:
    store, token = LocalStore(tmp_path), new_token()
    store.put("tenants/acme/uploads/x.csv", b"x")
    assert "listen, once published" not in said(store, "feed", URL)
    write_feed_token(store, ACME, FeedToken(token))
    assert said(store, "feed", URL)["listen, once published"] == f"{URL}/feeds/{token}/{SUNDAY}.html"
    assert "listen, once published" not in said(store, "feed")
    store.put(feed_token_key(ACME), b"damaged")
    assert said(store, "feed", URL).keys() == {"listen"}


def test_what_is_not_heard_says_nothing(tmp_path: Path) -> None:
    assert said(LocalStore(tmp_path), "labels", URL) == {}
