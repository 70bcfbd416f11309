"""The score as a MIDI file that decodes itself: markers, a lyric per day, and the whole mapping in one text event."""

from collections.abc import Iterable

import mido

from serp_radio_pipeline.music.contract import contract_text, event_text, mover_text
from serp_radio_pipeline.music.dynamics import bed_expression_moves, fader_moves
from serp_radio_pipeline.music.midi_tracks import (
    BEGIN,
    END,
    EXPRESSION_CONTROLLER,
    SET_UP,
    TimedMessage,
    control,
    midi_file,
    note_messages,
    program,
    voice_set_up,
)
from serp_radio_pipeline.music.pack import CHANNELS, Role
from serp_radio_pipeline.music.score import BEATS_PER_BAR, Score

MAJOR_KEYS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


def midi_bytes(score: Score) -> bytes:
    """Return the score as a Standard MIDI File, format 1, 480 ticks to a beat; same score, same bytes."""
    return midi_file(_conductor(score), lambda role: _part(score, role), score.end_tick)


def _conductor(score: Score) -> Iterable[TimedMessage]:
    yield 0, SET_UP, mido.MetaMessage("text", text=contract_text(score))
    yield 0, SET_UP, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(score.pack.tempo))
    yield 0, SET_UP, mido.MetaMessage("time_signature", numerator=BEATS_PER_BAR, denominator=4)
    yield 0, SET_UP, mido.MetaMessage("key_signature", key=MAJOR_KEYS[score.calibration.transposition % 12])
    for section in score.sections:
        yield section.tick, BEGIN, mido.MetaMessage("marker", text=section.marker)
    yield score.end_tick, END, mido.MetaMessage("marker", text="end")
    for day in score.days:
        yield day.tick, BEGIN, mido.MetaMessage("lyrics", text=day.date.isoformat())


def _part(score: Score, role: Role) -> Iterable[TimedMessage]:
    yield from voice_set_up(score.pack, role, fader_moves(score, role))
    for tick, value in bed_expression_moves(score) if role == "pad" else ():
        yield tick, SET_UP, control(CHANNELS[role], EXPRESSION_CONTROLLER, value)
    if role == "earcons":
        yield from _events(score, CHANNELS[role])
    yield from note_messages(score.all_notes(), role)


def _events(score: Score, channel: int) -> Iterable[TimedMessage]:
    """Each event's instrument, and its name as a text; then each mover's."""
    for event in score.events:
        yield event.tick, SET_UP, program(channel, event.program)
        yield event.tick, BEGIN, mido.MetaMessage("text", text=event_text(event))
    for heard in score.movers:
        yield heard.tick, SET_UP, program(channel, heard.program)
        yield heard.tick, BEGIN, mido.MetaMessage("text", text=mover_text(heard))
