"""The description of the API is true: whatever is sent by it or against it, the answer is one that it names."""

import os
import tempfile
from pathlib import Path

import schemathesis

from serp_radio_pipeline_tests.api.contract import contract_of, must_be_answered_as_described, same_every_time

CASES = int(os.environ.get("SERP_RADIO_TEST_CONTRACT_CASES", "12"))
"""Of each route; the same ones every time. `python -m benchmarks --only api` sends 2,000."""

schema, HEADERS = contract_of(Path(tempfile.mkdtemp(prefix="serp-radio-contract-")))


@schema.parametrize()
@same_every_time(CASES)
def test_every_answer_is_one_that_the_description_names(case: schemathesis.Case) -> None:
    must_be_answered_as_described(case, HEADERS)
