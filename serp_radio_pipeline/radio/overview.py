"""The morning's table: one row per tenant. What stands in it is looked up above; here it is a value."""

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.daily_metrics import GSC
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.tenant import Tenant

FORMAT = "serp-radio tenant overview 1"
SHOWN_DAYS = 28


class OverviewError(SerpRadioError):
    """An overview that breaks its own schema."""


@dataclass(frozen=True, slots=True)
class TenantState:
    """What is known of a tenant: its last episode, and what became of its last run.

    `checks` is a word for the last run: `passed`, `failed: <names>`, `run failed`, `running` or `no run`. `clicks` are
    those of the last episode's last days, None where a day is missing; `link` is where its MP3 lies, and `source` says
    what the clicks are (see `DailyRow`).
    """

    tenant: Tenant
    has_uploads: bool
    last_day: dt.date | None = None
    label: Label | None = None
    checks: str = "no run"
    clicks: tuple[int | None, ...] = ()
    link: str = ""
    source: str = GSC

    @property
    def is_in_trouble(self) -> bool:
        """Whether somebody should look at it: there is no episode, or the last run did not pass."""
        return self.checks.startswith(("failed", "run failed")) or (self.has_uploads and self.last_day is None)

    def is_late(self, now: dt.datetime, lag_days: int) -> bool:
        """Whether its last episode ends more than `lag_days` + 1 days ago, or there are uploads and no episode."""
        if self.last_day is None:
            return self.has_uploads
        return self.last_day < now.date() - dt.timedelta(days=lag_days + 1)


@dataclass(frozen=True, slots=True)
class Overview:
    """Every tenant's state at one moment (UTC), ascending by name."""

    made_at: dt.datetime
    tenants: tuple[TenantState, ...]

    def late(self, now: dt.datetime, lag_days: int) -> tuple[TenantState, ...]:
        """Return the tenants that are late; `now` is in the zone in which days are counted."""
        return tuple(state for state in self.tenants if state.is_late(now, lag_days))

    def to_json(self) -> bytes:
        """Return the overview as JSON; `from_json` undoes it exactly."""
        rows = [
            {
                "tenant": state.tenant.slug,
                "has_uploads": state.has_uploads,
                "last_day": state.last_day.isoformat() if state.last_day else None,
                "label": state.label,
                "checks": state.checks,
                "clicks": state.clicks,
                "link": state.link,
                "source": state.source,
            }
            for state in self.tenants
        ]
        written = {"format": FORMAT, "made_at": self.made_at.isoformat(), "tenants": rows}
        return json.dumps(written, indent=1, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "Overview":
        """Read an overview back.

        Raises:
            OverviewError: the bytes are no overview.
        """
        try:
            written = json.loads(content)
            if written["format"] != FORMAT:
                raise OverviewError(f"{written['format']!r:.60} is not {FORMAT!r}")
            states = tuple(_state(row) for row in written["tenants"])
            return cls(dt.datetime.fromisoformat(written["made_at"]), states)
        except (AttributeError, LookupError, TypeError, ValueError, RecursionError, SerpRadioError) as error:
            raise OverviewError(f"These bytes are no overview: {error!s:.200}") from error


def _state(row: dict[str, Any]) -> TenantState:
    return TenantState(
        Tenant(row["tenant"]),
        bool(row["has_uploads"]),
        dt.date.fromisoformat(row["last_day"]) if row["last_day"] else None,
        Label(row["label"]) if row["label"] else None,
        str(row["checks"]),
        tuple(None if value is None else int(value) for value in row["clicks"]),
        str(row["link"]),
        str(row.get("source", GSC)),
    )
