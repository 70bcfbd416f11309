"""How much of the past an episode covers: a lookback such as `8w`, and the window of days that it means."""

import datetime as dt
import re
from dataclasses import dataclass

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.daily_metrics import months_before

DEFAULT_LOOKBACK = "56d"
LONGEST_DAYS = 91
_LOOKBACK = re.compile(r"([1-9][0-9]{0,2})([dwm])", re.ASCII)


class LookbackError(SerpRadioError):
    """A lookback that can't be read, or is longer than an episode may be."""


@dataclass(frozen=True, slots=True)
class Window:
    """The days `first` to `last`, both included: 1 to 91 of them."""

    first: dt.date
    last: dt.date

    def __post_init__(self) -> None:
        if not 1 <= self.days <= LONGEST_DAYS:
            raise LookbackError(f"A window of {self.days} days can't be an episode: it holds 1 day to 13 weeks.")

    @property
    def days(self) -> int:
        """Number of days, gaps included."""
        return (self.last - self.first).days + 1

    def dates(self) -> tuple[dt.date, ...]:
        """Every date of the window, ascending."""
        return tuple(self.first + dt.timedelta(days=offset) for offset in range(self.days))


def window_for(lookback: str, last: dt.date) -> Window:
    """Return the window that ends on `last` and looks back `Nd` days, `Nw` weeks or `Nm` months.

    Raises:
        LookbackError: the text is no lookback, or means more than 13 weeks.
    """
    match = _LOOKBACK.fullmatch(lookback)
    if match is None:
        raise LookbackError(f"{lookback!r:.40} is not a lookback: write days, weeks or months, such as 28d, 8w or 2m.")
    count, unit = int(match[1]), match[2]
    days = (last - months_before(last, count)).days if unit == "m" else count * (7 if unit == "w" else 1)
    if days > LONGEST_DAYS:
        raise LookbackError(
            f"A lookback of {lookback} is {days} days, but an episode holds at most 13 weeks ({LONGEST_DAYS} days), "
            "about 77 seconds: longer, and nobody remembers how it began. Choose 13w or less."
        )
    return Window(last - dt.timedelta(days=days - 1), last)
