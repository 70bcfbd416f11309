"""The bed: which chord sounds under each half-bar. Harmony yields to data: a chord tone rests on beats where it rubs.

Taking only chords that rub with no note of their half-bar would be as clean, but leaves G, A and D under every label:
in real data the root of a bright chord then sounds in a tenth of the half-bars, and nobody hears the label.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.music.score import TICKS_PER_BEAT, HarmonyBar, Note
from serp_radio_pipeline.music.seeded_choice import SeededChoice
from serp_radio_pipeline.music.theory import (
    ALTERATIONS,
    DIATONIC,
    MODES,
    Chord,
    Mode,
    are_semitone_apart,
    pitch_classes,
)

PAD_REGISTER = (43, 55)
PAD_VELOCITY = 64
ROOT_WEIGHT, THIRD_WEIGHT, FIFTH_WEIGHT, OTHER_WEIGHT, FOREIGN_WEIGHT = 4.0, 2.5, 2.0, 1.5, 0.5
"""What a beat of a chord tone is worth: the root says where the tonic is, the third whether it is bright or dark."""
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

    def loop(self, mode: Mode) -> tuple[tuple[Chord, ...], ...]:
        """Return the loop that this episode plays in that mode: the seed's choice, so that days don't sound alike."""
        return self._choice.pick(f"loop {mode.name}", mode.loops)

    def voice(
        self, chord: Chord, mode: Mode, tick: int, length: int, *, voices: int, data: Sequence[Note] = ()
    ) -> HarmonyBar:
        """Return the voicing that says most of the chord on the beats that the data notes leave it.

        Among equals the nearest voice leading, then the seed's choice.
        """

        def cost(candidate: frozenset[int]) -> tuple[float, int, int]:
            worth = sum(
                _weight(chord, pitch_class) * _free_beats(self._place(pitch_class), tick, length, data)
                for pitch_class in candidate
            )
            pitches = [self._place(pitch_class) for pitch_class in candidate]
            motion = sum(min((abs(pitch - old) for old in self._previous), default=0) for pitch in pitches)
            return -worth, motion, self._choice.rank(f"voicing {tick} {sorted(candidate)}")

        best = min(_candidates(chord, voices), key=cost)
        self._previous = tuple(sorted(self._place(pitch_class) for pitch_class in best))
        beats = length // TICKS_PER_BEAT
        return HarmonyBar(
            tick=tick,
            length=length,
            chord=chord.name,
            mode=mode.name,
            pitches=self._previous,
            gave_way=any(_free_beats(pitch, tick, length, data) < beats for pitch in self._previous),
        )

    def _place(self, pitch_class: int) -> int:
        return place(pitch_class, self._transposition)


def bed(bars: Sequence[BarLabel], data: Sequence[Note], voicer: PadVoicer) -> tuple[HarmonyBar, ...]:
    """Return the voicing of every half-bar beside the data notes that sound in it."""
    halves: list[HarmonyBar] = []
    for index, bar in enumerate(bars):
        mode = MODES[bar.label]
        loop = voicer.loop(mode)
        chords = loop[index % len(loop)]
        for half, (offset, length) in enumerate(HALF_BARS):
            tick = bar.tick + offset
            inside = [note for note in data if note.tick < tick + length and note.tick + note.length > tick]
            chord = chords[min(half, len(chords) - 1)]
            halves.append(voicer.voice(chord, mode, tick, length, voices=pad_voices(bar.confidence), data=inside))
    return tuple(halves)


def pad_notes(halves: Sequence[HarmonyBar], data: Sequence[Note]) -> tuple[Note, ...]:
    """Return the bed's notes: each chord tone on the beats where no data note rubs against it, held where it can be."""
    sounding: dict[int, list[list[int]]] = {}
    for half in halves:
        inside = [note for note in data if note.tick < half.tick + half.length and note.tick + note.length > half.tick]
        for pitch in half.pitches:
            spans = sounding.setdefault(pitch, [])
            for beat in range(half.tick, half.tick + half.length, TICKS_PER_BEAT):
                if _rubs(pitch, beat, inside):
                    continue
                if spans and spans[-1][1] == beat:
                    spans[-1][1] = beat + TICKS_PER_BEAT
                else:
                    spans.append([beat, beat + TICKS_PER_BEAT])
    notes = [
        Note(role="pad", purpose="bed", tick=start, length=end - start, pitch=pitch, velocity=PAD_VELOCITY)
        for pitch, spans in sounding.items()
        for start, end in spans
    ]
    return tuple(sorted(notes, key=lambda note: (note.tick, note.pitch)))


def count_clashes(data: Iterable[Note], pad: Sequence[Note]) -> int:
    """Return how many data notes begin while a pad note a semitone away, in any octave, sounds."""
    return sum(
        any(
            chord.tick <= note.tick < chord.tick + chord.length and are_semitone_apart(note.pitch, chord.pitch)
            for chord in pad
        )
        for note in data
    )


def place(pitch_class: int, transposition: int) -> int:
    """Return the pitch in the pad's register of a pitch class (in C)."""
    low, _ = PAD_REGISTER
    return low + (pitch_class + transposition - low) % 12


def _rubs(pitch: int, beat: int, data: Sequence[Note]) -> bool:
    """Whether any data note that sounds within the beat is a semitone from `pitch`, in any octave."""
    return any(
        note.tick < beat + TICKS_PER_BEAT and note.tick + note.length > beat and are_semitone_apart(note.pitch, pitch)
        for note in data
    )


def _free_beats(pitch: int, tick: int, length: int, data: Sequence[Note]) -> int:
    return sum(not _rubs(pitch, beat, data) for beat in range(tick, tick + length, TICKS_PER_BEAT))


def _weight(chord: Chord, pitch_class: int) -> float:
    step = DIATONIC.index(pitch_class)
    if step not in chord.steps:
        return FOREIGN_WEIGHT
    interval = (step - chord.steps[0]) % len(DIATONIC)
    return {0: ROOT_WEIGHT, 2: THIRD_WEIGHT, 4: FIFTH_WEIGHT}.get(interval, OTHER_WEIGHT)


def _candidates(chord: Chord, voices: int) -> list[frozenset[int]]:
    root = chord.steps[0]
    own = [steps for size in range(2, voices + 1) for steps in itertools.combinations(chord.steps, size)]
    altered = [tuple(root + step for step in alteration)[:voices] for alteration in ALTERATIONS]
    candidates = dict.fromkeys(pitch_classes(steps) for steps in (*own, *altered))
    return [candidate for candidate in candidates if not _grates(candidate)]


def _grates(candidate: frozenset[int]) -> bool:
    return any(are_semitone_apart(one, other) for one, other in itertools.combinations(candidate, 2))
