"""The form of an episode: ident, sonic key, a bar a week, today, movers if any, cadence; and where each begins."""

import datetime as dt
from dataclasses import dataclass

from serp_radio_pipeline.labels.week_labels import week_name
from serp_radio_pipeline.music.phrases import CADENCE_BEATS
from serp_radio_pipeline.music.score import MOVERS, TICKS_PER_BAR, TICKS_PER_BEAT, Section
from serp_radio_pipeline.music.window import Window

SHORT_KEY_BELOW_DAYS = 7


@dataclass(frozen=True, slots=True)
class Form:
    """Where each part of the piece begins, in ticks."""

    key_bars: int
    weeks: tuple[dt.date, ...]
    movers: int = 0

    @property
    def key_tick(self) -> int:
        """The sonic key follows one bar of ident."""
        return TICKS_PER_BAR

    @property
    def series_tick(self) -> int:
        """The Monday of the window's first week."""
        return self.key_tick + self.key_bars * TICKS_PER_BAR

    @property
    def today_tick(self) -> int:
        """Today's bar follows the last week."""
        return self.series_tick + len(self.weeks) * TICKS_PER_BAR

    @property
    def movers_tick(self) -> int:
        """The movers follow today."""
        return self.today_tick + TICKS_PER_BAR

    @property
    def cadence_tick(self) -> int:
        """The cadence follows the movers, a bar each, or today where there are none."""
        return self.movers_tick + self.movers * TICKS_PER_BAR

    @property
    def end_tick(self) -> int:
        """Where the last chord is released."""
        return self.cadence_tick + CADENCE_BEATS * TICKS_PER_BEAT

    def sections(self) -> tuple[Section, ...]:
        """The form as markers."""
        starts = [("ident", 0), ("key", self.key_tick)]
        starts += [(f"week {week_name(day)}", self.series_tick + i * TICKS_PER_BAR) for i, day in enumerate(self.weeks)]
        starts += [("today", self.today_tick)]
        starts += [(MOVERS, self.movers_tick)] if self.movers else []
        starts += [("cadence", self.cadence_tick)]
        ends = [tick for _, tick in starts[1:]] + [self.end_tick]
        return tuple(
            Section(marker=marker, tick=tick, length=end - tick)
            for (marker, tick), end in zip(starts, ends, strict=True)
        )


def form_for(window: Window, movers: int = 0) -> Form:
    """Return the form of a window: its ISO weeks, Monday first, and a bar for each of the movers."""
    monday = window.first - dt.timedelta(days=window.first.weekday())
    weeks = tuple(monday + dt.timedelta(days=offset) for offset in range(0, (window.last - monday).days + 1, 7))
    return Form(key_bars=1 if window.days < SHORT_KEY_BELOW_DAYS else 2, weeks=weeks, movers=movers)
