"""The gates of a sound pack: each figure that misses one is a sentence, and what reaches all is fit."""

from dataclasses import replace

import pytest

from serp_radio_pipeline.audio.heard_fidelity import HeardFidelity
from serp_radio_pipeline.audio.listening import Measured
from serp_radio_pipeline.audio.mix_balance import OCTAVES, MixBalance
from serp_radio_pipeline.audio.pack_trial import MixTrial
from serp_radio_pipeline.audio.program_trial import ProgramTrial
from serp_radio_pipeline.music.pack import Role
from serp_radio_pipeline.radio.pack_gates import mix_problems, voice_problems
from serp_radio_pipeline_tests.episodes import demo_score, newsroom

SCORE = demo_score()
SECONDS = SCORE.seconds(SCORE.end_tick) + 2
FLAT = MixBalance((0.0,) * len(OCTAVES), 0.5)
GOOD = MixTrial(
    days=56,
    role_loudness={"lead": -3.0},
    unmasked={"clicks": 1.0, "impressions": 1.0, "position": 1.0},
    balance=FLAT,
    range_change_lu=0.0,
    measured=Measured(-16.0, 6.0, -1.5, SECONDS, 0.0, 1.2, 0.0, ()),
    heard=HeardFidelity({"clicks": 1.0, "impressions": 1.0, "position": 1.0}, 0, 0, 0.98, 3, 3, 0),
)
VOICES: dict[Role, ProgramTrial] = {role: ProgramTrial(4, 0.95, 0.003) for role in ("lead", "counter", "bass")}


def test_a_good_mix_and_good_voices_have_no_problems() -> None:
    assert mix_problems(GOOD, SCORE) == []
    assert voice_problems(newsroom(), VOICES) == []


@pytest.mark.parametrize(
    ("worse", "says"),
    [
        ({"unmasked": {"clicks": 1.0, "impressions": 1.0, "position": 0.96}}, "98.7% of the data notes stand out"),
        ({"unmasked": {"clicks": 0.98, "impressions": 0.98, "position": 0.98}}, "98.0% of the data notes stand out"),
        ({"measured": replace(GOOD.measured, loudness_range_lu=8.4)}, "its loudness range is 8.4 LU, not 4 to 8"),
        ({"measured": replace(GOOD.measured, loudness_range_lu=3.6)}, "its loudness range is 3.6 LU, not 4 to 8"),
        ({"measured": replace(GOOD.measured, loudness_lufs=-15.0)}, "loudness is -15.00 LUFS"),
        ({"range_change_lu": 0.4}, "mastering changes the loudness range by 0.4 LU"),
        ({"balance": replace(FLAT, mono_loss_lu=3.2)}, "in mono it loses 3.2 LU"),
        ({"balance": replace(FLAT, octaves_db=(0.0,) * 5 + (6.5, 0.0))}, "it is harsh: 6.5 dB over"),
        ({"heard": replace(GOOD.heard, exact={"clicks": 0.98})}, "98.0% of the notes of clicks are heard"),
    ],
)
def test_each_figure_that_misses_its_gate_is_a_sentence(worse: dict[str, object], says: str) -> None:
    problems = mix_problems(replace(GOOD, **worse), SCORE)  # type: ignore[arg-type]
    assert len(problems) == 1
    assert says in problems[0]


def test_a_bright_octave_where_fundamentals_are_is_not_harsh() -> None:
    assert mix_problems(replace(GOOD, balance=replace(FLAT, octaves_db=(0.0,) * 4 + (9.0, 0.0, 0.0))), SCORE) == []


@pytest.mark.parametrize("role", ["lead", "counter"])
def test_a_voice_that_hides_lengths_or_begins_late_is_named(role: Role) -> None:
    slow = {**VOICES, role: ProgramTrial(49, 0.80, 0.031)}
    problems = voice_problems(newsroom(), slow)
    name = newsroom().roles[role].name
    assert len(problems) == 2
    assert f"the {role}'s {name} hides how long notes are: 0.80" in problems[0]
    assert f"the {role}'s {name} begins too slowly: 31 ms" in problems[1]


def test_of_the_bass_neither_is_asked() -> None:
    assert voice_problems(newsroom(), {**VOICES, "bass": ProgramTrial(38, 0.0, 0.05)}) == []
