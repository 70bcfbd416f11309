"""Show notes: what to know of an episode in a minute's reading, always in the same order, as Markdown."""

from serp_radio_pipeline.music.score import LeftOutEvent, Score, ScoreEvent
from serp_radio_pipeline.radio.figures import Today, count_of, todays_figures
from serp_radio_pipeline.radio.locale_format import short_date, whole
from serp_radio_pipeline.radio.markdown import escaped
from serp_radio_pipeline.radio.movers_in_words import compared, mix_in_words, movers_heard
from serp_radio_pipeline.radio.palette import LABEL_WORDS
from serp_radio_pipeline.radio.words import (
    MOST_EVENTS_SAID,
    events_by_priority,
    plain_reason,
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
    lines = [
        f"# {escaped(title(score))}",
        "",
        f"**{LABEL_WORDS[score.overall.label]}.** {escaped(plain_reason(score))}",
    ]
    lines += ["", escaped(clicks_in_words(score)), ""]
    lines += [f"- {escaped(event)}" for event in _events(score)] or [QUIET]
    cause = _candidate_cause(score)
    lines += ["", escaped(cause)] if cause else []
    lines += _movers(score)
    lines += ["", escaped(what_is_not_final(score))]
    if score.left_out:
        lines += ["", f"{count_of(len(score.left_out), 'thing')} more happened than can be heard:"]
        lines += [f"- {escaped(_said(event))}" for event in score.left_out[:MOST_EVENTS_SAID]]
    return ("\n".join(lines) + "\n").encode()


def note_lines(score: Score) -> tuple[str, ...]:
    """Return the same as plain text, a line each, for those who set it themselves; the verdict is not among them."""
    cause = _candidate_cause(score)
    said = [clicks_in_words(score), *(_events(score) or [QUIET]), *([cause] if cause else [])]
    movers = [text for _, text in movers_heard(score)] if score.movement else []
    return (*said, *movers, what_is_not_final(score))


def _events(score: Score) -> list[str]:
    return [_said(event) for event in events_by_priority(score)[:MOST_EVENTS_SAID]]


def _said(event: ScoreEvent | LeftOutEvent) -> str:
    return f"{short_date(event.date)}: {event.sentence}"


def _movers(score: Score) -> list[str]:
    """Return what moved, then what only seems to have moved; nothing where no two periods were compared."""
    if score.movement is None:
        return []
    movers, mix = [text for _, text in movers_heard(score)], mix_in_words(score.movement)
    lines = ["", f"## Movers: {escaped(compared(score.movement))}", ""]
    lines += [f"- {escaped(text)}" for text in movers] or ["No query or page moved by more than chance."]
    lines += ["", "Apart from movement:", "", *(f"- {escaped(text)}" for text in mix)] if mix else []
    return lines


def clicks_in_words(score: Score) -> str:
    """Return the last day's clicks against that weekday's normal, in a sentence."""
    clicks = todays_figures(score)[0]
    weekday = f"{score.date:%A}"
    if clicks.value is None:
        return f"There are no data of this {weekday} yet."
    said = f"{count_of(round(clicks.value), 'click')} this {weekday}"
    return (
        f"{said}; {weekday}s have no normal yet." if clicks.change is None else f"{said}, {_against(clicks, weekday)}."
    )


def _against(clicks: Today, weekday: str) -> str:
    if clicks.direction == "level":
        return f"as on a usual {weekday}"
    return f"{clicks.words} a usual {weekday}'s {whole(clicks.normal or 0)}"


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
