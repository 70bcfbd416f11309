"""From numbers and labels to a score: lays out the form and asks each module beside it for its part."""

import datetime as dt
from collections.abc import Sequence

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics
from serp_radio_pipeline.ingest.daily_ranks import DayRanks
from serp_radio_pipeline.ingest.metric_names import metric_names
from serp_radio_pipeline.labels.calibration_period import calibration_period
from serp_radio_pipeline.labels.happenings import Happening
from serp_radio_pipeline.labels.movers import Movement
from serp_radio_pipeline.labels.week_labels import LabelDecision, WeekLabel, WeekLabels, week_name
from serp_radio_pipeline.motifs.catalog import NO_MOTIFS, MotifCatalog
from serp_radio_pipeline.music.calibration import Calibration, calibrate
from serp_radio_pipeline.music.earcons import plan_events
from serp_radio_pipeline.music.form import Form, form_for
from serp_radio_pipeline.music.harmony import BarLabel, PadVoicer, bed, pad_notes
from serp_radio_pipeline.music.kit import label_fills, series_ticks, volatility_hits
from serp_radio_pipeline.music.lanes import days_of, ornaments_of
from serp_radio_pipeline.music.movers import MoverPlan, plan_movers
from serp_radio_pipeline.music.pack import Pack
from serp_radio_pipeline.music.phrases import cadence, ident, sonic_key, today_solo
from serp_radio_pipeline.music.score import (
    TICKS_PER_BAR,
    Day,
    HarmonyBar,
    Note,
    Score,
    SpokenLabel,
)
from serp_radio_pipeline.music.seeded_choice import SeededChoice, seed_of
from serp_radio_pipeline.music.week_motifs import week_bars, week_motifs
from serp_radio_pipeline.music.window import Window, window_for


class NoDataInWindowError(SerpRadioError):
    """A window without a single day of data: there is nothing true to play."""


def compose(  # noqa: PLR0913 - what a score is made of
    metrics: DailyMetrics,
    labels: WeekLabels,
    pack: Pack,
    lookback: str,
    catalog: MotifCatalog = NO_MOTIFS,
    happenings: Sequence[Happening] = (),
    movement: Movement | None = None,
    *,
    variation: int = 0,
) -> Score:
    """Return the score of the window that ends on `labels.as_of` and looks back as far as `lookback` says.

    Motifs that compare week with week come from `catalog`; without one none are played. `happenings` are what may be
    announced; no other note depends on them. `movement` adds a bar for each mover, and changes nothing before it.
    Another `variation` makes another piece of the same data; episodes have 0.

    Raises:
        LookbackError: `lookback` can't be read or is over 13 weeks.
        NoDataInWindowError: no day of the window has data.
    """
    window = window_with_data(metrics, lookback, labels.as_of)
    moved = movement.movers if movement else ()
    tenant, form = metrics.tenant, form_for(window, len(moved))
    calibration = calibrate(tenant, labels.period)
    days = days_of(metrics, window, calibration, form.series_tick)
    data_version = metrics.up_to(labels.as_of).data_version()
    seed = seed_of(
        tenant=tenant.slug,
        date=window.last.isoformat(),
        pack=pack.name,
        calibration=calibration.id,
        data_version=data_version,
        variation=variation,
    )
    choice = SeededChoice(seed)
    movers = plan_movers(moved, calibration, pack, form.movers_tick)
    harmony, notes = _accompany(labels, days, movers, form, calibration, choice)
    weeks = _weeks_of(labels, form)
    bars = week_bars(days, [(week_name(day), _decision(week, labels).label) for day, week in weeks], form.series_tick)
    data = [note.note for day in days for note in day.notes]
    pitched = [*data, *(note for note in notes if note.role != "kit")]
    named = metric_names(metrics.source).clicks
    motifs, motif_notes = week_motifs(bars, pitched, catalog, calibration.transposition, choice, named)
    plan = plan_events(happenings, days, calibration, pack, tenant.slug)
    return Score(
        tenant=tenant.slug,
        date=window.last,
        first_date=window.first,
        lookback=lookback,
        seed=seed,
        data_version=data_version,
        pack=pack,
        calibration=calibration,
        retuned=_was_retuned(metrics, labels.as_of, calibration),
        overall=_spoken(None, labels.overall),
        weeks=tuple(_spoken(week_name(day), _decision(week, labels)) for day, week in weeks),
        sections=form.sections(),
        days=days,
        harmony=harmony,
        notes=_in_order([*notes, *motif_notes, *plan.notes]),
        motifs=motifs,
        events=plan.events,
        left_out=plan.left_out,
        movement=movement,
        movers=movers.movers,
        source=metrics.source,
        ranks=_last_ranks(metrics, window),
        end_tick=form.end_tick,
    )


def _last_ranks(metrics: DailyMetrics, window: Window) -> DayRanks | None:
    days = metrics.ranks.between(window.first - dt.timedelta(days=1), window.last).days if metrics.ranks else ()
    return days[-1] if days else None


def window_with_data(metrics: DailyMetrics, lookback: str, last: dt.date) -> Window:
    """Return the window that ends on `last`, not beginning before the history does.

    Raises:
        LookbackError: `lookback` can't be read or is over 13 weeks.
        NoDataInWindowError: no day of the window has data.
    """
    window = window_for(lookback, last)
    known = [date for date in window.dates() if date in metrics.by_date]
    if not known:
        raise NoDataInWindowError(
            f"{metrics.tenant} has no data from {window.first} to {window.last}: upload an export that covers those "
            "days, or choose another date."
        )
    if metrics.rows[0].date == known[0]:
        # a history shorter than the lookback: the days before it began are no gap
        window = Window(known[0], window.last)
    return window


def _accompany(
    labels: WeekLabels,
    days: tuple[Day, ...],
    movers: MoverPlan,
    form: Form,
    calibration: Calibration,
    choice: SeededChoice,
) -> tuple[tuple[HarmonyBar, ...], tuple[Note, ...]]:
    """Return the chords and all notes that are not data, for the whole form; events and motifs come later."""
    tenant, overall = labels.tenant.slug, labels.overall
    transposition, voicer = calibration.transposition, PadVoicer(calibration.transposition, choice)
    weeks = _weeks_of(labels, form)
    today = today_solo(calibration, days[-1], form.today_tick)
    data = [note.note for day in days for note in day.notes]
    bars = [
        BarLabel(form.series_tick + index * TICKS_PER_BAR, decision.label, decision.confidence)
        for index, decision in enumerate(_decision(week, labels) for _, week in weeks)
    ]
    bars += [
        BarLabel(tick, overall.label, overall.confidence)
        for tick in range(form.today_tick, form.cadence_tick, TICKS_PER_BAR)
    ]
    opening = bed([BarLabel(0, overall.label, overall.confidence)], (), voicer)
    sounding = [*data, *today, *movers.notes]
    series = bed(bars, sounding, voicer)
    closing, closing_notes = cadence(
        tenant, overall.label, overall.confidence, form.cadence_tick, transposition, voicer
    )
    harmony = (*opening, *series, *closing)
    hits = [
        hit for bar, (_, week) in zip(bars, weeks, strict=False) for hit in volatility_hits(bar.tick, _volatility(week))
    ]
    notes = [
        *ident(tenant, 0, 0, transposition, "ident"),
        *sonic_key(calibration, days[-1], form.key_tick, form.key_bars * TICKS_PER_BAR),
        *series_ticks(days),
        *hits,
        *label_fills([(bar.tick, bar.label) for bar in bars[: len(weeks)]]),
        *ornaments_of(days),
        *pad_notes(harmony, sounding),
        *today,
        *movers.notes,
        *closing_notes,
    ]
    return harmony, _in_order(notes)


def _in_order(notes: list[Note]) -> tuple[Note, ...]:
    return tuple(sorted(notes, key=lambda note: (note.tick, note.role, note.pitch, note.purpose)))


def _weeks_of(labels: WeekLabels, form: Form) -> list[tuple[dt.date, WeekLabel | None]]:
    by_week = {week.week: week for week in labels.weeks}
    return [(day, by_week.get(week_name(day))) for day in form.weeks]


def _decision(week: WeekLabel | None, labels: WeekLabels) -> LabelDecision:
    # a week without a single day has no label of its own: the bed keeps the overall colour under its rests
    return week.decision if week else labels.overall


def _spoken(week: str | None, decision: LabelDecision) -> SpokenLabel:
    return SpokenLabel(
        week=week,
        label=decision.label.value,
        rule=decision.rule,
        reason=decision.reason,
        confidence=decision.confidence,
        decided_by=decision.decided_by,
        by_rules=decision.by_rules.value if decision.by_rules else None,
    )


def _was_retuned(metrics: DailyMetrics, day: dt.date, calibration: Calibration) -> bool:
    yesterday = day - dt.timedelta(days=1)
    if not metrics.up_to(yesterday).rows:
        return False
    return calibrate(metrics.tenant, calibration_period(metrics, yesterday)).id != calibration.id


def _volatility(week: WeekLabel | None) -> float | None:
    value = week.decision.features["volatility"] if week else None
    return value if isinstance(value, float) else None
