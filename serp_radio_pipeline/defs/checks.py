"""Asset checks: what must hold before an episode goes out. Blocking ones stop the run; the others warn."""

import dagster as dg

from serp_radio_pipeline.audio.ear import hear
from serp_radio_pipeline.audio.heard_fidelity import heard_fidelity
from serp_radio_pipeline.audio.listening import Measured, decode_mp3, measure
from serp_radio_pipeline.defs.metadata import fidelity_metadata, heard_metadata
from serp_radio_pipeline.defs.network_retries import retried_when_the_store_is_away
from serp_radio_pipeline.defs.partitions import parse_tenant_day
from serp_radio_pipeline.defs.resources import StoreResource
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.ingest.metric_names import metric_names
from serp_radio_pipeline.music.decode import decode_midi
from serp_radio_pipeline.music.fidelity import fidelity
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.gates import (
    RHO_GATES,
    below_the_gates,
    decoding_problems,
    delivery_problems,
    hearing_problems,
)


def build_checks(partitions: dg.PartitionsDefinition) -> list[dg.AssetChecksDefinition]:
    """Return every check of a tenant-day."""

    @dg.asset_check(asset="raw_metrics", partitions_def=partitions, blocking=True)
    def daily_table_is_sane(raw_metrics: DailyMetrics) -> dg.AssetCheckResult:
        """There is something to hear, and no day has more clicks than impressions."""
        counts = [row for row in raw_metrics.rows if not metric_names(row.source).is_ranks]
        wrong = [row.date.isoformat() for row in counts if row.clicks > row.impressions]
        heard = sum(row.impressions > 0 for row in raw_metrics.rows)
        nothing = "no keyword is ranked" if metric_names(raw_metrics.source).is_ranks else "no day has an impression"
        problems = [nothing] if not heard else []
        problems += [f"more clicks than impressions on {', '.join(wrong[:5])}"] if wrong else []
        return _result(problems, {"days": len(raw_metrics.rows), "days with impressions": heard})

    @dg.asset_check(
        asset="midi", additional_ins={"controls": dg.AssetIn("controls")}, partitions_def=partitions, blocking=True
    )
    def midi_decodes_to_the_data(midi: bytes, controls: Score) -> dg.AssetCheckResult:
        """Every day and event reads back from the file alone, and harmony does not rub against the data."""
        figures = fidelity(controls, decode_midi(midi))
        return _result(decoding_problems(figures), fidelity_metadata(figures))

    @dg.asset_check(asset="midi", additional_ins={"controls": dg.AssetIn("controls")}, partitions_def=partitions)
    def midi_keeps_the_order_of_days(midi: bytes, controls: Score) -> dg.AssetCheckResult:
        """Rank correlation of what is decoded with the data reaches the gates; warns where the data are too flat."""
        figures = fidelity(controls, decode_midi(midi))
        return _result(below_the_gates(figures.rho, RHO_GATES), fidelity_metadata(figures), dg.AssetCheckSeverity.WARN)

    @dg.asset_check(asset="controls", partitions_def=partitions)
    def every_annotation_was_read(context: dg.AssetCheckExecutionContext, store: StoreResource) -> dg.AssetCheckResult:
        """Names each line of the tenant's annotations that was left out, and why."""
        tenant, _ = parse_tenant_day(context.partition_key)
        with retried_when_the_store_is_away():
            annotations = store.annotation_log().read(tenant)
        problems = [f"{unread.place}: {unread.reason}" for unread in annotations.unread]
        return _result(problems, {"annotations": len(annotations.said)}, dg.AssetCheckSeverity.WARN)

    @dg.asset_check(
        asset="mp3", additional_ins={"controls": dg.AssetIn("controls")}, partitions_def=partitions, blocking=True
    )
    def mp3_is_fit_to_publish(mp3: bytes, controls: Score) -> dg.AssetCheckResult:
        """Loudness, true peak, silence and duration, measured on the decoded MP3."""
        measured = measure(decode_mp3(mp3))
        return _result(delivery_problems(measured, controls), _measured_metadata(measured))

    @dg.asset_check(asset="mp3", additional_ins={"controls": dg.AssetIn("controls")}, partitions_def=partitions)
    def heard_equals_data(mp3: bytes, controls: Score) -> dg.AssetCheckResult:
        """An ear that knows nothing but the MP3 hears every day's notes; warns where instruments hide some."""
        heard = heard_fidelity(controls, hear(mp3))
        return _result(hearing_problems(heard), heard_metadata(heard), dg.AssetCheckSeverity.WARN)

    return [
        *(daily_table_is_sane, every_annotation_was_read, midi_decodes_to_the_data, midi_keeps_the_order_of_days),
        *(mp3_is_fit_to_publish, heard_equals_data),
    ]


def _measured_metadata(measured: Measured) -> dict[str, float]:
    return {
        "loudness (LUFS)": round(measured.loudness_lufs, 2),
        "loudness range (LU)": round(measured.loudness_range_lu, 2),
        "true peak (dBTP)": round(measured.true_peak_dbtp, 2),
        "duration (s)": round(measured.duration_seconds, 2),
        "silence at the head (s)": round(measured.head_silence_s, 3),
        "silence at the tail (s)": round(measured.tail_silence_s, 3),
        "longest gap (s)": round(measured.longest_gap_s, 3),
    }


def _result(
    problems: list[str], metadata: object, severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=not problems,
        severity=severity,
        description="; ".join(problems) or "All holds.",
        metadata=metadata,  # type: ignore[arg-type]
    )
