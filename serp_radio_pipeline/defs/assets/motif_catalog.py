"""The motif catalogue, an asset without partitions: what the library that ships holds, and what can't be read in it."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from serp_radio_pipeline.defs.assets.stages import IO_MANAGER, OWNERS
from serp_radio_pipeline.defs.code_versions import room_version
from serp_radio_pipeline.defs.motif_metadata import catalog_metadata, problems_check
from serp_radio_pipeline.defs.resources import MotifsResource

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
    def motif_catalog(motifs: MotifsResource):  # type: ignore[no-untyped-def]
        """Every motif of the library: its bars, label, momentum and categories."""
        catalog = motifs.shipped()
        return dg.MaterializeResult(
            value=catalog,
            metadata=catalog_metadata(catalog),
            data_version=dg.DataVersion(hashlib.sha256(catalog.to_json()).hexdigest()),
            check_results=[problems_check(EVERY_MOTIF_FILE_WAS_READ, catalog)],
        )

    return motif_catalog
