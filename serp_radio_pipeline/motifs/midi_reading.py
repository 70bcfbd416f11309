"""Any MIDI file to notes, tempi, meters and markers in ticks, within limits; `bars` cuts them up."""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import mido

from serp_radio_pipeline.errors import SerpRadioError

DRUM_CHANNEL = 9
DEFAULT_TEMPO, DEFAULT_METER = 500_000, (4, 4)
_UNREADABLE = (OSError, EOFError, ValueError, LookupError, TypeError, ArithmeticError, struct.error)


class MotifFileError(SerpRadioError):
    """A MIDI file that no motifs can be read from; the sentence says why."""


@dataclass(frozen=True, slots=True)
class MidiLimits:
    """The most that one file may hold: bytes, notes, and quarter notes from its start to its last note's end."""

    max_bytes: int = 2 * 2**20
    max_notes: int = 100_000
    max_beats: int = 20_000


@dataclass(frozen=True, slots=True, order=True)
class PlayedNote:
    """A note as the file plays it: onset and length in ticks, MIDI pitch and velocity."""

    tick: int
    length: int
    pitch: int
    velocity: int


@dataclass(frozen=True, slots=True)
class MidiSong:
    """A file's pitched notes in tick order; events are (tick, microseconds per beat), (tick, n, d), (tick, text)."""

    name: str
    ticks_per_beat: int
    notes: tuple[PlayedNote, ...]
    tempi: tuple[tuple[int, int], ...]
    meters: tuple[tuple[int, int, int], ...]
    markers: tuple[tuple[int, str], ...]


def read_midi(name: str, content: bytes, limits: MidiLimits = MidiLimits()) -> MidiSong:
    """Read a MIDI file of type 0 or 1.

    Raises:
        MotifFileError: it is damaged, beyond the limits, or holds no pitched note.
    """
    if len(content) > limits.max_bytes:
        raise MotifFileError(f"{name} has {len(content)} bytes; at most {limits.max_bytes} are read. Split it.")
    try:
        file = mido.MidiFile(file=io.BytesIO(content))
    except _UNREADABLE as error:
        raise MotifFileError(f"{name} is no whole MIDI file: it is damaged or cut short. Export it again.") from error
    if file.ticks_per_beat <= 0:
        raise MotifFileError(f"{name} counts time in film frames or not at all; export it with ticks per beat.")
    if file.type == 2:
        raise MotifFileError(f"{name} holds independent songs (MIDI type 2); save each as a file of its own.")
    return _song(name, file, limits)


def _song(name: str, file: mido.MidiFile, limits: MidiLimits) -> MidiSong:
    notes: list[PlayedNote] = []
    tempi, meters, markers = {0: DEFAULT_TEMPO}, {0: DEFAULT_METER}, list[tuple[int, str]]()
    for track in file.tracks:
        for tick, message in _timed(track):
            if message.type == "set_tempo":
                if not message.tempo:
                    raise MotifFileError(f"{name} has a tempo of zero at tick {tick}: time would stand still. Mend it.")
                tempi[tick] = message.tempo
            elif message.type == "time_signature":
                if not message.numerator:
                    raise MotifFileError(f"{name} has a time signature of no beats at tick {tick}. Mend it.")
                meters[tick] = (message.numerator, message.denominator)
            elif message.type == "marker":
                markers.append((tick, message.text.strip()))
        notes += _notes(track)
        if len(notes) > limits.max_notes:
            raise MotifFileError(f"{name} has over {limits.max_notes} notes. Split it.")
    _check_notes(name, file, notes, limits)
    return MidiSong(
        name=name,
        ticks_per_beat=file.ticks_per_beat,
        notes=tuple(sorted(notes)),
        tempi=tuple(sorted(tempi.items())),
        meters=tuple((tick, *meter) for tick, meter in sorted(meters.items())),
        markers=tuple(sorted(markers)),
    )


def _notes(track: mido.MidiTrack) -> list[PlayedNote]:
    """Return a track's pitched notes; one that begins again ends first, one that never ends is no note."""
    notes: list[PlayedNote] = []
    open_notes: dict[tuple[int, int], tuple[int, int]] = {}
    for tick, message in _timed(track):
        if message.type not in ("note_on", "note_off") or message.channel == DRUM_CHANNEL:
            continue
        key = (message.channel, message.note)
        begun = open_notes.pop(key, None)
        if begun and tick > begun[0]:
            notes.append(PlayedNote(begun[0], tick - begun[0], message.note, begun[1]))
        if message.type == "note_on" and message.velocity:
            open_notes[key] = (tick, message.velocity)
    return notes


def _check_notes(name: str, file: mido.MidiFile, notes: list[PlayedNote], limits: MidiLimits) -> None:
    if not notes:
        has_drums = any(message.type == "note_on" and message.channel == DRUM_CHANNEL for message in file.merged_track)
        raise MotifFileError(
            f"{name} holds only drums: a motif needs pitches." if has_drums else f"{name} has no notes."
        )
    end = max(note.tick + note.length for note in notes)
    if end > limits.max_beats * file.ticks_per_beat:
        beats = end // file.ticks_per_beat
        raise MotifFileError(f"{name} lasts {beats} beats; at most {limits.max_beats} are read. Cut it.")


def _timed(track: mido.MidiTrack) -> Iterator[tuple[int, mido.Message]]:
    tick = 0
    for message in track:
        tick += message.time
        yield tick, message
