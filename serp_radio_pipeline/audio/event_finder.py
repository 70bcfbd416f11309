"""Which events the ear hears, and on which days: earcons stand in the middle, and rise a sixteenth after the beat.

What only one side plays is left out of what it looks at, so the lead and the counter-voice hide little.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from serp_radio_pipeline.audio.event_onsets import apart_from, event_onset
from serp_radio_pipeline.audio.event_signs import SIGNS, STROKE_LOOK_BACK, TAIKO_HZ
from serp_radio_pipeline.audio.heard_event import HeardEvent
from serp_radio_pipeline.audio.spectra import EarSignal, FloatArray
from serp_radio_pipeline.labels.happenings import HAPPENING_KINDS, HappeningKind
from serp_radio_pipeline.music.contract import Contract
from serp_radio_pipeline.music.earcons import EARCONS, EVENT_OFFSET, possible_pitches
from serp_radio_pipeline.music.score import EVENT_BUDGET, TICKS_PER_BEAT

HALF_BEAT = TICKS_PER_BEAT // 2
TARGET_DAYS = 7
OVERLAP = 0.01
"""Seconds by which a look may run into the half beat: a window's end weighs nothing."""
LEAST_RISE, MOST_RISE = -6.0, 18.0
"""dB: how much one note may say."""
SETTLES, BEFORE = 0.003, 0.003
"""Seconds from a note's onset to the look at it, and from the look before it to the onset."""
NOISE_FLOOR = 3e-4
"""Amplitude under which nothing counts as heard: -70 dBFS."""
STROKE_HZ, CYMBAL_HZ = (150.0, 1500.0), (3000.0, 5200.0)
SWELL_TICKS, BEFORE_TICKS = range(400, 840, 40), range(-400, -20, 40)
"""Where the reverse cymbal has swollen, and where it is compared with, from the sixteenth."""
QUIET_SHARE = 20
"""Percentile of a band's bins that noise lifts and tones do not."""

Figures = tuple[float, float, float]
"""Mean rise, least rise, level: dB."""


class EventFinder:
    """Finds the events in an episode's sound."""

    def __init__(self, signal: EarSignal, contract: Contract) -> None:
        self._signal, self._contract = signal, contract

    def events(self, days: Mapping[dt.date, tuple[int, int | None]]) -> tuple[HeardEvent, ...]:
        """Return the events heard, in order of time; `days` have their beat's tick and their counter note's pitch.

        The surest go first; no two are nearer to each other, nor more in all, than a piece ever has.
        """
        odds = self.log_odds(days)
        over = {
            date: {kind: one - SIGNS[kind].least_log_odds for kind, one in kinds.items()}
            for date, kinds in odds.items()
        }
        best = {date: max(kinds, key=lambda kind: kinds[kind]) for date, kinds in over.items()}
        surest = sorted(best, key=lambda date: (-over[date][best[date]], date))
        apart = EVENT_BUDGET.ticks_apart(self._contract.tempo)
        chosen: list[dt.date] = []
        for date in surest:
            if over[date][best[date]] < 0 or len(chosen) == EVENT_BUDGET.events:
                break
            if all(abs(days[date][0] - days[other][0]) >= apart for other in chosen):
                chosen.append(date)
        return tuple(
            HeardEvent(best[date], date, self._onset(best[date], date, days), odds[date][best[date]])
            for date in sorted(chosen)
        )

    def _onset(self, kind: HappeningKind, date: dt.date, days: Mapping[dt.date, tuple[int, int | None]]) -> float:
        runs = possible_pitches(kind, self._contract.calibration, self._contract.tenant, _target(date, days))
        return event_onset(self._signal, self._contract, kind, days[date], runs)

    def log_odds(
        self, days: Mapping[dt.date, tuple[int, int | None]]
    ) -> Mapping[dt.date, Mapping[HappeningKind, float]]:
        """Return for each day and each kind that it can have the log odds that its earcon was heard."""
        odds: dict[dt.date, dict[HappeningKind, float]] = {date: {} for date in days}
        for kind, figures in self.figures(days).items():
            usual = float(np.median([level for _, _, level in figures.values()])) if figures else 0.0
            sign = SIGNS[kind]
            for date, (mean, least, level) in figures.items():
                terms = zip(sign.weights, (mean, least, level - usual), strict=True)
                odds[date][kind] = sign.bias + sum(weight * figure for weight, figure in terms)
        return odds

    def figures(
        self, days: Mapping[dt.date, tuple[int, int | None]]
    ) -> Mapping[HappeningKind, Mapping[dt.date, Figures]]:
        """Return by kind and day what is heard of its earcon."""
        found: dict[HappeningKind, dict[dt.date, Figures]] = {}
        for kind in HAPPENING_KINDS:
            if kind == "anomaly":
                found[kind] = dict(zip(days, self._strokes(days), strict=True))
            elif kind == "gap":
                found[kind] = dict(zip(days, self._swells(days), strict=True))
            else:
                found[kind] = self._tonal(kind, days)
        return found

    def _tonal(self, kind: HappeningKind, days: Mapping[dt.date, tuple[int, int | None]]) -> dict[dt.date, Figures]:
        """Return the figures of a kind with pitches: on each day those of the run that rises most."""
        by_run: dict[tuple[int, ...], list[dt.date]] = {}
        for date in days:
            target = _target(date, days)
            for run in possible_pitches(kind, self._contract.calibration, self._contract.tenant, target):
                by_run.setdefault(run, []).append(date)
        figures: dict[dt.date, Figures] = {}
        for run, dates in by_run.items():
            for date, one in zip(dates, self._rises(kind, run, [days[date] for date in dates]), strict=True):
                figures[date] = max(figures.get(date, one), one)
        return figures

    def _rises(
        self, kind: HappeningKind, run: Sequence[int], days: Sequence[tuple[int, int | None]]
    ) -> Iterator[Figures]:
        """Yield for each of `days` (its beat's tick, its counter note) the figures of that run of notes."""
        sign, spacing = SIGNS[kind], EARCONS[kind].spacing
        ticks = [tick for tick, _ in days]
        rises, levels = [], []
        for index, pitch in enumerate(run):
            partials = sign.frequencies(pitch)
            if not partials:
                continue
            onsets = self._onsets(ticks, index * spacing)
            after = self._signal.centre(onsets + SETTLES, sign.seconds, partials) + NOISE_FLOOR
            before = self._signal.centre(onsets + BEFORE - sign.seconds, sign.seconds, partials) + NOISE_FLOOR
            others = ~self._are_own(onsets + SETTLES + sign.seconds, partials, days)
            rise = np.clip(20 * np.log10(after / before), LEAST_RISE, MOST_RISE)
            own = np.ma.array(rise, mask=others)
            rises.append(own.max(axis=1) if sign.is_any_partial else own.mean(axis=1))
            levels.append(np.ma.array(np.maximum(after - before, 0), mask=others).mean(axis=1))
        by_note, level = np.ma.stack(rises), np.ma.stack(levels).mean(axis=0).filled(0)
        mean, least = (figure.filled(LEAST_RISE).tolist() for figure in (by_note.mean(axis=0), by_note.min(axis=0)))
        return zip(mean, least, (20 * np.log10(level + 1e-5)).tolist(), strict=True)

    def _are_own(
        self, ends: FloatArray, partials: Sequence[float], days: Sequence[tuple[int, int | None]]
    ) -> NDArray[np.bool_]:
        """Return (days x partials) whether a look that ends then at those frequencies tells of no counter note.

        The day's counter note begins on the half beat: what lies on a harmonic of it says nothing from then on.
        """
        half_beats = np.array([self._contract.seconds(tick + HALF_BEAT) for tick, _ in days])
        are_apart = apart_from([counter for _, counter in days], partials)
        are_own: NDArray[np.bool_] = are_apart | (ends <= half_beats + OVERLAP)[:, None]
        return are_own

    def _strokes(self, days: Mapping[dt.date, tuple[int, int | None]]) -> Iterator[Figures]:
        """Yield for each day how the drum's two strokes rise, low and in the middle, and how loud they are."""
        onsets, seconds = self._onsets([tick for tick, _ in days.values()], 0), SIGNS["anomaly"].seconds
        low = self._signal.centre_band(onsets, seconds, TAIKO_HZ)
        low_before = self._signal.centre_band(onsets - STROKE_LOOK_BACK[0], STROKE_LOOK_BACK[1], TAIKO_HZ)
        middle = self._signal.centre_band(onsets, seconds, STROKE_HZ)
        middle_before = self._signal.centre_band(onsets - seconds - 0.005, seconds, STROKE_HZ)
        level = _decibels(low)
        rise = np.clip(level - _decibels(low_before), -10, 40)
        stroke = _decibels(middle) - _decibels(middle_before)
        yield from zip(rise.tolist(), stroke.tolist(), level.tolist(), strict=True)

    def _swells(self, days: Mapping[dt.date, tuple[int, int | None]]) -> Iterator[Figures]:
        """Yield for each day by how much noise in the treble has swollen, against that before its beat."""
        ticks = [tick for tick, _ in days.values()]
        swollen, before = (
            np.median([self._treble(ticks, offset) for offset in offsets], axis=0)
            for offsets in (SWELL_TICKS, BEFORE_TICKS)
        )
        for rise in (swollen - before).tolist():
            yield rise, 0.0, 0.0

    def _treble(self, ticks: Sequence[int], offset: int) -> FloatArray:
        magnitudes = self._signal.centre_bins(self._onsets(ticks, offset), SIGNS["gap"].seconds, CYMBAL_HZ)
        level: FloatArray = 20 * np.log10(np.percentile(magnitudes, QUIET_SHARE, axis=1) + 1e-5)
        return level

    def _onsets(self, ticks: Sequence[int], offset: int) -> FloatArray:
        return np.array([self._contract.seconds(tick + EVENT_OFFSET + offset) for tick in ticks])


def _target(date: dt.date, days: Mapping[dt.date, tuple[int, int | None]]) -> int | None:
    """The day's counter note; where it has none, as the earcon does, that of the median of the week from then on."""
    coming = [days.get(date + dt.timedelta(days=ahead), (0, None))[1] for ahead in range(TARGET_DAYS)]
    notes = sorted(note for note in coming if note is not None)
    return coming[0] or (notes[len(notes) // 2] if notes else None)


def _decibels(powers: FloatArray) -> FloatArray:
    level: FloatArray = 10 * np.log10(powers + 1e-8)
    return level
