"""An episode as its tenant's feed and page know it: few facts, small enough to read a thousand of them."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.daily_metrics import GSC
from serp_radio_pipeline.ingest.metric_names import MetricName
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.figures import METRICS
from serp_radio_pipeline.radio.first_edition import FirstEdition
from serp_radio_pipeline.radio.locale_format import HOUSE, written_in
from serp_radio_pipeline.radio.plain_text import plain_line
from serp_radio_pipeline.radio.show_notes import note_lines
from serp_radio_pipeline.radio.words import plain_reason
from serp_radio_pipeline.tenant import Tenant

FORMAT = "serp-radio feed entry 1"


class FeedEntryError(SerpRadioError):
    """A feed entry that breaks its own schema."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """The facts of one episode.

    `figures` are the last day's metrics, None where there is none; `notes` are lines of plain text; `corrected` are the
    days whose numbers are others than in the first edition; `source` says what the figures are (see `DailyRow`).

    Raises:
        FeedEntryError: a sound without length or duration.
    """

    tenant: Tenant
    date: dt.date
    label: Label
    reason: str
    notes: tuple[str, ...]
    figures: Mapping[MetricName, float | None]
    is_provisional: bool
    seconds: float
    mp3_bytes: int
    mp3_sha256: str
    corrected: tuple[dt.date, ...] = ()
    source: str = GSC

    def __post_init__(self) -> None:
        if self.seconds <= 0 or self.mp3_bytes <= 0:
            raise FeedEntryError(f"The episode of {self.tenant}, {self.date}, has no sound.")
        if set(self.figures) != set(METRICS):
            raise FeedEntryError(f"The episode of {self.tenant}, {self.date}, must have {', '.join(METRICS)}.")

    def to_json(self) -> bytes:
        """Return the entry as canonical JSON; `from_json` undoes it exactly."""
        written = {
            "format": FORMAT,
            "tenant": self.tenant.slug,
            "date": self.date.isoformat(),
            "label": self.label,
            "reason": self.reason,
            "notes": self.notes,
            "figures": {name: self.figures[name] for name in METRICS},
            "is_provisional": self.is_provisional,
            "seconds": self.seconds,
            "mp3_bytes": self.mp3_bytes,
            "mp3_sha256": self.mp3_sha256,
            "corrected": [date.isoformat() for date in self.corrected],
            **({"source": self.source} if self.source != GSC else {}),
        }
        return json.dumps(written, indent=1, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "FeedEntry":
        """Read an entry back.

        Raises:
            FeedEntryError: the bytes are no feed entry.
        """
        try:
            return cls.from_dict(json.loads(content))
        except (ValueError, RecursionError) as error:
            raise FeedEntryError(f"These bytes are no feed entry: {error!s:.200}") from error

    @classmethod
    def from_dict(cls, written: Any) -> "FeedEntry":
        """Read an entry from parsed JSON.

        Raises:
            FeedEntryError: it is no feed entry.
        """
        try:
            if written["format"] != FORMAT:
                raise FeedEntryError(f"{written['format']!r:.60} is not {FORMAT!r}")
            return cls(
                Tenant(written["tenant"]),
                dt.date.fromisoformat(written["date"]),
                Label(written["label"]),
                str(written["reason"]),
                tuple(map(str, written["notes"])),
                {name: _number(written["figures"][name]) for name in METRICS},
                bool(written["is_provisional"]),
                float(written["seconds"]),
                int(written["mp3_bytes"]),
                str(written["mp3_sha256"]),
                tuple(map(dt.date.fromisoformat, written["corrected"])),
                str(written.get("source", GSC)),
            )
        except (AttributeError, LookupError, TypeError, ValueError, SerpRadioError) as error:
            raise FeedEntryError(f"This is no feed entry: {error!s:.200}") from error


def feed_entry(score: Score, mp3: bytes, first: FirstEdition, locale: str = HOUSE) -> FeedEntry:
    """Return the entry of an episode, its notes' numbers as in that locale; the same of all give the same entry."""
    last = score.days[-1]
    with written_in(locale):
        notes = tuple(plain_line(line) for line in note_lines(score))
    return FeedEntry(
        Tenant(score.tenant),
        score.date,
        Label(score.overall.label),
        plain_line(plain_reason(score)),
        notes,
        {name: _number(metric.of(last)) for name, metric in METRICS.items()},
        last.is_provisional,
        round(score.seconds(score.end_tick), 3),
        len(mp3),
        hashlib.sha256(mp3).hexdigest(),
        first.corrected_days(score),
        score.source,
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
