"""What trials of sound packs found, kept so that a pack is tried once on a soundfont and not before every episode."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from serp_radio_pipeline.music.pack import Pack
from serp_radio_pipeline.storage.keys import pack_verdict_key
from serp_radio_pipeline.storage.store import ObjectMissingError, Store


@dataclass(frozen=True, slots=True)
class Verdict:
    """What speaks against a pack on a soundfont, a sentence each; nothing where it is fit."""

    problems: tuple[str, ...]

    @property
    def is_fit(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.problems

    @property
    def in_a_word(self) -> str:
        """Fit or unfit."""
        return "fit" if self.is_fit else "unfit"


def verdict_digest(pack: Pack, soundfont_sha256: str, code_version: str) -> str:
    """Return what names a trial: the pack as it is written, the soundfont's bytes, and the code that plays."""
    return hashlib.sha256(f"{pack.model_dump_json()} {soundfont_sha256} {code_version}".encode()).hexdigest()


def known_verdict(store: Store, digest: str) -> Verdict | None:
    """Return what a trial found, or None where there was none that can be read."""
    try:
        problems = json.loads(store.get(pack_verdict_key(digest)))["problems"]
    except (ObjectMissingError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return Verdict(tuple(map(str, problems))) if isinstance(problems, list) else None


def keep_verdict(store: Store, digest: str, pack: str, soundfont: str, problems: Sequence[str]) -> Verdict:
    """Keep what a trial found."""
    content = {"pack": pack, "soundfont": soundfont, "problems": list(problems)}
    store.put(pack_verdict_key(digest), json.dumps(content, indent=1, ensure_ascii=False).encode())
    return Verdict(tuple(problems))
