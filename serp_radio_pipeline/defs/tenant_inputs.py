"""What people give of one tenant, as inputs that Dagster knows: rules, corrections, annotations, motifs, sound pack.

They are external assets, one partition a tenant, known to Dagster by observations alone. Of Dagster 1.13 only an
observation marks the stages of that tenant and of no other: it passes over materializations of external assets, and
over the first observation an asset ever has. So each run observes, ahead of its labels, what is in force.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import dagster as dg

from serp_radio_pipeline.defs.partitions import TENANT_DIMENSION
from serp_radio_pipeline.defs.resources import MotifsResource, RulesResource, StoreResource
from serp_radio_pipeline.labels.rules import RuleSet
from serp_radio_pipeline.motifs.catalog import MotifCatalog
from serp_radio_pipeline.storage.annotation_log import AnnotationLog, Annotations
from serp_radio_pipeline.storage.correction_log import CorrectionLog, Corrections
from serp_radio_pipeline.storage.motif_library import MotifLibrary
from serp_radio_pipeline.storage.pack_choice import pack_version
from serp_radio_pipeline.storage.rules_log import RulesLog, RulesLogError, data_version
from serp_radio_pipeline.tenant import Tenant

LABEL_RULES, CORRECTIONS, ANNOTATIONS, OWN_MOTIFS = "label_rules", "corrections", "annotations", "own_motifs"
SOUND_PACK = "sound_pack"
_DATA_VERSION = "dagster/data_version"
_TAG = "serp-radio/"


@dataclass(frozen=True, slots=True)
class InputVersions:
    """Which rules, corrections, annotations, motifs and sound pack: words that change with what they stand for."""

    rules: str
    corrections: str
    annotations: str
    motifs: str
    pack: str

    def by_input(self) -> dict[str, str]:
        """Return each input's name with its version."""
        return {
            LABEL_RULES: self.rules,
            CORRECTIONS: self.corrections,
            ANNOTATIONS: self.annotations,
            OWN_MOTIFS: self.motifs,
            SOUND_PACK: self.pack,
        }

    def match(self, labels: Mapping[str, str], controls: Mapping[str, str]) -> bool:
        """Whether labels and score, by their tags, were made from these; a run may say another pack."""
        return (
            labels_tags(self.rules, self.corrections).items() <= labels.items()
            and controls_tags(self.annotations, self.motifs).items() <= controls.items()
        )


def labels_tags(rules: str, corrections: str) -> dict[str, str]:
    """Return the tags by which labels say what they were made from."""
    return {f"{_TAG}{LABEL_RULES}": rules, f"{_TAG}{CORRECTIONS}": corrections}


def controls_tags(annotations: str, motifs: str) -> dict[str, str]:
    """Return the tags by which a score says which annotations and which of the tenant's own motifs it knows."""
    return {f"{_TAG}{ANNOTATIONS}": annotations, f"{_TAG}{OWN_MOTIFS}": motifs}


@dataclass(frozen=True, slots=True)
class TenantInputs:
    """A tenant's rules in force, those that they took the place of (None: none, or unreadable), and all corrections."""

    rules: RuleSet
    rules_before: RuleSet | None
    corrections: Corrections

    def tags(self) -> dict[str, str]:
        """Return the tags by which labels say what they were made from."""
        return labels_tags(data_version(self.rules.version, self.rules.sha256), self.corrections.data_version)


@dataclass(frozen=True, slots=True)
class ScoreInputs:
    """What people said happened on a tenant's days, and its own motifs."""

    annotations: Annotations
    motifs: MotifCatalog
    motifs_version: str

    def tags(self) -> dict[str, str]:
        """Return the tags by which a score says what it was made from."""
        return controls_tags(self.annotations.data_version, self.motifs_version)


def read_score_inputs(store: StoreResource, motifs: MotifsResource, tenant: Tenant) -> ScoreInputs:
    """Read what of a tenant's inputs a score is made from; what can't be read is named in it."""
    own = motifs.own().read(tenant)
    return ScoreInputs(store.annotation_log().read(tenant), own.catalog, own.data_version)


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


def input_versions(rules: RulesLog, tenant: Tenant) -> InputVersions:
    """Return what is in force now in the store of those rules, without reading more than it takes.

    Raises:
        RulesLogError: the record of the newest rules is damaged.
    """
    store = rules.store
    return InputVersions(
        rules.data_version(tenant),
        CorrectionLog(store).data_version(tenant),
        AnnotationLog(store).data_version(tenant),
        MotifLibrary(store).data_version(tenant),
        pack_version(store, tenant),
    )


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
        versions = input_versions(rules.log(store.store()), tenant)
    except RulesLogError:
        return
    for observation in new_observations(context.instance, tenant, versions):
        context.log_event(observation)


def observe_outside_runs(instance: dg.DagsterInstance, tenant: Tenant, versions: InputVersions) -> None:
    """Tell Dagster at once what a person has just said, so that the UI shows what is stale."""
    for observation in new_observations(instance, tenant, versions):
        instance.report_runless_asset_event(observation)
