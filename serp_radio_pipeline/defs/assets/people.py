"""The assets that nobody makes but people: a tenant's rules, motifs, sound pack, their corrections, annotations."""

import dagster as dg

from serp_radio_pipeline.defs.assets.stages import OWNERS
from serp_radio_pipeline.defs.partitions import tenant_names
from serp_radio_pipeline.defs.tenant_inputs import ANNOTATIONS, CORRECTIONS, LABEL_RULES, OWN_MOTIFS, SOUND_PACK


def build_tenant_inputs() -> list[dg.AssetSpec]:
    """Return them, of one partition a tenant; `defs.tenant_inputs` tells Dagster what is in force."""
    return [
        _given(LABEL_RULES, "labels", {"yaml"}, "The tenant's own label rules, in versions: `serp-radio rules put`."),
        _given(CORRECTIONS, "labels", {"json"}, "What people said about the tenant's weeks: `serp-radio label`."),
        _given(
            OWN_MOTIFS,
            "motifs",
            {"midi"},
            "The tenant's own motifs, MIDI files and labels for their bars: `serp-radio motifs add`.",
        ),
        _given(
            ANNOTATIONS,
            "music",
            {"json", "csv"},
            "What people said happened on the tenant's days: `serp-radio annotate`, or `annotations.csv`.",
        ),
        _given(
            SOUND_PACK, "music", {"json"}, "The pack that the tenant's episodes are played in: `serp-radio packs use`."
        ),
    ]


def _given(name: str, group: str, kinds: set[str], description: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        name, description=description, group_name=group, owners=OWNERS, kinds=kinds, partitions_def=tenant_names
    )
