"""`serp-radio keys`: who may call the API, issued, listed, rotated and revoked."""

import datetime as dt
from typing import Annotated

import typer

from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.api_keys import ApiKey, ApiKeyError, ApiKeys, Scope
from serp_radio_pipeline.storage.location import open_store
from serp_radio_pipeline.tenant import Tenant

app = typer.Typer(name="keys", help="Look after the keys to the API.", no_args_is_help=True)
IdentifierArgument = Annotated[str, typer.Argument(help="the key's 16 hex digits, as 'list' shows them")]


@app.command()
def create(
    tenant: Annotated[str | None, typer.Argument(help="the tenant's name")] = None,
    operator: Annotated[bool, typer.Option("--operator", help="a key to every tenant")] = False,
    scope: Annotated[list[Scope] | None, typer.Option(help="what it may do; default: everything")] = None,
) -> None:
    """Issue a key and print it, this once."""
    if operator == (tenant is not None):
        raise ApiKeyError("Say whose key it is: 'serp-radio keys create TENANT', or --operator.")
    name = None if tenant is None else Tenant(tenant)
    _, text = _keys().issue(name, frozenset(scope or Scope), dt.datetime.now(dt.UTC))
    print(text)


@app.command("list")
def list_keys() -> None:
    """Name every key: its digits, whose it is, what it may do, when it was issued, whether it was revoked."""
    for key in _keys().all():
        print(_line(key))


@app.command()
def rotate(identifier: IdentifierArgument) -> None:
    """Issue a key in another's place, print it this once, and end the old one."""
    _, text = _keys().rotate(identifier, dt.datetime.now(dt.UTC))
    print(text)


@app.command()
def revoke(identifier: IdentifierArgument) -> None:
    """End a key."""
    print(_line(_keys().revoke(identifier, dt.datetime.now(dt.UTC))))


def _line(key: ApiKey) -> str:
    state = "in force" if key.revoked_at is None else f"revoked {key.revoked_at:%Y-%m-%d %H:%M} UTC"
    whose = key.tenant or "(operator)"
    return f"{key.identifier}  {whose}  {','.join(sorted(key.scopes))}  {key.created_at:%Y-%m-%d %H:%M} UTC  {state}"


def _keys() -> ApiKeys:
    settings = Settings.from_environment()
    return ApiKeys(open_store(settings.store_url, encryption=settings.s3_encryption))
