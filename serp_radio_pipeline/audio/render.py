"""The one call the `mp3` asset makes: MIDI bytes in, a mastered and tagged MP3 out. Its libraries load when it runs."""

from dataclasses import dataclass
from pathlib import Path

from serp_radio_pipeline.audio.id3 import Tags, write_tags
from serp_radio_pipeline.audio.soundfont import Soundfont
from serp_radio_pipeline.audio.stereo import SAMPLE_RATE

RING_SECONDS = 2.0
"""How long the reverb may ring on after the last voice; mastering cuts what is silent of it."""


@dataclass(frozen=True, slots=True)
class RenderedAudio:
    """The published file and how it was made; the loudness is mastering's, to be verified by `listening.measure`."""

    mp3: bytes
    duration_seconds: float
    loudness_lufs: float
    gain_db: float
    max_reduction_db: float
    soundfont_sha256: str
    soundfont_name: str
    library_version: str


def render_episode(midi: bytes, tags: Tags, soundfont: Soundfont, *, library: Path | None = None) -> RenderedAudio:
    """Synthesize, master, encode and tag a piece. The same input gives the same bytes, in any process and thread.

    Times are the MIDI file's: a note at 12.3 s is heard at 12.3 s of the decoded MP3.

    Raises:
        AudioError: with the sentence of the step that failed.
    """
    from serp_radio_pipeline.audio import encoding, fluidsynth, mastering, synthesis  # noqa: PLC0415 - numpy and C libraries

    header = write_tags(tags)
    raw = synthesis.synthesize(midi, soundfont, library=library, tail_seconds=RING_SECONDS)
    mastered = mastering.master(raw, codec_loss_db=encoding.CODEC_LOSS_DB[encoding.BITRATE])
    stream = encoding.encode_mp3(mastered.audio)
    return RenderedAudio(
        mp3=header + stream,
        duration_seconds=len(mastered.audio) / SAMPLE_RATE,
        loudness_lufs=mastered.loudness_lufs,
        gain_db=mastered.gain_db,
        max_reduction_db=mastered.max_reduction_db,
        soundfont_sha256=soundfont.sha256,
        soundfont_name=soundfont.name,
        library_version=fluidsynth.load_library(library).version,
    )
