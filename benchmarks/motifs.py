"""How long the catalogue of a library takes: 200 made-up MIDI files of up to 1,500 notes, with what real ones have."""

import io
import time
from collections.abc import Iterator

import mido
import numpy as np

from serp_radio_pipeline.motifs.library import catalogue

FILES, SECONDS_GATE = 200, 10.0
TICKS = 480
METERS = ((4, 4), (3, 4), (7, 8), (5, 4), (6, 8))


def run() -> bool:
    """Print the table; return whether the gate holds."""
    files = dict(_files())
    start = time.process_time()
    found = catalogue(files)
    seconds = time.process_time() - start
    size = sum(len(content) for content in files.values())
    print(f"{'Motif catalogue':<20}{'files':>7}{'KB':>8}{'bars':>9}{'motifs':>9}{'left out':>10}{'CPU s':>8}")
    print(
        f"{'':<20}{FILES:>7}{size / 1000:>8.0f}{found.bars:>9,}{len(found.motifs):>9,}{len(found.problems):>10}"
        f"{seconds:>8.2f}"
    )
    good = seconds < SECONDS_GATE and len(found.problems) == FILES // 20
    print(f"Under {SECONDS_GATE:.0f} CPU s, and every broken file named: {'yes' if good else 'NO'}.")
    return good


def _files() -> Iterator[tuple[str, bytes]]:
    rng = np.random.default_rng(20260105)
    for number in range(FILES):
        content = _song(rng, notes=int(rng.integers(40, 1500)))
        # one in twenty is cut short
        yield f"{number:03}.mid", content[: len(content) // 2] if number % 20 == 0 else content


def _song(rng: np.random.Generator, notes: int) -> bytes:
    """Return a song of that many notes, a walk over the scale, with changes of tempo and meter on the way."""
    track = mido.MidiTrack()
    step = 30
    for number in range(notes):
        if number % 64 == 0:
            numerator, denominator = METERS[int(rng.integers(len(METERS)))]
            track.append(mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator))
            track.append(mido.MetaMessage("set_tempo", tempo=int(rng.integers(300_000, 900_000))))
        step = int(np.clip(step + rng.integers(-3, 4), 20, 50))
        pitch = 12 * (step // 7) + (0, 2, 4, 5, 7, 9, 11)[step % 7]
        length = int(rng.choice([TICKS // 4, TICKS // 2, TICKS]))
        track.append(mido.Message("note_on", note=pitch, velocity=int(rng.integers(40, 120))))
        track.append(mido.Message("note_off", note=pitch, time=length))
    buffer = io.BytesIO()
    mido.MidiFile(ticks_per_beat=TICKS, tracks=[track]).save(file=buffer)
    return buffer.getvalue()


if __name__ == "__main__":
    run()
