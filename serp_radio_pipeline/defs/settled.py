"""Which tenant-days need no run in the morning: a new upload or fetch has had them made, or is about to.

Sensor `new_uploads` sees the morning's fetch first, and asks for the last final day. Where that is the day of the
schedule, or was on the morning before and nothing has changed since, a second run would make the same bytes again.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

from serp_radio_pipeline.defs.assets.stages import appearance_tags
from serp_radio_pipeline.defs.partitions import DATE_DIMENSION, TENANT_DIMENSION
from serp_radio_pipeline.defs.resources import PublishingResource, RulesResource, SoundResource, StoreResource
from serp_radio_pipeline.defs.staleness import is_up_to_date
from serp_radio_pipeline.defs.tenant_inputs import input_versions
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.music.window import DEFAULT_LOOKBACK
from serp_radio_pipeline.storage.pack_choice import chosen_pack
from serp_radio_pipeline.tenant import Tenant

RUNS_SINCE = dt.timedelta(days=4)
MOST_RUNS = 5000
"""How far back, and how many runs, are looked through for one of the day; beyond them a run is asked for."""
_TAG = "dagster/partition/"


@dataclass(frozen=True)
class Settled:
    """Looks up whether a tenant's day is settled; `is_late` says that no more are to be looked up.

    A tenant that is not looked up, or can't be, is not settled: its run tells.
    """

    instance: dg.DagsterInstance
    store: StoreResource
    rules: RulesResource
    sound: SoundResource
    publishing: PublishingResource
    code_versions: Mapping[str, str | None]
    is_late: Callable[[], bool]

    def tenants(self, tenants: Sequence[Tenant], day: dt.date, now: dt.datetime) -> list[Tenant]:
        """Return those of the tenants whose episode of the day is as it would be made now, or is waited for."""
        runs = self._last_runs(day, now)
        return [one for one in tenants if one.slug in runs and not self.is_late() and self._is(one, day, runs)]

    def _is(self, tenant: Tenant, day: dt.date, runs: Mapping[str, dg.RunRecord]) -> bool:
        record = runs[tenant.slug]
        try:
            if not record.dagster_run.is_finished:
                uploads = self.store.upload_log().entries(tenant)
                return all(one.uploaded_at < record.create_timestamp for one in uploads)
            return record.dagster_run.is_success and self._is_up_to_date(tenant, day)
        except SerpRadioError:
            return False

    def _is_up_to_date(self, tenant: Tenant, day: dt.date) -> bool:
        store = self.store.store()
        return is_up_to_date(
            self.code_versions,
            self.instance,
            store,
            tenant,
            day,
            daily_table_version=self.store.upload_log().history(tenant).known_on(day).data_version(),
            input_versions=input_versions(self.rules.log(store), tenant),
            soundfont=self.sound.soundfont(),
            lookback=DEFAULT_LOOKBACK,
            pack=chosen_pack(store, tenant),
            use_training=True,
            appearance=appearance_tags(self.publishing.locale, self.rules.templates().version),
        )

    def _last_runs(self, day: dt.date, now: dt.datetime) -> dict[str, dg.RunRecord]:
        """Return each tenant's last run of the day, by its name: one query for all."""
        wanted = dg.RunsFilter(
            job_name="sonify", created_after=now - RUNS_SINCE, tags={_TAG + DATE_DIMENSION: day.isoformat()}
        )
        latest: dict[str, dg.RunRecord] = {}
        for record in self.instance.get_run_records(wanted, limit=MOST_RUNS):
            latest.setdefault(record.dagster_run.tags.get(_TAG + TENANT_DIMENSION, ""), record)
        return latest
