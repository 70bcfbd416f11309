"""Retries of a stage, only where the network is to blame: what the data or the code got wrong, they get wrong again."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from serp_radio_pipeline.storage.store import StoreUnavailableError

RETRIES, WAIT_SECONDS = 2, 10.0
"""The store has tried for a while itself by then; this is for the gateway that restarts."""


@contextmanager
def retried_when_the_store_is_away() -> Iterator[None]:
    """Ask Dagster to run the stage again, later, where the store could not be reached."""
    try:
        yield
    except StoreUnavailableError as error:
        raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=WAIT_SECONDS) from error
