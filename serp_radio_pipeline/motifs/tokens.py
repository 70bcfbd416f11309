"""A bar becomes a token: its melody in diatonic steps and beats, with its categories."""

from collections.abc import Sequence

from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.motifs.bars import GRID, Bar
from serp_radio_pipeline.motifs.catalog import Density, Loudness, Motif, MotifNote, Range, Register
from serp_radio_pipeline.motifs.midi_reading import PlayedNote

MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)
STEP_BELOW = tuple(max(step for step, degree in enumerate(MAJOR_SCALE) if degree <= within) for within in range(12))
"""The scale's step at each of the octave's semitones, or the nearest below it."""
SPARSE_BELOW, DENSE_FROM = 0.8, 1.2
"""Notes per beat."""


def best_scale(notes: Sequence[PlayedNote]) -> int:
    """Return the pitch class (0-11) whose major scale holds most of the notes' time; among equals the lowest."""
    weights = [0] * 12
    for note in notes:
        weights[note.pitch % 12] += note.length
    return max(range(12), key=lambda root: (sum(weights[(root + degree) % 12] for degree in MAJOR_SCALE), -root))


def motif_of(bar: Bar, file: str, scale: int, times: int, mark: tuple[Label | None, str], momentum: float) -> Motif:
    """Return the bar as a motif; `scale` is the pitch class of its song's major scale."""
    melody = bar.melody
    first = _diatonic(melody[0].pitch, scale)
    pitches = [note.pitch for note in melody]
    ambitus, mean_pitch = max(pitches) - min(pitches), sum(pitches) / len(pitches)
    loudness = sum(note.velocity for note in melody) / len(melody)
    return Motif(
        id=bar.fingerprint,
        file=file,
        bar=bar.index,
        times=times,
        meter=bar.meter,
        tempo=bar.tempo,
        label=mark[0],
        description=mark[1],
        momentum=momentum,
        density=density_of(len(melody) / bar.beats),
        loudness=_loudness(loudness),
        range=_range(ambitus),
        pitch_register=_register(mean_pitch),
        notes=tuple(
            MotifNote(
                onset=round(bar.grid(note) / GRID, 4),
                length=round(max(1, note.length * GRID // bar.ticks_per_beat) / GRID, 4),
                step=_diatonic(note.pitch, scale) - first,
            )
            for note in melody
        ),
    )


def density_of(notes_per_beat: float) -> Density:
    """Return the category of a bar's notes per beat."""
    return "sparse" if notes_per_beat < SPARSE_BELOW else "dense" if notes_per_beat >= DENSE_FROM else "medium"


def _loudness(velocity: float) -> Loudness:
    return "soft" if velocity < 56 else "loud" if velocity >= 88 else "medium"


def _range(semitones: int) -> Range:
    return "narrow" if semitones <= 5 else "wide" if semitones > 12 else "medium"


def _register(pitch: float) -> Register:
    return "low" if pitch < 52 else "high" if pitch >= 72 else "middle"


def _diatonic(pitch: int, scale: int) -> int:
    """The step of the scale that a pitch is, or the nearest below it: a foreign note keeps its contour."""
    octave, within = divmod(pitch - scale, 12)
    return octave * 7 + STEP_BELOW[within]
