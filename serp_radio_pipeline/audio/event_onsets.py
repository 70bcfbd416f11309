"""When an event that was heard began: where its earcon rises most, around the place that its day has for one."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from serp_radio_pipeline.audio.event_signs import SIGNS, STROKE_LOOK_BACK, TAIKO_HZ
from serp_radio_pipeline.audio.spectra import EarSignal, FloatArray, hertz
from serp_radio_pipeline.labels.happenings import HappeningKind
from serp_radio_pipeline.music.contract import Contract
from serp_radio_pipeline.music.earcons import EARCONS, EVENT_OFFSET

SEARCHED, STEP = 0.1, 0.005
"""Seconds before and after that place that are searched, and how fine."""
OFFSETS: FloatArray = np.linspace(-SEARCHED, SEARCHED, 2 * round(SEARCHED / STEP) + 1, dtype=np.float64)
COUNTER_HARMONICS, SAME_PARTIAL = 8, 0.03
"""How many harmonics a counter note has, and by which share of its frequency a partial counts as one of them."""
LOUDNESS = 0.2
"""Amplitudes are compared by this power of them: as they are, a loud neighbour's rise hides a soft note's; as decibels,
a rise out of nothing counts for more than any other.
"""


def event_onset(
    signal: EarSignal,
    contract: Contract,
    kind: HappeningKind,
    day: tuple[int, int | None],
    runs: Sequence[Sequence[int]],
) -> float:
    """Return the second at which an event of that kind began on a day: its beat's tick, and its counter note if any.

    `runs` are the pitches that its notes can have; the run that rises most is believed. All notes of an earcon are
    moved together. A reverse cymbal swells out of silence and has no onset: its is where it was looked for.
    """
    place = contract.seconds(day[0] + EVENT_OFFSET)
    if kind == "gap":
        return place
    rises = [_stroke_rise(signal, place)] if kind == "anomaly" else list(_run_rises(signal, contract, kind, day, runs))
    best = max(rises, key=lambda rise: float(rise.max()), default=np.zeros(len(OFFSETS)))
    return place + float(OFFSETS[int(np.argmax(best))])


def apart_from(counters: Sequence[int | None], partials: Sequence[float]) -> NDArray[np.bool_]:
    """Return (notes x partials) whether those frequencies lie on no harmonic of those counter notes."""
    notes = np.array([np.nan if counter is None else hertz(counter) for counter in counters])
    harmonic = np.array(partials)[None, :] / notes[:, None]
    nearest = np.clip(np.round(harmonic), 1, COUNTER_HARMONICS)
    are_apart: NDArray[np.bool_] = ~(np.abs(harmonic / nearest - 1) < SAME_PARTIAL)  # without a note nothing is near
    return are_apart


def _run_rises(
    signal: EarSignal,
    contract: Contract,
    kind: HappeningKind,
    day: tuple[int, int | None],
    runs: Sequence[Sequence[int]],
) -> Iterator[FloatArray]:
    """Yield for each run by how much its notes rise at each offset: each as the partial of it that rises most.

    What lies on a harmonic of the counter note, which begins an eighth after the beat, says nothing of the event.
    """
    sign, (tick, counter) = SIGNS[kind], day
    for run in runs:
        rises = []
        for index, pitch in enumerate(run):
            within = sign.frequencies(pitch)
            partials = np.array(within)[apart_from([counter], within)[0]].tolist()
            if not partials:
                continue
            onsets = contract.seconds(tick + EVENT_OFFSET + index * EARCONS[kind].spacing) + OFFSETS
            after = signal.centre(onsets, sign.seconds, partials)
            before = signal.centre(onsets - sign.seconds, sign.seconds, partials)
            rises.append((after**LOUDNESS - before**LOUDNESS).max(axis=1))
        if rises:
            yield np.mean(rises, axis=0)


def _stroke_rise(signal: EarSignal, place: float) -> FloatArray:
    """Return by how much the drum's first stroke rises at each offset."""
    onsets = place + OFFSETS
    after = signal.centre_band(onsets, SIGNS["anomaly"].seconds, TAIKO_HZ)
    before = signal.centre_band(onsets - STROKE_LOOK_BACK[0], STROKE_LOOK_BACK[1], TAIKO_HZ)
    rise: FloatArray = np.sqrt(after) ** LOUDNESS - np.sqrt(before) ** LOUDNESS  # of powers
    return rise
