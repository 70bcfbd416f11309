"""The small page at `/`: drop a file, see what was recognised, hear it. It asks nobody but this service."""

import datetime as dt
from importlib import resources
from urllib.parse import urlsplit

from fastapi import APIRouter, Response

from serp_radio_pipeline.storage.store import LinkingStore, Store

FILES = {"/": "text/html; charset=utf-8", "/page.js": "text/javascript; charset=utf-8", "/page.css": "text/css"}
_NAMES = {"/": "index.html"}
_FIXED = (
    "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def front_page_routes(store: Store) -> APIRouter:
    """Return the routes of the page and what it is made of; they need no key, and tell nothing of any tenant."""
    router = APIRouter(include_in_schema=False)
    for path, media_type in FILES.items():
        router.get(path)(_giving(store, path, media_type))
    return router


def _giving(store: Store, path: str, media_type: str):  # type: ignore[no-untyped-def]
    def give() -> Response:
        content = resources.files(__package__).joinpath("page", _NAMES.get(path, path[1:])).read_bytes()
        files = f"'self'{_bucket(store)}"
        headers = {
            "Content-Security-Policy": f"{_FIXED}; connect-src {files}; media-src {files}",
            "Cache-Control": "no-cache",
        }
        return Response(content, headers=headers, media_type=media_type)

    return give


def _bucket(store: Store) -> str:
    """Return where a store's own links lead: sound comes from there, and whatever a program reads of a piece."""
    if not isinstance(store, LinkingStore):
        return ""
    link = urlsplit(store.presigned_url("sound.mp3", dt.timedelta(minutes=1)))
    return f" {link.scheme}://{link.netloc}"
