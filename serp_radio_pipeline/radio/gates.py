"""What an episode must reach before it goes out: stages refuse what does not, and checks show the figures."""

from collections.abc import Mapping

from serp_radio_pipeline.audio.heard_fidelity import HeardFidelity
from serp_radio_pipeline.audio.listening import Measured
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.labels.calibration_period import Metric
from serp_radio_pipeline.music.calibration import LaneName
from serp_radio_pipeline.music.fidelity import Fidelity
from serp_radio_pipeline.music.score import Score

LOUDNESS, LOUDNESS_TOLERANCE, TRUE_PEAK_CEILING = -16.0, 0.5, -1.0
LONGEST_HEAD, TAIL_RANGE, LONGEST_GAP = 0.25, (0.8, 2.0), 0.3
LOUDNESS_RANGE = (4.0, 8.0)
"""LU: less is dull, with more the soft parts are lost beside a street."""
SHORT_FORM_SECONDS = 30.0
"""Up to here a loudness range says nothing, and is not asked for: EBU R 128 s1."""
RHO_GATES: Mapping[Metric, float] = {"clicks": 0.995, "impressions": 0.995, "position": 0.995, "ctr": 0.999}
HEARD_GATES: Mapping[LaneName, float] = {"clicks": 0.99, "impressions": 0.97, "position": 0.99}
"""Share of notes that the ear hears in the MP3 at exactly their pitch."""
MOST_EVENTS_MISSED = 1
"""Of an episode: 19 in 20 must be heard, and no episode has more than eight."""
HIGHEST_CLASH_SHARE = 0.02
SHOWN_PROBLEMS = 5


class UnfitEpisodeError(SerpRadioError):
    """An episode that must not go out; what was published before stays as it was."""


def refuse_unfit(problems: list[str], what: str) -> None:
    """Raise where there are problems; `what` is the file that has them.

    Raises:
        UnfitEpisodeError: with every problem in one sentence.
    """
    if problems:
        raise UnfitEpisodeError(f"The {what} is not fit to publish and was not kept: {'; '.join(problems)}.")


def decoding_problems(figures: Fidelity) -> list[str]:
    """Return a sentence for each way in which an episode's MIDI does not say what the data say."""
    problems = list(figures.wrong[:SHOWN_PROBLEMS])
    if figures.clash_share > HIGHEST_CLASH_SHARE:
        problems.append(f"{figures.clash_share:.1%} of the data notes rub against a chord")
    return problems


def hearing_problems(heard: HeardFidelity) -> list[str]:
    """Return a sentence for each way in which the MP3 does not sound like the data."""
    shares = {lane: share for lane, share in heard.exact.items() if share is not None}
    problems = [
        f"{share:.1%} of the notes of {lane} are heard at their pitch, under {HEARD_GATES[lane]:.0%}"
        for lane, share in shares.items()
        if share < HEARD_GATES[lane]
    ]
    problems += [f"{heard.missed} notes are not heard"] if heard.missed else []
    problems += [f"{heard.phantoms} notes are heard where none is"] if heard.phantoms else []
    if heard.events - heard.events_found > MOST_EVENTS_MISSED:
        problems.append(f"only {heard.events_found} of {heard.events} events are heard")
    if heard.events_made_up > MOST_EVENTS_MISSED:
        problems.append(f"{heard.events_made_up} events are heard that are none")
    return problems


def range_problems(measured: Measured) -> list[str]:
    """Return a sentence where an episode that is long enough to tell is too even or too uneven in loudness."""
    (low, high), spread = LOUDNESS_RANGE, measured.loudness_range_lu
    return (
        []
        if measured.duration_seconds <= SHORT_FORM_SECONDS or low <= spread <= high
        else [f"its loudness range is {spread:.1f} LU, not {low:g} to {high:g}"]
    )


def below_the_gates(rho: Mapping[Metric, float | None], gates: Mapping[Metric, float]) -> list[str]:
    """Return a sentence for each metric whose rank correlation is known and below its gate."""
    known = {metric: value for metric, value in rho.items() if value is not None and metric in gates}
    return [f"{metric} {value:.4f} under {gates[metric]}" for metric, value in known.items() if value < gates[metric]]


def delivery_problems(measured: Measured, score: Score) -> list[str]:
    """Return a sentence for each way in which an episode is not fit to publish."""
    written = score.seconds(score.end_tick)
    low_tail, high_tail = TAIL_RANGE
    rules = {
        f"loudness is {measured.loudness_lufs:.2f} LUFS, not {LOUDNESS:g} +- {LOUDNESS_TOLERANCE:g}": abs(
            measured.loudness_lufs - LOUDNESS
        )
        <= LOUDNESS_TOLERANCE,
        f"true peak is {measured.true_peak_dbtp:.2f} dBTP, over {TRUE_PEAK_CEILING:g}": measured.true_peak_dbtp
        <= TRUE_PEAK_CEILING,
        f"it begins with {measured.head_silence_s:.2f} s of silence": measured.head_silence_s <= LONGEST_HEAD,
        f"it ends with {measured.tail_silence_s:.2f} s of silence, not {low_tail:g} to {high_tail:g}": low_tail
        <= measured.tail_silence_s
        <= high_tail,
        f"it holds {measured.longest_gap_s:.2f} s of silence": measured.longest_gap_s <= LONGEST_GAP,
        f"it lasts {measured.duration_seconds:.1f} s where {written:.1f} s are written": written
        <= measured.duration_seconds
        <= written + 6,
    }
    return [problem for problem, holds in rules.items() if not holds]
