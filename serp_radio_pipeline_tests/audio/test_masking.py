"""Masking: a note counts as heard where one of its partials stands over all else near it, in either ear."""

import numpy as np
import pytest

from serp_radio_pipeline.audio.masking import best_partial_db, unmasked_shares
from serp_radio_pipeline.audio.stems import stems
from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline_tests.audio.signals import noise, tone
from serp_radio_pipeline_tests.episodes import demo_score

HERTZ = 523.25


def heard(own: np.ndarray, rest: np.ndarray) -> float:
    return best_partial_db(own, rest, 0.05, 0.2, HERTZ)


def test_a_tone_stands_over_another_by_their_difference() -> None:
    assert heard(tone(HERTZ, 0.5, -20), tone(HERTZ, 0.5, -30)) == pytest.approx(10, abs=0.2)
    assert heard(tone(HERTZ, 0.5, -20), tone(HERTZ, 0.5, -10)) == pytest.approx(-10, abs=0.2)


def test_what_lies_in_another_band_masks_nothing() -> None:
    assert heard(tone(HERTZ, 0.5, -30), tone(2 * HERTZ, 0.5, -10)) > 30


def test_a_partial_that_is_free_saves_a_note_whose_fundamental_is_covered() -> None:
    own = tone(HERTZ, 0.5, -20) + tone(3 * HERTZ, 0.5, -30)
    assert heard(own, tone(HERTZ, 0.5, -10)) > 20
    inaudible = tone(HERTZ, 0.5, -20) + tone(3 * HERTZ, 0.5, -45)
    assert heard(inaudible, tone(HERTZ, 0.5, -10)) < 0


def test_the_better_ear_decides() -> None:
    rest = tone(HERTZ, 0.5, -10, right=False)
    assert heard(tone(HERTZ, 0.5, -20), rest) > 20


def test_noise_masks_what_is_softer() -> None:
    assert heard(tone(HERTZ, 0.5, -60), noise(0.5, 0.1)) < 6
    assert heard(tone(HERTZ, 0.5, -6), noise(0.5, 0.01)) > 6


def test_in_an_episode_every_voice_is_found_until_another_covers_it(soundfont) -> None:
    score = demo_score("2w")
    parts = stems(midi_bytes(score), soundfont)
    shares = unmasked_shares(score, parts)
    assert set(shares) == {"clicks", "impressions", "position"}
    assert shares["clicks"] == 1.0
    covered = {**parts, "pad": parts["pad"] + noise(len(parts["pad"]) / 44_100, 3.0)[: len(parts["pad"])]}
    hidden = unmasked_shares(score, covered)
    assert max(hidden.values()) < 0.2
