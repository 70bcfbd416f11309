"""What can go wrong between MIDI and MP3. Every message says what is wrong, where, and what to do."""

from serp_radio_pipeline.errors import SerpRadioError


class AudioError(SerpRadioError):
    """Base of the errors of this room."""


class LibraryError(AudioError):
    """libfluidsynth is missing, too old or not a library."""


class SoundfontError(AudioError):
    """The soundfont is missing, broken, or lacks an instrument the piece asks for."""


class MidiError(AudioError):
    """The bytes are no MIDI file, or not a whole one."""


class SynthesisError(AudioError):
    """The synthesizer gave silence, numbers that are no sound, or a peak over full scale."""


class MasteringError(AudioError):
    """The piece can't be brought to its loudness without being distorted."""


class EncodingError(AudioError):
    """The audio can't be encoded as it is."""


class DecodingError(AudioError):
    """The bytes are no MP3 this room can listen to."""


class TagError(AudioError):
    """A tag that can't be written, or bytes that hold no readable one."""
