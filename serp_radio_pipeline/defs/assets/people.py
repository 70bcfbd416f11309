"""The assets that nobody makes but people: a tenant's own rules and motifs, their corrections, their annotations."""

import dagster as dg

from serp_radio_pipeline.defs.assets.stages import OWNERS
from serp_radio_pipeline.defs.partitions import tenant_names
from serp_radio_pipeline.defs.tenant_inputs import ANNOTATIONS, CORRECTIONS, LABEL_RULES, OWN_MOTIFS


def build_tenant_inputs() -> list[dg.AssetSpec]:
    """Return them, of one partition a tenant; `defs.tenant_inputs` tells Dagster what is in force."""
    return [
        dg.AssetSpec(
            LABEL_RULES,
            description="The tenant's own label rules, as numbered versions: `serp-radio rules put`.",
            group_name="labels",
            owners=OWNERS,
            kinds={"yaml"},
            partitions_def=tenant_names,
        ),
        dg.AssetSpec(
            CORRECTIONS,
            description="What people said about the tenant's weeks: `serp-radio label`.",
            group_name="labels",
            owners=OWNERS,
            kinds={"json"},
            partitions_def=tenant_names,
        ),
        dg.AssetSpec(
            OWN_MOTIFS,
            description="The tenant's own motifs, MIDI files and labels for their bars: `serp-radio motifs add`.",
            group_name="motifs",
            owners=OWNERS,
            kinds={"midi"},
            partitions_def=tenant_names,
        ),
        dg.AssetSpec(
            ANNOTATIONS,
            description="What people said happened on the tenant's days: `serp-radio annotate`, or `annotations.csv`.",
            group_name="music",
            owners=OWNERS,
            kinds={"json", "csv"},
            partitions_def=tenant_names,
        ),
    ]
