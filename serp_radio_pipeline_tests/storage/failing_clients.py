"""Clients of S3 that fail as one likes, and what it takes to make one of moto's."""

from typing import Any

from botocore.exceptions import ClientError

from serp_radio_pipeline.storage.location import S3Location
from serp_radio_pipeline.storage.s3_store import S3Store

CREDENTIALS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}


class Failing:
    """A client whose every call fails the same way, or whose answer is given."""

    def __init__(self, error: Exception | None = None, **answers: Any) -> None:
        self.error, self.answers, self.calls = error, answers, 0

    def __getattr__(self, name: str) -> Any:
        def call(**_: Any) -> Any:
            self.calls += 1
            if self.error is not None:
                raise self.error
            return self.answers[name]()

        return call


def failing(error: Exception | None = None, **answers: Any) -> S3Store:
    return S3Store(Failing(error, **answers), S3Location("radio", "sites/a/"))


def answered(code: str, status: int = 400) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "GetObject")
