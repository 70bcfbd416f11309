"""Parts of a piece as MP3 files of their own: what they sound like in it, at the level that they have there."""

from collections.abc import Sequence
from pathlib import Path

from serp_radio_pipeline.audio.render import RING_SECONDS
from serp_radio_pipeline.audio.soundfont import Soundfont
from serp_radio_pipeline.audio.stereo import SAMPLE_RATE

FADE_SECONDS = 0.05
"""At either end of a part: cut off at once, what rings on would click."""
BITRATE = 128
"""kbit/s: for listening, not for measuring."""


def excerpts(
    midi: bytes, spans: Sequence[tuple[float, float]], soundfont: Soundfont, *, library: Path | None = None
) -> tuple[bytes, ...]:
    """Return an MP3 for each span of a piece, in seconds from its start; the same input gives the same bytes.

    Raises:
        AudioError: with the sentence of the step that failed.
    """
    import numpy as np  # noqa: PLC0415 - loaded when first used

    from serp_radio_pipeline.audio import encoding, mastering, synthesis  # noqa: PLC0415 - C libraries

    raw = synthesis.synthesize(midi, soundfont, library=library, tail_seconds=RING_SECONDS)
    audio = mastering.master(raw, codec_loss_db=encoding.CODEC_LOSS_DB[BITRATE]).audio
    fade = np.linspace(0, 1, round(FADE_SECONDS * SAMPLE_RATE), dtype=np.float32)[:, np.newaxis]
    files = []
    for start, end in spans:
        part = audio[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)].copy()
        if start > 0:
            part[: len(fade)] *= fade
        part[-len(fade) :] *= fade[::-1]
        files.append(encoding.encode_mp3(part, bitrate=BITRATE))
    return tuple(files)
