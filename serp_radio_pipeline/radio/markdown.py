"""Text that others wrote, as Markdown that shows it and does nothing else."""

import re

_MARKUP = re.compile(r"([\\`*_\[\]<>#|~&])")


def escaped(text: str) -> str:
    """Return text of one line in which Markdown finds nothing to do."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
