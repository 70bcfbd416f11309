"""MIDI tracks from messages at ticks: in which order what falls together is written, and what sets a voice up."""

import io
from collections.abc import Callable, Iterable, Iterator

import mido

from serp_radio_pipeline.music.pack import CHANNELS, ROLES, Pack, Role
from serp_radio_pipeline.music.score import TICKS_PER_BEAT, Note

LEVEL_CONTROLLER, PAN_CONTROLLER, EXPRESSION_CONTROLLER = 7, 10, 11
SET_UP, END, BEGIN = 0, 1, 2
"""Order within a tick: what sets up, then what ends, then what begins."""

TimedMessage = tuple[int, int, mido.Message | mido.MetaMessage]
"""Tick, order within the tick, message."""


def midi_file(
    conductor: Iterable[TimedMessage], part: Callable[[Role], Iterable[TimedMessage]], end_tick: int
) -> bytes:
    """Return a Standard MIDI File, format 1, 480 ticks to a beat: the conductor's track, then one for each role."""
    midi = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT, charset="utf-8")
    midi.tracks.append(track("conductor", conductor, end_tick))
    midi.tracks += [track(role, part(role), end_tick) for role in ROLES]
    buffer = io.BytesIO()
    midi.save(file=buffer)
    return buffer.getvalue()


def track(name: str, messages: Iterable[TimedMessage], end_tick: int) -> mido.MidiTrack:
    """Return a track of that name with its messages in order, which ends at `end_tick`."""
    written = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
    now = 0
    for tick, _, message in sorted(messages, key=lambda timed: timed[:2]):
        written.append(message.copy(time=tick - now))
        now = tick
    written.append(mido.MetaMessage("end_of_track", time=max(end_tick - now, 0)))
    return written


def voice_set_up(pack: Pack, role: Role, levels: Iterable[tuple[int, int]]) -> Iterator[TimedMessage]:
    """Yield a role's program and pan, and its CC7 as (tick, value)."""
    voice, channel = pack.roles[role], CHANNELS[role]
    yield 0, SET_UP, program(channel, voice.program)
    yield 0, SET_UP, control(channel, PAN_CONTROLLER, voice.pan)
    for tick, value in levels:
        yield tick, SET_UP, control(channel, LEVEL_CONTROLLER, value)


def note_messages(notes: Iterable[Note], role: Role) -> Iterator[TimedMessage]:
    """Yield beginning and end of that role's notes."""
    channel = CHANNELS[role]
    for note in notes:
        if note.role == role:
            on = mido.Message("note_on", channel=channel, note=note.pitch, velocity=note.velocity)
            yield note.tick, BEGIN, on
            off = mido.Message("note_off", channel=channel, note=note.pitch, velocity=0)
            yield note.tick + note.length, END, off


def program(channel: int, number: int) -> mido.Message:
    """Return a change to a General MIDI program, 0-based."""
    return mido.Message("program_change", channel=channel, program=number)


def control(channel: int, controller: int, value: int) -> mido.Message:
    """Return a controller's new value, 0-127."""
    return mido.Message("control_change", channel=channel, control=controller, value=value)
