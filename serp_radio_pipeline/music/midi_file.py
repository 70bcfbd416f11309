"""The score as a MIDI file that decodes itself: markers, a lyric per day, and the whole mapping in one text event."""

import io
from collections.abc import Iterable

import mido

from serp_radio_pipeline.music.contract import contract_text, event_text, mover_text
from serp_radio_pipeline.music.dynamics import bed_expression_moves, fader_moves
from serp_radio_pipeline.music.pack import CHANNELS, ROLES, Role
from serp_radio_pipeline.music.score import BEATS_PER_BAR, TICKS_PER_BEAT, Score

MAJOR_KEYS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
LEVEL_CONTROLLER, PAN_CONTROLLER, EXPRESSION_CONTROLLER = 7, 10, 11

TimedMessage = tuple[int, int, mido.Message | mido.MetaMessage]
"""Tick, order within the tick (what sets up, then what ends, then what begins), message."""
_SET_UP, _END, _BEGIN = 0, 1, 2


def midi_bytes(score: Score) -> bytes:
    """Return the score as a Standard MIDI File, format 1, 480 ticks to a beat; same score, same bytes."""
    midi = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT, charset="utf-8")
    midi.tracks.append(_track("conductor", _conductor(score), score.end_tick))
    for role in ROLES:
        midi.tracks.append(_track(role, _part(score, role), score.end_tick))
    buffer = io.BytesIO()
    midi.save(file=buffer)
    return buffer.getvalue()


def _conductor(score: Score) -> Iterable[TimedMessage]:
    yield 0, _SET_UP, mido.MetaMessage("text", text=contract_text(score))
    yield 0, _SET_UP, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(score.pack.tempo))
    yield 0, _SET_UP, mido.MetaMessage("time_signature", numerator=BEATS_PER_BAR, denominator=4)
    yield 0, _SET_UP, mido.MetaMessage("key_signature", key=MAJOR_KEYS[score.calibration.transposition % 12])
    for section in score.sections:
        yield section.tick, _BEGIN, mido.MetaMessage("marker", text=section.marker)
    yield score.end_tick, _END, mido.MetaMessage("marker", text="end")
    for day in score.days:
        yield day.tick, _BEGIN, mido.MetaMessage("lyrics", text=day.date.isoformat())


def _part(score: Score, role: Role) -> Iterable[TimedMessage]:
    voice, channel = score.pack.roles[role], CHANNELS[role]
    yield 0, _SET_UP, mido.Message("program_change", channel=channel, program=voice.program)
    yield 0, _SET_UP, _control(channel, PAN_CONTROLLER, voice.pan)
    for tick, value in fader_moves(score, role):
        yield tick, _SET_UP, _control(channel, LEVEL_CONTROLLER, value)
    for tick, value in bed_expression_moves(score) if role == "pad" else ():
        yield tick, _SET_UP, _control(channel, EXPRESSION_CONTROLLER, value)
    if role == "earcons":
        yield from _events(score, channel)
    for note in score.all_notes():
        if note.role == role:
            on = mido.Message("note_on", channel=channel, note=note.pitch, velocity=note.velocity)
            yield note.tick, _BEGIN, on
            off = mido.Message("note_off", channel=channel, note=note.pitch, velocity=0)
            yield note.tick + note.length, _END, off


def _control(channel: int, controller: int, value: int) -> mido.Message:
    return mido.Message("control_change", channel=channel, control=controller, value=value)


def _events(score: Score, channel: int) -> Iterable[TimedMessage]:
    """Each event's instrument, and its name as a text; then each mover's."""
    for event in score.events:
        yield event.tick, _SET_UP, mido.Message("program_change", channel=channel, program=event.program)
        yield event.tick, _BEGIN, mido.MetaMessage("text", text=event_text(event))
    for heard in score.movers:
        yield heard.tick, _SET_UP, mido.Message("program_change", channel=channel, program=heard.program)
        yield heard.tick, _BEGIN, mido.MetaMessage("text", text=mover_text(heard))


def _track(name: str, messages: Iterable[TimedMessage], end_tick: int) -> mido.MidiTrack:
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
    now = 0
    for tick, _, message in sorted(messages, key=lambda timed: timed[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=max(end_tick - now, 0)))
    return track
