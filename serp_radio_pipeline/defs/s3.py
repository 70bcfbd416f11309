"""Dagster's S3 resource with bounded waiting; imported only where the store is in S3."""

from typing import Any

from dagster_aws.s3 import S3Resource

from serp_radio_pipeline.storage.s3_client import connect_s3


class BoundedS3Resource(S3Resource):
    """`S3Resource`, whose client gives up after bounded time and attempts, and keeps connections for many threads.

    The stock client waits a minute for each of its answers, and has no more than ten connections.
    """

    def get_client(self) -> Any:
        """Return a client for the region, endpoint and credentials configured, else the usual AWS ones."""
        options: dict[str, Any] = {
            "use_ssl": self.use_ssl,
            "profile_name": self.profile_name,
            "region_name": self.region_name,
            "endpoint_url": self.endpoint_url,
            "aws_access_key_id": self.aws_access_key_id,
            "aws_secret_access_key": self.aws_secret_access_key,
            "aws_session_token": self.aws_session_token,
            "verify": self.verify,
        }
        return connect_s3(**{name: value for name, value in options.items() if value is not None})
