"""The refusal of a file: a sentence for the person who gave it, safe to show whatever the file holds.

Untrusted text (file names, headers, cells, site names) passes through `shown` before it enters any sentence.
"""

import enum
import unicodedata

from serp_radio_pipeline.errors import SerpRadioError

SHOWN_LENGTH = 40


class Closeness(enum.IntEnum):
    """How near a refused table came to a daily one; of an archive's refusals the nearest is told."""

    NOT_A_TABLE = 0
    FILTERS = 1
    BREAKDOWN = 2
    OTHER_REPORT = 3
    COMPARISON = 4
    OTHER_VIEW = 5
    FAULTY = 6


class ExportRefusedError(SerpRadioError):
    """A file that can't be read as a daily export; `str(error)` says what is wrong, where, and what to do.

    Where it asks which column is which, `answer` is the likeliest answer, as `--map` takes it; else None.
    """

    def __init__(self, sentence: str, closeness: Closeness = Closeness.NOT_A_TABLE, answer: str | None = None) -> None:
        super().__init__(sentence)
        self.closeness = closeness
        self.answer = answer


def shown(text: str, length: int = SHOWN_LENGTH) -> str:
    """Return untrusted text fit for a sentence: one line, no control or direction marks, at most `length` long."""
    spaced = " ".join(text[: 4 * length].split())
    clean = "".join(c for c in spaced if not unicodedata.category(c).startswith("C"))
    return clean if len(clean) <= length else clean[: length - 1] + "…"
