"""Retention as rules that S3 carries out itself: what can be made again goes after a while, uploads never do."""

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from serp_radio_pipeline.storage.s3_client import S3_ERRORS, store_error
from serp_radio_pipeline.storage.s3_store import ARTEFACT_TAG, S3Store
from serp_radio_pipeline.storage.store import StoreError

NONCURRENT_DAYS, MULTIPART_DAYS = 30, 7
RULE_NAME = "serp-radio"

Rule = Mapping[str, Any]


def lifecycle_rules(prefix: str, days: int) -> tuple[Rule, ...]:
    """Return the rules for artefacts below a prefix: `days` until they expire, 30 for versions that were replaced.

    S3's filters know the beginning of a key, not its middle, and a bucket has at most 1,000 rules: a rule per tenant
    and asset would not fit. So artefacts are tagged when written, and the rules ask for the tag; uploads have none.
    What was sent in parts and never finished goes after 7 days: it was never an object.

    Raises:
        StoreError: days below 1.
    """
    if days < 1:
        raise StoreError(f"Artefacts must be kept for at least a day, not {days}.")
    tag, _, value = ARTEFACT_TAG.partition("=")
    tenants = f"{prefix}tenants/"
    return (
        {
            "ID": f"{RULE_NAME} artefacts {prefix}",
            "Status": "Enabled",
            "Filter": {"And": {"Prefix": tenants, "Tags": [{"Key": tag, "Value": value}]}},
            "Expiration": {"Days": days},
            "NoncurrentVersionExpiration": {"NoncurrentDays": NONCURRENT_DAYS},
        },
        {
            # S3 takes no tags for these: a part has none yet
            "ID": f"{RULE_NAME} parts {prefix}",
            "Status": "Enabled",
            "Filter": {"Prefix": prefix},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": MULTIPART_DAYS},
        },
    )


def apply_lifecycle(store: S3Store, days: int) -> tuple[Rule, ...]:
    """Put the rules on the bucket beside those that others put there; return all it has now.

    Raises:
        StoreError: they can't be read or written.
    """
    bucket = store.location.bucket
    ours = lifecycle_rules(store.location.prefix, days)
    names = {rule["ID"] for rule in ours}
    others = tuple(rule for rule in _rules_on(store) if rule.get("ID") not in names)
    try:
        store.client.put_bucket_lifecycle_configuration(
            Bucket=bucket, LifecycleConfiguration={"Rules": [*others, *ours]}
        )
    except S3_ERRORS as error:
        raise store_error(error, f"The lifecycle of s3://{bucket} can't be set") from error
    return (*others, *ours)


def _rules_on(store: S3Store) -> Sequence[Rule]:
    bucket = store.location.bucket
    try:
        found: Sequence[Rule] = store.client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    except S3_ERRORS as error:
        if isinstance(error, ClientError) and error.response["Error"]["Code"] == "NoSuchLifecycleConfiguration":
            return ()
        raise store_error(error, f"The lifecycle of s3://{bucket} can't be read") from error
    return found
