"""`POST /api/upload-csv`: an export comes in, goes into its tenant's log, and what was recognised goes out."""

import datetime as dt
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from serp_radio_pipeline.api.access import Caller, Callers
from serp_radio_pipeline.api.errors import REFUSALS
from serp_radio_pipeline.ingest.column_answers import parse_columns
from serp_radio_pipeline.ingest.export import Export
from serp_radio_pipeline.ingest.restatements import changes_in_lines
from serp_radio_pipeline.music.contract import carried
from serp_radio_pipeline.storage.api_keys import Scope
from serp_radio_pipeline.storage.upload_log import Added, UploadLog
from serp_radio_pipeline.tenant import Tenant

UPLOAD_PATH = "/api/upload-csv"
FIRST_ROWS = 5
FIELDS = ("tenant", "file")
ANSWER = "columns"
"""May come with them: which column is which, where the file was refused with that question."""

TYPES = {
    **{"date": "date", "clicks": "integer", "impressions": "integer", "ctr": "number", "position": "number"},
    **{"keyword": "string", "rank": "integer"},
}
_FORM = {
    "type": "object",
    "required": list(FIELDS),
    "additionalProperties": False,
    "properties": {
        "tenant": {"type": "string"},
        "file": {"type": "string", "format": "binary"},
        ANSWER: {"type": "string", "examples": ["keyword=Word,date=Day,rank=Place"]},
    },
}


class SchemaColumn(BaseModel):
    """A column that is used: its header, place (from 0) and role, the role's type, and why it has that role."""

    role: str
    type: str
    header: str
    index: int
    evidence: str


class UploadedDay(BaseModel):
    """One day of the file; a rank tracker's as `carries` says, with visibility in hundredths of a percent."""

    date: dt.date
    clicks: int
    impressions: int
    ctr: float | None
    position: float | None


class Dataset(BaseModel):
    """What an upload was read as. A comparison of two periods has no columns and no days: `summary` says what it has.

    `dataset_id` is the SHA-256 of the file; `confidence` is 0-1; `changes` say what it restates. `source` is whose the
    numbers are, `gsc`, `bing`, or `serp` of a rank tracker, and `carries` names what each field of a day is.
    """

    dataset_id: str
    tenant: str
    is_new: bool
    summary: str
    tool: str | None
    source: str | None
    carries: dict[str, str]
    mapping: list[SchemaColumn]
    confidence: float | None
    row_count: int
    rows_skipped: int
    first_day: dt.date | None
    last_day: dt.date | None
    first_rows: list[UploadedDay]
    notes: list[str]
    changes: list[str]


def upload_routes(
    log: UploadLog,
    caller: Callers,
    now: Callable[[], dt.datetime],
    welcome: Callable[[Tenant], None],
) -> APIRouter:
    """Return the route; `welcome` makes a tenant known to Dagster."""
    router = APIRouter(tags=["uploads"])
    body: dict[str, Any] = {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}

    # the body is read here and not by a parameter: who may not upload must not make us read
    @router.post(UPLOAD_PATH, status_code=HTTPStatus.CREATED, responses=REFUSALS, openapi_extra={"requestBody": body})
    async def upload_csv(request: Request, who: Annotated[Caller, Depends(caller)]) -> Dataset:
        """Add an export (.csv, .zip, .xlsx, .parquet) to a tenant's log and say how it was read.

        A file that is refused with the question which column is which is sent again with the answer as `columns`.
        """
        async with request.form(max_files=1, max_fields=2) as form:
            name, file, answer = _parsed(form)
            tenant = Tenant(name)
            who.must_be_allowed(Scope.UPLOAD, tenant)
            content = await file.read()
        said = parse_columns(answer) if answer.strip() else None
        added = await run_in_threadpool(log.add, tenant, file.filename or "upload", content, now(), said)
        await run_in_threadpool(welcome, tenant)
        return _dataset(tenant, added)

    return router


def _parsed(form: FormData) -> tuple[str, UploadFile, str]:
    tenant, file, answer = form.get("tenant"), form.get("file"), form.get(ANSWER, "")
    is_whole = sorted(form) in (sorted(FIELDS), sorted((*FIELDS, ANSWER)))
    if not is_whole or not isinstance(tenant, str) or not isinstance(file, UploadFile) or not isinstance(answer, str):
        raise HTTPException(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "Send a form (multipart/form-data) of two fields: tenant, the tenant's name, and file, the export; and, if "
            "it was asked for, columns: which column is which.",
        )
    return tenant, file, answer


def _dataset(tenant: Tenant, added: Added) -> Dataset:
    export = added.upload.export
    days = export if isinstance(export, Export) else None
    rows = days.rows if days else ()
    return Dataset(
        dataset_id=added.upload.sha256,
        tenant=tenant.slug,
        is_new=added.is_new,
        summary=export.summary,
        tool=days.tool if days else None,
        source=rows[0].source if rows else None,
        carries=carried(rows[0].source) if rows else {},
        mapping=[
            SchemaColumn(role=m.role, type=TYPES[m.role], header=m.header, index=m.index, evidence=m.evidence)
            for m in (days.mapping if days else ())
        ],
        confidence=days.confidence if days else None,
        row_count=len(rows),
        rows_skipped=len(days.skipped) if days else 0,
        first_day=rows[0].date if rows else None,
        last_day=rows[-1].date if rows else None,
        first_rows=[
            UploadedDay(date=r.date, clicks=r.clicks, impressions=r.impressions, ctr=r.ctr, position=r.position)
            for r in rows[:FIRST_ROWS]
        ],
        notes=list(export.notes),
        changes=changes_in_lines(added.changes),
    )
