"""Week against week: a motif from the catalogue says which way clicks went and how far, in the lead's rests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.motifs.catalog import Motif, MotifCatalog
from serp_radio_pipeline.music.score import BEATS_PER_BAR, TICKS_PER_BAR, TICKS_PER_BEAT, Day, Note, WeekMotif
from serp_radio_pipeline.music.seeded_choice import SeededChoice
from serp_radio_pipeline.music.theory import DIATONIC, are_semitone_apart

SIZES = ((5.0, 2), (15.0, 3), (30.0, 4))
"""Percent of change below which a motif has that many notes; beyond the last it has `MOST_NOTES`."""
MOST_NOTES = 5
LEVEL_BELOW = 5.0
ONSET, END = 396, 470
"""Ticks after the beat: late, since sound is read back from the time after each beat and half beat."""
VELOCITY = 62
LOWEST, HIGHEST = 60, 84
START_STEPS = range(5, 13)
"""Steps above middle C that a motif may begin on."""
PUSH: dict[Label, float] = {
    Label.MOMENTUM_POS: 0.5, Label.MOMENTUM_NEG: -0.5, Label.VOLATILE_SPIKE: 0.0, Label.NEUTRAL: 0.0,
}  # fmt: skip
"""The momentum that suits a label."""


@dataclass(frozen=True, slots=True)
class WeekBar:
    """A week's bar: its name, first tick, label, and its days and those of the week before."""

    week: str
    tick: int
    label: Label
    days: tuple[Day, ...]
    before: tuple[Day, ...]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A motif where it would sound: its beats and steps, and what speaks against it, weightiest first."""

    motif: Motif
    inverted: bool
    beats: tuple[int, ...]
    pitches: tuple[int, ...]
    cost: tuple[float, ...]


def week_bars(days: Sequence[Day], labels: Sequence[tuple[str, Label]], series_tick: int) -> tuple[WeekBar, ...]:
    """Return the bars that have a week before them in the window."""
    bars = []
    for index, (week, label) in enumerate(labels):
        tick = series_tick + index * TICKS_PER_BAR
        own = tuple(day for day in days if tick <= day.tick < tick + TICKS_PER_BAR)
        before = tuple(day for day in days if tick - TICKS_PER_BAR <= day.tick < tick)
        if index:
            bars.append(WeekBar(week, tick, label, own, before))
    return tuple(bars)


def change_percent(bar: WeekBar) -> float | None:
    """Return the change of clicks in percent, over weekdays final in both weeks; None without any, or from zero."""
    known = {day.date.weekday(): day.clicks for day in bar.before if day.clicks is not None and not day.is_provisional}
    pairs = [
        (known[day.date.weekday()], day.clicks)
        for day in bar.days
        if day.clicks is not None and not day.is_provisional and day.date.weekday() in known
    ]
    before, now = sum(old for old, _ in pairs), sum(new for _, new in pairs)
    return round(100 * (now - before) / before, 1) if before else None


def note_count(percent: float) -> int:
    """Return how many notes say a change of that size."""
    return next((notes for limit, notes in SIZES if abs(percent) < limit), MOST_NOTES)


def contour_of(percent: float) -> int:
    """Return -1, 0 or 1: down, level (under 5 %), up."""
    return 0 if abs(percent) < LEVEL_BELOW else 1 if percent > 0 else -1


def week_motifs(
    bars: Sequence[WeekBar],
    sounding: Sequence[Note],
    catalog: MotifCatalog,
    transposition: int,
    choice: SeededChoice,
    metric: str = "clicks",
) -> tuple[tuple[WeekMotif, ...], tuple[Note, ...]]:
    """Return what was chosen for each week that can be compared, and its notes.

    `sounding` are all pitched notes beside which the motifs play, `metric` is what the days' clicks are called. A week
    for which nothing fits stays without one.
    """
    chosen: list[WeekMotif] = []
    notes: list[Note] = []
    for bar in bars:
        percent = change_percent(bar)
        if percent is None:
            continue
        inside = [
            note for note in sounding if note.tick < bar.tick + TICKS_PER_BAR and note.tick + note.length > bar.tick
        ]
        slots = _free_slots(bar, inside)
        options = list(_options(bar, percent, slots, inside, catalog, transposition))
        if not options:
            continue
        best = min(options, key=lambda placed: _order(placed, choice.rank(_name(bar, placed))))
        candidates = len({(placed.motif.id, placed.inverted) for placed in options})
        chosen.append(_explained(bar, percent, best, candidates, metric))
        notes += [
            Note(
                role="motif", purpose="motif", tick=bar.tick + beat * TICKS_PER_BEAT + slots[beat],
                length=END - slots[beat], pitch=pitch, velocity=VELOCITY,
            )
            for beat, pitch in zip(best.beats, best.pitches, strict=True)
        ]  # fmt: skip
    return tuple(chosen), tuple(notes)


def _order(placed: _Placed, rank: object) -> tuple[object, ...]:
    """What fits best comes first; among equals a tenant's own, then by the seed."""
    return (*placed.cost, not placed.motif.is_own, rank)


def _free_slots(bar: WeekBar, inside: Sequence[Note]) -> dict[int, int]:
    """The beats whose lead note ends in time, with the first tick after it; a provisional day's echo needs its beat."""
    taken = {(day.tick - bar.tick) // TICKS_PER_BEAT for day in bar.days if day.is_provisional}
    slots = {}
    for beat in range(BEATS_PER_BAR):
        start = bar.tick + beat * TICKS_PER_BEAT
        own = [note.tick + note.length - start for note in inside if note.role == "lead" and note.purpose == "data"
               and start <= note.tick < start + TICKS_PER_BEAT]  # fmt: skip
        onset = max([ONSET, *(end + 4 for end in own)])
        if beat not in taken and onset <= END - 24:
            slots[beat] = onset
    return slots


def _options(
    bar: WeekBar,
    percent: float,
    slots: dict[int, int],
    inside: Sequence[Note],
    catalog: MotifCatalog,
    transposition: int,
) -> Iterator[_Placed]:
    """Every motif of the right length and direction (as it is, or turned over), wherever it rubs with no data note."""
    size, sign = note_count(percent), contour_of(percent)
    rubs = _Rubs(bar, slots, inside)
    for motif in catalog.motifs:
        if len(motif.notes) != size or abs(motif.contour) != abs(sign):
            continue
        turn = -1 if motif.contour != sign else 1
        offsets = _beats_of(motif)
        for first in range(BEATS_PER_BAR - offsets[-1]):
            beats = tuple(first + offset for offset in offsets)
            if any(beat not in slots for beat in beats):
                continue
            for start in START_STEPS:
                pitches = tuple(_pitch(start + turn * note.step) + transposition for note in motif.notes)
                if min(pitches) < LOWEST or max(pitches) > HIGHEST + transposition:
                    continue
                data, pad = rubs.count(beats, pitches)
                if not data:
                    distance = abs(turn * motif.momentum - PUSH[bar.label])
                    cost = (pad, motif.label is not bar.label, turn < 0, round(distance, 2))
                    yield _Placed(motif, turn < 0, beats, pitches, cost)


class _Rubs:
    """How many data notes and pad notes a motif's notes would rub against, each beat and pitch looked up once."""

    def __init__(self, bar: WeekBar, slots: dict[int, int], inside: Sequence[Note]) -> None:
        self._beside: dict[int, list[Note]] = {}
        for beat, onset in slots.items():
            start = bar.tick + beat * TICKS_PER_BEAT
            self._beside[beat] = [
                note for note in inside if note.tick < start + END and note.tick + note.length > start + onset
            ]
        self._known: dict[tuple[int, int], tuple[int, int]] = {}

    def count(self, beats: Sequence[int], pitches: Sequence[int]) -> tuple[int, int]:
        """Return the number of data notes (and marks on them), and of pad notes, a semitone from the motif's."""
        found = [self._at(beat, pitch) for beat, pitch in zip(beats, pitches, strict=True)]
        return sum(data for data, _ in found), sum(pad for _, pad in found)

    def _at(self, beat: int, pitch: int) -> tuple[int, int]:
        if (beat, pitch) not in self._known:
            rubbing = [note for note in self._beside[beat] if are_semitone_apart(note.pitch, pitch)]
            pad = sum(note.role == "pad" for note in rubbing)
            self._known[beat, pitch] = len(rubbing) - pad, pad
        return self._known[beat, pitch]


def _beats_of(motif: Motif) -> tuple[int, ...]:
    """The motif's rhythm in whole beats: one note a beat, since only the end of each beat is free."""
    beats = [0]
    for earlier, later in zip(motif.notes, motif.notes[1:], strict=False):
        beats.append(beats[-1] + max(1, round(later.onset - earlier.onset)))
    return tuple(beats)


def _pitch(step: int) -> int:
    octave, within = divmod(step, len(DIATONIC))
    return LOWEST + 12 * octave + DIATONIC[within]


def _name(bar: WeekBar, placed: _Placed) -> str:
    return f"motif {bar.week} {placed.motif.id} {placed.beats[0]} {placed.pitches[0]}"


def _explained(bar: WeekBar, percent: float, best: _Placed, candidates: int, metric: str) -> WeekMotif:
    motif, way = best.motif, ("down", "level", "up")[contour_of(percent) + 1]
    label = motif.label.value if motif.label else "no label"
    pad = int(best.cost[0])
    reason = (
        f"{metric} {percent:+.1f} % on the week before: {len(motif.notes)} notes, {way}; {label} in a week of "
        f"{bar.label.value}, momentum {motif.momentum:+.2f}{', turned over' if best.inverted else ''}; "
        f"{'no note rubs' if not pad else f'{pad} rub'} against the chord; best of {candidates}"
    )
    return WeekMotif(
        week=bar.week, change_percent=percent, notes=len(motif.notes), motif=motif.id, file=motif.file, bar=motif.bar,
        inverted=best.inverted, candidates=candidates, reason=reason,
    )  # fmt: skip
