"""Which job an idempotency key stands for: claimed once, in the store, so that all copies of the API agree."""

import hashlib
import json

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.storage.keys import job_claim_key
from serp_radio_pipeline.storage.store import ObjectExistsError, Store
from serp_radio_pipeline.tenant import Tenant


class ClaimConflictError(SerpRadioError):
    """An idempotency key that stands for another order, or whose record is damaged."""


def claim_job(store: Store, tenant: Tenant, idempotency_key: str, order: bytes, run_id: str) -> str:
    """Return the run id that the key stands for: `run_id`, or that of who claimed it first, for the same order.

    Raises:
        ClaimConflictError: the key was used with another order.
    """
    key = job_claim_key(tenant, idempotency_key)
    order_sha256 = hashlib.sha256(order).hexdigest()
    try:
        store.create(key, json.dumps({"run_id": run_id, "order_sha256": order_sha256}).encode())
    except ObjectExistsError:
        return _claimed(store.get(key), order_sha256)
    return run_id


def _claimed(record: bytes, order_sha256: str) -> str:
    try:
        claim = json.loads(record)
        run_id, claimed_for = str(claim["run_id"]), claim["order_sha256"]
    except (ValueError, LookupError, TypeError) as error:
        raise ClaimConflictError("The record of this Idempotency-Key is damaged: send another key.") from error
    if claimed_for != order_sha256:
        raise ClaimConflictError("This Idempotency-Key was used for another order: send a new one with a new order.")
    return run_id
