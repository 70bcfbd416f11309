"""What a person wants to see of each stage in the Dagster UI. Text that a tenant wrote is never put into Markdown."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import dagster as dg

from serp_radio_pipeline.audio.heard_fidelity import HeardFidelity
from serp_radio_pipeline.audio.render import RenderedAudio
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.ingest.fold import History
from serp_radio_pipeline.ingest.metric_names import metric_names
from serp_radio_pipeline.ingest.refusal import shown
from serp_radio_pipeline.labels.comparison import label_changes, rule_hits
from serp_radio_pipeline.labels.decomposition import Parts
from serp_radio_pipeline.labels.rules import RuleSet
from serp_radio_pipeline.labels.week_labels import LabelDecision, WeekLabels
from serp_radio_pipeline.music.fidelity import Fidelity
from serp_radio_pipeline.music.score import LeftOutEvent, Score, ScoreEvent
from serp_radio_pipeline.radio.feed import correction_in_words
from serp_radio_pipeline.radio.feed_entry import FeedEntry
from serp_radio_pipeline.radio.fleet_page import WORST_FIRST, fleet_rows
from serp_radio_pipeline.radio.markdown import escaped
from serp_radio_pipeline.radio.movers_in_words import compared, mix_in_words
from serp_radio_pipeline.radio.overview import Overview, TenantState
from serp_radio_pipeline.radio.overview_pictures import label_sign_svg, verdicts_svg
from serp_radio_pipeline.radio.palette import INK, LABEL_COLOURS
from serp_radio_pipeline.radio.piano_roll import piano_roll_svg
from serp_radio_pipeline.radio.sparkline import inline_image, sparkline_svg
from serp_radio_pipeline.radio.words import what_was_heard
from serp_radio_pipeline.storage.correction_log import Corrections
from serp_radio_pipeline.storage.store import Receipt
from serp_radio_pipeline.storage.tenant_feed import Written

SHOWN_DAYS, SHOWN_WEEKS, SHOWN_UPLOADS = 56, 13, 5
SHOWN_TENANTS, SHOWN_ROWS = 50, 1000
"""Of an overview, with a sparkline and without: what is shown is stored in every run's log."""
Metadata = Mapping[str, Any]


def daily_table_metadata(metrics: DailyMetrics, history: History) -> Metadata:
    """Rows, range, gaps, the last days as a table, clicks as a sparkline, and which uploads were used or not."""
    first, last = metrics.rows[0].date, metrics.rows[-1].date
    recent = metrics.rows[-SHOWN_DAYS:]
    return {
        "dagster/row_count": len(metrics.rows),
        "date range": f"{first} to {last}",
        "missing days": (last - first).days + 1 - len(metrics.rows),
        "provisional days": sum(row.is_provisional for row in metrics.rows),
        metric_names(metrics.source).clicks: dg.MetadataValue.md(_sparkline(recent, INK)),
        "last 7 days": _last_week(metrics),
        "compared by": ", ".join(one.dimension for one in metrics.comparisons) or "nothing",
        "uploads used": len(history.used) + len(history.compared),
        "notes on the last uploads": " ".join(
            note for upload in history.used[-SHOWN_UPLOADS:] for note in upload.export.notes
        )
        or "none",
        "days restated by the last uploads": _restated(history, last),
        "uploads refused": " ".join(refused.reason for refused in history.refused) or "none",
    }


def _last_week(metrics: DailyMetrics) -> dg.TableMetadataValue:
    names = metric_names(metrics.source)
    columns = ("date", *names.columns)
    # visibility is kept in hundredths of a percent, and read in percent
    unit = 100 if names.is_ranks else 1
    rows = [
        (
            row.date.isoformat(),
            row.clicks / unit if names.is_ranks else row.clicks,
            row.impressions,
            None if row.ctr is None else round(row.ctr / unit, 4),
            row.position,
        )
        for row in metrics.rows[-7:]
    ]
    kinds = ("string", "float" if names.is_ranks else "int", "int", "float", "float")
    return dg.MetadataValue.table(
        [dg.TableRecord(dict(zip(columns, row, strict=True))) for row in rows],
        schema=_schema(**dict(zip(columns, kinds, strict=True))),
    )


def _restated(history: History, last: dt.date) -> dg.TableMetadataValue:
    """What the last uploads changed of days up to `last` that earlier ones gave, the newest upload first."""
    changes = [
        (restatement.upload.name, change)
        for restatement in reversed(history.restated[-SHOWN_UPLOADS:])
        for change in restatement.changes
        if change.date <= last
    ]
    return dg.MetadataValue.table(
        [
            dg.TableRecord(
                {
                    "day": change.date.isoformat(),
                    "metric": change.name,
                    "before": change.spoken(change.before),
                    "now": change.spoken(change.now),
                    "upload": shown(name, 80),
                }
            )
            for name, change in changes[:SHOWN_DAYS]
        ],
        schema=_schema(day="string", metric="string", before="string", now="string", upload="string"),
    )


def labels_metadata(labels: WeekLabels) -> Metadata:
    """The verdict with its reason, and the last weeks' labels as a table."""
    overall = labels.overall
    return {
        "label": overall.label.value,
        "reason": overall.reason,
        "rule": f"{overall.rule}: {overall.description}",
        "confidence": round(overall.confidence, 2),
        "weeks": dg.MetadataValue.table(
            [
                dg.TableRecord(
                    {
                        "week": week.week,
                        "label": _label(week.decision),
                        "rule and reason": f"{_rule(week.decision, labels)}: {week.decision.reason}",
                    }
                )
                for week in reversed(labels.weeks[-SHOWN_WEEKS:])
            ],
            # three columns: the UI gives each the same width, and the reason needs it
            schema=_schema(week="string", label="string", **{"rule and reason": "string"}),
        ),
        "features": dg.MetadataValue.json(overall.features.to_json()),
        "rules version": labels.rules_version,
        "rules": f"{labels.rules_name}, SHA-256 {labels.rules_sha256[:12]}",
    }


def _label(decision: LabelDecision) -> str:
    """Say the label, how surely, who decided, and what the rules say where that is something else."""
    words = f"{decision.label}, {decision.confidence:.2f}, by {decision.decided_by}"
    return f"{words}; by the rules {decision.rule_label}" if decision.is_disputed else words


def _rule(decision: LabelDecision, labels: WeekLabels) -> str:
    """Name the rule and the version of the rules that it is from; version 0 is the project's own."""
    return f"{decision.rule} (v{labels.rules_version})"


def people_metadata(labels: WeekLabels, before: WeekLabels | None, rules: RuleSet, said: Corrections) -> Metadata:
    """How often each rule decides, which weeks the rules before it called otherwise, and what people said of weeks.

    `before` are the labels that the version before gives; None where there is none.
    """
    changes = label_changes(before, labels) if before else ()
    changed = {
        "weeks changed by this version of the rules": len(changes),
        "changed weeks": dg.MetadataValue.table(
            [
                dg.TableRecord(
                    {
                        "week": change.week,
                        "before": f"{change.before.label} ({change.before.rule})",
                        "now": f"{change.after.label} ({change.after.rule})",
                    }
                )
                for change in reversed(changes)
            ],
            schema=_schema(week="string", before="string", now="string"),
        ),
    }
    return {
        "rule hits": dg.MetadataValue.table(
            [
                dg.TableRecord(
                    {"rule": hits.rule, "label": hits.label.value, "weeks": hits.weeks, "last": hits.last_week or ""}
                )
                for hits in rule_hits(labels, rules)
            ],
            schema=_schema(rule="string", label="string", weeks="int", last="string"),
        ),
        **(changed if before else {}),
        "corrections": len(said.last_words),
        "corrections that can't be read": [f"{entry.name}: {entry.reason}" for entry in said.unreadable],
    }


def score_metadata(score: Score) -> Metadata:
    """What will be heard, the piano roll, the scale and the form."""
    colour = LABEL_COLOURS[score.overall.label]
    by_model = sum(week.decided_by == "model" for week in score.weeks)
    return {
        "what is heard": dg.MetadataValue.md("\n".join(f"- {escaped(line)}" for line in what_was_heard(score))),
        score.names.clicks: dg.MetadataValue.md(_sparkline(score.days, colour)),
        "piano roll": dg.MetadataValue.md(inline_image(piano_roll_svg(score), "piano roll")),
        "duration (s)": round(score.seconds(score.end_tick), 1),
        "days": len(score.days),
        "missing days": sum(day.is_missing for day in score.days),
        "clipped notes": sum(bool(note.clipped) for day in score.days for note in day.notes),
        "calibration": f"{score.calibration.id}, {score.calibration.first} to {score.calibration.last}",
        "re-tuned": score.retuned,
        "weeks that the model decides": by_model,
        "weeks where it or a person disagrees with the rules": sum(
            week.by_rules not in (None, week.label) for week in score.weeks
        ),
        "pack": score.pack.title,
        "notes": len(score.all_notes()),
        "half-bars where harmony gave way": sum(half.gave_way for half in score.harmony),
        **_events_metadata(score),
        **_movers_metadata(score),
    }


def _movers_metadata(score: Score) -> Metadata:
    """Each mover with its figures, and apart from them what the mix did; nothing where no periods were compared."""
    if score.movement is None:
        return {}
    return {
        "periods compared": compared(score.movement),
        "movers": dg.MetadataValue.table(
            [
                dg.TableRecord(
                    {
                        "mover": f"{heard.mover.dimension} {heard.mover.label}",
                        "clicks": f"{heard.mover.before.clicks:,} to {heard.mover.now.clicks:,}",
                        "demand, rank, CTR": _parts(heard.mover.parts),
                        "heard as": heard.instrument,
                    }
                )
                for heard in score.movers
            ],
            schema=_schema(mover="string", clicks="string", **{"demand, rank, CTR": "string", "heard as": "string"}),
        ),
        "apart from movement": " ".join(mix_in_words(score.movement)) or "nothing",
    }


def _parts(parts: Parts | None) -> str:
    return "can't be said" if parts is None else f"{parts.demand:+.1f}, {parts.rank:+.1f}, {parts.ctr:+.1f}"


def _events_metadata(score: Score) -> Metadata:
    """Each event that is heard, with its numbers, and each that is not, with the reason."""
    rows: list[tuple[ScoreEvent | LeftOutEvent, str]] = [(event, event.earcon) for event in score.events]
    rows += [(event, f"not heard: {event.reason}") for event in score.left_out]
    return {
        "events heard": len(score.events),
        "events left out": len(score.left_out),
        "events": dg.MetadataValue.table(
            [
                dg.TableRecord(
                    {
                        "date": event.date.isoformat(),
                        "event": f"{event.kind} {score.names.of(event.metric) if event.metric else ''}".strip(),
                        "heard as": heard,
                        "evidence": "; ".join(f"{name} {value}" for name, value in event.evidence.items()),
                    }
                )
                for event, heard in rows
            ],
            schema=_schema(date="string", event="string", **{"heard as": "string"}, evidence="string"),
        ),
    }


def midi_metadata(score: Score) -> Metadata:
    """The file's outline; its place is added by the IO manager."""
    return {
        "duration (s)": round(score.seconds(score.end_tick), 1),
        "notes": len(score.all_notes()),
        "sections": ", ".join(section.marker for section in score.sections),
    }


def mp3_metadata(score: Score, rendered: RenderedAudio) -> Metadata:
    """Loudness and duration of the episode, and what it was played with."""
    return {
        "duration (s)": round(rendered.duration_seconds, 2),
        "loudness (LUFS)": round(rendered.loudness_lufs, 2),
        "gain (dB)": round(rendered.gain_db, 2),
        "limiter reduction (dB)": round(rendered.max_reduction_db, 2),
        "soundfont": f"{rendered.soundfont_name}, SHA-256 {rendered.soundfont_sha256[:12]}",
        "synthesizer": f"FluidSynth {rendered.library_version}",
        "label": score.overall.label,
    }


def feed_metadata(entry: FeedEntry, written: Written) -> Metadata:
    """Where the feed lies, how many episodes it lists, which it leaves out, and what was corrected in this one."""
    left_out = written.listed.left_out
    return {
        "feed": dg.MetadataValue.url(written.feed.uri),
        "tenant page": dg.MetadataValue.url(written.page.uri),
        "episodes listed": len(written.listed.entries),
        "episodes left out": len(left_out),
        "left out": [f"{one.date}: {one.reason}" for one in left_out[:SHOWN_DAYS]],
        "corrected": correction_in_words(entry) or "nothing since the first edition",
    }


def artefact_metadata(receipt: Receipt) -> Metadata:
    """Where the artefact lies, its size and hash; in groups of eight digits, for the UI breaks lines at spaces only."""
    digits = receipt.sha256
    return {
        "uri": dg.MetadataValue.url(receipt.uri),
        "size (bytes)": receipt.size,
        "sha256": " ".join(digits[start : start + 8] for start in range(0, len(digits), 8)),
        "content type": receipt.content_type,
    }


def fidelity_metadata(figures: Fidelity) -> Metadata:
    """Rank correlations per lane; absent where a lane has too few values to say."""
    rho = {f"rho {metric}": round(value, 4) for metric, value in figures.rho.items() if value is not None}
    events = {"events": figures.events, "events found": figures.events_found}
    pitch = {f"rho {metric}, pitch alone": round(v, 4) for metric, v in figures.pitch_rho.items() if v is not None}
    return {**rho, **pitch, "days": figures.days, **events, "clash share": round(figures.clash_share, 4)}


def heard_metadata(heard: HeardFidelity) -> Metadata:
    """Share of each lane's notes that the ear hears at their pitch, and how well it hears the lead's lengths."""
    exact = {f"{lane} heard exactly": round(share, 4) for lane, share in heard.exact.items() if share is not None}
    rho = {} if heard.length_rho is None else {"rho CTR, by note length": round(heard.length_rho, 4)}
    events = {"events heard": f"{heard.events_found} of {heard.events}", "events imagined": heard.events_made_up}
    return {**exact, **rho, "notes missed": heard.missed, "notes imagined": heard.phantoms, **events}


def overview_metadata(overview: Overview, page: Receipt) -> Metadata:
    """The morning's table, worst first, with a sparkline each; all of them as plain rows; where the page lies."""
    states = [row.state for row in fleet_rows(overview)]
    return {
        "dagster/row_count": len(states),
        "fleet page": dg.MetadataValue.url(page.uri),
        "verdicts": dg.MetadataValue.md(_verdicts(states)),
        "in trouble": sum(state.is_in_trouble for state in states),
        "tenants": dg.MetadataValue.md(overview_markdown(states[:SHOWN_TENANTS])),
        "all tenants": dg.MetadataValue.table(
            [
                dg.TableRecord(
                    {
                        "tenant": state.tenant.slug,
                        "last day": str(state.last_day or "none"),
                        "label": state.label.value if state.label else "",
                        "checks": state.checks,
                    }
                )
                for state in states[:SHOWN_ROWS]
            ],
            # without the link: the UI cuts off what does not fit beside it
            schema=_schema(tenant="string", **{"last day": "string"}, label="string", checks="string"),
        ),
    }


def overview_markdown(states: Sequence[TenantState]) -> str:
    """Return the table with sparklines; of what a tenant wrote only its slug is in it, which needs no escaping."""
    lines = ["| tenant | last day | label | checks | clicks | |", "|---|---|---|---|---|---|"]
    for state in states:
        colour = LABEL_COLOURS[state.label] if state.label else INK
        picture = inline_image(sparkline_svg(state.clicks, colour), "clicks") if state.clicks else ""
        cells = (
            state.tenant.slug,
            state.last_day or "none",
            f"{inline_image(label_sign_svg(state.label), '')} {state.label}" if state.label else "",
            state.checks,
            picture,
            _link(state.link),
        )
        lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    return "\n".join(lines)


def _verdicts(states: Sequence[TenantState]) -> str:
    counts = Counter(state.label for state in states if state.label)
    return inline_image(verdicts_svg({label: counts[label] for label in WORST_FIRST}), "verdicts") if counts else "none"


def _link(uri: str) -> str:
    """Return where to listen: a link where the UI follows it, else text to copy; nothing in it ends the cell."""
    quoted = quote(uri, safe="/:%")
    if uri.startswith(("http://", "https://")):
        return f"[listen](<{quoted}>)"
    return f"`{quoted}`" if uri else ""


def _sparkline(days: Any, colour: str) -> str:
    return inline_image(sparkline_svg([day.clicks for day in days], colour), "clicks")


def _schema(**types: str) -> dg.TableSchema:
    return dg.TableSchema(columns=[dg.TableColumn(name=name, type=kind) for name, kind in types.items()])
