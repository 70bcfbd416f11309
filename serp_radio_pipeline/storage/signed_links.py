"""Links that open one thing for a while without a key: signed, so that nobody can make one, or make it last longer."""

import base64
import binascii
import datetime as dt
import hmac
import json
import secrets
from functools import cached_property

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.storage.keys import LINK_SIGNING_KEY
from serp_radio_pipeline.storage.store import ObjectExistsError, ObjectMissingError, Store

SECRET_BYTES = 32


class LinkInvalidError(SerpRadioError):
    """A link that was not made here."""


class LinkExpiredError(SerpRadioError):
    """A link whose time is over."""


class LinkSigner:
    """Signs with a secret that lies in the store, so that every copy of the API honours the others' links."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def sign(self, purpose: str, subject: str, expires_at: dt.datetime) -> str:
        """Return a token that stands for the subject until then; letters, digits, `-`, `_` and one dot."""
        payload = json.dumps([purpose, subject, int(expires_at.timestamp())]).encode()
        return f"{_text(payload)}.{_text(self._signature(payload))}"

    def read(self, purpose: str, token: str, now: dt.datetime) -> str:
        """Return the subject that a token of that purpose stands for.

        Raises:
            LinkInvalidError: nobody here made it, or for another purpose.
            LinkExpiredError: its time is over.
        """
        try:
            payload, signature = (_bytes(part) for part in token.split("."))
            is_ours = hmac.compare_digest(signature, self._signature(payload))
        except (ValueError, binascii.Error) as error:
            raise LinkInvalidError("There is nothing here.") from error
        if not is_ours:
            raise LinkInvalidError("There is nothing here.")
        made_for, subject, expires_at = json.loads(payload)
        if made_for != purpose:
            raise LinkInvalidError("There is nothing here.")
        if now.timestamp() >= expires_at:
            raise LinkExpiredError("This link is no longer valid: ask for a new one.")
        return str(subject)

    def _signature(self, payload: bytes) -> bytes:
        return hmac.digest(self._secret, payload, "sha256")

    @cached_property
    def _secret(self) -> bytes:
        try:
            return self._store.get(LINK_SIGNING_KEY)
        except ObjectMissingError:
            try:
                made = secrets.token_bytes(SECRET_BYTES)
                self._store.create(LINK_SIGNING_KEY, made)
            except ObjectExistsError:
                return self._store.get(LINK_SIGNING_KEY)
            return made


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
