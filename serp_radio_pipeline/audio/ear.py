"""The ear that reads a published MP3 back: its contract tag says where each day is, its sonic key how each voice sounds.

Nothing else is known to it, neither soundfont nor sound pack nor score. Loudness and silence are measured in `listening`.
"""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass

from serp_radio_pipeline.audio.errors import TagError
from serp_radio_pipeline.audio.id3 import read_tags
from serp_radio_pipeline.audio.listening import decode_mp3
from serp_radio_pipeline.music.calibration import Calibration, LaneName
from serp_radio_pipeline.music.contract import CONTRACT, Contract, NotAnEpisodeError, read_contract
from serp_radio_pipeline.music.score import TICKS_PER_BEAT

_HIGHEST_LEVEL = 60.0
"""Octaves; more than any site's clicks, where a step has no upper end."""


@dataclass(frozen=True, slots=True)
class HeardDay:
    """One day as it was heard: the pitch of each voice that played, and the lead's length in ticks, None without one."""

    date: dt.date
    pitches: Mapping[LaneName, int]
    length: int | None


@dataclass(frozen=True, slots=True)
class HeardEpisode:
    """Everything that was heard: the contract of the file, and its days, ascending."""

    contract: Contract
    days: tuple[HeardDay, ...]


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
    from serp_radio_pipeline.audio.note_lengths import LengthFinder  # noqa: PLC0415 - numpy, loaded when first used
    from serp_radio_pipeline.audio.pitches import PitchFinder  # noqa: PLC0415
    from serp_radio_pipeline.audio.spectra import EarSignal  # noqa: PLC0415
    from serp_radio_pipeline.audio.timbre import Timbres  # noqa: PLC0415

    contract = contract_tag(mp3, name=name)
    signal = EarSignal(decode_mp3(mp3))
    timbres = Timbres(signal, contract)
    pitch_finder, length_finder = PitchFinder(signal, timbres, contract), LengthFinder(signal, timbres, contract)
    days, before = [], dict[LaneName, int]()
    for date, tick in day_ticks(contract).items():
        notes, length = pitch_finder.notes_at(tick), None
        if notes:
            length = length_finder.length_at(tick, notes, before, length_range(contract.calibration, notes))
        days.append(HeardDay(date, notes, length))
        before = notes
    return HeardEpisode(contract, tuple(days))


def day_ticks(contract: Contract) -> Mapping[dt.date, int]:
    """Return the tick of each day's beat: the first week begins on its Monday, whatever day the window begins on."""
    first, last = contract.window
    monday = first - dt.timedelta(days=first.weekday())
    start = min(tick for marker, (tick, _) in contract.sections.items() if marker.startswith("week "))
    days = [first + dt.timedelta(days=offset) for offset in range((last - first).days + 1)]
    return {day: start + (day - monday).days * TICKS_PER_BEAT for day in days}


def length_range(calibration: Calibration, notes: Mapping[LaneName, int]) -> tuple[float, float]:
    """Return the shortest and longest lead note, in ticks, whose CTR fits between the clicks and impressions heard."""
    fewest, most = _counts(calibration, "clicks", notes["clicks"])
    fewest_shown, most_shown = _counts(calibration, "impressions", notes["impressions"])
    longest = calibration.length(math.log2(min(1.0, most / max(fewest_shown, 1.0)))) if most > 0 else None
    if fewest < 0.5:
        return calibration.length(None), calibration.length(None) if longest is None else longest
    shortest = calibration.length(math.log2(min(1.0, fewest / most_shown)))
    return shortest, max(shortest, longest or shortest)


def _counts(calibration: Calibration, lane: LaneName, pitch: int) -> tuple[float, float]:
    """Return the fewest and most that a pitch of clicks or impressions stands for."""
    low, high = calibration.lane(lane).step_range(pitch)
    return max(0.0, 2 ** max(low, -1.0) - 0.5), 2 ** min(high, _HIGHEST_LEVEL) - 0.5
