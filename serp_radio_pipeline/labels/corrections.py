"""What people say about a week: a correction names the label that a week should have had, and keeps the reason.

Corrections are kept like uploads, as a log that only grows; here they are values and the fold over them. Where they lie
is storage's business.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.labels.rules import Label

LONGEST_NOTE = 500
_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)


class CorrectionError(SerpRadioError):
    """A correction that can't be: a week that does not exist, an unknown label, a note too long."""


def monday_of(week: str) -> dt.date:
    """The Monday of an ISO week such as "2026-W14".

    Raises:
        CorrectionError: there is no such week.
    """
    match = _WEEK.fullmatch(week)
    try:
        if match:
            return dt.date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError:
        pass
    raise CorrectionError(f"{week!r:.40} is not a week: write it as 2026-W14.")


def parse_label(text: str) -> Label:
    """The label of that name, in any case, with `-` or `_`.

    Raises:
        CorrectionError: there is no such label.
    """
    try:
        return Label(text.upper().replace("-", "_"))
    except ValueError:
        raise CorrectionError(f"{text!r:.40} is not a label: it is one of {', '.join(Label)}.") from None


@dataclass(frozen=True, slots=True)
class Correction:
    """A person's word on one ISO week: its label, an optional note, and when it was said (UTC).

    Raises:
        CorrectionError: a week that does not exist, a note that is too long or not text, a time without zone.
    """

    week: str
    label: Label
    note: str
    corrected_at: dt.datetime

    def __post_init__(self) -> None:
        monday_of(self.week)
        if not isinstance(self.label, Label):
            raise CorrectionError(f"{self.label!r:.40} is not a label.")
        if len(self.note) > LONGEST_NOTE or not self.note.isprintable():
            raise CorrectionError(f"A note is one line of at most {LONGEST_NOTE} characters.")
        if self.corrected_at.tzinfo is None:
            raise CorrectionError("A correction needs its time with a zone.")

    def to_json(self) -> dict[str, str]:
        """A JSON object; `from_json` undoes it."""
        return {
            "week": self.week,
            "label": self.label.value,
            "note": self.note,
            "corrected_at": self.corrected_at.astimezone(dt.UTC).isoformat(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Correction":
        """Undo `to_json`.

        Raises:
            CorrectionError: a field is missing or impossible.
        """
        try:
            corrected_at = dt.datetime.fromisoformat(data["corrected_at"])
            return cls(data["week"], Label(data["label"]), data["note"], corrected_at)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CorrectionError(f"this is not a correction: {type(error).__name__}: {error}.") from error


def fold_corrections(corrections: Iterable[Correction]) -> Mapping[str, Correction]:
    """The last word on each week, weeks ascending; the same in any order of the log."""
    last: dict[str, Correction] = {}
    for correction in sorted(corrections, key=lambda one: (one.corrected_at, one.label, one.note)):
        last[correction.week] = correction
    return dict(sorted(last.items()))
