"""What a cell of a rank tracker's table says: a rank, that the keyword is not ranked, or that nobody looked."""

import re

from serp_radio_pipeline.ingest.daily_ranks import DEEPEST_RANK
from serp_radio_pipeline.ingest.table import TypedNumber
from serp_radio_pipeline.ingest.trackers import Tracker, Unranked
from serp_radio_pipeline.ingest.vocabulary import normalised

SAYS_NOTHING = ("none",)
"""What programs write for whatever is not there; it reads as no rank, and proves no tracker."""

HIGHEST = 1000
"""No result list is longer; a greater number is something else."""

_RANK = re.compile(r"#?(\d{1,4})(?:st|nd|rd|th|[.,]00?)?(?: ?(?:\([+-]\d{1,4}\)|[↑↓▲▼] ?\d{1,4}))?", re.ASCII)
"""A rank as people and spreadsheets write it too: `3rd`, `#3`, `3.0`, or with its change beside it, `12 (+3)`."""

_TYPED_RANK = re.compile(r"(\d{1,4})\.0*", re.ASCII)
_BEYOND = re.compile(r">\s?\d{2,4}|\d{2,4}\+", re.ASCII)


class NoRankError(ValueError):
    """A cell that is no rank; `str(error)` says what is wrong with it."""


def read_rank(cell: str, words: Tracker) -> int | Unranked:
    """Return the rank (1 to 100) that a cell writes, or why there is none; beyond 100 a keyword is not ranked.

    Raises:
        NoRankError: it is something else.
    """
    text = normalised(cell)
    if isinstance(cell, TypedNumber) and (match := _TYPED_RANK.fullmatch(text)):
        text = match[1]
    if not text:
        return words.empty
    if text in words.not_checked:
        return "not checked"
    if text in words.not_ranked or _BEYOND.fullmatch(text) or text == "0":
        return "not ranked"
    if not (written := _RANK.fullmatch(text)):
        raise NoRankError("is no rank: ranks are whole numbers from 1")
    rank = int(written[1])
    if rank > HIGHEST:
        raise NoRankError(f"is no rank: no result list is longer than {HIGHEST:,}")
    return rank if 1 <= rank <= DEEPEST_RANK else "not ranked"


def is_wordy(cell: str, words: Tracker) -> bool:
    """Whether a cell says in words that a keyword is not ranked, as only a rank tracker does."""
    text = normalised(cell)
    if text in SAYS_NOTHING:
        return False
    return bool(_BEYOND.fullmatch(text)) or (text in words.not_ranked and any(c.isalpha() for c in text))
