"""How well what the ear heard in a published MP3 agrees with the score it was made from."""

from collections.abc import Mapping
from dataclasses import dataclass

from serp_radio_pipeline.audio.ear import HeardEpisode
from serp_radio_pipeline.music.calibration import LaneName
from serp_radio_pipeline.music.lanes import LANE_ROLES
from serp_radio_pipeline.music.rank_correlation import rank_correlation
from serp_radio_pipeline.music.score import Score

EVENT_TOLERANCE = 0.075
"""Seconds between the place where an event is written and where it is heard, at most."""


@dataclass(frozen=True, slots=True)
class HeardFidelity:
    """How an MP3 decodes.

    `exact`: share of a lane's notes heard at exactly their pitch, 0-1, None without any. `phantoms` and `missed`: notes
    heard where none is, and not heard where one is. `length_rho`: Spearman's rho of the lead's note lengths, which
    carry CTR, heard against written; None under 28 notes. `events` are all that the score announces, `events_found`
    those heard as what they are on their day and within `EVENT_TOLERANCE`, `events_made_up` those heard where none of
    that kind is.
    """

    exact: Mapping[LaneName, float | None]
    phantoms: int
    missed: int
    length_rho: float | None
    events: int
    events_found: int
    events_made_up: int


def heard_fidelity(score: Score, heard: HeardEpisode) -> HeardFidelity:
    """Compare a score with what was heard of it.

    Raises:
        ValueError: the two are not of the same days.
    """
    pairs = list(zip(score.days, heard.days, strict=True))
    written = [{note.lane: note.note for note in day.notes} for day, _ in pairs]
    found = [day.pitches for _, day in pairs]
    exact: dict[LaneName, float | None] = {}
    for lane in LANE_ROLES:
        hits = [
            pitches.get(lane) == notes[lane].pitch
            for notes, pitches in zip(written, found, strict=True)
            if lane in notes
        ]
        exact[lane] = sum(hits) / len(hits) if hits else None
    lengths = [notes["clicks"].length if "clicks" in notes else None for notes in written]
    announced = {(one.date, one.kind): score.seconds(one.tick) for one in score.events}
    told = {(one.date, one.kind): one.seconds for one in heard.events}
    return HeardFidelity(
        exact=exact,
        phantoms=sum(len(set(pitches) - set(notes)) for notes, pitches in zip(written, found, strict=True)),
        missed=sum(len(set(notes) - set(pitches)) for notes, pitches in zip(written, found, strict=True)),
        length_rho=rank_correlation(lengths, [day.length for _, day in pairs]),
        events=len(announced),
        events_found=sum(
            place in told and abs(told[place] - second) <= EVENT_TOLERANCE for place, second in announced.items()
        ),
        events_made_up=len(told.keys() - announced.keys()),
    )
