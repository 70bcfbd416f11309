"""`serp-radio feed`: the address of a tenant's podcast feed, made, replaced, taken back; and the folder behind it."""

import enum
import sys
from pathlib import Path
from typing import Annotated

import typer

from serp_radio_pipeline.commands.own_templates import own_templates
from serp_radio_pipeline.commands.published_folder import publish, withdraw
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.radio.figures import count_of
from serp_radio_pipeline.radio.links import FEED_NAME, FOLDER
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.feed_token import (
    FeedToken,
    lead_addresses,
    new_token,
    read_feed_token,
    write_feed_token,
)
from serp_radio_pipeline.storage.keys import feed_key
from serp_radio_pipeline.storage.location import open_store
from serp_radio_pipeline.storage.store import Store
from serp_radio_pipeline.storage.tenant_feed import Listed, write_feed_and_page
from serp_radio_pipeline.tenant import Tenant


class FeedCommandError(SerpRadioError):
    """A feed that nobody may listen to any more."""


class Wish(enum.StrEnum):
    """What to do with the address."""

    SHOW = "show"
    ROTATE = "rotate"
    REVOKE = "revoke"


def feed(
    tenant: Annotated[str, typer.Argument(help="the tenant's name, such as my-company")],
    wish: Annotated[
        Wish, typer.Argument(help="show the address, rotate it (the old one ends), or revoke it")
    ] = Wish.SHOW,
    out: Annotated[
        Path | None, typer.Option(help="write the folder to serve there; remove what is no longer valid")
    ] = None,
) -> None:
    """Say where a tenant's podcast feed is served, for apps to subscribe to; whoever knows the address can listen."""
    settings, name = Settings.from_environment(), Tenant(tenant)
    store = open_store(settings.store_url, encryption=settings.s3_encryption)
    token = _token(settings, store, name, wish)
    if out is not None:
        for folder in withdraw(token, out):
            print(f"serp-radio: removed {folder}", file=sys.stderr)
    if token.current is None:
        print(f"{name}: the feed has no address any more. Its folder must go from wherever it was copied to.")
        return
    if out is not None:
        with own_templates(settings):
            folder, listed = publish(store, name, token.current, out, settings)
        _say(folder, listed)
    print(_address(settings, token.current))


def _token(settings: Settings, store: Store, tenant: Tenant, wish: Wish) -> FeedToken:
    """Return what is in force after the wish, and write the stored feed anew where its links changed."""
    before = read_feed_token(store, tenant)
    if wish is Wish.SHOW and before.was_revoked:
        raise FeedCommandError(
            f"{tenant}'s feed was revoked: 'serp-radio feed {tenant} rotate' gives it a new address."
        )
    if wish is Wish.SHOW and before.current:
        lead_addresses(store, tenant, before)  # one that was made before the API served feeds
        return before
    after = before.replaced_by(None if wish is Wish.REVOKE else new_token())
    write_feed_token(store, tenant, after)
    if store.exists(feed_key(tenant)):
        with own_templates(settings):
            write_feed_and_page(store, tenant, settings.public_url, settings.feed_episodes, locale=settings.locale)
    return after


def _address(settings: Settings, token: str) -> str:
    path = f"{FOLDER}/{token}/{FEED_NAME}"
    if settings.public_url:
        return f"{settings.public_url}/{path}"
    print(
        "serp-radio: this is relative to where the folder of --out is served; SERP_RADIO_PUBLIC_URL says where.",
        file=sys.stderr,
    )
    return path


def _say(folder: Path, listed: Listed) -> None:
    print(f"serp-radio: {count_of(len(listed.entries), 'episode')} in {folder}", file=sys.stderr)
    for one in listed.left_out:
        print(f"serp-radio: {one.date} is left out: {one.reason}.", file=sys.stderr)
