"""The episode in words, timed to its sound: cues for WebVTT and the page, and chapters for podcast apps."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from serp_radio_pipeline.ingest.metric_names import metric_names
from serp_radio_pipeline.music.score import MOVERS, Day, Score
from serp_radio_pipeline.radio.figures import count_of, metrics_of
from serp_radio_pipeline.radio.movers_in_words import mix_instead_of_movement, movers_heard
from serp_radio_pipeline.radio.palette import LABEL_WORDS
from serp_radio_pipeline.radio.words import day_in_words, ranks_in_words, title, verdict

SECTION_TITLES = {"ident": "Ident", "key": "The scale", "today": "Today", MOVERS: "Movers", "cadence": "Verdict"}
CHAPTERS_VERSION = "1.2.0"


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that belong to a stretch of the sound, in seconds from its start."""

    start: float
    end: float
    heading: str
    text: str


def cues(score: Score) -> tuple[Cue, ...]:
    """Return a cue per section of the form, in order, without gaps: what is heard there, in a sentence or two."""
    return tuple(
        Cue(
            score.seconds(section.tick),
            score.seconds(section.tick + section.length),
            chapter_title(score, section.marker),
            _words(score, section.marker),
        )
        for section in score.sections
    )


def transcript_vtt(score: Score) -> bytes:
    """Return the transcript as WebVTT."""
    lines = ["WEBVTT", ""]
    for number, cue in enumerate(cues(score), 1):
        text = f"{cue.heading}. {cue.text}" if cue.text else f"{cue.heading}."
        lines += [str(number), f"{_clock(cue.start)} --> {_clock(cue.end)}", _plain(text), ""]
    return "\n".join(lines).encode()


def chapters_json(score: Score) -> bytes:
    """Return chapters as the podcast namespace has them (JSON, version 1.2.0); times in seconds."""
    chapters = [{"startTime": round(cue.start, 3), "title": cue.heading} for cue in cues(score)]
    document = {"version": CHAPTERS_VERSION, "title": title(score), "chapters": chapters}
    return json.dumps(document, indent=1, ensure_ascii=False).encode()


def chapter_title(score: Score, marker: str) -> str:
    """Return a section's title: a week with its label, or what the part is for."""
    labels = {f"week {week.week}": LABEL_WORDS[week.label] for week in score.weeks}
    if marker in labels:
        return f"{_upper_first(marker)}: {labels[marker].lower()}"
    return SECTION_TITLES.get(marker, _upper_first(marker))


def _words(score: Score, marker: str) -> str:
    if marker == "ident":
        return f"The call sign of {score.tenant}."
    if marker == "key":
        names = score.names
        return (
            f"Each voice plays its lowest, middle and highest note, and today's: the lead {names.clicks}, the bass "
            f"{names.impressions}, the counter-voice {names.position}."
        )
    if marker == "today":
        ranks = [ranks_in_words(score.ranks, score.date)] if score.ranks else []
        return " ".join([day_in_words(score.days[-1], score.source), *ranks])
    if marker == MOVERS:
        mix = mix_instead_of_movement(score.movement) if score.movement else ()
        return " ".join([*(text for _, text in movers_heard(score)), *mix])
    if marker == "cadence":
        return f"{verdict(score)}."
    section = score.section(marker)
    days = [day for day in score.days if section.tick <= day.tick < section.tick + section.length]
    return _week(days, score.source)


def _week(days: Sequence[Day], source: str) -> str:
    known = [day for day in days if not day.is_missing]
    if not known:
        return "No data."
    metrics, names = metrics_of(source), metric_names(source)
    best = max(known, key=lambda day: (day.clicks or 0, day.date))
    if names.is_ranks:  # they can't be summed
        mean = statistics.fmean(day.clicks or 0 for day in known)
        words = f"{metrics['clicks'].title} {metrics['clicks'].write(mean)} on average"
    else:
        clicks, impressions = (sum(getattr(day, name) or 0 for day in known) for name in ("clicks", "impressions"))
        words = f"{metrics['clicks'].said(clicks)} of {metrics['impressions'].said(impressions)}"
    if len(known) > 1:
        most = "highest" if names.is_ranks else "most"
        words += f"; {most} on {best.date:%A} with {metrics['clicks'].write(best.clicks or 0)}"
    missing = len(days) - len(known)
    return f"{words}; {count_of(missing, 'day')} without data." if missing else f"{words}."


def _clock(seconds: float) -> str:
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"


def _plain(text: str) -> str:
    """Return text that no WebVTT reader takes for markup or for the end of the cue."""
    return " ".join(text.replace("&", "&amp;").replace("<", "&lt;").replace("-->", "--&gt;").split())


def _upper_first(marker: str) -> str:
    # not `capitalize`, which would write week 2026-w14
    return marker[:1].upper() + marker[1:]
