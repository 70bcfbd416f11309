"""Whether the service lives, and whether all that it needs is there: `/health` and `/ready`."""

import time
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from serp_radio_pipeline.api.errors import log
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.api_keys import ApiKeys
from serp_radio_pipeline.storage.store import Store

SECONDS_KEPT = 5
"""Probes come often, and each answer opens Dagster's database."""


class Alive(BaseModel):
    """The service answers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})
    status: str = "ok"


class Readiness(BaseModel):
    """Whether each thing the service needs can be used: empty, or the kind of trouble. Details are in the log."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ready": True, "trouble": {"store": ""}}]})
    ready: bool
    trouble: dict[str, str]


def health_routes(settings: Settings, store: Store) -> APIRouter:
    """Return the two routes; neither needs a key, so neither tells paths or names."""
    router = APIRouter(tags=["health"])

    @lru_cache(maxsize=1)
    def asked(moment: int) -> dict[str, str]:  # noqa: ARG001 - it is what the answer is kept for
        return {name: _trouble(ask) for name, ask in needs.items()}

    needs: dict[str, Callable[[], object]] = {
        "store": ApiKeys(store).any_exist,
        "dagster": lambda: _ask_dagster(settings),
        "renderer": lambda: _load_renderer(settings),
    }

    @router.get("/health")
    def health() -> Alive:
        """Say that the process lives."""
        return Alive()

    @router.get("/ready", responses={503: {"model": Readiness}})
    def ready(response: Response) -> Readiness:
        """Say whether store, Dagster and renderer can be used."""
        trouble = asked(int(time.monotonic() // SECONDS_KEPT))
        is_ready = not any(trouble.values())
        if not is_ready:
            response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        return Readiness(ready=is_ready, trouble=trouble)

    return router


def _trouble(ask: Callable[[], object]) -> str:
    try:
        ask()
    except (SerpRadioError, OSError) as error:
        log.warning("not ready: %s", error)
        return f"can't be used ({type(error).__name__}); the service's log says more"
    return ""


def _ask_dagster(settings: Settings) -> None:
    from serp_radio_pipeline.defs.instance import open_instance  # noqa: PLC0415

    with open_instance(settings.home_folder) as instance:
        instance.get_runs(limit=1)


def _load_renderer(settings: Settings) -> None:
    from serp_radio_pipeline.audio.fluidsynth import load_library  # noqa: PLC0415
    from serp_radio_pipeline.audio.soundfont import find_soundfont  # noqa: PLC0415

    load_library(settings.fluidsynth_path)
    find_soundfont(settings.soundfont_path)
