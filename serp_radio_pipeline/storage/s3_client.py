"""The client that speaks to S3: how long it waits, how often it tries, and what its failures mean to a person."""

from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigParseError,
    ConnectionError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)
from botocore.parsers import ResponseParserError

from serp_radio_pipeline.storage.store import (
    ObjectMissingError,
    ObjectReplacedError,
    StoreError,
    StoreUnavailableError,
    WriteConflictError,
)

ATTEMPTS = 5
"""Calls for one answer, the first included; between them 0 to 0.5, 1, 2, 4 s, at random."""

CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 5.0, 30.0
MOST_CONNECTIONS = 16

S3_ERRORS = (BotoCoreError, ClientError, HTTPClientError, ResponseParserError)
"""Everything botocore raises for a call that went wrong; the last is no `BotoCoreError`."""

BROKEN_OFF = (HTTPClientError, IncompleteReadError)
"""What reading a body raises when it ends too early or too late; the client itself retries only what comes before."""

_BUSY = ("SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "ThrottlingException", "Throttling")
_WRONG_KEYS = "S3 knows no such credentials; check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
_SESSION_ENDED = "the AWS session has ended; sign in again."
_WRONG_CLOCK = "this machine's clock is wrong by more than S3 allows; set it, such as with NTP."
_WRONG_REGION = "the bucket lies in another region; set AWS_DEFAULT_REGION to its own."
_DENIED = "access denied; ask for what docs/security.md lists for this key."
_REASONS = {
    "NoSuchBucket": "there is no such bucket; create it, or mend SERP_RADIO_STORE.",
    "AccessDenied": _DENIED,
    "AllAccessDisabled": _DENIED,
    "Forbidden": _DENIED,
    "403": _DENIED,
    "KMS.AccessDeniedException": _DENIED,
    "InvalidAccessKeyId": _WRONG_KEYS,
    "SignatureDoesNotMatch": _WRONG_KEYS,
    "InvalidToken": _WRONG_KEYS,
    "ExpiredToken": _SESSION_ENDED,
    "TokenRefreshRequired": _SESSION_ENDED,
    "RequestTimeTooSkewed": _WRONG_CLOCK,
    "RequestExpired": _WRONG_CLOCK,
    "PermanentRedirect": _WRONG_REGION,
    "AuthorizationHeaderMalformed": _WRONG_REGION,
    "IllegalLocationConstraintException": _WRONG_REGION,
    "301": _WRONG_REGION,
}
"""What S3's error codes mean to a person, and what to do."""


def connect_s3(
    *, connect_timeout: float = CONNECT_TIMEOUT_S, read_timeout: float = READ_TIMEOUT_S, **options: Any
) -> Any:
    """Return a boto3 client with bounded waiting (seconds) and retries; one client serves many threads.

    `options` are `boto3.Session`'s `profile_name` and, of its `client`, region, endpoint, credentials and TLS; what is
    not given comes from the environment, the AWS files or the machine's role, as for every AWS program.

    Raises:
        StoreError: the AWS configuration names a profile or an endpoint that is none.
    """
    config = Config(
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        max_pool_connections=MOST_CONNECTIONS,
        signature_version="s3v4",  # else links are signed with the old scheme, which other servers refuse
    )
    try:
        session = boto3.Session(profile_name=options.pop("profile_name", None))
        return session.client("s3", config=config, **options)
    except (ProfileNotFound, ConfigParseError) as error:
        raise StoreError(
            f"The AWS configuration can't be used: {_plain(error)}; see AWS_PROFILE and ~/.aws."
        ) from error
    except (BotoCoreError, ValueError) as error:
        raise StoreError(f"S3 can't be reached as configured: {_plain(error)}; see AWS_ENDPOINT_URL.") from error


def store_error(error: Exception, what: str) -> StoreError:
    """Return the sentence for a failed call; `what` is what was tried, such as 's3://b/k can't be read'."""
    if isinstance(error, ClientError):
        return _answered(error, what)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return StoreError(f"{what}: there are no AWS credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
    if isinstance(error, ConnectionError | HTTPClientError | IncompleteReadError | ResponseParserError):
        return StoreUnavailableError(
            f"{what}: S3 could not be reached in {ATTEMPTS} attempts ({_plain(error)}); check the network and "
            "AWS_ENDPOINT_URL, then run it again."
        )
    return StoreError(f"{what}: {_plain(error)}.")


def is_denied(error: Exception) -> bool:
    """Whether S3 knew the caller and would not do it."""
    return isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") == "AccessDenied"


def lost_its_reason(error: Exception) -> bool:
    """Whether S3 said that something is not there, but not what: its sentence broke off on the way."""
    return isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") == "404"


def _answered(error: ClientError, what: str) -> StoreError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code == "NoSuchKey":
        return ObjectMissingError(f"{what}: there is no such object.")
    if code in ("PreconditionFailed", "412"):
        return ObjectReplacedError(f"{what}: it was replaced meanwhile.")
    if code == "ConditionalRequestConflict":
        return WriteConflictError(f"{what}: others keep writing it at the same time; run it again.")
    # one server says of an unknown encryption key what it says of unknown credentials
    if code in _REASONS and "kms-keyid" not in str(error):
        return StoreError(f"{what}: {_REASONS[code]}")
    if code in _BUSY or status >= 500:
        return StoreUnavailableError(f"{what}: S3 was failing in all {ATTEMPTS} attempts ({code}); run it again later.")
    return StoreError(f"{what}: S3 answered {_plain(error)}.")


def _plain(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
