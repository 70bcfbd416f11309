"""What one warm process does for a fleet: it decides whether a tenant's day is stale, and makes it if so."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

import dagster as dg

from serp_radio_pipeline.defs.assets.stages import appearance_tags
from serp_radio_pipeline.defs.partitions import check_day_in_range, tenant_days
from serp_radio_pipeline.defs.resources import PublishingResource, RulesResource, SoundResource, StoreResource
from serp_radio_pipeline.defs.runs import last_finished_day, run_tenant_day
from serp_radio_pipeline.defs.staleness import code_versions_of, is_up_to_date
from serp_radio_pipeline.defs.tenant_inputs import input_versions
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.storage.pack_choice import chosen_pack
from serp_radio_pipeline.tenant import Tenant


class Ending(StrEnum):
    """How a tenant's day ended."""

    MADE = "made"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FleetOrder:
    """What is asked for, of every tenant: a day, or None for its last finished one; how far back; the sound pack, or
    none for each tenant's own choice; and whether people's corrections may train models."""

    day: dt.date | None
    lookback: str
    pack: str
    first_day: dt.date
    now: dt.datetime
    use_training: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one tenant: `reason` is a sentence where the day failed or was skipped."""

    tenant: Tenant
    day: dt.date | None
    ending: Ending
    reason: str = ""


class WarmWorker:
    """Definitions and an instance, kept from tenant to tenant."""

    def __init__(self, definitions: dg.Definitions, instance: dg.DagsterInstance, order: FleetOrder) -> None:
        self._definitions, self._instance, self._order = definitions, instance, order
        resources = definitions.resources or {}
        store, rules, sound, publishing = (resources[name] for name in ("store", "rules", "sound", "publishing"))
        assert isinstance(store, StoreResource)  # noqa: S101 - `definitions` puts them there
        assert isinstance(rules, RulesResource)  # noqa: S101
        assert isinstance(sound, SoundResource)  # noqa: S101
        assert isinstance(publishing, PublishingResource)  # noqa: S101
        self._store, self._rules, self._sound, self._publishing = store, rules, sound, publishing

    def make(self, tenant: Tenant, run_id: str) -> Outcome:
        """Make the tenant's day under that run's id, unless it is up to date; whatever goes wrong is its outcome."""
        day = self._order.day
        try:
            history = self._store.upload_log().history(tenant)
            day = day or last_finished_day(history, self._order.now)
            check_day_in_range(tenant_days(self._order.first_day), day, self._order.now)
            if self._is_up_to_date(tenant, day, history.known_on(day).data_version()):
                return Outcome(tenant, day, Ending.SKIPPED, "up to date")
            order = self._order
            run_tenant_day(
                self._definitions,
                self._instance,
                tenant,
                day,
                lookback=order.lookback,
                pack=order.pack,
                use_training=order.use_training,
                run_id=run_id,
            )
        except SerpRadioError as error:
            return Outcome(tenant, day, Ending.FAILED, str(error))
        except Exception as error:  # noqa: BLE001 - one tenant's trouble, foreseen or not, stops no other
            return Outcome(tenant, day, Ending.FAILED, f"something unforeseen: {type(error).__name__}: {error}")
        return Outcome(tenant, day, Ending.MADE)

    def _is_up_to_date(self, tenant: Tenant, day: dt.date, daily_table_version: str) -> bool:
        store = self._store.store()
        return is_up_to_date(
            code_versions_of(self._definitions.resolve_job_def("sonify")),
            self._instance,
            store,
            tenant,
            day,
            daily_table_version=daily_table_version,
            input_versions=input_versions(self._rules.log(store), tenant),
            soundfont=self._sound.soundfont(),
            lookback=self._order.lookback,
            pack=self._order.pack or chosen_pack(store, tenant),
            use_training=self._order.use_training,
            appearance=appearance_tags(self._publishing.locale, self._rules.templates().version),
        )
