"""The user's own templates, for commands that write pages; what does not work of them is said at the end."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from serp_radio_pipeline.radio.templates import TEMPLATES, read_templates, using_templates
from serp_radio_pipeline.settings import Settings


@contextmanager
def own_templates(settings: Settings) -> Iterator[None]:
    """Use them until the block ends."""
    with using_templates(read_templates(settings.rules_folder / TEMPLATES)) as problems:
        yield
    for problem in problems:
        print(f"serp-radio: {problem}", file=sys.stderr)
