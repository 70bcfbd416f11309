"""One partition is one tenant-day: the episode of day D covers the window that ends on D."""

import datetime as dt
import re

import dagster as dg

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.daily_metrics import SEARCH_CONSOLE_TIMEZONE
from serp_radio_pipeline.tenant import Tenant

TENANTS = "tenants"
DATE_DIMENSION, TENANT_DIMENSION = "date", "tenant"

DATE_PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

tenant_names = dg.DynamicPartitionsDefinition(name=TENANTS)


class TenantDayError(SerpRadioError):
    """A partition key that names no tenant-day, or a day outside the range."""


def tenant_days(first: dt.date) -> dg.MultiPartitionsDefinition:
    """Return the partitions from `first` to yesterday, for every tenant that was added."""
    days = dg.DailyPartitionsDefinition(start_date=first.isoformat(), timezone=SEARCH_CONSOLE_TIMEZONE)
    return dg.MultiPartitionsDefinition({DATE_DIMENSION: days, TENANT_DIMENSION: tenant_names})


def tenant_day_key(tenant: Tenant, day: dt.date) -> dg.MultiPartitionKey:
    """Return the partition key of a tenant-day."""
    return dg.MultiPartitionKey({DATE_DIMENSION: day.isoformat(), TENANT_DIMENSION: tenant.slug})


def parse_tenant_day(key: str) -> tuple[Tenant, dt.date]:
    """Return the tenant and the day that a partition key names.

    Raises:
        TenantError: the tenant is no slug; Dagster itself would accept `../x`.
        TenantDayError: the key is not that of a tenant-day.
    """
    if not isinstance(key, dg.MultiPartitionKey):
        raise TenantDayError(f"{key!r:.80} names no tenant-day: choose a date and a tenant.")
    dimensions = key.keys_by_dimension
    if not DATE_PATTERN.fullmatch(dimensions[DATE_DIMENSION]):
        raise TenantDayError(f"{dimensions[DATE_DIMENSION]!r:.40} is not a date: write it as 2026-03-31.")
    tenant = Tenant(dimensions[TENANT_DIMENSION])
    try:
        return tenant, dt.date.fromisoformat(dimensions[DATE_DIMENSION])
    except ValueError as error:
        raise TenantDayError(f"{dimensions[DATE_DIMENSION]!r:.40} is not a date: {error}.") from error


def check_day_in_range(partitions: dg.MultiPartitionsDefinition, day: dt.date, now: dt.datetime) -> None:
    """Refuse a day that has no partition.

    Raises:
        TenantDayError: the day is before the first or after the last day of the range.
    """
    first, last = day_range(partitions, now)
    if not first <= day <= last:
        raise TenantDayError(
            f"{day} is outside the days that can be made, {first} to {last}: choose a day between them, "
            "or set SERP_RADIO_START_DATE to begin earlier."
        )


def day_range(partitions: dg.MultiPartitionsDefinition, now: dt.datetime) -> tuple[dt.date, dt.date]:
    """Return the first and the last day that have a partition.

    Raises:
        TenantDayError: no day has one yet.
    """
    days = partitions.get_partitions_def_for_dimension(DATE_DIMENSION)
    with dg.partition_loading_context(effective_dt=now):
        first, last = days.get_first_partition_key(), days.get_last_partition_key()
    if first is None or last is None:
        raise TenantDayError(
            "No day can be made yet: SERP_RADIO_START_DATE lies in the future, set it to an earlier day."
        )
    return dt.date.fromisoformat(first), dt.date.fromisoformat(last)
