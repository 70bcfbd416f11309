"""Show notes: what to know of an episode in a minute's reading, always in the same order, as Markdown."""

from serp_radio_pipeline.music.score import LeftOutEvent, Score, ScoreEvent
from serp_radio_pipeline.radio.figures import Today, count_of, todays_figures
from serp_radio_pipeline.radio.locale_format import short_date
from serp_radio_pipeline.radio.movers_in_words import compared, mix_in_words, movers_heard
from serp_radio_pipeline.radio.palette import LABEL_WORDS
from serp_radio_pipeline.radio.templates import render
from serp_radio_pipeline.radio.words import (
    MOST_EVENTS_SAID,
    events_by_priority,
    plain_reason,
    ranks_in_words,
    title,
    what_is_not_final,
)

COINCIDENCE_DAYS = 3
"""Days between two things that are said to coincide, at most."""
CAUSES = ("search_update", "reporting_artefact", "annotation")
QUIET = "A quiet day: nothing out of the ordinary."


def show_notes(score: Score) -> bytes:
    """Return the notes: verdict, clicks against the weekday's normal, at most five events, one candidate cause, movers
    and apart from them the mix, what is not final or not heard. What a tenant wrote is no markup in it."""
    movement = score.movement
    values = {
        "score": score,
        "title": title(score),
        "verdict": LABEL_WORDS[score.overall.label],
        "reason": plain_reason(score),
        "clicks": clicks_in_words(score),
        "ranks": ranks_in_words(score.ranks, score.date) if score.ranks else None,
        "events": _events(score),
        "quiet": QUIET,
        "cause": _candidate_cause(score),
        "compared": compared(movement) if movement else None,
        "movers": [text for _, text in movers_heard(score)] if movement else [],
        "mix": mix_in_words(movement) if movement else (),
        "coverage": what_is_not_final(score),
        "left_out": [_said(event) for event in score.left_out[:MOST_EVENTS_SAID]],
        "left_out_count": count_of(len(score.left_out), "thing"),
    }
    return render("notes.md", values).encode()


def note_lines(score: Score) -> tuple[str, ...]:
    """Return the same as plain text, a line each, for those who set it themselves; the verdict is not among them."""
    cause = _candidate_cause(score)
    ranks = [ranks_in_words(score.ranks, score.date)] if score.ranks else []
    said = [clicks_in_words(score), *ranks, *(_events(score) or [QUIET]), *([cause] if cause else [])]
    movers = [text for _, text in movers_heard(score)] if score.movement else []
    return (*said, *movers, what_is_not_final(score))


def _events(score: Score) -> list[str]:
    return [_said(event) for event in events_by_priority(score)[:MOST_EVENTS_SAID]]


def _said(event: ScoreEvent | LeftOutEvent) -> str:
    return f"{short_date(event.date)}: {event.sentence}"


def clicks_in_words(score: Score) -> str:
    """Return the last day's clicks, or visibility, against that weekday's normal, in a sentence."""
    clicks = todays_figures(score)[0]
    weekday = f"{score.date:%A}"
    if clicks.value is None:
        return f"There are no data of this {weekday} yet."
    words = clicks.metric.said(clicks.value)
    said = f"{words[:1].upper()}{words[1:]} this {weekday}"
    return (
        f"{said}; {weekday}s have no normal yet." if clicks.change is None else f"{said}, {_against(clicks, weekday)}."
    )


def _against(clicks: Today, weekday: str) -> str:
    if clicks.direction == "level":
        return f"as on a usual {weekday}"
    return f"{clicks.words} a usual {weekday}'s {clicks.metric.write(clicks.normal or 0)}"


def _candidate_cause(score: Score) -> str | None:
    """Return the first event that something from outside stands beside, in words that claim no more than that."""
    causes = [event for event in score.events if event.kind in CAUSES]
    for event in events_by_priority(score):
        if event.kind in CAUSES:
            continue
        near = [cause for cause in causes if abs((cause.date - event.date).days) <= COINCIDENCE_DAYS]
        if near:
            nearest = min(near, key=lambda cause: (abs((cause.date - event.date).days), cause.date))
            return f"What happened on {short_date(event.date)} coincides with: {nearest.sentence}"
    return None
