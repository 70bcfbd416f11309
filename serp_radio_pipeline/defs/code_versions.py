"""Each stage's code version follows its own room: change a room's code or its rules, and what it made is stale."""

import hashlib
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent.parent
SUFFIXES = (".py", ".html", ".css", ".js")


@cache
def room_version(room: str, *rules: Path) -> str:
    """Return 12 hex digits over the room's modules, its templates, styles and scripts, and the rules files it reads."""
    digest = hashlib.sha256()
    code = [path for path in (PACKAGE / room).rglob("*") if path.suffix in SUFFIXES]
    for path in (*sorted(code), *sorted(rules)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
