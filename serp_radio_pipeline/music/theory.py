"""The house's music theory as tables: one collection of notes, four tonics, chords as steps of the collection.

Pitch classes here are written in C major; a tenant's transposition is added where notes are made.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from serp_radio_pipeline.labels.rules import Label

DIATONIC = (0, 2, 4, 5, 7, 9, 11)
"""The one collection that every voice plays in, as pitch classes from C."""
MAJOR_PENTATONIC = (0, 2, 4, 7, 9)
"""The counter-voice's notes: the collection without its semitones, so that the highest voice never grates."""


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord: its name as people write it, and its steps above C in the collection (0 = C, 6 = B), root first."""

    name: str
    steps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Mode:
    """What a label sounds like: a tonic step, four-bar loops (each bar one or two chords) on it, and a cadence.

    Every loop says the label alike: each begins on the tonic, and has no chord of another mode.
    """

    name: str
    tonic: int
    loops: tuple[tuple[tuple[Chord, ...], ...], ...]
    cadence: tuple[Chord, ...]


def _chord(name: str, *steps: int) -> Chord:
    return Chord(name, steps)


_IONIAN = {
    "I": _chord("I", 0, 2, 4),
    "IV": _chord("IVadd9", 3, 5, 0, 4),
    "vi": _chord("vi7", 5, 0, 2, 4),
    "Vsus": _chord("Vsus4", 4, 0, 1),
    "V": _chord("V", 4, 6, 1),
}
_AEOLIAN = {
    "i": _chord("i", 5, 0, 2),
    "VI": _chord("VI", 3, 5, 0),
    "iv": _chord("iv7", 1, 3, 5, 0),
    "v": _chord("v7", 2, 4, 6, 1),
    "VII": _chord("VII", 4, 6, 1),
}
_PHRYGIAN = {"i": _chord("i5", 2, 6), "II": _chord("bII", 3, 5, 0), "vii": _chord("vii", 1, 3, 5)}
_DORIAN = {"i": _chord("i7", 1, 3, 5, 0), "IV": _chord("IV", 4, 6, 1), "VII": _chord("VII", 0, 2, 4)}


def _loops(chords: Mapping[str, Chord], *loops: str) -> tuple[tuple[tuple[Chord, ...], ...], ...]:
    """Read loops such as `I IV vi Vsus/V`: a bar a word, its halves on either side of a stroke."""
    return tuple(tuple(tuple(chords[name] for name in bar.split("/")) for bar in loop.split()) for loop in loops)


MODES: Mapping[Label, Mode] = {
    Label.MOMENTUM_POS: Mode(
        "C Ionian",
        0,
        _loops(_IONIAN, "I IV vi Vsus/V", "I vi IV Vsus/V", "I/IV Vsus/V vi IV", "I Vsus/V IV I/vi"),
        (_chord("IV", 3, 5, 0), _chord("V", 4, 6, 1), _chord("I", 0, 2, 4)),
    ),
    Label.MOMENTUM_NEG: Mode(
        "A Aeolian",
        5,
        _loops(_AEOLIAN, "i VI iv v", "i iv VI v", "i/VII VI iv v", "i v VI iv/v"),
        (_chord("iv", 1, 3, 5), _chord("i", 5, 0, 2)),
    ),
    Label.VOLATILE_SPIKE: Mode(
        "E Phrygian",
        2,
        _loops(_PHRYGIAN, "i II i vii", "i vii i II", "i/II i vii II", "i II/i II vii"),
        (_chord("isus4", 2, 5, 6),),
    ),
    Label.NEUTRAL: Mode(
        "D Dorian",
        1,
        _loops(_DORIAN, "i IV i IV", "i VII IV i", "i/IV i VII IV", "i i/VII i IV"),
        (_chord("IVsus2", 4, 5, 1), _chord("i9", 1, 3, 5, 2)),
    ),
}

ALTERATIONS: tuple[tuple[int, ...], ...] = (
    (0, 2, 4),  # triad
    (0, 2, 6),  # seventh without its fifth
    (0, 4, 6),  # seventh without its third
    (0, 1, 4),  # sus2
    (0, 3, 4),  # sus4
    (0, 4),  # open fifth
    (0, 2),
    (0, 3),
    (0, 1),
)
"""Voicings of a chord as steps above its root, tried where its own notes would mostly rub against the data."""


def pitch_classes(steps: tuple[int, ...]) -> frozenset[int]:
    """Return the pitch classes, in C, of steps of the collection."""
    return frozenset(DIATONIC[step % 7] for step in steps)


def collection_pitches(low: int, high: int, classes: tuple[int, ...], transposition: int) -> tuple[int, ...]:
    """Return a collection's MIDI pitches from `low` to `high` (both in C), moved by `transposition` semitones."""
    return tuple(pitch + transposition for pitch in range(low, high + 1) if pitch % 12 in classes)


def are_semitone_apart(one: int, other: int) -> bool:
    """Whether two pitches rub: a semitone, major seventh or minor ninth apart, in any octave."""
    return (one - other) % 12 in (1, 11)
