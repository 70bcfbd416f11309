"""MIDI back to numbers, from the file alone: what a program hears in an episode."""

import csv
import datetime as dt
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import mido
from mido.midifiles.meta import KeySignatureError

from serp_radio_pipeline.music.calibration import Calibration, LaneName
from serp_radio_pipeline.music.contract import (
    CONTRACT,
    Contract,
    MoverText,
    NotAnEpisodeError,
    most_ctr,
    names_in,
    read_contract,
    read_event_text,
    read_mover_text,
)
from serp_radio_pipeline.music.lanes import LANE_OFFSETS, LANE_ROLES
from serp_radio_pipeline.music.movers import BEFORE_BEATS, NOW_BEATS
from serp_radio_pipeline.music.score import TICKS_PER_BEAT

LANES: tuple[LaneName, ...] = tuple(LANE_ROLES)
FORMULA_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r")
"""Where spreadsheets begin to calculate; tab and carriage return are skipped by some before they look."""


@dataclass(frozen=True, slots=True)
class HeardNote:
    """A data note as it stands in the file: pitch, velocity (as if final) and length in ticks."""

    pitch: int
    velocity: float
    length: int


@dataclass(frozen=True, slots=True)
class DecodedDay:
    """One day read back from a file. A missing day has no values; `levels` are octaves, by lane."""

    date: dt.date
    clicks: int | None
    impressions: int | None
    ctr: float | None
    position: float | None
    notes: Mapping[LaneName, HeardNote]


@dataclass(frozen=True, slots=True)
class DecodedEvent:
    """An event read back from a file: what happened, to which metric if any, on which day; its tick."""

    kind: str
    metric: str | None
    date: dt.date
    tick: int


@dataclass(frozen=True, slots=True)
class DecodedMover:
    """A mover read back from a file: what its text says, its tick, and the pitches of its notes, before and now."""

    said: MoverText
    tick: int
    pitches: tuple[int, int]


@dataclass(frozen=True, slots=True)
class DecodedEpisode:
    """Everything read back from a file: the contract it carries, its days, ascending, its events and movers."""

    contract: Mapping[str, object]
    calibration: Calibration
    days: tuple[DecodedDay, ...]
    events: tuple[DecodedEvent, ...] = ()
    movers: tuple[DecodedMover, ...] = ()

    def to_csv(self) -> str:
        """Return `date,clicks,impressions,ctr,position`, a line per day; a missing day's fields are empty.

        Of a rank tracker's series `date,visibility,ranked_keywords,visibility_per_keyword,average_rank`, visibility in
        percent.
        """
        names = names_in(self.contract)
        lines = [",".join(("date", *names.columns))]
        for day in self.days:
            clicks, ctr = (_percent(value) if names.is_ranks else value for value in (day.clicks, day.ctr))
            values = (clicks, day.impressions, _rounded(ctr, 6), _rounded(day.position, 2))
            lines.append(",".join([day.date.isoformat(), *("" if value is None else str(value) for value in values)]))
        return "\n".join(lines) + "\n"

    def events_csv(self) -> str:
        """Return `date,event,metric`, a line per event; an event about no metric leaves that field empty."""
        rows = [(event.date.isoformat(), event.kind, event.metric or "") for event in self.events]
        return _csv(("date", "event", "metric"), rows)

    def movers_csv(self) -> str:
        """Return `dimension,label,from,to`, a line per mover."""
        said = [mover.said for mover in self.movers]
        return _csv(
            ("dimension", "label", "from", "to"), [(one.dimension, one.label, one.before, one.now) for one in said]
        )


def _csv(header: tuple[str, ...], rows: Sequence[tuple[str | int, ...]]) -> str:
    """Return a table as CSV; a text that a spreadsheet would take for a formula begins with `'`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([f"'{cell}" if str(cell).startswith(FORMULA_BEGINNINGS) else cell for cell in row] for row in rows)
    return out.getvalue()


def decode_midi(content: bytes, *, name: str = "the file") -> DecodedEpisode:
    """Read an episode back from its MIDI bytes.

    Raises:
        NotAnEpisodeError: the bytes are no MIDI file, or carry no contract.
    """
    try:
        midi = mido.MidiFile(file=io.BytesIO(content), charset="utf-8")
    except (OSError, EOFError, ValueError, KeyError, IndexError, KeySignatureError) as error:
        reason = str(error) or "it ends too early"
        raise NotAnEpisodeError(f"{name} is not a readable MIDI file ({reason}).") from error
    contract = _contract_of(midi, name)
    try:
        return DecodedEpisode(
            contract.content, contract.calibration, _days_of(midi, contract), _events_of(midi), _movers_of(midi)
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise NotAnEpisodeError(
            f"{name} is damaged: its notes and its {CONTRACT} text event don't fit together, so it can't be decoded."
        ) from error


def _days_of(midi: mido.MidiFile, contract: Contract) -> tuple[DecodedDay, ...]:
    tracks = {track.name: _onsets(track) for track in midi.tracks}
    lyrics = {
        tick: dt.date.fromisoformat(message.text)
        for track in midi.tracks
        for tick, message in _timed(track)
        if message.type == "lyrics"
    }
    days = []
    for tick, date in sorted(lyrics.items()):
        scale = contract.provisional_velocity if date.isoformat() in contract.provisional else 1
        notes: dict[LaneName, HeardNote] = {}
        for lane in LANES:
            heard = tracks.get(LANE_ROLES[lane], {}).get(tick + LANE_OFFSETS[lane])
            if heard:
                notes[lane] = HeardNote(heard[0], heard[1] / scale, heard[2])
        days.append(decode_day(date, notes, contract))
    return tuple(days)


def _events_of(midi: mido.MidiFile) -> tuple[DecodedEvent, ...]:
    return tuple(
        DecodedEvent(*event, tick)
        for track in midi.tracks
        if track.name == "earcons"
        for tick, message in _timed(track)
        if message.type == "text" and (event := read_event_text(message.text))
    )


def _movers_of(midi: mido.MidiFile) -> tuple[DecodedMover, ...]:
    (first, _), (then, _) = BEFORE_BEATS[0], NOW_BEATS[0]
    found = []
    for track in midi.tracks:
        notes = _onsets(track) if track.name == "earcons" else {}
        for tick, message in _timed(track) if notes else ():
            said = read_mover_text(message.text) if message.type == "text" else None
            if said:
                before, now = (notes[tick + round(beat * TICKS_PER_BEAT)][0] for beat in (first, then))
                found.append(DecodedMover(said, tick, (before, now)))
    return tuple(found)


def decode_day(date: dt.date, notes: Mapping[LaneName, HeardNote], contract: Contract) -> DecodedDay:
    """Return the numbers that a day's notes stand for."""
    if "clicks" not in notes or "impressions" not in notes:
        return DecodedDay(date, None, None, None, None, {})
    calibration = contract.calibration
    impressions = 2 ** lane_level("impressions", notes["impressions"], calibration) - 0.5
    ctr_level = calibration.ctr_level(notes["clicks"].length)
    ctr = 0.0 if ctr_level is None else min(most_ctr(contract), 2**ctr_level)
    clicks = 2 ** clicks_level(notes["clicks"], impressions * ctr, calibration) - 0.5
    position = None
    if "position" in notes:
        position = max(1.0, 2 ** -lane_level("position", notes["position"], calibration))
    return DecodedDay(
        date,
        max(0, round(clicks)),
        max(0, round(impressions)),
        None if position is None else ctr,
        position,
        dict(notes),
    )


def lane_level(lane: Literal["impressions", "position"], note: HeardNote, calibration: Calibration) -> float:
    """Return the level (octaves) of a bass or counter note: its length's, inside the step that its pitch stands for."""
    low, high = calibration.lane(lane).step_range(note.pitch)
    return min(max(calibration.level_of_length(lane, note.length), low), high)


def clicks_level(note: HeardNote, by_ctr: float, calibration: Calibration) -> float:
    """Return the level (octaves) of a lead note: clicks by impressions and CTR, as far as velocity and pitch agree."""
    quieter, louder = (calibration.level_of_velocity("clicks", note.velocity + step) for step in (-1, 1))
    low, high = calibration.clicks.step_range(note.pitch)
    return min(max(math.log2(max(by_ctr, 0.0) + 0.5), quieter, low), louder, high)


def _contract_of(midi: mido.MidiFile, name: str) -> Contract:
    for track in midi.tracks:
        for tick, message in _timed(track):
            if tick == 0 and message.type == "text" and message.text.startswith(f"{CONTRACT} "):
                return read_contract(message.text, name)
    raise NotAnEpisodeError(
        f"{name} is a MIDI file, but no SERP Radio episode: it has no text event that begins with {CONTRACT!r}."
    )


def _timed(track: mido.MidiTrack) -> list[tuple[int, mido.Message]]:
    now, timed = 0, []
    for message in track:
        now += message.time
        timed.append((now, message))
    return timed


def _onsets(track: mido.MidiTrack) -> dict[int, tuple[int, int, int]]:
    """Return pitch, velocity and length of the note that begins at each tick."""
    open_notes: dict[int, tuple[int, int]] = {}
    onsets: dict[int, tuple[int, int, int]] = {}
    for tick, message in _timed(track):
        if message.type == "note_on" and message.velocity > 0:
            open_notes[message.note] = (tick, message.velocity)
        elif message.type in ("note_off", "note_on") and message.note in open_notes:
            begun, velocity = open_notes.pop(message.note)
            onsets[begun] = (message.note, velocity, tick - begun)
    return onsets


def _percent(value: float | None) -> float | None:
    return None if value is None else value / 100


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None or math.isnan(value) else round(value, digits)
