"""Links to artefacts that work for a while without a key: the store's own where it makes such, else signed here."""

import datetime as dt
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import FileResponse

from serp_radio_pipeline.api.errors import REFUSALS
from serp_radio_pipeline.api.jobs import Jobs
from serp_radio_pipeline.storage.signed_links import LinkInvalidError, LinkSigner
from serp_radio_pipeline.storage.store import LinkingStore, LocalStore, Store, content_type_of

LASTING = dt.timedelta(hours=1)
FILE, LOG = "file", "log"
PAGE_HEADERS = {
    # pages say themselves what may run in them; what they can't say is who may frame them
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cache-Control": "private, max-age=300",
}
Token = Annotated[str, Path(max_length=2000)]


class Links:
    """Makes links that last an hour."""

    def __init__(self, store: Store, now: Callable[[], dt.datetime]) -> None:
        self._store, self._now = store, now
        self.signer = LinkSigner(store)

    def file(self, key: str) -> str:
        """Return a link to an object; one of the API's own is relative to its address."""
        if isinstance(self._store, LinkingStore):
            return self._store.presigned_url(key, LASTING)
        return f"/files/{self.signer.sign(FILE, key, self._now() + LASTING)}/{key.rsplit('/', 1)[-1]}"

    def log(self, job_id: str) -> str:
        """Return a link to what a job's run said."""
        return f"/logs/{self.signer.sign(LOG, job_id, self._now() + LASTING)}"


def link_routes(links: Links, store: Store, jobs: Jobs, now: Callable[[], dt.datetime]) -> APIRouter:
    """Return the routes that such links lead to; the signature is the key."""
    router = APIRouter(tags=["links"])

    @router.get("/files/{token}/{name}", responses=REFUSALS, response_class=Response)
    def file(token: Token, name: Token) -> Response:
        """Give the file that a link from a job stands for."""
        key = links.signer.read(FILE, token, now())
        if name != key.rsplit("/", 1)[-1]:
            raise LinkInvalidError("There is nothing here.")
        return file_answer(store, key)

    @router.get("/logs/{token}", responses=REFUSALS, response_class=Response)
    def log(token: Token) -> Response:
        """Give what a job's run said, one JSON object a line."""
        lines = jobs.log_lines(jobs.find(links.signer.read(LOG, token, now())))
        return Response("".join(json.dumps(line) + "\n" for line in lines), media_type="application/x-ndjson")

    return router


def file_answer(store: Store, key: str) -> Response:
    """Return an object of the store; of a local one in parts too, as players ask for it.

    Raises:
        ObjectMissingError: there is none.
    """
    headers = PAGE_HEADERS if key.endswith(".html") else {"Cache-Control": "private, max-age=300"}
    if isinstance(store, LocalStore) and store.exists(key):
        return FileResponse(store.path(key), media_type=content_type_of(key), headers=headers)
    return Response(store.get(key), HTTPStatus.OK, headers, content_type_of(key))
