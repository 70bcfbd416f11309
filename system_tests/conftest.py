"""One real S3 server for the whole session, and a bucket, credentials and command line for each test."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serp_radio_pipeline.storage.location import S3Location
from serp_radio_pipeline.storage.s3_client import connect_s3
from serp_radio_pipeline.storage.s3_store import S3Store
from system_tests.debian_packages import install
from system_tests.s3_server import PROGRAMS, Credentials, S3Server
from system_tests.station import program

ROOT = Path(__file__).parents[1]
REGION = "us-east-1"
PREFIX = "sites/"


class Bucket:
    """A bucket of the server's owner, and the ways into it."""

    def __init__(self, server: S3Server, owner: Credentials) -> None:
        self.server, self.owner = server, owner
        self.name = f"radio-{uuid.uuid4().hex[:12]}"
        self.client = self.connect()
        self.client.create_bucket(Bucket=self.name)

    @property
    def url(self) -> str:
        """The store's location."""
        return f"s3://{self.name}/{PREFIX}"

    def connect(self, who: Credentials | None = None, endpoint: str = "", **options: Any) -> Any:
        """Return a client with someone's credentials: the owner's, unless said otherwise."""
        who = who or self.owner
        return connect_s3(
            endpoint_url=endpoint or self.server.endpoint,
            aws_access_key_id=who.access_key,
            aws_secret_access_key=who.secret_key,
            region_name=REGION,
            **options,
        )

    def store(
        self, who: Credentials | None = None, endpoint: str = "", page_size: int = 1000, **options: Any
    ) -> S3Store:
        """Return the store in the bucket, as someone's credentials see it."""
        return S3Store(self.connect(who, endpoint, **options), S3Location(self.name, PREFIX), page_size=page_size)

    def environment(self, home: Path, endpoint: str = "", who: Credentials | None = None) -> dict[str, str]:
        """Return the environment in which `serp-radio` finds the bucket as someone sees it, and nothing else of AWS."""
        who = who or self.owner
        plain = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "SERP_RADIO_", "DAGSTER_"))}
        return {
            **plain,
            "SERP_RADIO_STORE": self.url,
            "DAGSTER_HOME": str(home),
            "AWS_ENDPOINT_URL": endpoint or self.server.endpoint,
            "AWS_ACCESS_KEY_ID": who.access_key,
            "AWS_SECRET_ACCESS_KEY": who.secret_key,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": str(home / "no-such-file"),
            "AWS_SHARED_CREDENTIALS_FILE": str(home / "no-such-file"),
        }


@pytest.fixture(scope="session")
def server() -> Iterator[S3Server]:
    """The S3 server; where it can't be installed or started, the tests fail and are not skipped."""
    install(PROGRAMS)
    # a short path: the daemons' sockets have at most 107 bytes
    home = Path(tempfile.mkdtemp(prefix="s3-"))
    server = S3Server(home)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def owner(server: S3Server) -> Credentials:
    """Who owns the buckets: the operator."""
    return server.user("owner")


@pytest.fixture
def bucket(server: S3Server, owner: Credentials) -> Bucket:
    """An empty bucket."""
    return Bucket(server, owner)


def serp_radio(environment: dict[str, str], *words: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the installed command as an operator does; it must end with that code."""
    command = [program("serp-radio"), *map(str, words)]
    # nothing of a person's own .env
    ended = subprocess.run(
        command, check=False, env=environment, capture_output=True, text=True, cwd=tempfile.gettempdir(), timeout=240
    )
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    return ended


def policy_for(bucket: str, operator: str, tenants: dict[str, str]) -> str:
    """Return the bucket policy that docs/security.md shows, for the operator's and the tenants' users by ARN."""
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    for_tenant, for_operator = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    shown = [for_operator.replace("OPERATOR_ARN", operator)]
    shown += [for_tenant.replace("TENANT_ARN", arn).replace("TENANT", name) for name, arn in tenants.items()]
    filled = (part.replace("BUCKET", bucket).replace("PREFIX/", PREFIX) for part in shown)
    return json.dumps({"Version": "2012-10-17", "Statement": [s for f in filled for s in json.loads(f)["Statement"]]})
