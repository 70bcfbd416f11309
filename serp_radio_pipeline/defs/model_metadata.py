"""What a person wants to see of a model in the Dagster UI: who decides and why, its pictures, scores and weights."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from serp_radio_pipeline.labels.comparison import label_changes
from serp_radio_pipeline.labels.evaluation import Evaluation
from serp_radio_pipeline.labels.model import LabelModel
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.labels.week_labels import WeekLabels
from serp_radio_pipeline.radio.model_pictures import confusion_svg, reliability_svg
from serp_radio_pipeline.radio.sparkline import inline_image

Metadata = Mapping[str, Any]


def model_metadata(model: LabelModel, labels: WeekLabels, heard: WeekLabels) -> Metadata:
    """The sentence first, then pictures and figures; `heard` are the labels with the model's word where it decides."""
    return {
        "who decides": model.why,
        "weeks": model.weeks,
        "corrections": model.corrections,
        **(_evaluation_metadata(model.evaluation, model) if model.evaluation else {}),
        "weeks where the model says otherwise": _table(
            ("week", "rules", "model", "confidence"),
            [
                (
                    change.week,
                    change.before.label.value,
                    change.after.label.value,
                    f"{change.after.confidence:.2f}",
                )
                for change in reversed(label_changes(labels, heard))
            ],
        ),
        "data": f"SHA-256 {model.data_sha256[:12]}",
        "versions": ", ".join(f"{name} {said}" for name, said in model.versions.items()),
    }


def _evaluation_metadata(evaluation: Evaluation, model: LabelModel) -> Metadata:
    judges = {"model": evaluation.model, "rules": evaluation.rules, "most common label": evaluation.most_common}
    recalls = [
        (name, f"{judge.balanced_accuracy:.2f}", *(_share(judge.recall[label.value]) for label in Label))
        for name, judge in judges.items()
    ]
    ranked = sorted(model.weights.items(), key=lambda item: (-item[1], item[0]))
    return {
        "weeks asked about": evaluation.weeks,
        "balanced accuracy": evaluation.model.balanced_accuracy,
        "balanced accuracy of the rules": evaluation.rules.balanced_accuracy,
        "chance that luck does as well against the rules": round(evaluation.luck_against_rules, 4),
        "chance that guesses do as well": round(evaluation.luck_of_guesses, 4),
        "Brier score": evaluation.brier,
        "recall": _table(("judge", "balanced", *(label.value for label in Label)), recalls),
        "confusion matrix": dg.MetadataValue.md(inline_image(confusion_svg(evaluation), "confusion matrix")),
        "reliability curve": dg.MetadataValue.md(inline_image(reliability_svg(evaluation), "reliability curve")),
        "feature weights": _table(("feature", "weight"), [(name, f"{share:.3f}") for name, share in ranked]),
    }


def _share(recall: float | None) -> str:
    return "-" if recall is None else f"{recall:.2f}"


def _table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> dg.MetadataValue:
    return dg.MetadataValue.table(
        [dg.TableRecord(dict(zip(columns, row, strict=True))) for row in rows],
        schema=dg.TableSchema(columns=[dg.TableColumn(name, "string") for name in columns]),
    )
