"""Stems: one role each, and together exactly what was mixed."""

import io

import mido
import numpy as np
import pytest
import soundfile

from serp_radio_pipeline.audio.errors import EncodingError, MidiError
from serp_radio_pipeline.audio.render import RING_SECONDS
from serp_radio_pipeline.audio.stems import sounding_tracks, stem_flac, stems
from serp_radio_pipeline.audio.synthesis import synthesize
from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline_tests.audio.signals import tone
from serp_radio_pipeline_tests.episodes import demo_score


@pytest.fixture(scope="module")
def episode_midi() -> bytes:
    return midi_bytes(demo_score("2w"))


@pytest.fixture(scope="module")
def parts(episode_midi, soundfont):
    return stems(episode_midi, soundfont)


def test_stems_sum_to_the_mix_before_mastering(episode_midi, parts, soundfont) -> None:
    mix = synthesize(episode_midi, soundfont, tail_seconds=RING_SECONDS)
    total = np.sum(list(parts.values()), axis=0)
    assert total.shape == mix.shape
    assert np.abs(total - mix).max() < 1e-6 * len(parts)


def test_a_stem_as_a_file_is_the_stem_to_24_bits(parts) -> None:
    for audio in parts.values():
        written, rate = soundfile.read(io.BytesIO(stem_flac(audio)), dtype="float32")
        assert rate == 44_100
        assert np.abs(written - audio).max() <= 2**-23


def test_every_role_that_plays_has_a_stem_and_no_other(episode_midi, parts) -> None:
    assert set(parts) == set(sounding_tracks(episode_midi)) == {note.role for note in demo_score("2w").all_notes()}
    assert all(np.abs(audio).max() > 1e-3 for audio in parts.values())


def test_rendering_stems_twice_gives_the_same_samples(episode_midi, parts, soundfont) -> None:
    again = stems(episode_midi, soundfont)
    assert all(np.array_equal(again[role], audio) for role, audio in parts.items())


def test_a_stem_over_full_scale_is_refused_and_not_clipped() -> None:
    with pytest.raises(EncodingError, match="lower its pack's level"):
        stem_flac(tone(440, 0.1, 6.0))


def test_what_has_no_tracks_to_take_apart_is_said(soundfont) -> None:
    with pytest.raises(MidiError, match="taken apart"):
        stems(b"MThd", soundfont)
    with pytest.raises(MidiError, match="no notes"):
        stems(_file([[]]), soundfont)
    note = mido.Message("note_on", note=60, velocity=90)
    with pytest.raises(MidiError, match="a channel each"):
        stems(_file([[note], [note]]), soundfont)


def _file(tracks: list[list[mido.Message]]) -> bytes:
    midi, buffer = mido.MidiFile(), io.BytesIO()
    for number, messages in enumerate(tracks):
        midi.tracks.append(mido.MidiTrack([mido.MetaMessage("track_name", name=str(number)), *messages]))
    midi.save(file=buffer)
    return buffer.getvalue()
