"""What people say of one tenant: rules, corrections, annotations as inputs that Dagster knows; more said, stages stale.

They are external assets, one partition a tenant, known to Dagster by observations alone. Of Dagster 1.13 only an
observation marks the stages of that tenant and of no other: it passes over materializations of external assets, and
over the first observation an asset ever has. So each run observes, ahead of its labels, what is in force.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import dagster as dg

from serp_radio_pipeline.defs.partitions import TENANT_DIMENSION
from serp_radio_pipeline.defs.resources import RulesResource, StoreResource
from serp_radio_pipeline.labels.rules import RuleSet
from serp_radio_pipeline.storage.annotation_log import AnnotationLog
from serp_radio_pipeline.storage.correction_log import CorrectionLog, Corrections
from serp_radio_pipeline.storage.rules_log import RulesLog, RulesLogError, data_version
from serp_radio_pipeline.tenant import Tenant

LABEL_RULES, CORRECTIONS, ANNOTATIONS = "label_rules", "corrections", "annotations"
_DATA_VERSION = "dagster/data_version"
_TAG = "serp-radio/"


@dataclass(frozen=True, slots=True)
class InputVersions:
    """Which rules, corrections and annotations: words that change with what they stand for."""

    rules: str
    corrections: str
    annotations: str

    def tags(self) -> dict[str, str]:
        """Return the tags by which labels say what they were made from."""
        return label_tags(self.rules, self.corrections)

    def by_input(self) -> dict[str, str]:
        """Return each input's name with its version."""
        return {LABEL_RULES: self.rules, CORRECTIONS: self.corrections, ANNOTATIONS: self.annotations}

    def controls_tags(self) -> dict[str, str]:
        """Return the tags by which a score says what it was made from."""
        return annotations_tags(self.annotations)


def label_tags(rules: str, corrections: str) -> dict[str, str]:
    """Return the tags that name the rules and corrections of those data versions."""
    return {f"{_TAG}{LABEL_RULES}": rules, f"{_TAG}{CORRECTIONS}": corrections}


def annotations_tags(version: str) -> dict[str, str]:
    """Return the tag that names the annotations of that data version."""
    return {f"{_TAG}{ANNOTATIONS}": version}


@dataclass(frozen=True, slots=True)
class TenantInputs:
    """A tenant's rules in force, those that they took the place of (None: none, or unreadable), and all corrections."""

    rules: RuleSet
    rules_before: RuleSet | None
    corrections: Corrections

    def tags(self) -> dict[str, str]:
        """Return the tags by which labels say what they were made from."""
        rules = data_version(self.rules.version, self.rules.sha256)
        return label_tags(rules, self.corrections.data_version)


def tenant_input_deps(*names: str) -> list[dg.AssetDep]:
    """Return what makes a tenant-day depend on those inputs of its tenant, and on no other's."""
    mapping = dg.MultiToSingleDimensionPartitionMapping(TENANT_DIMENSION)
    return [dg.AssetDep(name, partition_mapping=mapping) for name in names]


def read_tenant_inputs(store: StoreResource, rules: RulesResource, tenant: Tenant) -> TenantInputs:
    """Read what people say of a tenant.

    Raises:
        RulesLogError: the rules in force can't be read.
    """
    log = rules.log(store.store())
    in_force = log.in_force(tenant)
    try:
        before = log.before(tenant)
    except RulesLogError:
        before = None  # it only serves a comparison
    return TenantInputs(in_force, before, store.correction_log().read(tenant))


def input_versions(rules: RulesLog, corrections: CorrectionLog, tenant: Tenant) -> InputVersions:
    """Return what is in force now, without reading more than it takes.

    Raises:
        RulesLogError: the record of the newest rules is damaged.
    """
    annotations = AnnotationLog(rules.store)
    return InputVersions(rules.data_version(tenant), corrections.data_version(tenant), annotations.data_version(tenant))


def new_observations(
    instance: dg.DagsterInstance, tenant: Tenant, versions: InputVersions
) -> Iterator[dg.AssetObservation]:
    """Yield an observation of each input whose version Dagster does not know yet."""
    for name, version in versions.by_input().items():
        known = instance.get_latest_data_version_record(dg.AssetKey(name), True, tenant.slug)
        event = known.event_log_entry.asset_observation if known else None
        if event is None or event.tags.get(_DATA_VERSION) != version:
            yield dg.AssetObservation(
                name, partition=tenant.slug, tags={_DATA_VERSION: version}, metadata={"version": version}
            )


def observe_in_run(
    context: dg.AssetExecutionContext, store: StoreResource, rules: RulesResource, tenant: Tenant
) -> None:
    """Tell Dagster from within a run what is in force; what can't be read is for the labels to complain of."""
    try:
        versions = input_versions(rules.log(store.store()), store.correction_log(), tenant)
    except RulesLogError:
        return
    for observation in new_observations(context.instance, tenant, versions):
        context.log_event(observation)


def observe_outside_runs(instance: dg.DagsterInstance, tenant: Tenant, versions: InputVersions) -> None:
    """Tell Dagster at once what a person has just said, so that the UI shows which labels are stale."""
    for observation in new_observations(instance, tenant, versions):
        instance.report_runless_asset_event(observation)
