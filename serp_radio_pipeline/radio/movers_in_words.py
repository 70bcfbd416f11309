"""What moved, in sentences: queries and pages with their figures, and mix effects kept apart from true movement."""

import unicodedata
from collections.abc import Iterable

from serp_radio_pipeline.labels.decomposition import Mix
from serp_radio_pipeline.labels.movers import Movement, Mover, Numbers
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.figures import count_of
from serp_radio_pipeline.radio.locale_format import decimal, percent, signed

PLURALS = {"query": "queries", "page": "pages"}
LEAST_PLACES, LEAST_CTR = 0.1, 0.0005
"""An average that changes less is as it was: nothing is said of its mix."""
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"


def movers_heard(score: Score) -> tuple[tuple[float, str], ...]:
    """Return when each mover's bar begins, in seconds, with its instrument and its sentence."""
    return tuple(
        (score.seconds(heard.tick), f"{heard.instrument}: {mover_in_words(heard.mover)}") for heard in score.movers
    )


def mover_in_words(mover: Mover) -> str:
    """Return a mover with its figures: clicks in both periods, and how much of the change is demand, rank and CTR."""
    before, now = (
        f"{_clicks(numbers)} in the {words[:1].lower()}{words[1:]}"
        for numbers, words in zip((mover.before, mover.now), mover.periods, strict=True)
    )
    return f"{mover.dimension} {quoted(mover.label)}, {before}, {now}: {signed(mover.change)}. {_why(mover)}"


def quoted(label: str) -> str:
    """Return a label in quotes; of right-to-left letters it stands apart, or numbers beside it would change place."""
    if any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in label):
        label = f"{_ISOLATE}{label}{_END_ISOLATE}"
    return f"“{label}”"


def _clicks(numbers: Numbers) -> str:
    return count_of(numbers.clicks, "click") if numbers.is_listed else "not listed"


def _why(mover: Mover) -> str:
    parts = mover.parts
    if parts is None:
        return "Why can't be said: the way of counting changed in between."
    if mover.before.position is None or mover.now.position is None:
        return "It was shown in one of the periods only."
    demand, rank = round(parts.demand), round(parts.rank)
    places = f"{decimal(mover.before.position)} to {decimal(mover.now.position)}"
    if round(mover.before.position, 1) == round(mover.now.position, 1):
        at = decimal(mover.now.position)
        return f"Demand {signed(demand)}, CTR and rank {signed(mover.change - demand)}, at position {at}."
    if not mover.knows_rank:
        rest = signed(mover.change - demand)
        return f"Demand {signed(demand)}, CTR {rest}; position {places}, whose share can't be told."
    # the last one is the rest, so that what is read adds up
    rest = signed(mover.change - demand - rank)
    return f"Demand {signed(demand)}, rank {signed(rank)} (position {places}), CTR {rest}."


def mix_in_words(movement: Movement) -> tuple[str, ...]:
    """Return a sentence for each average that changed, and one on the clicks that no query is named for."""
    lines = [_mix(mix, PLURALS[movement.mix_of]) for mix in movement.mixes if _changed(mix)]
    if movement.unlisted is not None:
        before, now = movement.unlisted
        lines.append(f"Clicks of queries that the exports do not name: {percent(before)} before, {percent(now)} now.")
    return tuple(lines)


def mix_instead_of_movement(movement: Movement) -> tuple[str, ...]:
    """Return only the sentences on averages that changed mainly since other rows were shown."""
    plural = PLURALS[movement.mix_of]
    return tuple(_mix(mix, plural) for mix in movement.mixes if _changed(mix) and mix.is_mostly_mix)


def _changed(mix: Mix) -> bool:
    return abs(mix.now - mix.before) >= (LEAST_PLACES if mix.metric == "position" else LEAST_CTR)


def _mix(mix: Mix, plural: str) -> str:
    if mix.metric == "position":
        name, before, now = "position", decimal(mix.before), decimal(mix.now)
        within, between = (
            f"{decimal(abs(part))} {'better' if part < 0 else 'worse'}" for part in (mix.within, mix.between)
        )
    else:
        name, before, now = "CTR", percent(mix.before, 2), percent(mix.now, 2)
        within, between = (f"{signed(100 * part, 2)} points" for part in (mix.within, mix.between))
    verdict = "mainly mix, not movement" if mix.is_mostly_mix else "mainly movement"
    most = f", most of it {quoted(mix.most_by)}" if mix.is_mostly_mix else ""
    return (
        f"Average {name} over the {plural} listed went from {before} to {now}, {verdict}: {within} by {plural} that "
        f"moved, {between} by others being shown{most}."
    )


def compared(movement: Movement) -> str:
    """Return which periods are compared: "28 days to 2026-03-22, against 28 days to 2026-02-22"."""
    before, now = movement.periods
    return f"{now}, against {before}"


def said_of(score: Score) -> Iterable[str]:
    """Yield what a listener should know of movers in a few lines: each of them, and averages that mislead."""
    for heard in score.movers:
        yield f"Moved: {mover_in_words(heard.mover)}"
    if score.movement:
        yield from mix_instead_of_movement(score.movement)
