"""Text that others wrote, made fit for any reader: no control codes, no turned reading direction, no endless lines."""

import unicodedata

LONGEST = 4000
"""Characters: what podcast directories take as a description."""
_LEFT_OUT = frozenset(("Cc", "Cf", "Cs", "Co"))
"""Control codes, marks that turn the direction of reading, halves of pairs, and what only private fonts show."""
_JOINERS = frozenset("\u200c\u200d")
"""Kept of the format codes: emoji and some scripts are written with them."""


def plain_line(text: str, longest: int = LONGEST) -> str:
    """Return the text in one line, without anything that is no character to read, cut at `longest` characters."""
    if not text.isprintable():  # nearly every text is, and a feed holds a million characters
        text = "".join(c for c in text if c.isspace() or _is_readable(c))
    kept = " ".join(text.split())
    return kept if len(kept) <= longest else f"{kept[: longest - 1].rstrip()}…"


def _is_readable(character: str) -> bool:
    code = ord(character)
    is_no_character = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return character in _JOINERS or not (is_no_character or unicodedata.category(character) in _LEFT_OUT)
