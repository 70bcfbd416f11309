"""A store in S3 against moto: quick, and blind to credentials. The system tests use a real server."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from serp_radio_pipeline.storage import s3_store
from serp_radio_pipeline.storage.location import S3Location
from serp_radio_pipeline.storage.s3_store import S3Store
from serp_radio_pipeline_tests.storage.failing_clients import CREDENTIALS


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3", **CREDENTIALS)
        client.create_bucket(Bucket="radio")
        yield client


@pytest.fixture
def store(client: Any) -> S3Store:
    for found in client.list_objects_v2(Bucket="radio").get("Contents", ()):
        client.delete_object(Bucket="radio", Key=found["Key"])
    return S3Store(client, S3Location("radio", "sites/a/"), page_size=2)


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_store, "_wait", lambda attempt: None)
