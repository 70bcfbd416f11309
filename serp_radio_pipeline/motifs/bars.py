"""A song cut into bars, each with its meter, tempo and fingerprint, and bars grouped into sections."""

import bisect
import hashlib
from dataclasses import dataclass
from functools import cached_property

from serp_radio_pipeline.motifs.midi_reading import MidiSong, MotifFileError, PlayedNote

GRID = 24
"""Steps of a beat that onsets are rounded to in a fingerprint: straight and triplet sixteenths both lie on it."""
LONGEST_SECTION = 8
TEMPO_CHANGE = 1.05
MOST_BARS = 20_000
"""As many as the longest file has beats; a meter of a 128th a bar could ask for millions."""


@dataclass(frozen=True)
class Bar:
    """One bar: first tick and length, meter, tempo (BPM at its start), notes; a pick-up is cut short in front."""

    index: int
    tick: int
    length: int
    meter: tuple[int, int]
    tempo: float
    is_pickup: bool
    notes: tuple[PlayedNote, ...]
    ticks_per_beat: int

    @property
    def beats(self) -> float:
        """Length in quarter notes."""
        return self.length / self.ticks_per_beat

    @cached_property
    def melody(self) -> tuple[PlayedNote, ...]:
        """The highest note of each onset (rounded to the grid), in order."""
        highest: dict[int, PlayedNote] = {}
        for note in self.notes:
            onset = self.grid(note)
            if onset not in highest or note.pitch > highest[onset].pitch:
                highest[onset] = note
        return tuple(highest[onset] for onset in sorted(highest))

    def grid(self, note: PlayedNote) -> int:
        """A note's onset within the bar, in steps of the grid."""
        return round((note.tick - self.tick) * GRID / self.ticks_per_beat)

    @cached_property
    def fingerprint(self) -> str:
        """16 hex digits that bars of the same rhythm and pitch contour share, in whatever key, tempo or loudness."""
        melody = self.melody
        shape = [(self.grid(note), note.pitch - melody[0].pitch) for note in melody]
        return hashlib.sha256(repr((self.meter, shape)).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Section:
    """Bars that belong together: no change of marker, meter or tempo, and no empty bar, between them."""

    index: int
    bars: tuple[Bar, ...]


def bars_of(song: MidiSong) -> tuple[Bar, ...]:
    """Return every bar up to the last onset; a meter that changes within a bar ends it there.

    Raises:
        MotifFileError: there are over 20,000.
    """
    starts = [note.tick for note in song.notes]
    tempo_ticks, last = [tick for tick, _ in song.tempi], starts[-1]
    bars: list[Bar] = []
    tick, meter = 0, 0
    while tick <= last:
        while meter + 1 < len(song.meters) and song.meters[meter + 1][0] <= tick:
            meter += 1
        _, numerator, denominator = song.meters[meter]
        full = max(1, round(song.ticks_per_beat * 4 * numerator / denominator))
        end = tick + full
        if meter + 1 < len(song.meters):
            end = min(end, song.meters[meter + 1][0])
        if len(bars) == MOST_BARS:
            raise MotifFileError(f"{song.name} has over {MOST_BARS} bars: mend its time signatures, or split it.")
        notes = song.notes[bisect.bisect_left(starts, tick) : bisect.bisect_left(starts, end)]
        tempo = song.tempi[bisect.bisect_right(tempo_ticks, tick) - 1][1]
        bars.append(
            Bar(
                index=len(bars), tick=tick, length=end - tick, meter=(numerator, denominator),
                tempo=round(60_000_000 / tempo, 3), is_pickup=not bars and _is_pickup(song, tick, end, full),
                notes=notes, ticks_per_beat=song.ticks_per_beat,
            )
        )  # fmt: skip
        tick = end
    return tuple(bars)


def sections_of(song: MidiSong, bars: tuple[Bar, ...]) -> tuple[Section, ...]:
    """Group the bars that have notes into sections of at most `LONGEST_SECTION` bars."""
    marked = {tick for tick, _ in song.markers}
    groups: list[list[Bar]] = []
    previous: Bar | None = None
    for bar in bars:
        if bar.notes:
            is_new = (
                previous is None
                or previous.index != bar.index - 1
                or previous.meter != bar.meter
                or max(previous.tempo, bar.tempo) > TEMPO_CHANGE * min(previous.tempo, bar.tempo)
                or bar.tick in marked
                or len(groups[-1]) == LONGEST_SECTION
            )
            if is_new:
                groups.append([])
            groups[-1].append(bar)
            previous = bar
    return tuple(Section(index, tuple(group)) for index, group in enumerate(groups))


def _is_pickup(song: MidiSong, tick: int, end: int, full: int) -> bool:
    next_meter = next((meter for meter in song.meters if meter[0] == end), None)
    if next_meter is not None:
        return end - tick < round(song.ticks_per_beat * 4 * next_meter[1] / next_meter[2])
    return song.notes[0].tick - tick >= full / 2
