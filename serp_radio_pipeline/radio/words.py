"""What an episode says in words: its title, one sentence of verdict, and what a listener has just heard."""

from serp_radio_pipeline.labels.happenings import HAPPENING_KINDS
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.palette import LABEL_WORDS

SETTLING = "all days so far"
"""A scale's reason while there are too few days before the month: it moves with every day."""

MOST_EVENTS_SAID = 5


def title(score: Score) -> str:
    """Return the episode's title: tenant, day and verdict."""
    return f"{score.tenant}, {score.date.isoformat()}: {LABEL_WORDS[score.overall.label].lower()}"


def verdict(score: Score) -> str:
    """Return the verdict with its reason in one line."""
    return f"{LABEL_WORDS[score.overall.label]}: {score.overall.reason}"


def what_was_heard(score: Score) -> tuple[str, ...]:
    """Return a few lines, in a fixed order: verdict, today, events (five at most, by
    priority), missing, provisional and clipped days, re-tune."""
    lines = [verdict(score), _today(score)]
    lines += _deciders(score)
    by_priority = sorted(score.events, key=lambda event: (HAPPENING_KINDS.index(event.kind), -event.date.toordinal()))
    lines += [f"{event.date}: {event.sentence}" for event in by_priority[:MOST_EVENTS_SAID]]
    missing = sum(day.is_missing for day in score.days)
    if missing:
        lines.append(f"{count_of(missing, 'day')} without data: the side stick keeps time, the voices rest.")
    provisional = [day.date.isoformat() for day in score.days if day.is_provisional]
    if provisional:
        lines.append(f"Still provisional, played softly: {', '.join(provisional)}.")
    clipped = sum(any(note.clipped for note in day.notes) for day in score.days)
    if clipped:
        lines.append(f"{count_of(clipped, 'day')} beyond the scale, marked with a grace note.")
    if score.calibration.reason == SETTLING:
        lines.append(f"The scale is still settling: {count_of(score.calibration.days, 'day')} so far.")
    elif score.retuned:
        lines.append("The scale was re-tuned: pitches can't be compared with yesterday's.")
    return tuple(lines)


def _deciders(score: Score) -> list[str]:
    """Say which weeks are called otherwise than by the rules, and by whom; nothing where the rules decide all."""
    lines = []
    for who, name in (("model", "The model"), ("person", "People")):
        weeks = [week for week in score.weeks if week.decided_by == who and week.by_rules != week.label]
        if weeks:
            said = ", ".join(f"{week.week} {LABEL_WORDS[week.label].lower()}" for week in weeks)
            lines.append(f"{name} called {count_of(len(weeks), 'week')} otherwise than the rules: {said}.")
    return lines


def _today(score: Score) -> str:
    today = score.days[-1]
    if today.is_missing:
        return f"{today.date}: no data."
    position = "no position" if today.position is None else f"position {today.position:.1f}"
    ctr = "no CTR" if today.ctr is None else f"CTR {today.ctr:.2%}"
    clicks, impressions = count_of(today.clicks, "click"), count_of(today.impressions, "impression")
    return f"{today.date}: {clicks} of {impressions}, {ctr}, {position}."


def count_of(count: int | None, noun: str) -> str:
    """Return a count with its noun in the right number: 1 day, 1,234 days."""
    return f"1 {noun}" if count == 1 else f"{count or 0:,} {noun}s"
