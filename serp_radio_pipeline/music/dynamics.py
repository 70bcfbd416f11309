"""How loud each role is in each part of the form: faders (CC7) and the bed's expression (CC11). Velocity is the data's.

A voice alone is softer than the series, where all play at once. So whoever plays alone may come forward to its pack's
`solo` level: the data voices in the key, the others in ident and cadence, and where the series' first and last bar are
outside the window; movers, which play on the track of the earcons, have a fader each. Nothing here follows a value.
"""

from collections.abc import Iterable, Iterator

from serp_radio_pipeline.music.harmony import expression
from serp_radio_pipeline.music.lanes import LANE_ROLES
from serp_radio_pipeline.music.pack import Pack, Role
from serp_radio_pipeline.music.score import TICKS_PER_BEAT, Score

Move = tuple[int, int]
"""A tick, and a controller's value from there on."""

KEY_SECTIONS, ACCOMPANIMENT_SECTIONS = ("key",), ("ident", "cadence")
"""Where data voices, and where the others, play alone."""
FULL_EXPRESSION = 127
CLOSED_IN_THE_KEY: tuple[Role, ...] = ("pad", "motif")
"""They have no notes there, but the ident rings on, and the ear learns each voice from the key."""
CLOSING_TICKS, CLOSING_STEPS = 60, 6
"""The fader closes over the last 75 ms of the ident: at once would click."""


def key_gain(pack: Pack, role: Role) -> float:
    """Return by what a data voice's amplitude is larger in the key than in the series.

    A synthesizer's amplitude follows the square of CC7, as General MIDI has it.
    """
    voice = pack.roles[role]
    return (_solo(pack, role) / voice.level) ** 2 if voice.level else 1.0


def fader_moves(score: Score, role: Role) -> tuple[Move, ...]:
    """Return the role's CC7 from tick 0 on: its solo level where it plays alone, else its level."""
    level, solo = score.pack.roles[role].level, _solo(score.pack, role)
    is_data = role in LANE_ROLES.values()
    alone = KEY_SECTIONS if is_data else ACCOMPANIMENT_SECTIONS
    moves = [(part.tick, solo if part.marker in alone else level) for part in score.sections]
    if role in CLOSED_IN_THE_KEY:
        moves += _closing(score, solo)
    for first, end in () if is_data else _rests(score):
        moves += [(part.tick, solo) for part in score.sections if first < part.tick < end]
        moves += [(first, solo), (end, level)]
    moves += [(heard.tick, heard.level) for heard in score.movers] if role == "earcons" else []
    return _changes(moves)


def bed_expression_moves(score: Score) -> tuple[Move, ...]:
    """Return the bed's CC11 from tick 0 on: how sure each week's label is; outside the window full."""
    confidences = {f"week {week.week}": week.confidence for week in score.weeks}
    values = [
        (part.tick, expression(confidences.get(part.marker, score.overall.confidence))) for part in score.sections
    ]
    moves = list(values)
    for first, end in _rests(score):
        moves += [(tick, FULL_EXPRESSION) for tick, _ in values if first < tick < end]
        moves += [(first, FULL_EXPRESSION), (end, next(value for tick, value in reversed(values) if tick <= end))]
    return _changes(moves)


def _closing(score: Score, solo: int) -> Iterator[Move]:
    """Yield the steps from the solo level to nothing, at the key's first tick."""
    key = score.section("key").tick
    for step in range(1, CLOSING_STEPS + 1):
        tick = key - CLOSING_TICKS + step * CLOSING_TICKS // CLOSING_STEPS
        yield tick, solo * (CLOSING_STEPS - step) // CLOSING_STEPS


def _solo(pack: Pack, role: Role) -> int:
    voice = pack.roles[role]
    return voice.level if voice.solo is None else voice.solo


def _rests(score: Score) -> Iterator[Move]:
    """Yield first tick and end of what the series' bars hold before the window's first day and after its last.

    A missing day is no such rest: bed and ticks stay as they were, or they would be taken for a voice.
    """
    first, last = score.days[0], score.days[-1]
    start = next(part.tick for part in score.sections if part.marker.startswith("week "))
    end = score.section("today").tick
    yield from ((one, other) for one, other in ((start, first.tick), (last.tick + TICKS_PER_BEAT, end)) if one < other)


def _changes(moves: Iterable[Move]) -> tuple[Move, ...]:
    """Return the moves in order, the later word on a tick alone, without those that change nothing."""
    by_tick = dict(moves)
    changes: list[Move] = []
    for tick in sorted(by_tick):
        if not changes or changes[-1][1] != by_tick[tick]:
            changes.append((tick, by_tick[tick]))
    return tuple(changes)
