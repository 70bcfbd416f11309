"""The phrases around the series: the tenant's ident, the sonic key, "today", and the cadence that says the verdict."""

import hashlib

from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.music.calibration import Calibration, LaneName
from serp_radio_pipeline.music.harmony import PadVoicer, pad_voices, place
from serp_radio_pipeline.music.kit import side_stick
from serp_radio_pipeline.music.lanes import LANE_ROLES
from serp_radio_pipeline.music.score import BEATS_PER_BAR, TICKS_PER_BAR, TICKS_PER_BEAT, Day, HarmonyBar, Note, Purpose
from serp_radio_pipeline.music.theory import DIATONIC, MODES, Chord

IDENT_TONIC = 60
"""Middle C, before transposition: the ident's home note."""
IDENT_RHYTHMS: tuple[tuple[int, ...], ...] = (
    (0, 3, 4, 8, 10),
    (0, 2, 5, 6, 10),
    (0, 4, 5, 7, 10),
    (0, 1, 4, 6, 8, 10),
    (0, 2, 3, 6, 8, 10),
    (0, 3, 4, 6, 7, 10),
    (0, 1, 2, 4, 6, 8, 10),
    (0, 2, 3, 4, 6, 9, 10),
)
"""Onsets of 5, 6 or 7 notes in eighths of a 7/4 bar; the last one is the tonic and rings for two beats."""
IDENT_STEPS = (0, 1, 2, 4, 5, 7)
"""Steps above the tonic that an ident walks on: the five-note scale and the octave."""
IDENT_VELOCITY = 118
ROOT_VELOCITY = 88
EIGHTH = TICKS_PER_BEAT // 2
KEY_LANES: tuple[LaneName, ...] = ("impressions", "clicks", "position")
KEY_PLACES = (0.02, 0.5, 0.98)
KEY_LENGTH, KEY_TODAY_LENGTH = 0.85, 1.4
"""Beats that a note of the key lasts; today's is held."""
TODAY_LANE_BEATS: dict[LaneName, tuple[int, int]] = {"impressions": (0, 1), "clicks": (1, 1), "position": (2, 1)}
CADENCE_BEATS = BEATS_PER_BAR + 3
CADENCE_STARTS: dict[int, tuple[int, ...]] = {1: (0,), 2: (0, 4), 3: (0, 2, 4)}
"""The beat on which each of 1, 2 or 3 cadence chords begins."""


def ident_steps(tenant: str) -> tuple[tuple[int, int], ...]:
    """Return the tenant's ident as (onset in eighths, step above the tonic), from its name alone."""
    digest = hashlib.sha256(f"ident {tenant}".encode()).digest()
    rhythm = IDENT_RHYTHMS[digest[0] % len(IDENT_RHYTHMS)]
    walk, index = [], digest[1] % len(IDENT_STEPS)
    for byte in digest[2 : 2 + len(rhythm)]:
        walk.append(IDENT_STEPS[index])
        leap = (-2, -1, 1, 2, 1, -1)[byte % 6]
        index = min(max(index + leap, 0), len(IDENT_STEPS) - 1)
        if IDENT_STEPS[index] == walk[-1]:
            index = max(index - 1, 0) if index else 1
    return tuple(zip(rhythm, [*walk[:-1], 0], strict=True))


def ident(tenant: str, tick: int, tonic_step: int, transposition: int, purpose: Purpose) -> tuple[Note, ...]:
    """Return the ident's notes in the mode whose tonic is `tonic_step`; the opening plays it on 0, in C Ionian."""
    steps = ident_steps(tenant)
    ends = [*(onset for onset, _ in steps[1:]), BEATS_PER_BAR * 2]
    return tuple(
        Note(
            role="motif",
            purpose=purpose,
            tick=tick + onset * EIGHTH,
            length=(end - onset) * EIGHTH - 20,
            pitch=_collection_pitch(tonic_step + step) + transposition,
            velocity=IDENT_VELOCITY,
        )
        for (onset, step), end in zip(steps, ends, strict=True)
    )


def key_beat(key_length: int) -> int:
    """Return the ticks between two notes of the key, which lasts two bars, or one for a short window."""
    return TICKS_PER_BEAT if key_length > TICKS_PER_BAR else TICKS_PER_BEAT // 2


def key_onset(key_tick: int, beat: int, lane: LaneName) -> int:
    """Return the tick at which the key's notes of a lane begin: low, middle and high follow a beat apart."""
    return key_tick + round(KEY_LANES.index(lane) * 4.5 * beat)


def sonic_key(calibration: Calibration, today: Day, tick: int, length: int) -> tuple[Note, ...]:
    """Return the key: per voice its low, middle and high note, then today's, held; in one bar or two."""
    beat = key_beat(length)
    notes: list[Note] = []
    for lane in KEY_LANES:
        start = key_onset(tick, beat, lane)
        scale = calibration.lane(lane)
        levels = [scale.low + place * (scale.high - scale.low) for place in KEY_PLACES]
        lengths = [KEY_LENGTH, KEY_LENGTH, KEY_LENGTH]
        today_level = next((note.level for note in today.notes if note.lane == lane), None)
        if today_level is None:
            # no value today: the side stick says so, and the highest note is held, since silence would seem a fault
            notes.append(side_stick(start + 3 * beat))
            lengths[2] = 1 + KEY_TODAY_LENGTH
        else:
            levels.append(today_level)
            lengths.append(KEY_TODAY_LENGTH)
        for position, (level, beats) in enumerate(zip(levels, lengths, strict=True)):
            notes.append(_lane_note(calibration, lane, level, start + position * beat, round(beats * beat), "key"))
    return tuple(notes)


def today_solo(calibration: Calibration, today: Day, tick: int) -> tuple[Note, ...]:
    """Return today's bar: each voice alone, then all together, held; the side stick where today is missing."""
    notes: list[Note] = [side_stick(tick)] if today.is_missing else []
    for day_note in today.notes:
        beat, beats = TODAY_LANE_BEATS[day_note.lane]
        start, length = tick + beat * TICKS_PER_BEAT, round((beats - 0.1) * TICKS_PER_BEAT)
        notes.append(_lane_note(calibration, day_note.lane, day_note.level, start, length, "today"))
        together = tick + 4 * TICKS_PER_BEAT
        notes.append(
            _lane_note(calibration, day_note.lane, day_note.level, together, round(2.8 * TICKS_PER_BEAT), "today")
        )
    return tuple(notes)


def cadence(
    tenant: str, label: Label, confidence: float, tick: int, transposition: int, voicer: PadVoicer
) -> tuple[tuple[HarmonyBar, ...], tuple[Note, ...]]:
    """Return the cadence's chords, and its notes: the ident in the verdict's mode over roots in the bass."""
    mode = MODES[label]
    starts = CADENCE_STARTS[len(mode.cadence)]
    chords, notes = [], list(ident(tenant, tick, mode.tonic, transposition, "cadence"))
    for chord, start, end in zip(mode.cadence, starts, [*starts[1:], CADENCE_BEATS], strict=True):
        onset, length = tick + start * TICKS_PER_BEAT, (end - start) * TICKS_PER_BEAT
        chords.append(voicer.voice(chord, mode, onset, length, voices=max(3, pad_voices(confidence))))
        notes.append(_root(chord, onset, length, transposition))
    return tuple(chords), tuple(notes)


def _root(chord: Chord, tick: int, length: int, transposition: int) -> Note:
    pitch = place(DIATONIC[chord.steps[0]], transposition)
    return Note(role="bass", purpose="cadence", tick=tick, length=length - 20, pitch=pitch - 12, velocity=ROOT_VELOCITY)


def _collection_pitch(step: int) -> int:
    octave, within = divmod(step, 7)
    return IDENT_TONIC + 12 * octave + DIATONIC[within]


def _lane_note(
    calibration: Calibration, lane: LaneName, level: float, tick: int, length: int, purpose: Purpose
) -> Note:
    return Note(
        role=LANE_ROLES[lane],
        purpose=purpose,
        tick=tick,
        length=length,
        pitch=calibration.lane(lane).pitch(level),
        velocity=calibration.velocity(lane, level),
    )
