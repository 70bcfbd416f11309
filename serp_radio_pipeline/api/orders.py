"""What somebody orders, checked at the door by the same types that the rooms use; and what day it is about."""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from serp_radio_pipeline.defs.partitions import check_day_in_range, tenant_days
from serp_radio_pipeline.defs.runs import last_finished_among
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.daily_metrics import DailyRow
from serp_radio_pipeline.ingest.fold import History
from serp_radio_pipeline.music.last_week import LastWeek
from serp_radio_pipeline.music.pack import read_pack
from serp_radio_pipeline.music.window import DEFAULT_LOOKBACK, window_for
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.upload_log import UploadLog
from serp_radio_pipeline.tenant import Tenant

Source = Literal["demo", "csv", "gsc", "serp"]
Place = Field(default=None, ge=0, le=1, allow_inf_nan=False)
DEMO_LAG = dt.timedelta(days=3)


class OrderRefusedError(SerpRadioError):
    """An order that can't be carried out as it is."""


class DatasetMissingError(SerpRadioError):
    """A dataset that is not in the tenant's log."""


class OverrideMetrics(BaseModel):
    """Where the last week shall lie on each lane's scale, 0 to 1; a better position is higher."""

    model_config = ConfigDict(extra="forbid", strict=True)

    clicks: float | None = Place
    impressions: float | None = Place
    ctr: float | None = Place
    position: float | None = Place


class SonifyRequest(BaseModel):
    """An order: made-up data or `override_metrics` make a preview, everything else the tenant's episode of a day."""

    model_config = ConfigDict(extra="forbid", strict=True)

    tenant: str
    source: Source
    dataset_id: str | None = Field(default=None, pattern="^[0-9a-f]{64}$", description="what the upload answered")
    lookback: str = Field(default=DEFAULT_LOOKBACK, description="Nd, Nw or Nm, at most 13w")
    use_training: bool = Field(default=True, description="whether people's corrections may train a model")
    momentum: bool = Field(default=True, description="false: without the bars that compare week with week; previews")
    override_metrics: OverrideMetrics | None = None
    seed: int | None = Field(default=None, ge=1, le=2**31 - 1, description="another piece of the same data; previews")
    sound_pack: str | None = None
    date: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}-\d{2}$", description="default: the last day there is")


@dataclass(frozen=True, slots=True)
class Order:
    """An order that can be carried out: everything in it was looked up."""

    tenant: Tenant
    source: Source
    day: dt.date
    lookback: str
    pack: str
    use_training: bool
    momentum: bool
    seed: int
    last_week: LastWeek = field(default_factory=LastWeek)

    @property
    def is_preview(self) -> bool:
        """Whether it is kept apart from the tenant's episodes."""
        return self.source == "demo" or bool(self.last_week.places())


def canonical(request: SonifyRequest) -> bytes:
    """Return an order as bytes: the same order, however written, is the same."""
    return json.dumps(request.model_dump(), sort_keys=True).encode()


def order_of(request: SonifyRequest, settings: Settings, log: UploadLog, now: dt.datetime) -> Order:
    """Return the order that a request makes.

    Raises:
        DatasetMissingError: the tenant's log has no such upload.
        SerpRadioError: the sentence of the room that refuses a part of it.
    """
    overrides = request.override_metrics
    order = Order(
        tenant=Tenant(request.tenant),
        source=request.source,
        day=_day(request, log, now),
        lookback=request.lookback,
        pack=request.sound_pack or "",
        use_training=request.use_training,
        momentum=request.momentum,
        seed=request.seed or 0,
        last_week=LastWeek(**overrides.model_dump()) if overrides else LastWeek(),
    )
    window_for(order.lookback, order.day)
    if order.pack:
        read_pack(settings.rules_folder, order.pack)
    if not order.is_preview:
        _must_be_an_episode(order, settings, now)
    return order


def _must_be_an_episode(order: Order, settings: Settings, now: dt.datetime) -> None:
    if order.seed or not order.momentum:
        raise OrderRefusedError(
            "A day's episode is always the same piece: seed and momentum are for previews, which source demo or "
            "override_metrics make."
        )
    check_day_in_range(tenant_days(settings.start_date), order.day, now)


def _day(request: SonifyRequest, log: UploadLog, now: dt.datetime) -> dt.date:
    """Return the day asked for, else the last finished one of the dataset, or of all that the tenant has."""
    given = _date(request.date) if request.date else None
    if request.source == "demo":
        if request.dataset_id is not None:
            raise OrderRefusedError("Made-up data has no dataset: leave dataset_id out, or choose source csv.")
        return given or _last_sunday(now)
    history = log.history(Tenant(request.tenant))
    rows = _rows(request, history)
    return given or last_finished_among([row.date for row in rows], now)


def _rows(request: SonifyRequest, history: History) -> Iterable[DailyRow]:
    if request.source == "serp" and not any(row.source == "serp" for row in history.metrics.rows):
        raise OrderRefusedError(f"{request.tenant} has no ranks, its data is {history.metrics.rows[-1].source}.")
    if request.dataset_id is None:
        return history.metrics.rows
    for upload in history.used:
        if upload.sha256 == request.dataset_id:
            return upload.export.rows
    raise DatasetMissingError(f"{request.tenant} has no dataset {request.dataset_id:.12} with days: upload it first.")


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise OrderRefusedError(f"{text!r:.40} is not a date: {error}.") from error


def _last_sunday(now: dt.datetime) -> dt.date:
    """Return the last Sunday that Search Console would have finished."""
    last = now.date() - DEMO_LAG
    return last - dt.timedelta(days=(last.weekday() + 1) % 7)
