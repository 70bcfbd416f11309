"""What the API answers when it refuses: one shape of body for every error, and one log line."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from serp_radio_pipeline.api.jobs import BusyError, JobMissingError
from serp_radio_pipeline.api.orders import DatasetMissingError
from serp_radio_pipeline.api.secret_paths import without_secret
from serp_radio_pipeline.defs.instance import InstanceError
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.refusal import ExportRefusedError
from serp_radio_pipeline.storage.job_claims import ClaimConflictError
from serp_radio_pipeline.storage.rules_log import RulesSavedMeanwhileError
from serp_radio_pipeline.storage.signed_links import LinkExpiredError, LinkInvalidError
from serp_radio_pipeline.storage.store import ObjectMissingError, StoreError

log = logging.getLogger("serp_radio.api")


class Problem(BaseModel):
    """Why a request was refused, in a sentence; `columns` is there where it asks which column of a file is which.

    It is then the likeliest answer, to send again with the file as a field of that name.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"error": "There is nothing here."}]})
    error: str
    columns: str | None = None


STATUSES: Mapping[type[SerpRadioError], HTTPStatus] = {
    JobMissingError: HTTPStatus.NOT_FOUND,
    DatasetMissingError: HTTPStatus.NOT_FOUND,
    ObjectMissingError: HTTPStatus.NOT_FOUND,
    LinkInvalidError: HTTPStatus.NOT_FOUND,
    LinkExpiredError: HTTPStatus.GONE,
    RulesSavedMeanwhileError: HTTPStatus.PRECONDITION_FAILED,
    ClaimConflictError: HTTPStatus.CONFLICT,
    StoreError: HTTPStatus.SERVICE_UNAVAILABLE,
    InstanceError: HTTPStatus.SERVICE_UNAVAILABLE,
    BusyError: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""What kind of refusal an error is, where it is not what was sent."""

NOT_USABLE = "The service can't be used for the moment; its log says more."
NOTHING_HERE = "There is nothing here."
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem} for status in (400, 401, 403, 404, 408, 409, 410, 413, 415, 422, 429, 503)
}
"""Every way in which a route may refuse, for the description of the API."""


def add_error_answers(app: FastAPI) -> None:
    """Give every refusal the same shape."""

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> JSONResponse:
        # a path that no route has says no more than a thing that is not there
        sentence = NOTHING_HERE if error.status_code == HTTPStatus.NOT_FOUND else str(error.detail)
        return _answer(request, error.status_code, sentence, error.headers)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        sentences = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()[:5]]
        return _answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(sentences)[:1000])

    @app.exception_handler(SerpRadioError)
    def not_usable(request: Request, error: SerpRadioError) -> JSONResponse:
        status = next((status for kind, status in STATUSES.items() if isinstance(error, kind)), None)
        headers = {"Retry-After": "2"} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
        sentence = str(error)
        if isinstance(error, StoreError | InstanceError):
            # where things lie is nobody's business
            log.warning("the store: %s", error)
            sentence = (
                NOTHING_HERE if status == HTTPStatus.NOT_FOUND else "The service can't be used; its log says more."
            )
        answer = error.answer if isinstance(error, ExportRefusedError) else None
        return _answer(request, status or HTTPStatus.UNPROCESSABLE_ENTITY, sentence, headers, answer)

    @app.exception_handler(Exception)
    def unforeseen(request: Request, error: Exception) -> JSONResponse:
        log.error("unforeseen", exc_info=error)
        return _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, "Something unforeseen went wrong; the log says more.")


def _answer(
    request: Request, status: int, sentence: str, headers: object = None, columns: str | None = None
) -> JSONResponse:
    # %r: a line break in a path begins no line of its own
    log.info("refused %s %.200r: %d %.200r", request.method, without_secret(request.url.path), status, sentence)
    kept = dict(headers) if isinstance(headers, dict) else None
    return JSONResponse(Problem(error=sentence, columns=columns).model_dump(exclude_none=True), status, headers=kept)
