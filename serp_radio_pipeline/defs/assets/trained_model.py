"""The tenant's model of its labels: trained on people's corrections, used only where it is better than the rules."""

import hashlib
import json

import dagster as dg

from serp_radio_pipeline.defs.assets.stages import IO_MANAGER, OWNERS
from serp_radio_pipeline.defs.code_versions import room_version
from serp_radio_pipeline.defs.model_metadata import model_metadata
from serp_radio_pipeline.labels.model import LabelModel, decided_by_model, train
from serp_radio_pipeline.labels.week_labels import WeekLabels

WHO_DECIDES = "who_decides"
TRAINING_TAG = "serp-radio/use-training"
"""Tag by which a model says whether training was allowed."""


class TrainingConfig(dg.Config):
    """Whether people's corrections may train a model; without one the rules decide every week that nobody corrected."""

    use_training: bool = True


def build_trained_model(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """Return the asset."""

    @dg.asset(
        partitions_def=partitions,
        io_manager_key=IO_MANAGER,
        group_name="labels",
        kinds={"python", "scikitlearn"},
        owners=OWNERS,
        code_version=room_version("labels"),
        check_specs=[
            dg.AssetCheckSpec(
                WHO_DECIDES,
                asset="trained_model",
                description="Says who decides, and why; warns where a model was trained and the rules are as good.",
                partitions_def=partitions,
            )
        ],
    )
    # no return type: beside a check, Dagster takes every annotation but a tuple for a mistake
    def trained_model(config: TrainingConfig, labels: WeekLabels):  # type: ignore[no-untyped-def]
        """A classifier from a week's features to its label, its evaluation, and whether it takes the rules' place."""
        model = train(labels, use_training=config.use_training)
        return dg.MaterializeResult(
            value=model,
            metadata=model_metadata(model, labels, decided_by_model(labels, model)),
            # what was learned, from what and with which libraries: the same makes the same trees
            data_version=dg.DataVersion(hashlib.sha256(json.dumps(model.to_json()).encode()).hexdigest()),
            check_results=[_who_decides(model)],
            tags={TRAINING_TAG: str(config.use_training)},
        )

    return trained_model


def _who_decides(model: LabelModel) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=WHO_DECIDES,
        passed=model.decides or model.evaluation is None,
        severity=dg.AssetCheckSeverity.WARN,
        description=model.why,
        metadata={"corrections": model.corrections, "weeks": model.weeks},
    )
