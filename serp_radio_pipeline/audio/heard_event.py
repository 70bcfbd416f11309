"""An event as the ear heard it."""

import datetime as dt
from dataclasses import dataclass

from serp_radio_pipeline.labels.happenings import HappeningKind


@dataclass(frozen=True, slots=True)
class HeardEvent:
    """An event that was heard: its kind, its day, the second its sound begins at, and the log odds that it was one."""

    kind: HappeningKind
    date: dt.date
    seconds: float
    log_odds: float
