"""What of an episode went out first: its sound's SHA-256 and the numbers of its days. Later ones are measured by it."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.music.score import Day, Score

FORMAT = "serp-radio first edition 1"
Numbers = tuple[int | None, int | None, float | None]
"""A day's clicks, impressions and position, None where there is none."""


class FirstEditionError(SerpRadioError):
    """Bytes that are no first edition."""


@dataclass(frozen=True, slots=True)
class FirstEdition:
    """The first edition of the episode of `date`: its MP3's SHA-256 (hex), its data version, and each day's numbers."""

    date: dt.date
    mp3_sha256: str
    data_version: str
    days: Mapping[dt.date, Numbers]

    def corrected_days(self, score: Score) -> tuple[dt.date, ...]:
        """Return the days whose numbers are others in a later edition, ascending.

        Days that only one of the two covers were not corrected: somebody chose another lookback.
        """
        return tuple(day.date for day in score.days if day.date in self.days and self.days[day.date] != _numbers(day))

    def to_json(self) -> bytes:
        """Return it as canonical JSON; `from_json` undoes it exactly."""
        written = {
            "format": FORMAT,
            "date": self.date.isoformat(),
            "mp3_sha256": self.mp3_sha256,
            "data_version": self.data_version,
            "days": {date.isoformat(): list(numbers) for date, numbers in self.days.items()},
        }
        return json.dumps(written, indent=1).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "FirstEdition":
        """Read it back.

        Raises:
            FirstEditionError: the bytes are no first edition.
        """
        try:
            written = json.loads(content)
            if written["format"] != FORMAT:
                raise FirstEditionError(f"{written['format']!r:.60} is not {FORMAT!r}")
            return cls(
                dt.date.fromisoformat(written["date"]),
                str(written["mp3_sha256"]),
                str(written["data_version"]),
                {dt.date.fromisoformat(date): _read(numbers) for date, numbers in written["days"].items()},
            )
        except (AttributeError, LookupError, TypeError, ValueError, RecursionError, SerpRadioError) as error:
            raise FirstEditionError(f"These bytes are no first edition: {error!s:.200}") from error


def first_edition(score: Score, mp3: bytes) -> FirstEdition:
    """Return what to remember of an episode that nobody has heard yet."""
    days = {day.date: _numbers(day) for day in score.days}
    return FirstEdition(score.date, hashlib.sha256(mp3).hexdigest(), score.data_version, days)


def _numbers(day: Day) -> Numbers:
    return day.clicks, day.impressions, day.position


def _read(numbers: Any) -> Numbers:
    clicks, impressions, position = numbers
    return (
        None if clicks is None else int(clicks),
        None if impressions is None else int(impressions),
        None if position is None else float(position),
    )
