"""MIDI bytes become raw stereo audio through FluidSynth. Loudness and balance are not decided here."""

import ctypes
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from serp_radio_pipeline.audio.errors import MidiError, SoundfontError, SynthesisError
from serp_radio_pipeline.audio.fluidsynth import PLAYER_PLAYING, Library, LogLine, captured_log, load_library
from serp_radio_pipeline.audio.soundfont import Soundfont
from serp_radio_pipeline.audio.stereo import SAMPLE_RATE, Audio

# Every value is written down, since defaults differ by 4 dB between FluidSynth 2.3.1 and 2.5.7. Costs are CPU seconds
# for a minute of 1,290 notes that takes 0.34 as set here.
NUMBERS = {
    "synth.sample-rate": float(SAMPLE_RATE),
    "synth.gain": 0.5,  # a full mix peaks 6 to 13 dB under full scale; mastering sets the level
    "synth.reverb.room-size": 0.5,
    "synth.reverb.damp": 0.3,
    "synth.reverb.width": 0.8,
    "synth.reverb.level": 0.7,
}
SWITCHES = {
    "synth.polyphony": 256,  # costs nothing until used; at 32 audible voices are stolen
    "synth.reverb.active": 1,  # costs 0.07, and is the room that notes ring out in
    "synth.chorus.active": 0,  # would cost 0.03 for a difference 29 dB under the music
    "synth.dynamic-sample-loading": 0,  # off, so that the keeper holds all samples
    "synth.lock-memory": 0,
    "synth.cpu-cores": 1,
}
INTERPOLATION = 4  # 4th order; linear saves 0.04 but takes 2.7 dB off 5-10 kHz, 7th order costs 0.08 more
BLOCK = 4096  # frames a call; blocks of 64 cost 0.2 more, larger ones save nothing
LONGEST_SECONDS = 1200  # a stray delta time in a MIDI file may ask for days of silence
SILENT_BELOW = 1e-4  # -80 dBFS


def synthesize(midi: bytes, soundfont: Soundfont, *, library: Path | None = None, tail_seconds: float) -> Audio:
    """Render a standard MIDI file until its last voice has ended, and `tail_seconds` more for the reverb.

    The same bytes, soundfont and library version give the same samples. Safe in several threads at once.

    Raises:
        MidiError: the bytes are no whole MIDI file, or it lasts over 20 minutes.
        SoundfontError: FluidSynth can't load the soundfont, or it lacks an instrument of the piece.
        SynthesisError: the result is silent, not finite, or peaks over full scale.
        LibraryError: libfluidsynth is not found.
    """
    audio = _render(midi, soundfont, library, tail_seconds, outputs=1, block=_next_block)
    _check_sound(audio)
    return audio


def synthesize_channels(
    midi: bytes, soundfont: Soundfont, channels: Sequence[int], *, library: Path | None = None, tail_seconds: float
) -> dict[int, Audio]:
    """Render a file once, each of those MIDI channels (0-15) apart with its own reverb; summed they are the mix.

    One rendering for all, since a voice's first 1.5 ms depend on which voices have sounded before it.

    Raises:
        MidiError, SoundfontError, SynthesisError, LibraryError: as `synthesize`.
    """

    outputs = max(channels) + 1  # each costs a reverb: 0.15 CPU s a minute

    def block(fluid: Library, synth: "_Synth") -> Audio:
        return _next_channels(fluid, synth, channels, outputs)

    apart = _render(midi, soundfont, library, tail_seconds, outputs=outputs, block=block)
    _check_sound(apart)
    return {channel: np.ascontiguousarray(apart[:, 2 * i : 2 * i + 2]) for i, channel in enumerate(channels)}


def _render(
    midi: bytes,
    soundfont: Soundfont,
    library: Path | None,
    tail_seconds: float,
    *,
    outputs: int,
    block: Callable[[Library, "_Synth"], Audio],
) -> Audio:
    _check_midi(midi)
    fluid = load_library(library)
    with captured_log() as log:
        _keep_samples(fluid, soundfont)
        synth = _Synth(fluid, soundfont, outputs)
        log.clear()  # what was said before a font was there
        try:
            audio = _play(fluid, synth, midi, round(tail_seconds * SAMPLE_RATE), block)
        finally:
            synth.close()
    _check_log(log, soundfont)
    return audio


class _Synth:
    """A FluidSynth synthesizer with its settings; close it, or it stays until the process ends."""

    def __init__(self, fluid: Library, soundfont: Soundfont, outputs: int = 1) -> None:
        self._c = fluid.c
        self._settings = fluid.c.new_fluid_settings()
        for name, number in NUMBERS.items():
            self._c.fluid_settings_setnum(self._settings, name.encode(), number)
        groups = dict.fromkeys(("synth.audio-channels", "synth.audio-groups", "synth.effects-groups"), outputs)
        for name, switch in {**SWITCHES, **groups}.items():
            self._c.fluid_settings_setint(self._settings, name.encode(), switch)
        self._c.fluid_settings_setstr(self._settings, b"player.timing-source", b"sample")
        self.handle = self._c.new_fluid_synth(self._settings)
        if self._c.fluid_synth_sfload(self.handle, os.fsencode(soundfont.path), 1) < 0:
            self.close()
            raise SoundfontError(
                f"FluidSynth {fluid.version} can't load the soundfont {soundfont.path}; give the path of another one."
            )
        self._c.fluid_synth_set_interp_method(self.handle, -1, INTERPOLATION)

    def close(self) -> None:
        self._c.delete_fluid_synth(self.handle)
        self._c.delete_fluid_settings(self._settings)


_keepers: dict[tuple[str, Path, str], _Synth] = {}
_keepers_lock = threading.Lock()


def _keep_samples(fluid: Library, soundfont: Soundfont) -> None:
    """Load the font once into a synth that is never closed, so that a piece's own takes 10 ms and not 110-3,000.

    FluidSynth shares samples between the synths that have loaded a file. Each piece gets a fresh one, since a used one
    keeps its reverb's state, which changes the bytes of the next piece.
    """
    key = (fluid.path, soundfont.path, soundfont.sha256)
    with _keepers_lock:
        if key not in _keepers:
            _keepers[key] = _Synth(fluid, soundfont)


def _play(
    fluid: Library, synth: _Synth, midi: bytes, tail_frames: int, block: Callable[[Library, _Synth], Audio]
) -> Audio:
    player = fluid.c.new_fluid_player(synth.handle)
    try:
        fluid.c.fluid_player_add_mem(player, midi, len(midi))
        fluid.c.fluid_player_play(player)
        blocks = []
        while fluid.c.fluid_player_get_status(player) == PLAYER_PLAYING:
            blocks.append(block(fluid, synth))
            if len(blocks) * BLOCK > LONGEST_SECONDS * SAMPLE_RATE:
                raise MidiError(f"The MIDI file lasts over {LONGEST_SECONDS // 60} minutes; check its delta times.")
        blocks.extend(block(fluid, synth) for _ in range(-(-tail_frames // BLOCK)))
        return np.concatenate(blocks)
    finally:
        fluid.c.delete_fluid_player(player)


def _next_block(fluid: Library, synth: _Synth) -> Audio:
    block = np.empty((BLOCK, 2), np.float32)
    address = block.ctypes.data
    fluid.c.fluid_synth_write_float(synth.handle, BLOCK, address, 0, 2, address, 1, 2)
    return block


def _next_channels(fluid: Library, synth: _Synth, channels: Sequence[int], outputs: int) -> Audio:
    """The next block of each channel, side by side: (frames, 2 x channels)."""
    buffers = np.zeros((outputs, 2, BLOCK), np.float32)
    sides = [[buffers[output, side].ctypes.data for side in (0, 1)] for output in range(outputs)]
    dry = [address for pair in sides for address in pair]
    wet = [address for pair in sides for address in (*pair, *pair)]  # an output's reverb and chorus, added to it
    fluid.c.fluid_synth_process(
        synth.handle, BLOCK, len(wet), (ctypes.c_void_p * len(wet))(*wet), len(dry), (ctypes.c_void_p * len(dry))(*dry)
    )
    apart: Audio = buffers[list(channels)].transpose(2, 0, 1).reshape(BLOCK, -1)
    return apart


def _check_midi(midi: bytes) -> None:
    """Walk the chunks: FluidSynth plays what it got of a file that is cut off, and says nothing."""
    if len(midi) < 14 or midi[:4] != b"MThd":
        raise MidiError("The bytes to play are not a standard MIDI file; they must begin with 'MThd'.")
    tracks = int.from_bytes(midi[10:12], "big")
    position = 8 + int.from_bytes(midi[4:8], "big")
    whole = 0
    while position + 8 <= len(midi):
        is_track = midi[position : position + 4] == b"MTrk"
        position += 8 + int.from_bytes(midi[position + 4 : position + 8], "big")
        whole += is_track and position <= len(midi)
    if whole < max(tracks, 1):
        raise MidiError(f"The MIDI file is cut off: {whole} of its {tracks} tracks are whole; write it again.")


def _check_log(log: list[LogLine], soundfont: Soundfont) -> None:
    for line in log:
        if line.is_error:
            raise MidiError(f"FluidSynth can't play the MIDI file ({line.text}); write it again.")
        if "substituted" in line.text or "No preset found" in line.text:
            raise SoundfontError(
                f"The soundfont {soundfont.path} lacks an instrument of the piece ({line.text}), and another would "
                "sound in its place; give the path of a General MIDI soundfont."
            )


def _check_sound(audio: Audio) -> None:
    peak = float(np.maximum(audio.max(), -audio.min()))  # NaN passes through both
    if not np.isfinite(peak):
        raise SynthesisError("The synthesizer gave numbers that are no sound; check the soundfont's file.")
    if peak > 1.0:
        raise SynthesisError(
            f"The synthesizer's output peaks {20 * np.log10(peak):.1f} dB over full scale; lower the piece's CC7."
        )
    if peak < SILENT_BELOW:
        raise SynthesisError(
            "The piece is silent; check that it has notes, and that the soundfont has their instruments."
        )
