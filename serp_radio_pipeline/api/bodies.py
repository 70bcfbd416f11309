"""How much of a request's body is read, and for how long: a wall in front of every route. What it says is theirs."""

import asyncio
from http import HTTPStatus

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_JSON_BYTES = 2**20
FORM_OVERHEAD_BYTES = 2**16
"""What a form adds to the file in it."""
PATIENCE_SECONDS = 30.0
"""How long the next piece of a body may take to come."""


class BodyLimit:
    """Refuses a body that is too large, compressed, or too slow, while it comes: what is refused is never held."""

    def __init__(
        self, app: ASGIApp, upload_path: str, most_upload_bytes: int, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._app, self._upload_path, self._patience = app, upload_path, patience_seconds
        self._most_upload = most_upload_bytes + FORM_OVERHEAD_BYTES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, its body behind the wall."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most_upload if scope["path"] == self._upload_path else MOST_JSON_BYTES
        headers = dict(scope["headers"])
        is_compressed = headers.get(b"content-encoding", b"identity").strip().lower() not in (b"", b"identity")
        announced = headers.get(b"content-length", b"0")
        too_large = HTTPException(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is over {most:,} bytes: send less at once."
        )
        came, is_whole = 0, False

        async def bounded() -> Message:
            nonlocal came, is_whole
            if is_compressed:
                raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the body as it is, without compression.")
            if announced.isdigit() and int(announced) > most:
                raise too_large
            if is_whole:
                return await receive()  # only the end of the connection can follow
            try:
                message = await asyncio.wait_for(receive(), self._patience)
            except TimeoutError as error:
                raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, "The body came too slowly.") from error
            came += len(message.get("body", b""))
            is_whole = not message.get("more_body", False)
            if came > most:
                raise too_large
            return message

        await self._app(scope, bounded, send)
