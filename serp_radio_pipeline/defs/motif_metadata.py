"""What a person wants to see of a motif library in the Dagster UI: its coverage, and the files that were left out."""

from collections.abc import Mapping

import dagster as dg

from serp_radio_pipeline.motifs.catalog import DENSITIES, MotifCatalog


def catalog_metadata(catalog: MotifCatalog, prefix: str = "") -> Mapping[str, dg.MetadataValue]:
    """How many motifs each label has in each density, and counts; each name begins with `prefix`."""
    rows = [
        f"| {label} | {' | '.join(str(counts[density]) for density in DENSITIES)} |"
        for label, counts in catalog.coverage().items()
    ]
    table = "\n".join([f"| label | {' | '.join(DENSITIES)} |", "|---|---|---|---|", *rows])
    figures = {
        "coverage": dg.MetadataValue.md(table),
        "files": dg.MetadataValue.int(catalog.files),
        "bars": dg.MetadataValue.int(catalog.bars),
        "motifs": dg.MetadataValue.int(len(catalog.motifs)),
        "sections": dg.MetadataValue.int(len(catalog.sections)),
        "momentum": dg.MetadataValue.json(dict(catalog.momentum_distribution())),
        "library_sha256": dg.MetadataValue.text(catalog.library_sha256),
    }
    return {f"{prefix}{'motif ' if prefix and name != 'motifs' else ''}{name}": said for name, said in figures.items()}


def problems_check(name: str, catalog: MotifCatalog) -> dg.AssetCheckResult:
    """Return the result of the check that names each file of a library that was left out, and why; it only warns."""
    return dg.AssetCheckResult(
        check_name=name,
        passed=not catalog.problems,
        severity=dg.AssetCheckSeverity.WARN,
        description=" ".join(problem.reason for problem in catalog.problems) or "All were read.",
    )
