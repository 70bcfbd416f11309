"""How an instrument of a soundfont plays single notes: is their length heard, and how soon do they begin?

Every program is tried alone, at the middle of the mix: five lengths at the low, middle and high end of a register.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from serp_radio_pipeline.audio.soundfont import Soundfont
from serp_radio_pipeline.audio.stereo import SAMPLE_RATE, Audio
from serp_radio_pipeline.audio.synthesis import synthesize

SPACING_SECONDS = 2.4
"""From note to note: the last one's ring is over."""
VELOCITY, LEVEL, MIDDLE = 90, 100, 64
WINDOW = SAMPLE_RATE // 200
"""5 ms: the grain in which loudness over time is looked at."""
ONSET_WINDOW = SAMPLE_RATE // 1000
HEARD_DB = -15.0
"""Under its loudest moment by so much, a note in a mix is over: that is where the next voice stands."""
ONSET_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class ProgramTrial:
    """How a program's notes sound.

    `length_slope`: change of heard length for a change of written length, 1 being perfect, at the worst pitch.
    `onset_seconds`: from the note's beginning to 10 % of its largest amplitude, at the slowest pitch; the median of its
    lengths, since a long note may swell later.
    """

    program: int
    length_slope: float
    onset_seconds: float


def try_program(
    program: int,
    pitches: Sequence[int],
    lengths: Sequence[float],
    soundfont: Soundfont,
    *,
    library: Path | None = None,
) -> ProgramTrial:
    """Play each pitch with each length (seconds) and measure; 0.2 CPU s for 15 notes.

    Raises:
        SoundfontError: the soundfont has no such program.
        AudioError: another step of the synthesis failed.
    """
    notes = [(pitch, length) for pitch in pitches for length in lengths]
    audio = synthesize(_trial_midi(program, notes), soundfont, library=library, tail_seconds=SPACING_SECONDS)
    frames = round(SPACING_SECONDS * SAMPLE_RATE)
    alone = [audio[index * frames : (index + 1) * frames] for index in range(len(notes))]
    heard = np.array([heard_seconds(note) for note in alone]).reshape(len(pitches), len(lengths))
    slopes = [float(np.polyfit(lengths, row, 1)[0]) for row in heard]
    onsets = np.array([onset_seconds(note) for note in alone]).reshape(heard.shape)
    return ProgramTrial(program, min(slopes), float(np.median(onsets, axis=1).max()))


def heard_seconds(note: Audio) -> float:
    """Return how long a single note stays within 15 dB of its loudest moment."""
    powers = _powers(note, WINDOW)
    loud = np.flatnonzero(powers > powers.max() * 10 ** (HEARD_DB / 10))
    return float((loud[-1] + 1) * WINDOW / SAMPLE_RATE) if loud.size else 0.0


def onset_seconds(note: Audio) -> float:
    """Return how long a single note takes to reach a tenth of its largest amplitude."""
    peaks = np.sqrt(_powers(note, ONSET_WINDOW))
    return float(np.argmax(peaks >= ONSET_SHARE * peaks.max()) * ONSET_WINDOW / SAMPLE_RATE)


def _powers(note: Audio, window: int) -> NDArray[np.float64]:
    whole = len(note) // window * window
    squares = np.square(note[:whole].astype(np.float64)).sum(axis=1)
    powers: NDArray[np.float64] = squares.reshape(-1, window).mean(axis=1)
    return powers


def _trial_midi(program: int, notes: Sequence[tuple[int, float]]) -> bytes:
    import mido  # noqa: PLC0415 - loaded when first used

    ticks_per_second = 1000
    midi = mido.MidiFile(type=0, ticks_per_beat=ticks_per_second)
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=1_000_000)])
    track.append(mido.Message("program_change", program=program))
    track += [mido.Message("control_change", control=c, value=v) for c, v in ((7, LEVEL), (10, MIDDLE))]
    wait = 0
    for pitch, length in notes:
        held = round(length * ticks_per_second)
        track.append(mido.Message("note_on", note=pitch, velocity=VELOCITY, time=wait))
        track.append(mido.Message("note_off", note=pitch, velocity=0, time=held))
        wait = round(SPACING_SECONDS * ticks_per_second) - held
    track.append(mido.MetaMessage("end_of_track", time=wait))
    midi.tracks.append(track)
    buffer = io.BytesIO()
    midi.save(file=buffer)
    return buffer.getvalue()
