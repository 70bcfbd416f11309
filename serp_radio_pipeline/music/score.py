"""The score: everything that will be heard, and why. One file drives MIDI, picture, page, chapters and transcript.

It holds integer ticks (480 to a beat, a beat is a day) and is frozen and validated: a wrong score can't be built. What
decides the notes lives in the modules beside it.
"""

import datetime as dt
import math
from itertools import pairwise
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from serp_radio_pipeline.ingest.daily_metrics import GSC
from serp_radio_pipeline.ingest.daily_ranks import DayRanks
from serp_radio_pipeline.ingest.metric_names import MetricNames, metric_names
from serp_radio_pipeline.labels.calibration_period import Metric
from serp_radio_pipeline.labels.decision import DecidedBy
from serp_radio_pipeline.labels.happenings import HappeningKind
from serp_radio_pipeline.labels.movers import Movement, Mover
from serp_radio_pipeline.music.calibration import Calibration, LaneName
from serp_radio_pipeline.music.pack import Pack, Role

TICKS_PER_BEAT = 480
BEATS_PER_BAR = 7
TICKS_PER_BAR = TICKS_PER_BEAT * BEATS_PER_BAR
HALF_BEAT = TICKS_PER_BEAT // 2

MOVERS = "movers"
"""Marker of the section that movers are heard in."""

Tick = Annotated[int, Field(ge=0)]
Ticks = Annotated[int, Field(gt=0)]
MidiNumber = Annotated[int, Field(ge=0, le=127)]

Purpose = Literal[
    "data", "grace", "ghost", "ident", "key", "today", "tick", "volatility", "motif", "bed", "cadence", "earcon",
    "fill", "mover",
]  # fmt: skip


class EventBudget(NamedTuple):
    """How many events a piece has at most, and how many seconds are at least between two."""

    events: int
    seconds_apart: float

    def ticks_apart(self, tempo: float) -> int:
        """Return the ticks between two events at that tempo, at least."""
        return math.ceil(self.seconds_apart * tempo / 60 * TICKS_PER_BEAT)


EVENT_BUDGET = EventBudget(8, 1.2)
"""More, or nearer to each other, and nobody can tell them apart."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Note(_Frozen):
    """A note: onset and length in ticks, MIDI pitch and velocity, and what it is there for."""

    role: Role
    purpose: Purpose
    tick: Tick
    length: Ticks
    pitch: MidiNumber
    velocity: Annotated[int, Field(ge=1, le=127)]


class Section(_Frozen):
    """A part of the form: its marker text and where it begins and how long it lasts, in ticks."""

    marker: str
    tick: Tick
    length: Ticks


class DayNote(_Frozen):
    """One lane's note of one day, with what it stands for.

    `value` is the metric itself, `level` its place in octaves, `clipped` -1 or 1 where it lies outside the scale.
    """

    lane: LaneName
    value: float
    level: float
    clipped: Literal[-1, 0, 1]
    note: Note


class Day(_Frozen):
    """One day of the series: its beat's tick, its numbers (None where missing) and the notes that carry them."""

    date: dt.date
    tick: Tick
    is_missing: bool
    is_provisional: bool
    clicks: Annotated[int, Field(ge=0)] | None
    impressions: Annotated[int, Field(ge=0)] | None
    ctr: float | None
    position: float | None
    notes: tuple[DayNote, ...]

    @model_validator(mode="after")
    def _missing_days_rest(self) -> "Day":
        if self.is_missing and (self.notes or self.clicks is not None or self.impressions is not None):
            raise ValueError(f"{self.date} is missing, so it can't have numbers or data notes")
        if not self.is_missing and {n.lane for n in self.notes} < {"clicks", "impressions"}:
            raise ValueError(f"{self.date} has numbers, so it must have a lead and a bass note")
        return self


class HarmonyBar(_Frozen):
    """One half-bar of the bed: the chord meant, the pitches sounding, and why they differ where they do."""

    tick: Tick
    length: Ticks
    chord: str
    mode: str
    pitches: tuple[MidiNumber, ...]
    gave_way: bool


class SpokenLabel(_Frozen):
    """A momentum label as the score carries it: for a week or overall, with the rule and the sentence behind it.

    `by_rules` is the rule's own label where the model or a person decided.
    """

    week: str | None
    label: str
    rule: str
    reason: str
    confidence: Annotated[float, Field(ge=0, le=1)]
    decided_by: DecidedBy = "rule"
    by_rules: str | None = None


class WeekMotif(_Frozen):
    """The motif that says how a week's clicks compare with the week before, and why it was chosen."""

    week: str
    change_percent: float
    notes: Annotated[int, Field(ge=1)]
    motif: str
    file: str
    bar: Annotated[int, Field(ge=0)]
    inverted: bool
    candidates: Annotated[int, Field(ge=1)]
    reason: str


class _Event(_Frozen):
    kind: HappeningKind
    metric: Metric | None
    date: dt.date
    evidence: dict[str, int | float | str]
    sentence: str


class ScoreEvent(_Event):
    """Something that happened and is heard: what, on which day, by which numbers; its tick, program and earcon."""

    tick: Tick
    program: MidiNumber
    earcon: str


class LeftOutEvent(_Event):
    """Something that happened and is not heard, and why not."""

    reason: str


class ScoreMover(_Frozen):
    """A query or page that moved, as it is heard: its bar's tick, its instrument, and the pitches of before and now.

    `level` is the instrument's fader (CC7); `shift` is added to log2(clicks + 0.5) to bring both to the middle of the
    clicks' scale.
    """

    mover: Mover
    tick: Tick
    program: MidiNumber
    instrument: str
    level: MidiNumber
    shift: float
    pitches: tuple[MidiNumber, MidiNumber]

    @model_validator(mode="after")
    def _goes_its_movers_way(self) -> "ScoreMover":
        before, now = self.pitches
        if not self.mover.change or (now > before) != (self.mover.change > 0) or now == before:
            raise ValueError(f"a mover's pitches must go up or down as its clicks do: {self.pitches}")
        return self


class Score(_Frozen):
    """Everything that will be heard in one episode.

    `days` carry the data lanes; `notes` hold all else (ident, key, today, ticks, bed, earcons, cadence) in tick order.
    `events` are in order of time, `left_out` by priority. `movement` says how queries and pages moved, None where no
    two periods were compared; `movers` are those of it that are heard. `source` says what the days' numbers are (see
    `DailyRow`), and `ranks` are a rank tracker's figures of the last day.
    """

    version: Literal["serp-radio/1"] = "serp-radio/1"
    tenant: str
    date: dt.date
    first_date: dt.date
    lookback: str
    seed: str
    data_version: str
    pack: Pack
    calibration: Calibration
    retuned: bool
    overall: SpokenLabel
    weeks: tuple[SpokenLabel, ...]
    sections: tuple[Section, ...]
    days: tuple[Day, ...]
    harmony: tuple[HarmonyBar, ...]
    notes: tuple[Note, ...]
    motifs: tuple[WeekMotif, ...] = ()
    events: tuple[ScoreEvent, ...] = ()
    left_out: tuple[LeftOutEvent, ...] = ()
    movement: Movement | None = None
    movers: tuple[ScoreMover, ...] = ()
    source: str = GSC
    ranks: DayRanks | None = None
    end_tick: Ticks

    @model_validator(mode="after")
    def _is_consistent(self) -> "Score":
        dates = [day.date for day in self.days]
        expected = [self.first_date + dt.timedelta(days=offset) for offset in range(len(dates))]
        if not dates or dates != expected or dates[-1] != self.date:
            raise ValueError("the score's days must be every date from first_date to date")
        if any(later.tick - earlier.tick != TICKS_PER_BEAT for earlier, later in zip(self.days, self.days[1:])):  # noqa: B905
            raise ValueError("a day is a beat: days must follow each other beat by beat")
        ticks = [section.tick for section in self.sections]
        if ticks != sorted(ticks) or (ticks and ticks[0] != 0):
            raise ValueError("sections must follow each other from tick 0")
        if any(note.tick + note.length > self.end_tick for note in self.all_notes()):
            raise ValueError("a note sounds beyond the end of the score")
        return self

    @model_validator(mode="after")
    def _events_have_room(self) -> "Score":
        dates = {day.date: day.tick for day in self.days}
        if any(not 0 < event.tick - dates.get(event.date, event.tick) < TICKS_PER_BEAT for event in self.events):
            raise ValueError("an event must be heard on its day, after the beat")
        apart = EVENT_BUDGET.ticks_apart(self.pack.tempo)
        ticks = [event.tick for event in self.events]
        if len(ticks) > EVENT_BUDGET.events or any(b - a < apart for a, b in pairwise(ticks)):
            raise ValueError(f"at most {EVENT_BUDGET.events} events, {EVENT_BUDGET.seconds_apart} seconds apart")
        return self

    @model_validator(mode="after")
    def _movers_have_their_bars(self) -> "Score":
        bars = [part.length for part in self.sections if part.marker == MOVERS]
        if bars != [len(self.movers) * TICKS_PER_BAR] * bool(self.movers):
            raise ValueError(f"section {MOVERS!r} must hold one bar for each mover, and only then be there")
        if bool(self.movers) and (self.movement is None or tuple(m.mover for m in self.movers) != self.movement.movers):
            raise ValueError("the movers that are heard must be those of the movement")
        return self

    @property
    def names(self) -> MetricNames:
        """What the four metrics of its days are called."""
        return metric_names(self.source)

    def all_notes(self) -> tuple[Note, ...]:
        """Every note of the episode, data lanes included, ordered by tick, role, pitch."""
        data = [day_note.note for day in self.days for day_note in day.notes]
        return tuple(sorted([*data, *self.notes], key=lambda note: (note.tick, note.role, note.pitch, note.purpose)))

    def data_notes(self) -> tuple[Note, ...]:
        """The notes that carry the series, one per day and lane."""
        return tuple(day_note.note for day in self.days for day_note in day.notes)

    def section(self, marker: str) -> Section:
        """Return the section with that marker.

        Raises:
            KeyError: there is none.
        """
        for section in self.sections:
            if section.marker == marker:
                return section
        raise KeyError(marker)

    def seconds(self, tick: int) -> float:
        """Return the time of a tick in seconds from the start."""
        return tick / TICKS_PER_BEAT * 60 / self.pack.tempo

    def to_json(self) -> bytes:
        """Return the score as canonical JSON: the same score always gives the same bytes."""
        # what is said of queries and pages, and of ranks, is left out where there is nothing to say
        silent = set() if self.movement else {"movement", "movers"}
        silent |= {"source", "ranks"} if self.source == GSC else set()
        return self.model_dump_json(indent=1, exclude=silent).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "Score":
        """Read a score back; `Score.from_json(score.to_json()) == score`."""
        return cls.model_validate_json(content)
