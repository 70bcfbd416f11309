"""One role's sound alone, from an episode's MIDI file. All stems sum to the mix before mastering."""

import io
from collections.abc import Mapping
from pathlib import Path

from serp_radio_pipeline.audio.errors import EncodingError, MidiError
from serp_radio_pipeline.audio.render import RING_SECONDS
from serp_radio_pipeline.audio.soundfont import Soundfont
from serp_radio_pipeline.audio.stereo import SAMPLE_RATE, Audio
from serp_radio_pipeline.audio.synthesis import synthesize_channels


def sounding_tracks(midi: bytes) -> Mapping[str, int]:
    """Return the tracks that have notes, by name, with their MIDI channels.

    Raises:
        MidiError: the bytes are no MIDI file, or two of its tracks share a channel, so that they can't be told apart.
    """
    import mido  # noqa: PLC0415 - loaded when first used

    try:
        tracks = mido.MidiFile(file=io.BytesIO(midi), charset="utf-8").tracks
    except (OSError, EOFError, ValueError, KeyError, IndexError) as error:
        raise MidiError(f"The bytes are no MIDI file that can be taken apart ({error}); make it again.") from error
    channels = {
        track.name: {message.channel for message in track if message.type == "note_on"}
        for track in tracks
        if any(message.type == "note_on" for message in track)
    }
    used = [channel for own in channels.values() for channel in own]
    if len(used) != len(set(used)) or len(used) != len(channels):
        raise MidiError("The MIDI file's tracks don't have a channel each, so that they can't be rendered apart.")
    return {name: next(iter(own)) for name, own in channels.items()}


def stems(midi: bytes, soundfont: Soundfont, *, library: Path | None = None) -> dict[str, Audio]:
    """Render every track that has notes, by name, all equally long; summed, they are the mix before mastering.

    Raises:
        AudioError: with the sentence of the step that failed.
    """
    tracks = sounding_tracks(midi)
    if not tracks:
        raise MidiError("The MIDI file has no notes, so that it has no stems.")
    apart = synthesize_channels(midi, soundfont, tuple(tracks.values()), library=library, tail_seconds=RING_SECONDS)
    return {name: apart[channel] for name, channel in tracks.items()}


def stem_flac(audio: Audio) -> bytes:
    """Return a stem as a FLAC file of 24 bits, at the level that it has in the mix.

    Raises:
        EncodingError: it peaks over full scale.
    """
    import soundfile  # noqa: PLC0415 - loaded when first used

    peak = float(max(audio.max(), -audio.min()))
    if peak >= 1.0:
        raise EncodingError(
            f"A stem peaks at {peak:.2f} of full scale, so it can't be written; lower its pack's level."
        )
    buffer = io.BytesIO()
    soundfile.write(buffer, audio, SAMPLE_RATE, format="FLAC", subtype="PCM_24")
    return buffer.getvalue()
