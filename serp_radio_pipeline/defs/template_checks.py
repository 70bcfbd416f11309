"""The check that names each of the user's own templates that was not used, and why; it only warns."""

from collections.abc import Sequence

import dagster as dg

from serp_radio_pipeline.radio.templates import TemplateProblem

OWN_TEMPLATES_WORK = "own_templates_work"


def templates_spec(asset: str, partitions: dg.PartitionsDefinition | None = None) -> dg.AssetCheckSpec:
    """Return the spec of an asset's check."""
    return dg.AssetCheckSpec(
        OWN_TEMPLATES_WORK,
        asset=asset,
        description="Names each of your own templates that was not used, with file, line and reason.",
        partitions_def=partitions,
    )


def templates_check(problems: Sequence[TemplateProblem]) -> dg.AssetCheckResult:
    """Return the check's result."""
    return dg.AssetCheckResult(
        check_name=OWN_TEMPLATES_WORK,
        passed=not problems,
        severity=dg.AssetCheckSeverity.WARN,
        description=" ".join(map(str, problems)) or "All holds.",
    )
