"""Asset checks: what must hold before an episode goes out. Blocking ones stop the run; the others warn."""

from collections.abc import Mapping

import dagster as dg

from serp_radio_pipeline.audio.listening import Measured, decode_mp3, measure
from serp_radio_pipeline.defs.metadata import fidelity_metadata
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.labels.calibration_period import Metric
from serp_radio_pipeline.music.decode import decode_midi
from serp_radio_pipeline.music.fidelity import fidelity
from serp_radio_pipeline.music.score import Score

LOUDNESS, LOUDNESS_TOLERANCE, TRUE_PEAK_CEILING = -16.0, 0.5, -1.0
LONGEST_HEAD, TAIL_RANGE, LONGEST_GAP = 0.25, (0.8, 2.0), 0.3
RHO_GATES: Mapping[Metric, float] = {"clicks": 0.995, "impressions": 0.995, "position": 0.995, "ctr": 0.999}
HIGHEST_CLASH_SHARE = 0.02


def build_checks(partitions: dg.PartitionsDefinition) -> list[dg.AssetChecksDefinition]:
    """Return every check of a tenant-day."""

    @dg.asset_check(asset="raw_metrics", partitions_def=partitions, blocking=True)
    def daily_table_is_sane(raw_metrics: DailyMetrics) -> dg.AssetCheckResult:
        """There is something to hear, and no day has more clicks than impressions."""
        wrong = [row.date.isoformat() for row in raw_metrics.rows if row.clicks > row.impressions]
        heard = sum(row.impressions > 0 for row in raw_metrics.rows)
        problems = ["no day has an impression"] if not heard else []
        problems += [f"more clicks than impressions on {', '.join(wrong[:5])}"] if wrong else []
        return _result(problems, {"days": len(raw_metrics.rows), "days with impressions": heard})

    @dg.asset_check(
        asset="midi", additional_ins={"controls": dg.AssetIn("controls")}, partitions_def=partitions, blocking=True
    )
    def midi_decodes_to_the_data(midi: bytes, controls: Score) -> dg.AssetCheckResult:
        """Every day reads back from the file alone, and harmony does not rub against the data."""
        figures = fidelity(controls, decode_midi(midi))
        problems = list(figures.wrong[:5])
        if figures.clash_share > HIGHEST_CLASH_SHARE:
            problems.append(f"{figures.clash_share:.1%} of the data notes rub against a chord")
        return _result(problems, fidelity_metadata(figures))

    @dg.asset_check(asset="midi", additional_ins={"controls": dg.AssetIn("controls")}, partitions_def=partitions)
    def midi_keeps_the_order_of_days(midi: bytes, controls: Score) -> dg.AssetCheckResult:
        """Rank correlation of what is decoded with the data reaches the gates; warns where the data are too flat."""
        figures = fidelity(controls, decode_midi(midi))
        return _result(below_the_gates(figures.rho, RHO_GATES), fidelity_metadata(figures), dg.AssetCheckSeverity.WARN)

    @dg.asset_check(
        asset="mp3", additional_ins={"controls": dg.AssetIn("controls")}, partitions_def=partitions, blocking=True
    )
    def mp3_is_fit_to_publish(mp3: bytes, controls: Score) -> dg.AssetCheckResult:
        """Loudness, true peak, silence and duration, measured on the decoded MP3."""
        measured = measure(decode_mp3(mp3))
        return _result(delivery_problems(measured, controls), _measured_metadata(measured))

    return [daily_table_is_sane, midi_decodes_to_the_data, midi_keeps_the_order_of_days, mp3_is_fit_to_publish]


def below_the_gates(rho: Mapping[Metric, float | None], gates: Mapping[Metric, float]) -> list[str]:
    """Return a sentence for each metric whose rank correlation is known and below its gate."""
    known = {metric: value for metric, value in rho.items() if value is not None and metric in gates}
    return [f"{metric} {value:.4f} under {gates[metric]}" for metric, value in known.items() if value < gates[metric]]


def delivery_problems(measured: Measured, score: Score) -> list[str]:
    """Return a sentence for each way in which an episode is not fit to publish."""
    written = score.seconds(score.end_tick)
    low_tail, high_tail = TAIL_RANGE
    rules = {
        f"loudness is {measured.loudness_lufs:.2f} LUFS, not {LOUDNESS:g} +- {LOUDNESS_TOLERANCE:g}": abs(
            measured.loudness_lufs - LOUDNESS
        )
        <= LOUDNESS_TOLERANCE,
        f"true peak is {measured.true_peak_dbtp:.2f} dBTP, over {TRUE_PEAK_CEILING:g}": measured.true_peak_dbtp
        <= TRUE_PEAK_CEILING,
        f"it begins with {measured.head_silence_s:.2f} s of silence": measured.head_silence_s <= LONGEST_HEAD,
        f"it ends with {measured.tail_silence_s:.2f} s of silence, not {low_tail:g} to {high_tail:g}": low_tail
        <= measured.tail_silence_s
        <= high_tail,
        f"it holds {measured.longest_gap_s:.2f} s of silence": measured.longest_gap_s <= LONGEST_GAP,
        f"it lasts {measured.duration_seconds:.1f} s where {written:.1f} s are written": written
        <= measured.duration_seconds
        <= written + 6,
    }
    return [problem for problem, holds in rules.items() if not holds]


def _measured_metadata(measured: Measured) -> dict[str, float]:
    return {
        "loudness (LUFS)": round(measured.loudness_lufs, 2),
        "loudness range (LU)": round(measured.loudness_range_lu, 2),
        "true peak (dBTP)": round(measured.true_peak_dbtp, 2),
        "duration": round(measured.duration_seconds, 2),
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
