"""Choices that may vary from day to day, made from the episode's seed alone. No data lane ever asks here."""

import hashlib
import json
from collections.abc import Sequence
from typing import TypeVar

Option = TypeVar("Option")


class SeededChoice:
    """Picks options by name, so that one choice never shifts another: same seed and name, same pick."""

    def __init__(self, seed: str) -> None:
        self.seed = seed

    def rank(self, name: str) -> int:
        """Return a number for that name, evenly spread over 64 bits."""
        return int.from_bytes(hashlib.sha256(f"{self.seed} {name}".encode()).digest()[:8])

    def pick(self, name: str, options: Sequence[Option]) -> Option:
        """Return one of `options`, which must not be empty."""
        return options[self.rank(name) % len(options)]


def seed_of(*, tenant: str, date: str, pack: str, calibration: str, data_version: str, variation: int = 0) -> str:
    """Return the episode's seed: SHA-256 (hex) of what makes it this episode.

    An episode has variation 0; a preview may have others.
    """
    given: list[str | int] = [tenant, date, pack, calibration, data_version, *([variation] if variation else [])]
    return hashlib.sha256(json.dumps(given).encode()).hexdigest()
