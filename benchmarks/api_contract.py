"""The API's description tried against it: so many made-up requests, each answered as the description says, or not."""

import logging
import tempfile
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import given
from schemathesis.core.failures import Failure, FailureGroup

from serp_radio_pipeline_tests.api.contract import contract_of, must_be_answered_as_described, same_every_time


def run(cases: int) -> bool:
    """Send so many requests, as many to each operation; print what came of them and return whether all held."""
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="serp-radio-contract-") as name:
        schema, headers = contract_of(Path(name))
        operations = [found.ok() for found in schema.get_all_operations()]
        varied = sum(_is_varied(operation) for operation in operations)
        each = -(-(cases - len(operations) + varied) // varied)
        tried = {operation.label: _tried(operation, each, headers) for operation in operations}
    logging.disable(logging.NOTSET)
    print("| operation | cases | answered as nothing describes |\n|---|---|---|")
    for label, (sent, failure) in tried.items():
        print(f"| {label} | {sent} | {failure or 'none'} |")
    failed = sum(failure is not None for _, failure in tried.values())
    print(f"| {len(tried)} operations | {sum(sent for sent, _ in tried.values()):,} | {failed} |")
    return not failed


def _is_varied(operation: Any) -> bool:
    """Whether requests to an operation can differ at all."""
    return bool(operation.body) or any(True for _ in operation.iter_parameters())


def _tried(operation: Any, cases: int, headers: dict[str, str]) -> tuple[int, str | None]:
    """Return how many requests were sent to an operation, and what was wrong with an answer."""
    sent = 0

    @same_every_time(cases)
    @given(case=operation.as_strategy())
    def send(case: schemathesis.Case) -> None:
        nonlocal sent
        sent += 1
        must_be_answered_as_described(case, headers)

    try:
        send()
    except (Failure, FailureGroup) as failure:
        return sent, " ".join(str(failure).split())[:300]
    return sent, None
