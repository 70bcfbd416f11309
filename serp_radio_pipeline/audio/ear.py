"""The ear that reads a published MP3 back: its tag says where each day is, its sonic key how each voice sounds.

Nothing else is known to it, neither soundfont nor sound pack nor score. Loudness is measured in `listening`.
"""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass

from serp_radio_pipeline.audio.errors import TagError
from serp_radio_pipeline.audio.heard_event import HeardEvent
from serp_radio_pipeline.audio.id3 import read_tags
from serp_radio_pipeline.audio.listening import decode_mp3
from serp_radio_pipeline.music.calibration import Calibration, LaneName
from serp_radio_pipeline.music.contract import CONTRACT, Contract, NotAnEpisodeError, most_ctr, read_contract
from serp_radio_pipeline.music.decode import DecodedDay, DecodedEpisode, DecodedEvent
from serp_radio_pipeline.music.earcons import EVENT_OFFSET
from serp_radio_pipeline.music.score import TICKS_PER_BEAT

_HIGHEST_LEVEL = 60.0
"""Octaves; more than any site's clicks, where a step has no upper end."""


@dataclass(frozen=True, slots=True)
class HeardDay:
    """One day as it was heard: each voice's pitch, where it played, and the lead's length in ticks."""

    date: dt.date
    pitches: Mapping[LaneName, int]
    length: int | None


@dataclass(frozen=True, slots=True)
class HeardEpisode:
    """Everything that was heard: the contract of the file, its days, ascending, and its events, in order of time."""

    contract: Contract
    days: tuple[HeardDay, ...]
    events: tuple[HeardEvent, ...]


def contract_tag(mp3: bytes, *, name: str = "the file") -> Contract:
    """Return the contract that an MP3 carries.

    Raises:
        NotAnEpisodeError: it carries none, or a damaged one.
    """
    try:
        extra = dict(read_tags(mp3).extra)
    except TagError as error:
        raise NotAnEpisodeError(f"{name} is no SERP Radio episode: {error}") from error
    if CONTRACT not in extra:
        raise NotAnEpisodeError(f"{name} is an MP3, but no SERP Radio episode: it has no tag {CONTRACT!r}.")
    return read_contract(extra[CONTRACT], name)


def hear(mp3: bytes, *, name: str = "the file") -> HeardEpisode:
    """Listen to an episode; about 1.5 CPU-seconds for 56 days.

    Raises:
        NotAnEpisodeError: the MP3 carries no contract.
        DecodingError: it can't be decoded.
    """
    from serp_radio_pipeline.audio.event_finder import EventFinder  # noqa: PLC0415 - numpy, loaded when first used
    from serp_radio_pipeline.audio.note_lengths import LengthFinder  # noqa: PLC0415
    from serp_radio_pipeline.audio.pitches import PitchFinder  # noqa: PLC0415
    from serp_radio_pipeline.audio.spectra import EarSignal  # noqa: PLC0415
    from serp_radio_pipeline.audio.timbre import Timbres  # noqa: PLC0415

    contract = contract_tag(mp3, name=name)
    signal = EarSignal(decode_mp3(mp3))
    timbres = Timbres(signal, contract)
    pitch_finder, length_finder = PitchFinder(signal, timbres, contract), LengthFinder(signal, timbres, contract)
    days, before, ticks = [], dict[LaneName, int](), day_ticks(contract)
    for date, tick in ticks.items():
        notes, length = (
            pitch_finder.notes_at(tick, before, is_provisional=date.isoformat() in contract.provisional),
            None,
        )
        if notes:
            length = length_finder.length_at(tick, notes, before, length_range(contract, notes))
        days.append(HeardDay(date, notes, length))
        before = notes
    counters = {day.date: (ticks[day.date], day.pitches.get("position")) for day in days}
    return HeardEpisode(contract, tuple(days), EventFinder(signal, contract).events(counters))


def decode_heard(heard: HeardEpisode) -> DecodedEpisode:
    """Return the numbers that were heard: as fine as a step of the scale, and CTR as fine as the lead's length."""
    calibration = heard.contract.calibration
    days = tuple(_decoded(day, calibration, most_ctr(heard.contract)) for day in heard.days)
    ticks = day_ticks(heard.contract)
    events = tuple(DecodedEvent(one.kind, None, one.date, ticks[one.date] + EVENT_OFFSET) for one in heard.events)
    return DecodedEpisode(heard.contract.content, calibration, days, events)


def _decoded(day: HeardDay, calibration: Calibration, top: float) -> DecodedDay:
    if day.length is None:
        return DecodedDay(day.date, None, None, None, None, {})
    ctr_level = calibration.ctr_level(day.length)
    ctr = 0.0 if ctr_level is None else min(top, 2**ctr_level)
    clicks, impressions = _counts_that_agree(calibration, day.pitches, ctr)
    position = None
    if "position" in day.pitches:
        position = max(1.0, 2 ** -_middle(calibration, "position", day.pitches["position"]))
    return DecodedDay(day.date, round(clicks), round(impressions), None if position is None else ctr, position, {})


def _counts_that_agree(calibration: Calibration, pitches: Mapping[LaneName, int], ctr: float) -> tuple[float, float]:
    """Return clicks and impressions: the middle of what their pitches leave open, as far as the CTR allows both."""
    clicks = 2 ** _middle(calibration, "clicks", pitches["clicks"]) - 0.5
    impressions = 2 ** _middle(calibration, "impressions", pitches["impressions"]) - 0.5
    if ctr == 0:
        return 0.0, max(0.0, impressions)
    fewest, most = _counts(calibration, "impressions", pitches["impressions"])
    impressions = min(max(math.sqrt(max(impressions, 0.5) * max(clicks, 0.5) / ctr), fewest), most)
    fewest, most = _counts(calibration, "clicks", pitches["clicks"])
    return min(max(impressions * ctr, fewest), most), impressions


def _middle(calibration: Calibration, lane: LaneName, pitch: int) -> float:
    """Return the level in the middle of a pitch's step; the outermost end where the range does."""
    scale = calibration.lane(lane)
    low, high = scale.step_range(pitch)
    return (max(low, scale.low) + min(high, scale.high)) / 2


def day_ticks(contract: Contract) -> Mapping[dt.date, int]:
    """Return the tick of each day's beat: the first week begins on its Monday, whatever day the window begins on."""
    first, last = contract.window
    monday = first - dt.timedelta(days=first.weekday())
    start = min(tick for marker, (tick, _) in contract.sections.items() if marker.startswith("week "))
    days = [first + dt.timedelta(days=offset) for offset in range((last - first).days + 1)]
    return {day: start + (day - monday).days * TICKS_PER_BEAT for day in days}


def length_range(contract: Contract, notes: Mapping[LaneName, int]) -> tuple[float, float]:
    """Return the shortest and longest lead note, in ticks, whose CTR fits between the clicks and impressions heard."""
    calibration, top = contract.calibration, most_ctr(contract)
    fewest, most = _counts(calibration, "clicks", notes["clicks"])
    fewest_shown, most_shown = _counts(calibration, "impressions", notes["impressions"])
    longest = calibration.length(math.log2(min(top, most / max(fewest_shown, 1.0)))) if most > 0 else None
    if fewest < 0.5:
        return calibration.length(None), calibration.length(None) if longest is None else longest
    shortest = calibration.length(math.log2(min(top, fewest / most_shown)))
    return shortest, max(shortest, longest or shortest)


def _counts(calibration: Calibration, lane: LaneName, pitch: int) -> tuple[float, float]:
    """Return the fewest and most that a pitch of clicks or impressions stands for."""
    low, high = calibration.lane(lane).step_range(pitch)
    return max(0.0, 2 ** max(low, -1.0) - 0.5), 2 ** min(high, _HIGHEST_LEVEL) - 0.5
