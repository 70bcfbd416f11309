"""The description of the API is true: whatever is sent by it or against it, the answer is one that it names."""

import tempfile
from pathlib import Path

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from serp_radio_pipeline.storage.api_keys import Scope
from serp_radio_pipeline_tests.api.doors import NOW, bearer, door, keys_in

CASES = 12
"""Of each route; the same ones every time."""

_folder = Path(tempfile.mkdtemp(prefix="serp-radio-contract-"))
_, KEY = keys_in(_folder).issue(None, frozenset(Scope), NOW)
schema = schemathesis.openapi.from_asgi("/openapi.json", door(_folder, SERP_RADIO_API_RATE="999999").app)


@schema.parametrize()
@settings(
    max_examples=CASES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_one_that_the_description_names(case: schemathesis.Case) -> None:
    response = case.call(headers=bearer(KEY))
    case.validate_response(
        response,
        checks=[not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance],
    )
