"""`serp-radio serve`: the API, listening. Without keys it listens to this machine alone, and says so."""

import sys
from typing import Annotated

import typer

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.api_keys import ApiKeys
from serp_radio_pipeline.storage.location import open_store


class ServeError(SerpRadioError):
    """An address that the API must not listen on."""


def serve(host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1") -> None:
    """Start the API on SERP_RADIO_API_PORT."""
    import uvicorn  # noqa: PLC0415

    from serp_radio_pipeline.api.access import LOOPBACK  # noqa: PLC0415
    from serp_radio_pipeline.api.app import build_app  # noqa: PLC0415

    settings = Settings.from_environment()
    store = open_store(settings.store_url, encryption=settings.s3_encryption)
    if not ApiKeys(store).any_exist():
        if host not in LOOPBACK:
            raise ServeError(f"Without keys the API can't listen on {host}: issue one with 'serp-radio keys create'.")
        print("No keys are issued: the API listens to this machine alone.", file=sys.stderr)
    # a proxy's word on who is calling is not believed: behind one on this machine anybody would be of this machine
    uvicorn.run(build_app(settings, store), host=host, port=settings.api_port, proxy_headers=False, server_header=False)
