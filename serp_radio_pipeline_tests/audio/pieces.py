"""MIDI pieces in the shape the music room writes, made by mido for the tests: 100 BPM, 7/4, five roles."""

import io
import random

import mido

TICKS = 480
BEAT_MICROSECONDS = 600_000
ROLES = {"lead": (0, 4, 44, 100), "bass": (1, 33, 64, 90), "counter": (2, 73, 92, 84), "pad": (3, 89, 64, 44)}
KIT_CHANNEL = 9
SCALE = (0, 2, 4, 5, 7, 9, 11)


def episode(*, bars: int = 14, seed: int = 7, notes_begin_at: int = 80) -> bytes:
    """A piece of `bars` bars of seven beats (4.2 s each); 14 bars hold about 1,300 notes."""
    rng = random.Random(seed)
    tracks = {role: [] for role in (*ROLES, "kit")}
    for beat in range(bars * 7):
        tick = notes_begin_at + beat * TICKS
        _data_notes(tracks, rng, tick)
        if beat % 7 in (0, 4):
            root = rng.choice(SCALE)
            for interval in (0, 4, 7, 11):
                tracks["pad"].append((tick, TICKS * (4 if beat % 7 == 0 else 3), 43 + (root + interval) % 13, 62))
        drum = 36 if beat % 7 == 0 else 70 if beat % 7 > 4 else 42
        tracks["kit"].append((tick, 120, drum, 70 + beat % 7 * 4))
        for hit in range(8):
            tracks["kit"].append((tick + hit * 60, 40, 69, 60 + hit * 2))
    return _file(tracks, notes_begin_at + bars * 7 * TICKS)


def _data_notes(tracks: dict, rng: random.Random, tick: int) -> None:
    pitch = 60 + 12 * rng.randrange(2) + rng.choice(SCALE)
    tracks["lead"].append((tick, rng.randrange(96, 432), pitch, rng.randrange(60, 109)))
    tracks["bass"].append((tick, 400, pitch - 24, rng.randrange(60, 109)))
    tracks["counter"].append((tick + TICKS // 2, 200, pitch + 12, rng.randrange(60, 109)))


def _file(tracks: dict, end_tick: int) -> bytes:
    meta = [
        (0, mido.MetaMessage("set_tempo", tempo=BEAT_MICROSECONDS)),
        (0, mido.MetaMessage("time_signature", numerator=7, denominator=4)),
        (0, mido.MetaMessage("text", text='serp-radio/1 {"tenant": "test"}')),
        (end_tick, mido.MetaMessage("marker", text="end")),
    ]
    midi = mido.MidiFile(type=1, ticks_per_beat=TICKS)
    midi.tracks.append(_track("conductor", meta))
    for role, notes in tracks.items():
        channel, program, pan, level = (KIT_CHANNEL, 0, 64, 80) if role == "kit" else ROLES[role]
        setup = [
            ("program_change", {"program": program}),
            *(("control_change", {"control": c, "value": v}) for c, v in ((7, level), (10, pan))),
        ]
        events = [(0, mido.Message(kind, channel=channel, **values)) for kind, values in setup]
        for tick, length, pitch, velocity in notes:
            events.append((tick, mido.Message("note_on", channel=channel, note=pitch, velocity=velocity)))
            events.append((tick + length, mido.Message("note_off", channel=channel, note=pitch, velocity=64)))
        midi.tracks.append(_track(role, events))
    buffer = io.BytesIO()
    midi.save(file=buffer)
    return buffer.getvalue()


def _track(name: str, events: list) -> mido.MidiTrack:
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
    now = 0
    for tick, message in sorted(events, key=lambda event: (event[0], event[1].type == "note_on")):
        track.append(message.copy(time=tick - now))
        now = tick
    return track
