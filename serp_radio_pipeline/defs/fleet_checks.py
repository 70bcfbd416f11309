"""What must hold of the fleet as a whole. Dagster's freshness checks know assets only; here each tenant has a clock."""

import datetime as dt
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

import dagster as dg

from serp_radio_pipeline.radio.overview import Overview, TenantState

SHOWN_LATE = 200


def build_every_tenant_is_fresh(
    lag_days: int, timezone: str, now: Callable[[], dt.datetime]
) -> dg.AssetChecksDefinition:
    """Return the check of the overview that lists the tenants whose last episode is late."""

    @dg.asset_check(asset="tenant_overview")
    def every_tenant_is_fresh(tenant_overview: Overview) -> dg.AssetCheckResult:
        """Every tenant's last episode ends within the data's delay and a day, and whoever has uploads has one."""
        late = tenant_overview.late(now().astimezone(ZoneInfo(timezone)), lag_days)
        return dg.AssetCheckResult(
            passed=not late,
            severity=dg.AssetCheckSeverity.WARN,
            description=_sentence(late, len(tenant_overview.tenants)),
            metadata={"tenants": len(tenant_overview.tenants), "late": len(late), **_table(late)},
        )

    return every_tenant_is_fresh


def _sentence(late: Sequence[TenantState], tenants: int) -> str:
    if not late:
        return "Every tenant has a fresh episode." if tenants else "There is no tenant yet."
    named = ", ".join(f"{one.tenant} ({one.last_day or 'no episode'})" for one in late[:10])
    return f"{len(late)} of {tenants} tenants late: {named}{', ...' if len(late) > 10 else ''}"


def _table(late: Sequence[TenantState]) -> dict[str, dg.MetadataValue]:
    if not late:
        return {}
    columns = [dg.TableColumn(name=name, type="string") for name in ("tenant", "last episode", "checks")]
    records = [
        dg.TableRecord({"tenant": one.tenant.slug, "last episode": str(one.last_day or "none"), "checks": one.checks})
        for one in late[:SHOWN_LATE]
    ]
    return {"late tenants": dg.MetadataValue.table(records, schema=dg.TableSchema(columns=columns))}
