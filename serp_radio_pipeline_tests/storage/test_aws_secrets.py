"""Secrets by name in AWS Secrets Manager, against moto: the text, or a sentence that holds none of it."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from serp_radio_pipeline.console.errors import ConsoleUnavailableError, SecretError
from serp_radio_pipeline.storage import aws_secrets
from serp_radio_pipeline.storage.aws_secrets import read_aws_secret


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield


def test_a_secret_is_read_by_its_name(aws: None) -> None:
    boto3.client("secretsmanager").create_secret(Name="radio/shop", SecretString='{"type": "service_account"}')
    assert read_aws_secret("radio/shop") == '{"type": "service_account"}'


def test_a_secret_that_is_not_there_is_named(aws: None) -> None:
    with pytest.raises(SecretError, match="no secret radio/shop in this region"):
        read_aws_secret("radio/shop")


def test_a_secret_that_is_no_text_is_refused(aws: None) -> None:
    boto3.client("secretsmanager").create_secret(Name="radio/shop", SecretBinary=b"\x00hidden")
    with pytest.raises(SecretError, match="is no text") as raised:
        read_aws_secret("radio/shop")
    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("AccessDeniedException", SecretError, "allow secretsmanager:GetSecretValue"),
        ("InternalServiceError", ConsoleUnavailableError, "try again later"),
    ],
)
def test_what_aws_refuses_is_a_sentence(
    aws: None, monkeypatch: pytest.MonkeyPatch, code: str, kind: type[Exception], words: str
) -> None:
    client = boto3.client("secretsmanager")
    stub = Stubber(client)
    stub.add_client_error("get_secret_value", code)
    monkeypatch.setattr(aws_secrets.boto3, "client", lambda name, config: client)
    with stub, pytest.raises(kind, match=words):
        read_aws_secret("radio/shop")


def test_without_a_region_aws_cant_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(ConsoleUnavailableError, match="NoRegionError"):
        read_aws_secret("radio/shop")
