"""The contract that the API's description is: how requests are made up from it, and what an answer must hold to."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from serp_radio_pipeline.storage.api_keys import Scope
from serp_radio_pipeline_tests.api.doors import NOW, bearer, door, keys_in


def contract_of(folder: Path) -> tuple[BaseSchema, dict[str, str]]:
    """Return the description of the API of a folder, and the headers of an operator's key to it."""
    _, key = keys_in(folder).issue(None, frozenset(Scope), NOW)
    app = door(folder, SERP_RADIO_API_RATE="999999").app
    return schemathesis.openapi.from_asgi("/openapi.json", app), bearer(key)


def same_every_time(cases: int) -> Callable[[Any], Any]:
    """Return how a test makes up so many requests: the same ones every time."""
    return settings(
        max_examples=cases,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def must_be_answered_as_described(case: schemathesis.Case, headers: dict[str, str]) -> None:
    """Send a request.

    Raises:
        Failure: the answer is none that the description names, or several: a FailureGroup.
    """
    case.validate_response(
        case.call(headers=headers),
        checks=[not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance],
    )
