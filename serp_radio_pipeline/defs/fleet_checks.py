"""What must hold of the fleet as a whole. Dagster's freshness checks know assets only; here each tenant has a clock."""

import datetime as dt
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import dagster as dg

from serp_radio_pipeline.defs.resources import StoreResource
from serp_radio_pipeline.radio.overview import Overview, TenantState
from serp_radio_pipeline.storage.source_trouble import SourceTrouble, read_trouble
from serp_radio_pipeline.storage.sources import is_connected
from serp_radio_pipeline.storage.store import Store
from serp_radio_pipeline.tenant import Tenant

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


def build_every_source_is_connected() -> dg.AssetChecksDefinition:
    """Return the check of the overview that lists the tenants which a person must connect again."""

    @dg.asset_check(asset="tenant_overview")
    def every_source_is_connected(store: StoreResource) -> dg.AssetCheckResult:
        """Whoever is connected to Search Console can be fetched for; else what a person has to do, tenant by tenant."""
        connected, troubles = sources_in_trouble(store.store(), store.upload_log().tenants())
        named = " ".join(f"{tenant} since {one.since}: {one.sentence}" for tenant, one in troubles[:10])
        return dg.AssetCheckResult(
            passed=not troubles,
            severity=dg.AssetCheckSeverity.WARN,
            description=named or ("Every source is connected." if connected else "No tenant is connected."),
            metadata={
                "connected tenants": connected,
                "to connect again": ", ".join(tenant.slug for tenant, _ in troubles[:SHOWN_LATE]) or "none",
            },
        )

    return every_source_is_connected


def sources_in_trouble(store: Store, tenants: Sequence[Tenant]) -> tuple[int, list[tuple[Tenant, SourceTrouble]]]:
    """Return how many tenants have a source, and those of them whose source is marked."""

    def look(tenant: Tenant) -> tuple[bool, SourceTrouble | None]:
        has_source = is_connected(store, tenant)
        return has_source, read_trouble(store, tenant) if has_source else None

    with ThreadPoolExecutor(store.parallel_reads) as pool:
        found = list(zip(tenants, pool.map(look, tenants), strict=True))
    troubles = [(tenant, trouble) for tenant, (_, trouble) in found if trouble is not None]
    return sum(has_source for _, (has_source, _) in found), troubles


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
