"""What an episode says in words: its title, one sentence of verdict, and what a listener has just heard."""

from serp_radio_pipeline.music.score import Day, Score
from serp_radio_pipeline.radio.palette import LABEL_WORDS

SETTLING = "all days so far"
"""A scale's reason while there are too few days before the month: it moves with every day."""


def title(score: Score) -> str:
    """Return the episode's title: tenant, day and verdict."""
    return f"{score.tenant}, {score.date.isoformat()}: {LABEL_WORDS[score.overall.label].lower()}"


def verdict(score: Score) -> str:
    """Return the verdict with its reason in one line."""
    return f"{LABEL_WORDS[score.overall.label]}: {score.overall.reason}"


def what_was_heard(score: Score) -> tuple[str, ...]:
    """Return a few lines, in a fixed order: verdict, today, gaps, provisional days, clipped days, re-tune."""
    lines = [verdict(score), day_in_words(score.days[-1])]
    lines += _deciders(score)
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


def day_in_words(day: Day) -> str:
    """Return a day's four numbers in a sentence."""
    if day.is_missing:
        return f"{day.date}: no data."
    position = "no position" if day.position is None else f"position {day.position:.1f}"
    ctr = "no CTR" if day.ctr is None else f"CTR {day.ctr:.2%}"
    clicks, impressions = count_of(day.clicks, "click"), count_of(day.impressions, "impression")
    return f"{day.date}: {clicks} of {impressions}, {ctr}, {position}."


def count_of(count: int | None, noun: str) -> str:
    """Return a count with its noun in the right number: 1 day, 1,234 days."""
    return f"1 {noun}" if count == 1 else f"{count or 0:,} {noun}s"
