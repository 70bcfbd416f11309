"""The motif catalogue, an asset without partitions: what the library that ships holds, and what can't be read in it."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from serp_radio_pipeline.defs.assets.stages import IO_MANAGER, OWNERS
from serp_radio_pipeline.defs.code_versions import room_version
from serp_radio_pipeline.defs.resources import RulesResource
from serp_radio_pipeline.motifs.catalog import DENSITIES, MotifCatalog

EVERY_MOTIF_FILE_WAS_READ = "every_motif_file_was_read"


def build_motif_catalog(library: Sequence[Path]) -> dg.AssetsDefinition:
    """Return the asset; `library` are the files that its code version follows."""

    @dg.asset(
        io_manager_key=IO_MANAGER,
        group_name="motifs",
        kinds={"python", "json"},
        owners=OWNERS,
        code_version=room_version("motifs", *library),
        check_specs=[
            dg.AssetCheckSpec(
                EVERY_MOTIF_FILE_WAS_READ,
                asset="motif_catalog",
                description="Names each MIDI file of the library that could not be read, and why.",
            )
        ],
    )
    # no return type: beside a check, Dagster takes every annotation but a tuple for a mistake
    def motif_catalog(rules: RulesResource):  # type: ignore[no-untyped-def]
        """Every motif of the library: its bars, label, momentum and categories."""
        catalog = rules.motifs()
        return dg.MaterializeResult(
            value=catalog,
            metadata=_metadata(catalog),
            data_version=dg.DataVersion(hashlib.sha256(catalog.to_json()).hexdigest()),
            check_results=[
                dg.AssetCheckResult(
                    check_name=EVERY_MOTIF_FILE_WAS_READ,
                    passed=not catalog.problems,
                    severity=dg.AssetCheckSeverity.WARN,
                    description=" ".join(problem.reason for problem in catalog.problems) or "All were read.",
                )
            ],
        )

    return motif_catalog


def _metadata(catalog: MotifCatalog) -> dict[str, dg.MetadataValue]:
    rows = [
        f"| {label} | {' | '.join(str(counts[density]) for density in DENSITIES)} |"
        for label, counts in catalog.coverage().items()
    ]
    table = "\n".join([f"| label | {' | '.join(DENSITIES)} |", "|---|---|---|---|", *rows])
    return {
        "coverage": dg.MetadataValue.md(table),
        "files": dg.MetadataValue.int(catalog.files),
        "bars": dg.MetadataValue.int(catalog.bars),
        "motifs": dg.MetadataValue.int(len(catalog.motifs)),
        "sections": dg.MetadataValue.int(len(catalog.sections)),
        "momentum": dg.MetadataValue.json(dict(catalog.momentum_distribution())),
        "library_sha256": dg.MetadataValue.text(catalog.library_sha256),
    }
