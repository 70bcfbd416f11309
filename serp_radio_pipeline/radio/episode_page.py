"""The episode as one HTML file that needs nothing else: sound, charts, words and numbers, from the score and the MP3.

Text and figures come from the modules beside it; here they are put in their places.
"""

import base64
from dataclasses import dataclass
from typing import Any

from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.music.score import TICKS_PER_BEAT, Score
from serp_radio_pipeline.radio.charts import chart
from serp_radio_pipeline.radio.figures import metrics_of, todays_figures
from serp_radio_pipeline.radio.html_page import ARROWS, as_it_is, clock, json_inside_html, render_page
from serp_radio_pipeline.radio.locale_format import day_of_year, long_date, short_date
from serp_radio_pipeline.radio.movers_in_words import compared, mix_in_words, movers_heard
from serp_radio_pipeline.radio.palette import LABEL_WORDS
from serp_radio_pipeline.radio.transcript import cues
from serp_radio_pipeline.radio.words import (
    day_in_words,
    moments,
    plain_reason,
    ranks_in_words,
    title,
    what_is_not_final,
)


@dataclass(frozen=True, slots=True)
class ShownWeek:
    """A week as the page has it: its bar's start in seconds, how many days of it are in the window, and its label."""

    name: str
    short: str
    start: float
    days: int
    mood: str
    label: str
    title: str
    reason: str
    decided_by: str


def episode_page(score: Score, mp3: bytes | None) -> bytes:
    """Return the page as UTF-8 HTML; without the MP3 it says so and shows the rest."""
    last = score.days[-1].date
    weeks = _weeks(score)
    return render_page(
        "episode",
        media="data:",
        score=score,
        title=title(score),
        data=json_inside_html(_data(score)),
        audio=as_it_is(f"data:audio/mpeg;base64,{base64.b64encode(mp3).decode()}") if mp3 else None,
        mood=score.overall.label,
        arrow=ARROWS[Label(score.overall.label)],
        verdict=LABEL_WORDS[score.overall.label],
        reason=plain_reason(score),
        day_name=long_date(last),
        weekday=f"{last:%A}",
        figures=todays_figures(score),
        charts=[chart(score, metric) for metric in metrics_of(score.source).values()],
        weeks=weeks,
        cues=cues(score),
        moments=moments(score),
        ranks=ranks_in_words(score.ranks, score.date) if score.ranks else None,
        movers=movers_heard(score),
        compared=compared(score.movement) if score.movement else None,
        mix=mix_in_words(score.movement) if score.movement else (),
        seconds=round(score.seconds(score.end_tick), 1),
        clock=clock,
        short_date=short_date,
        coverage=what_is_not_final(score),
    )


def _weeks(score: Score) -> list[ShownWeek]:
    found = []
    for week in score.weeks:
        name = str(week.week)
        section = score.section(f"week {name}")
        days = [day for day in score.days if section.tick <= day.tick < section.tick + section.length]
        label = LABEL_WORDS[week.label]
        found.append(
            ShownWeek(
                name=name,
                short=name[-3:],
                start=score.seconds(section.tick),
                days=len(days),
                mood=week.label,
                label=label,
                title=f"{name}: {label.lower()}",
                reason=week.reason,
                decided_by=week.decided_by,
            )
        )
    return found


def _data(score: Score) -> dict[str, Any]:
    """Return what the script needs: when the first week's first beat is, where in it the window begins, the days."""
    first_week = next(section for section in score.sections if section.marker.startswith("week "))
    lanes = list(metrics_of(score.source).values())
    return {
        "seconds": round(score.seconds(score.end_tick), 3),
        "start": round(score.seconds(first_week.tick), 4),
        "beat": round(score.seconds(TICKS_PER_BEAT), 6),
        "lead": (score.days[0].tick - first_week.tick) // TICKS_PER_BEAT,
        "lanes": [metric.name for metric in lanes],
        "days": [
            {
                "date": day.date.isoformat(),
                "short": day_of_year(day.date),
                "missing": day.is_missing,
                "values": ["none" if (value := one.of(day)) is None else one.write(value) for one in lanes],
                "words": day_in_words(day, score.source),
            }
            for day in score.days
        ],
        "cues": [{"start": round(cue.start, 3), "heading": cue.heading} for cue in cues(score)],
    }
