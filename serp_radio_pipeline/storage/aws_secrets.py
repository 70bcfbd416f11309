"""Secrets by their name in AWS Secrets Manager. Nothing of a secret is kept, shown, or part of an error."""

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from serp_radio_pipeline.console.errors import ConsoleError, ConsoleUnavailableError, SecretError

ATTEMPTS, CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 4, 5.0, 15.0
_GONE = ("ResourceNotFoundException", "InvalidRequestException", "InvalidParameterException", "ValidationException")


def read_aws_secret(name: str) -> str:
    """Return the text of a secret; region and credentials come the usual AWS ways.

    Raises:
        SecretError: there is no such secret, it is no text, or it may not be read.
        ConsoleUnavailableError: AWS could not be asked now.
    """
    config = Config(
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
    )
    try:
        answer = boto3.client("secretsmanager", config=config).get_secret_value(SecretId=name)
    except (ClientError, BotoCoreError, HTTPClientError) as error:
        failure = _failure(error, name)
    else:
        if text := answer.get("SecretString"):
            return str(text)
        failure = SecretError(f"The secret aws:{name} is no text; store the JSON as plain text.")
    raise failure


def _failure(error: Exception, name: str) -> ConsoleError:
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
    if code in _GONE:
        return SecretError(f"AWS Secrets Manager has no secret {name} in this region that can be read ({code}).")
    if "AccessDenied" in code:
        return SecretError(f"AWS does not let the secret {name} be read: allow secretsmanager:GetSecretValue on it.")
    return ConsoleUnavailableError(f"AWS Secrets Manager could not be asked for {name} ({code}); try again later.")
