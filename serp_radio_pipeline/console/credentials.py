"""The text of a secret to what signs in to Google: a service account's key, or a person's refresh token."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from serp_radio_pipeline.console.errors import SecretError

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

SCOPE = "https://www.googleapis.com/auth/webmasters.readonly"
GOOGLE_TOKENS = "https://oauth2.googleapis.com/token"
_KINDS = "a service account's key, or an authorized user with client_id, client_secret and refresh_token"


def read_credentials(text: str, name: str) -> "Credentials":
    """Return what signs in, for reading alone; `name` is the secret's, for sentences.

    Raises:
        SecretError: the text is neither kind of JSON. No word of it is repeated.
    """
    try:
        fields = json.loads(text)
        credentials = _credentials(fields)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        credentials = None
    # raised out here, or the JSON would follow as the error's context
    if credentials is None:
        raise SecretError(f"The secret {name} does not hold credentials: it must be the JSON of {_KINDS}.")
    return credentials


def account_of(text: str) -> str:
    """Return who signs in, in words that are no secret."""
    fields = json.loads(text)
    return f"service account {fields['client_email']}" if fields["type"] == "service_account" else "a person's account"


def _credentials(fields: Mapping[str, Any]) -> "Credentials | None":
    # google.auth takes 0.3 s to import: only where something is fetched
    from google.oauth2 import credentials, service_account  # noqa: PLC0415

    tokens = fields.get("token_uri") or GOOGLE_TOKENS
    if not isinstance(tokens, str) or not tokens.startswith("https://"):
        return None
    if fields["type"] == "service_account":
        account: Credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
            fields, scopes=[SCOPE]
        )
        return account
    if fields["type"] != "authorized_user":
        return None
    words = [fields[name] for name in ("refresh_token", "client_id", "client_secret")]
    if not all(isinstance(word, str) and word for word in words):
        return None
    # from_authorized_user_info would pass over token_uri
    person: Credentials = credentials.Credentials(  # type: ignore[no-untyped-call]
        None, refresh_token=words[0], client_id=words[1], client_secret=words[2], token_uri=tokens, scopes=[SCOPE]
    )
    return person
