"""From MIDI bytes to the published file: what a listener gets, and that it is the same bytes everywhere."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from serp_radio_pipeline.audio.fluidsynth import load_library
from serp_radio_pipeline.audio.id3 import read_tags, tag_length
from serp_radio_pipeline.audio.listening import measure
from serp_radio_pipeline.audio.render import render_episode
from serp_radio_pipeline_tests.audio.pieces import episode

ROOT = Path(__file__).parents[2]
IN_A_NEW_PROCESS = """
import datetime, hashlib
from serp_radio_pipeline.audio.id3 import Chapter, Tags
from serp_radio_pipeline.audio.render import render_episode
from serp_radio_pipeline.audio.soundfont import find_soundfont
from serp_radio_pipeline_tests.audio.pieces import episode
tags = Tags("a", "b", "c", datetime.date(2026, 1, 2), chapters=(Chapter(0, 10, "x"),), extra=(("k", "v"), ("l", "w")))
print(hashlib.sha256(render_episode(episode(bars=3), tags, find_soundfont()).mp3).hexdigest())
"""


def test_a_listener_gets_the_loudness_the_peak_and_the_silence_that_are_promised(rendered, heard):
    measured = measure(heard)
    assert measured.loudness_lufs == pytest.approx(-16.0, abs=0.1)
    assert measured.true_peak_dbtp <= -1.0
    assert measured.duration_seconds == rendered.duration_seconds
    assert measured.head_silence_s <= 0.25
    assert 0.8 <= measured.tail_silence_s <= 2.0
    assert measured.longest_gap_s <= 0.3


def test_it_tells_how_it_was_made(rendered, soundfont):
    assert rendered.soundfont_sha256 == soundfont.sha256
    assert rendered.soundfont_name == "TimGM6mb"
    assert rendered.library_version == load_library().version
    assert rendered.loudness_lufs == pytest.approx(-16.0, abs=0.05)
    assert rendered.max_reduction_db <= 3.0


def test_the_tags_come_first_and_are_read_back(rendered, tags):
    assert read_tags(rendered.mp3) == tags
    assert rendered.mp3[tag_length(rendered.mp3) :][:2] == b"\xff\xfb"


def test_two_processes_with_different_hash_seeds_write_the_same_bytes():
    digests = set()
    for seed in ("0", "12345"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        said = subprocess.run(
            [sys.executable, "-c", IN_A_NEW_PROCESS],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert said.stderr == ""
        digests.add(said.stdout.strip())
    assert len(digests) == 1
    assert len(digests.pop()) == 64


def test_rendering_again_and_in_parallel_gives_the_same_bytes(rendered, midi, tags, soundfont):
    pieces = [midi, episode(bars=1, seed=5), midi]
    with ThreadPoolExecutor(2) as pool:
        files = list(pool.map(lambda piece: render_episode(piece, tags, soundfont).mp3, pieces))
    assert files[0] == files[2] == rendered.mp3
    assert files[1] != rendered.mp3


def test_nothing_heavy_is_loaded_before_it_is_used():
    script = (
        "import sys\n"
        "from serp_radio_pipeline.audio import fluidsynth, id3, listening, render, soundfont as font\n"
        "print([name for name in ('numpy', 'scipy', 'lameenc', 'soundfile', 'pygame') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
