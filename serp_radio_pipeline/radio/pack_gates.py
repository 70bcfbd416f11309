"""What a sound pack must reach on a soundfont before it is offered: data are heard, and the mix sits well."""

from collections.abc import Mapping, Sequence

from serp_radio_pipeline.audio.pack_trial import MixTrial, PackTrial
from serp_radio_pipeline.audio.program_trial import ProgramTrial
from serp_radio_pipeline.music.pack import Pack, Role
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.gates import delivery_problems, hearing_problems, range_problems

LEAST_LENGTH_SLOPE, SLOWEST_ONSET = 0.85, 0.020
LENGTH_ROLES: tuple[Role, ...] = ("lead", "counter")
"""The voices whose length and onset data are read from by listeners; the bass repeats in length what its pitch says."""
LEAST_UNMASKED = 0.99
"""Of all data notes of an episode."""
LARGEST_RANGE_CHANGE = 0.3
LARGEST_MONO_LOSS = 3.0
BRIGHTEST = 6.0
"""The octaves around 4 and 8 kHz may exceed the target spectrum by so many dB: twice the amplitude."""


def pack_problems(trial: PackTrial, scores: Sequence[Score]) -> list[str]:
    """Return a sentence for each way in which a pack would hide data or sound wrong on that soundfont."""
    problems = voice_problems(trial.pack, trial.programs)
    for mix, score in zip(trial.mixes, scores, strict=True):
        problems += [f"over {mix.days} days {problem}" for problem in mix_problems(mix, score)]
    return problems


def voice_problems(pack: Pack, programs: Mapping[Role, ProgramTrial]) -> list[str]:
    """Return a sentence for each way in which a data voice's single notes hide what they carry."""
    problems = []
    for role in LENGTH_ROLES:
        tried, name = programs[role], pack.roles[role].name
        if tried.length_slope < LEAST_LENGTH_SLOPE:
            problems.append(
                f"the {role}'s {name} hides how long notes are: {tried.length_slope:.2f} of a change is heard, under "
                f"{LEAST_LENGTH_SLOPE}"
            )
        if tried.onset_seconds >= SLOWEST_ONSET:
            problems.append(
                f"the {role}'s {name} begins too slowly: {1000 * tried.onset_seconds:.0f} ms, not under "
                f"{1000 * SLOWEST_ONSET:.0f}"
            )
    return problems


def mix_problems(mix: MixTrial, score: Score) -> list[str]:
    """Return a sentence for each way in which an episode's mix hides data or sounds wrong."""
    rules = {
        f"mastering changes the loudness range by {mix.range_change_lu:.1f} LU, over {LARGEST_RANGE_CHANGE:g}": (
            mix.range_change_lu <= LARGEST_RANGE_CHANGE
        ),
        f"in mono it loses {mix.balance.mono_loss_lu:.1f} LU, not under {LARGEST_MONO_LOSS:g}": (
            mix.balance.mono_loss_lu < LARGEST_MONO_LOSS
        ),
        f"it is harsh: {mix.balance.brightness_db:.1f} dB over the target spectrum, over {BRIGHTEST:g}": (
            mix.balance.brightness_db <= BRIGHTEST
        ),
    }
    problems = [*_masking_problems(mix, score), *hearing_problems(mix.heard)]
    problems += [problem for problem, holds in rules.items() if not holds]
    return [*problems, *range_problems(mix.measured), *delivery_problems(mix.measured, score)]


def _masking_problems(mix: MixTrial, score: Score) -> list[str]:
    counts = {lane: sum(note.lane == lane for day in score.days for note in day.notes) for lane in mix.unmasked}
    share = sum(mix.unmasked[lane] * count for lane, count in counts.items()) / sum(counts.values())
    if share >= LEAST_UNMASKED:
        return []
    lanes = ", ".join(f"{lane} {own:.1%}" for lane, own in mix.unmasked.items() if own < 1)
    return [f"{share:.1%} of the data notes stand out of the mix ({lanes}), under {LEAST_UNMASKED:.0%}"]
