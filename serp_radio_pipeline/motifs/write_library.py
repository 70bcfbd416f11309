"""Writes the library that ships: `python -m serp_radio_pipeline.motifs.write_library FOLDER`. The same bytes each time.

The phrases are made by rule, not taken from any tune: a rhythm, and a walk in steps and skips of a chord that goes
the way its label says. Each file holds one label and one density, a motif to a bar, with its labels in a CSV.
"""

import io
import itertools
import sys
from pathlib import Path

import mido

from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.motifs.bar_labels import HEADER
from serp_radio_pipeline.motifs.catalog import DENSITIES, Density
from serp_radio_pipeline.motifs.tokens import MAJOR_SCALE

TICKS = 480
HOME = 72
WALKS: dict[Label, dict[Density, tuple[tuple[int, ...], ...]]] = {
    Label.MOMENTUM_POS: {
        "sparse": ((0, 2), (0, 4), (0, 1), (0, 1, 2), (0, 2, 4), (0, 1, 4)),
        "medium": ((0, 1, 2, 4), (0, 2, 1, 4), (0, 2, 4, 5), (0, 1, 3, 4), (0, 2, 3, 5)),
        "dense": ((0, 1, 2, 3, 4), (0, 2, 1, 3, 4), (0, 2, 4, 5, 7), (0, 1, 2, 4, 7), (0, 2, 3, 4, 6)),
    },
    Label.MOMENTUM_NEG: {
        "sparse": ((0, -2), (0, -4), (0, -1), (0, -1, -2), (0, -2, -4), (0, -3, -4)),
        "medium": ((0, -1, -2, -4), (0, -2, -1, -4), (0, -2, -4, -5), (0, -1, -3, -4), (0, -2, -3, -5)),
        "dense": (
            *((0, -1, -2, -3, -4), (0, -2, -1, -3, -4), (0, -2, -4, -5, -7)),
            *((0, -1, -2, -4, -7), (0, -2, -3, -4, -6)),
        ),
    },
    Label.VOLATILE_SPIKE: {
        "sparse": ((0, 5), (0, -5), (0, 4, 1), (0, -4, -1), (0, 3, 0), (0, -3, 0)),
        "medium": ((0, 4, 1, 5), (0, -4, -1, -5), (0, 3, -1, 2), (0, 5, 2, 0), (0, -3, 1, -2)),
        "dense": ((0, 4, 1, 5, 2), (0, -4, -1, -5, -2), (0, 3, -1, 4, 0), (0, 2, -2, 3, -1), (0, 5, 1, 4, 2)),
    },
    Label.NEUTRAL: {
        "sparse": ((0, 0), (0, 1, 0), (0, -1, 0), (0, 2, 0), (0, -2, 0), (0, 0, 0)),
        "medium": ((0, 1, 1, 0), (0, -1, 1, 0), (0, 2, 1, 0), (0, -2, -1, 0), (0, 1, -1, 0)),
        "dense": ((0, 1, 2, 1, 0), (0, -1, -2, -1, 0), (0, 1, 0, -1, 0), (0, 2, 0, 2, 0), (0, 2, 1, -1, 0)),
    },
}  # fmt: skip
"""Steps of the scale that each phrase walks: rising, falling, zig-zag, or home again."""
RHYTHMS: dict[int, tuple[tuple[float, ...], ...]] = {
    2: ((0, 2), (0, 1), (1, 3)),
    3: ((0, 1, 2), (0, 2, 3), (0, 1, 3)),
    4: ((0, 1, 2, 3), (0, 1, 2, 2.5), (0, 0.5, 1, 3)),
    5: ((0, 1, 2, 2.5, 3), (0, 0.5, 1, 2, 3), (0, 1, 1.5, 2, 3)),
}
"""Onsets in beats of a 4/4 bar, by number of notes."""
VELOCITY_SLOPES: dict[Label, int] = {
    Label.MOMENTUM_POS: 5, Label.MOMENTUM_NEG: -5, Label.VOLATILE_SPIKE: 0, Label.NEUTRAL: 0,
}  # fmt: skip
"""Steps of velocity from one note to the next."""


def library() -> dict[str, bytes]:
    """Return every file of the library by name: a MIDI and a CSV for each label and density."""
    files: dict[str, bytes] = {}
    for label, density in itertools.product(Label, DENSITIES):
        walks = WALKS[label][density]
        stem = f"{label.value.lower()}_{density}"
        files[f"{stem}.mid"] = _midi(label, walks)
        rows = [f"{bar},{label.value},{_words(walk)}" for bar, walk in enumerate(walks)]
        files[f"{stem}.csv"] = "".join(f"{row}\n" for row in (",".join(HEADER), *rows)).encode()
    return files


def _midi(label: Label, walks: tuple[tuple[int, ...], ...]) -> bytes:
    events: list[tuple[int, int, mido.Message]] = []
    for bar, walk in enumerate(walks):
        onsets = RHYTHMS[len(walk)][bar % 3]
        for place, (onset, step) in enumerate(zip(onsets, walk, strict=True)):
            start = round((bar * 4 + onset) * TICKS)
            end = round((bar * 4 + (*onsets, 4)[place + 1]) * TICKS) - 20
            octave, degree = divmod(step, 7)
            pitch = HOME + 12 * octave + MAJOR_SCALE[degree]
            velocity = 72 + VELOCITY_SLOPES[label] * place
            events.append((start, 1, mido.Message("note_on", note=pitch, velocity=velocity)))
            events.append((end, 0, mido.Message("note_off", note=pitch, velocity=0)))
    track = mido.MidiTrack(
        [
            mido.MetaMessage("set_tempo", tempo=600_000),
            mido.MetaMessage("time_signature", numerator=4, denominator=4),
        ]
    )
    now = 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=0))
    buffer = io.BytesIO()
    mido.MidiFile(type=0, ticks_per_beat=TICKS, tracks=[track]).save(file=buffer)
    return buffer.getvalue()


def _words(walk: tuple[int, ...]) -> str:
    way = "up" if walk[-1] > 0 else "down" if walk[-1] < 0 else "home"
    return f"{len(walk)} notes {way}"


def main(folder: Path) -> None:
    """Write the library into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in library().items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "rules/motifs"))
