"""A tenant's label rules over HTTP: read, saved as a new version, listed, and an old version taken back."""

import datetime as dt
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from serp_radio_pipeline.api.access import Caller, Callers
from serp_radio_pipeline.api.errors import REFUSALS
from serp_radio_pipeline.storage.api_keys import Scope
from serp_radio_pipeline.storage.rules_log import RulesLog, SavedRules
from serp_radio_pipeline.tenant import Tenant

LONGEST_NOTE = 200
_ETAG = re.compile(r'"(\d{1,6})"', re.ASCII)
_YAML = {"required": True, "content": {"application/yaml": {"schema": {"type": "object"}}}}
REFUSED_CHANGES = {**REFUSALS, 412: REFUSALS[409], 428: REFUSALS[409]}

IfMatch = Annotated[str | None, Header(description="the ETag of the rules that the change is about")]
Note = Annotated[str, Query(max_length=LONGEST_NOTE, description="what the change is for, one line")]


class SavedAnswer(BaseModel):
    """The version in force now; not new where it said the same already."""

    version: int
    is_new: bool


class VersionAnswer(BaseModel):
    """One version of a tenant's rules; `restores` is the one that it took back, 0 the project's own file."""

    version: int
    sha256: str
    saved_at: dt.datetime
    note: str
    restores: int | None


class History(BaseModel):
    """All versions, oldest first; the last is in force, and without any the project's own file."""

    versions: list[VersionAnswer]


def rules_routes(
    log: RulesLog,
    caller: Callers,
    now: Callable[[], dt.datetime],
    tell: Callable[[Tenant], None],
) -> APIRouter:
    """Return the routes; `tell` lets Dagster know what is in force."""
    router = APIRouter(prefix="/api/rules", tags=["rules"])
    Who = Annotated[Caller, Depends(caller)]  # noqa: N806 - a type

    def allowed(tenant: str, who: Caller, scope: Scope) -> Tenant:
        name = Tenant(tenant)
        who.must_be_allowed(scope, name)
        return name

    def answered(tenant: Tenant, saved: SavedRules, response: Response) -> SavedAnswer:
        tell(tenant)
        response.headers["ETag"] = _etag(saved.version.number)
        return SavedAnswer(version=saved.version.number, is_new=saved.is_new)

    @router.get("", responses={**REFUSALS, 200: {"content": _YAML["content"]}}, response_class=Response)
    def rules(tenant: str, who: Who) -> Response:
        """Give the YAML that decides the tenant's labels, as it was saved; its ETag names the version."""
        name = allowed(tenant, who, Scope.READ)
        number = log.newest(name)
        return Response(log.content(name, number), media_type="application/yaml", headers={"ETag": _etag(number)})

    @router.put("", responses=REFUSED_CHANGES, openapi_extra={"requestBody": _YAML})
    async def put(
        request: Request, response: Response, tenant: str, who: Who, if_match: IfMatch = None, note: Note = ""
    ) -> SavedAnswer:
        """Save YAML as the tenant's next version; older versions stay."""
        name = allowed(tenant, who, Scope.RULES)
        content = await request.body()

        def save() -> SavedAnswer:
            base = _base(log.newest(name), if_match)
            return answered(name, log.put(name, content, now(), based_on=base, note=note), response)

        return await run_in_threadpool(save)

    @router.get("/history", responses=REFUSALS)
    def history(tenant: str, who: Who) -> History:
        """List the versions."""
        name = allowed(tenant, who, Scope.READ)
        versions = [log.version(name, number) for number in log.numbers(name)]
        return History(
            versions=[
                VersionAnswer(version=v.number, sha256=v.sha256, saved_at=v.saved_at, note=v.note, restores=v.restores)
                for v in versions
            ]
        )

    @router.post("/restore", responses=REFUSED_CHANGES)
    def restore(
        response: Response,
        tenant: str,
        version: Annotated[int, Query(ge=0, le=999_999, description="0: the project's own file")],
        who: Who,
        if_match: IfMatch = None,
        note: Note = "",
    ) -> SavedAnswer:
        """Save an old version once more as the newest."""
        name = allowed(tenant, who, Scope.RULES)
        saved = log.restore(name, version, now(), based_on=_base(log.newest(name), if_match), note=note)
        return answered(name, saved, response)

    return router


def _etag(number: int) -> str:
    return f'"{number}"'


def _base(newest: int, if_match: str | None) -> int:
    """Return the version that a change is based on, which must be the newest; saving asks once more."""
    if if_match is None:
        raise HTTPException(
            HTTPStatus.PRECONDITION_REQUIRED, "Say which rules you change: send the ETag you read as If-Match."
        )
    match = _ETAG.fullmatch(if_match.strip())
    if match is None:
        raise HTTPException(HTTPStatus.PRECONDITION_FAILED, 'If-Match must be an ETag of these rules, such as "3".')
    if int(match[1]) != newest:
        raise HTTPException(
            HTTPStatus.PRECONDITION_FAILED, f"Version {newest} is in force by now: read it, and change that one."
        )
    return newest
