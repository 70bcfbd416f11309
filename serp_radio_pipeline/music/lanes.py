"""Data lanes: one day's numbers become its notes. No choice and no taste here: the calibration alone decides."""

import datetime as dt

from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics, DailyRow
from serp_radio_pipeline.labels.calibration_period import metric_level
from serp_radio_pipeline.music.calibration import Calibration, LaneName
from serp_radio_pipeline.music.pack import Role
from serp_radio_pipeline.music.score import HALF_BEAT, TICKS_PER_BEAT, Day, DayNote, Note
from serp_radio_pipeline.music.window import Window

LANE_ROLES: dict[LaneName, Role] = {"clicks": "lead", "impressions": "bass", "position": "counter"}
LANE_OFFSETS: dict[LaneName, int] = {"clicks": 0, "impressions": 0, "position": HALF_BEAT}
"""Ticks from the day's beat to the lane's note."""
PROVISIONAL_VELOCITY = 0.6
GRACE_LEAD_IN, GRACE_LENGTH = 60, 50
GHOST_OFFSET, GHOST_LENGTH, GHOST_VELOCITY = 360, 60, 34


def days_of(metrics: DailyMetrics, window: Window, calibration: Calibration, series_tick: int) -> tuple[Day, ...]:
    """Return every day of the window with its notes; `series_tick` is the Monday of the window's first week."""
    monday = window.first - dt.timedelta(days=window.first.weekday())
    return tuple(
        _day(date, series_tick + (date - monday).days * TICKS_PER_BEAT, metrics.by_date.get(date), calibration)
        for date in window.dates()
    )


def _day(date: dt.date, tick: int, row: DailyRow | None, calibration: Calibration) -> Day:
    if row is None:
        return Day(
            date=date, tick=tick, is_missing=True, is_provisional=False,
            clicks=None, impressions=None, ctr=None, position=None, notes=(),
        )  # fmt: skip
    notes = [lane_note(lane, row, tick, calibration) for lane in LANE_ROLES]
    return Day(
        date=date, tick=tick, is_missing=False, is_provisional=row.is_provisional,
        clicks=row.clicks, impressions=row.impressions, ctr=row.ctr, position=row.position,
        notes=tuple(note for note in notes if note is not None),
    )  # fmt: skip


def lane_note(lane: LaneName, row: DailyRow, tick: int, calibration: Calibration) -> DayNote | None:
    """Return the note of one lane for one day, or None where the lane has no value (position without impressions)."""
    level = metric_level(row, lane)
    if level is None:
        return None
    velocity = calibration.velocity(lane, level) * (PROVISIONAL_VELOCITY if row.is_provisional else 1)
    note = Note(
        role=LANE_ROLES[lane],
        purpose="data",
        tick=tick + LANE_OFFSETS[lane],
        length=_length(lane, row, level, calibration),
        pitch=calibration.lane(lane).pitch(level),
        velocity=round(velocity),
    )
    scale = calibration.lane(lane)
    value = float(getattr(row, lane))
    return DayNote(lane=lane, value=value, level=round(level, 6), clipped=scale.clips(level), note=note)


def _length(lane: LaneName, row: DailyRow, level: float, calibration: Calibration) -> int:
    if lane == "clicks":
        return calibration.length(metric_level(row, "ctr"))
    return calibration.lane_length(lane, level)


def ornaments_of(days: tuple[Day, ...]) -> tuple[Note, ...]:
    """Return marks on data notes: grace notes an octave beyond clipped ones, ghost echoes after provisional ones."""
    ornaments: list[Note] = []
    for day in days:
        for day_note in day.notes:
            note = day_note.note
            if day_note.clipped:
                grace = {
                    "purpose": "grace",
                    "tick": note.tick - GRACE_LEAD_IN,
                    "length": GRACE_LENGTH,
                    "pitch": note.pitch + 12 * day_note.clipped,
                }
                ornaments.append(note.model_copy(update=grace))
            if day.is_provisional and day_note.lane == "clicks":
                ornaments.append(
                    Note(
                        role="motif",  # its own channel: a repeat on the lead would cut the data note short
                        purpose="ghost",
                        tick=day.tick + GHOST_OFFSET,
                        length=GHOST_LENGTH,
                        pitch=note.pitch,
                        velocity=GHOST_VELOCITY,
                    )
                )
    return tuple(ornaments)
