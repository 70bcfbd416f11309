"""Jobs, which are Dagster runs: ordered, looked up, cancelled. Routes know no Dagster; this module knows no HTTP."""

from functools import cached_property
from typing import TYPE_CHECKING

from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.upload_log import UploadLog
from serp_radio_pipeline.tenant import Tenant

if TYPE_CHECKING:
    import dagster as dg


class Jobs:
    """The runs of this DAGSTER_HOME; Dagster is opened when first needed."""

    def __init__(self, settings: Settings, log: UploadLog) -> None:
        self._settings, self._log = settings, log

    @cached_property
    def _instance(self) -> "dg.DagsterInstance":
        from serp_radio_pipeline.defs.instance import open_instance  # noqa: PLC0415 - Dagster takes a second to import

        return open_instance(self._settings.home_folder)

    def welcome(self, tenant: Tenant) -> None:
        """Make a tenant known to Dagster; again changes nothing."""
        from serp_radio_pipeline.defs.runs import add_tenant  # noqa: PLC0415

        add_tenant(self._instance, tenant)
