"""What an episode's files say of themselves: enough to read the series back from notes or from sound alone.

The MIDI file carries it as a text event at tick 0, the MP3 as a tag; both say the same.
"""

import datetime as dt
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.daily_metrics import GSC
from serp_radio_pipeline.ingest.metric_names import MetricNames, metric_names
from serp_radio_pipeline.labels.calibration_period import METRICS
from serp_radio_pipeline.music.calibration import (
    LENGTH_MARGIN,
    LENGTHS,
    NO_CLICKS_LENGTH,
    VELOCITIES,
    VELOCITY_MARGIN,
    Calibration,
    LaneName,
)
from serp_radio_pipeline.music.dynamics import key_gain
from serp_radio_pipeline.music.lanes import LANE_OFFSETS, LANE_ROLES, PROVISIONAL_VELOCITY
from serp_radio_pipeline.music.score import TICKS_PER_BEAT, Score, ScoreEvent, ScoreMover
from serp_radio_pipeline.tenant import Tenant, TenantError

CONTRACT = "serp-radio/1"
"""The format's name and version, with which the contract's text begins."""
EVENT, NO_METRIC = "event", "-"
"""With which an event's text begins, and what stands there for an event that is about no metric."""
MOVER = "mover"
"""With which a mover's text begins."""
_LANE_FIELDS = ("law", "low", "high", "pitches", "edges")


class NotAnEpisodeError(SerpRadioError):
    """A file that is no episode of ours, or no longer a whole one."""


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract that was read: how values became notes, and where in the piece they stand.

    `window` is the first and last day; `sections` hold each marker's tick and length; `key_gains` are each
    lane's amplitude in the key against the series; `names` are those of what the lanes carry; `content` is all of the
    JSON.
    """

    content: Mapping[str, object]
    tenant: str
    calibration: Calibration
    window: tuple[dt.date, dt.date]
    provisional: frozenset[str]
    provisional_velocity: float
    key_gains: Mapping[LaneName, float]
    tempo: float
    sections: Mapping[str, tuple[int, int]]
    names: MetricNames

    def seconds(self, tick: float) -> float:
        """Return the time of a tick in seconds from the start."""
        return tick / TICKS_PER_BEAT * 60 / self.tempo


def contract_text(score: Score) -> str:
    """Return the contract as it stands in the files: the format's name, a space, and one line of JSON in ASCII."""
    return f"{CONTRACT} {json.dumps(contract(score), separators=(',', ':'))}"


def contract(score: Score) -> dict[str, object]:
    """Return what the contract says, as a JSON object."""
    calibration = score.calibration
    lanes: dict[str, object] = {
        str(name): {
            "track": role,
            "offset_ticks": LANE_OFFSETS[name],
            **calibration.lane(name).model_dump(mode="json"),
            "velocities": VELOCITIES,
            "key_gain": round(key_gain(score.pack, role), 4),
            "velocity_margin": VELOCITY_MARGIN,
            **({} if name == "clicks" else {"lengths": LENGTHS[name], "length_margin": LENGTH_MARGIN}),
        }
        for name, role in LANE_ROLES.items()
    }
    ctr = {
        "track": "lead",
        "law": "log2(x), as note length in ticks",
        "low": calibration.ctr_low,
        "high": calibration.ctr_high,
        "lengths": LENGTHS["ctr"],
        "length_margin": LENGTH_MARGIN,
        "no_clicks_length": NO_CLICKS_LENGTH,
    }
    return {
        "tenant": score.tenant,
        "window": {"first": score.first_date.isoformat(), "last": score.date.isoformat(), "lookback": score.lookback},
        "calibration": calibration.model_dump(mode="json", exclude={"clicks", "impressions", "position"}),
        "lanes": {**lanes, "ctr": ctr},
        **({"source": score.source, "carries": carried(score.source)} if score.source != GSC else {}),
        "pack": score.pack.name,
        "tempo": score.pack.tempo,
        "ticks_per_beat": TICKS_PER_BEAT,
        "sections": {section.marker: [section.tick, section.length] for section in score.sections},
        "labels": {"overall": score.overall.label, "weeks": {week.week: week.label for week in score.weeks}},
        "provisional": [day.date.isoformat() for day in score.days if day.is_provisional],
        "provisional_velocity": PROVISIONAL_VELOCITY,
        "data_version": score.data_version,
        "seed": score.seed,
    }


def most_ctr(contract: Contract) -> float:
    """Return the highest CTR that can be: nobody clicks more often than they see, but visibility has no such bound."""
    return math.inf if contract.names.is_ranks else 1.0


def carried(source: str) -> dict[str, str]:
    """Return what each of the four lanes carries for rows of that `source`, by its column's name."""
    return dict(zip(METRICS, metric_names(source).columns, strict=True))


def names_in(content: Mapping[str, object]) -> MetricNames:
    """Return the names of what a contract's lanes carry; a contract without a source is Search Console's."""
    return metric_names(str(content.get("source", GSC)))


def event_text(event: ScoreEvent) -> str:
    """Return an event as it stands on the earcons track: `event record_high clicks 2026-05-01`."""
    return f"{EVENT} {event.kind} {event.metric or NO_METRIC} {event.date.isoformat()}"


def read_event_text(text: str) -> tuple[str, str | None, dt.date] | None:
    """Return kind, metric and date of an event's text; None for any other text.

    Raises:
        ValueError: it begins as an event's text and does not go on as one.
    """
    if not text.startswith(f"{EVENT} "):
        return None
    _, kind, metric, date = text.split(" ")
    return kind, None if metric == NO_METRIC else metric, dt.date.fromisoformat(date)


@dataclass(frozen=True, slots=True)
class MoverText:
    """What a mover's text says: what it is, its clicks in both periods, and by how much its levels are shifted."""

    dimension: str
    label: str
    before: int
    now: int
    shift: float


def mover_text(heard: ScoreMover) -> str:
    """Return a mover as it stands on the earcons track: `mover ` and one line of JSON in ASCII."""
    mover = heard.mover
    said = {
        "dimension": mover.dimension,
        "label": mover.label,
        "from": mover.before.clicks,
        "to": mover.now.clicks,
        "periods": mover.periods,
        "shift": heard.shift,
    }
    return f"{MOVER} {json.dumps(said, separators=(',', ':'))}"


def read_mover_text(text: str) -> MoverText | None:
    """Return what a mover's text says; None for any other text.

    Raises:
        KeyError, TypeError, ValueError: it begins as a mover's text and does not go on as one.
    """
    if not text.startswith(f"{MOVER} "):
        return None
    said = json.loads(text.removeprefix(f"{MOVER} "))
    before, now = int(said["from"]), int(said["to"])
    if min(before, now) < 0:
        raise ValueError("clicks can't be negative")
    return MoverText(str(said["dimension"]), str(said["label"]), before, now, float(said["shift"]))


def read_contract(text: str, name: str) -> Contract:
    """Read a contract's text; `name` is the file's, for the message.

    Raises:
        NotAnEpisodeError: it is no such text, or a damaged one.
    """
    try:
        content = json.loads(text.removeprefix(f"{CONTRACT} "))
        window, sections = content["window"], content["sections"]
        return Contract(
            content=content,
            tenant=Tenant(content["tenant"]).slug,
            calibration=_calibration(content),
            window=(dt.date.fromisoformat(window["first"]), dt.date.fromisoformat(window["last"])),
            provisional=frozenset(content["provisional"]),
            provisional_velocity=_positive(content["provisional_velocity"]),
            key_gains={lane: _positive(content["lanes"][lane].get("key_gain", 1)) for lane in LANE_ROLES},
            tempo=_positive(content["tempo"]),
            sections={marker: (int(tick), int(length)) for marker, (tick, length) in sections.items()},
            names=names_in(content),
        )
    except (KeyError, TypeError, ValueError, AttributeError, ValidationError, TenantError) as error:
        raise NotAnEpisodeError(f"{name} carries a damaged {CONTRACT} contract, so it can't be decoded.") from error


def _calibration(content: Mapping[str, object]) -> Calibration:
    general, lanes = content["calibration"], content["lanes"]
    if not isinstance(general, dict) or not isinstance(lanes, dict):
        raise TypeError("calibration and lanes must be objects")
    return Calibration.model_validate(
        {**general, **{name: {f: lanes[name][f] for f in _LANE_FIELDS} for name in LANE_ROLES}}
    )


def _positive(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, float | int) or not value > 0:
        raise TypeError(f"{value!r:.40} is no positive number")
    return float(value)
