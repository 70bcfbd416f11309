"""The bed: which chord sounds under each half-bar. Harmony yields to data: notes that would rub give way."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.music.score import TICKS_PER_BEAT, HarmonyBar, Note
from serp_radio_pipeline.music.seeded_choice import SeededChoice
from serp_radio_pipeline.music.theory import (
    ALTERATIONS,
    CONSONANT_STEPS,
    DIATONIC,
    MODES,
    Chord,
    Mode,
    are_semitone_apart,
    pitch_classes,
)

PAD_REGISTER = (43, 55)
PAD_VELOCITY = 64
HALF_BARS = ((0, 4 * TICKS_PER_BEAT), (4 * TICKS_PER_BEAT, 3 * TICKS_PER_BEAT))
"""Onset and length in ticks of a 7/4 bar's halves: Monday to Thursday, Friday to Sunday."""


@dataclass(frozen=True, slots=True)
class BarLabel:
    """A bar of the bed: its first tick, the label that colours it, and how sure that label is (0-1)."""

    tick: int
    label: Label
    confidence: float


def pad_voices(confidence: float) -> int:
    """Return how many pad voices sound: 2 for a doubtful label, 4 for a sure one."""
    return 2 if confidence < 0.65 else 3 if confidence < 0.85 else 4


def expression(confidence: float) -> int:
    """Return CC11 (79-127) for a label's confidence."""
    return round(79 + 48 * max(0.0, min(1.0, 2 * confidence - 1)))


class PadVoicer:
    """Voices one chord after the other for one episode, each as near to the last as it can be."""

    def __init__(self, transposition: int, choice: SeededChoice) -> None:
        self._transposition = transposition
        self._choice = choice
        self._previous: tuple[int, ...] = ()

    def voice(
        self, chord: Chord, mode: Mode, tick: int, length: int, *, voices: int, avoid: Sequence[int] = ()
    ) -> HarmonyBar:
        """Return the chord's voicing with the fewest clashes with the pitches in `avoid`.

        Among equals: the likest to the chord, then the nearest voice leading, then the seed's choice.
        """
        own, root = pitch_classes(chord.steps), DIATONIC[chord.steps[0]]

        def cost(candidate: frozenset[int]) -> tuple[int, int, int, int]:
            pitches = place(candidate, self._transposition)
            likeness = len(candidate & own) - len(candidate - own) + (2 if root in candidate else 0)
            motion = sum(min((abs(pitch - old) for old in self._previous), default=0) for pitch in pitches)
            tie = self._choice.rank(f"voicing {tick} {sorted(candidate)}")
            return count_clashes(avoid, pitches), -likeness, motion, tie

        best = min(_candidates(chord, voices), key=cost)
        self._previous = place(best, self._transposition)
        return HarmonyBar(
            tick=tick,
            length=length,
            chord=chord.name,
            mode=mode.name,
            pitches=self._previous,
            gave_way=root not in best or not best <= own,
        )


def bed(bars: Sequence[BarLabel], data: Sequence[Note], voicer: PadVoicer) -> tuple[HarmonyBar, ...]:
    """Return the voicing of every half-bar beside the data notes that begin in it."""
    halves: list[HarmonyBar] = []
    for index, bar in enumerate(bars):
        mode = MODES[bar.label]
        chords = mode.loop[index % len(mode.loop)]
        for half, (offset, length) in enumerate(HALF_BARS):
            tick = bar.tick + offset
            sounding = [note.pitch for note in data if tick <= note.tick < tick + length]
            chord = chords[min(half, len(chords) - 1)]
            voices = pad_voices(bar.confidence)
            halves.append(voicer.voice(chord, mode, tick, length, voices=voices, avoid=sounding))
    return tuple(halves)


def count_clashes(data: Iterable[int], chord: Iterable[int]) -> int:
    """Return how many data pitches are a semitone from a chord tone, in any octave."""
    tones = tuple(chord)
    return sum(any(are_semitone_apart(pitch, tone) for tone in tones) for pitch in data)


def place(classes: frozenset[int], transposition: int) -> tuple[int, ...]:
    """Return one pitch in the pad's register for each pitch class (in C), ascending."""
    low, _ = PAD_REGISTER
    return tuple(sorted(low + (pitch_class + transposition - low) % 12 for pitch_class in classes))


def pad_notes(halves: Sequence[HarmonyBar]) -> tuple[Note, ...]:
    """Return the bed's notes; a pitch that stays from one half-bar of a bar to the next is held, not struck again."""
    notes: dict[int, Note] = {}
    finished: list[Note] = []
    for half in halves:
        held = {pitch: note for pitch, note in notes.items() if note.tick + note.length == half.tick}
        finished += [note for pitch, note in notes.items() if pitch not in held or pitch not in half.pitches]
        notes = {
            pitch: held[pitch].model_copy(update={"length": held[pitch].length + half.length})
            if pitch in held
            else Note(role="pad", purpose="bed", tick=half.tick, length=half.length, pitch=pitch, velocity=PAD_VELOCITY)
            for pitch in half.pitches
        }
    return tuple(sorted([*finished, *notes.values()], key=lambda note: (note.tick, note.pitch)))


def _candidates(chord: Chord, voices: int) -> list[frozenset[int]]:
    root = chord.steps[0]
    shapes = [chord.steps, *(tuple(root + step for step in alteration) for alteration in ALTERATIONS)]
    shapes += [steps for size in (2, 3) for steps in itertools.combinations(CONSONANT_STEPS, size)]
    candidates = {pitch_classes(shape[:voices]): None for shape in shapes}
    return [candidate for candidate in candidates if not _grates(candidate)]


def _grates(candidate: frozenset[int]) -> bool:
    return any(are_semitone_apart(one, other) for one, other in itertools.combinations(candidate, 2))
