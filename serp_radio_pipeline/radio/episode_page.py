"""The episode as one HTML file that needs nothing else: sound, charts, words and numbers, from the score and the MP3.

Whatever a tenant wrote is escaped; a strict policy lets only the page's own style and script run, and asks nobody for
anything. Text and figures come from the modules beside it; here they are put in their places.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.music.score import TICKS_PER_BEAT, Score
from serp_radio_pipeline.radio.charts import chart
from serp_radio_pipeline.radio.figures import METRICS, todays_figures
from serp_radio_pipeline.radio.movers_in_words import compared, mix_in_words, movers_heard
from serp_radio_pipeline.radio.palette import LABEL_WORDS
from serp_radio_pipeline.radio.transcript import cues
from serp_radio_pipeline.radio.words import day_in_words, moments, plain_reason, title, what_is_not_final

if TYPE_CHECKING:
    from jinja2 import Template

ARROWS = {
    Label.MOMENTUM_POS: "M12 3 22 14h-6v7H8v-7H2z",
    Label.MOMENTUM_NEG: "M12 21 2 10h6V3h8v7h6z",
    Label.VOLATILE_SPIKE: "M13 2 4 14h6l-1 8 10-13h-7z",
    Label.NEUTRAL: "M2 9h20v6H2z",
}


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
    style, script = _asset("episode.css"), _asset("episode.js")
    last = score.days[-1].date
    weeks = _weeks(score)
    html = _template().render(
        score=score,
        title=title(score),
        policy=_policy(style, script),
        style=_raw(style),
        script=_raw(script),
        data=_raw(_json(_data(score))),
        audio=_raw(f"data:audio/mpeg;base64,{base64.b64encode(mp3).decode()}") if mp3 else None,
        mood=score.overall.label,
        arrow=ARROWS[Label(score.overall.label)],
        verdict=LABEL_WORDS[score.overall.label],
        reason=plain_reason(score),
        day_name=f"{last:%A}, {last.day} {last:%B %Y}",
        weekday=f"{last:%A}",
        figures=todays_figures(score),
        charts=[chart(score, metric) for metric in METRICS.values()],
        weeks=weeks,
        cues=cues(score),
        moments=moments(score),
        movers=movers_heard(score),
        compared=compared(score.movement) if score.movement else None,
        mix=mix_in_words(score.movement) if score.movement else (),
        seconds=round(score.seconds(score.end_tick), 1),
        clock=_clock,
        coverage=what_is_not_final(score),
    )
    return html.encode()


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
    lanes = list(METRICS.values())
    return {
        "seconds": round(score.seconds(score.end_tick), 3),
        "start": round(score.seconds(first_week.tick), 4),
        "beat": round(score.seconds(TICKS_PER_BEAT), 6),
        "lead": (score.days[0].tick - first_week.tick) // TICKS_PER_BEAT,
        "lanes": [metric.name for metric in lanes],
        "days": [
            {
                "date": day.date.isoformat(),
                "missing": day.is_missing,
                "values": ["none" if (value := one.of(day)) is None else one.write(value) for one in lanes],
                "words": day_in_words(day),
            }
            for day in score.days
        ],
        "cues": [{"start": round(cue.start, 3), "heading": cue.heading} for cue in cues(score)],
    }


def _policy(style: str, script: str) -> str:
    """Return a policy under which nothing but this style and this script runs, and nothing is fetched."""
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    return (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "media-src data:; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _json(data: object) -> str:
    """Return JSON that can stand in a script element: nothing in it ends the element."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{int(seconds % 60):02}"


def _raw(text: str) -> Any:
    from markupsafe import Markup  # noqa: PLC0415 - comes with Jinja

    return Markup(text)  # noqa: S704 - our own style and script, and JSON or base64 made above


@cache
def _asset(name: str) -> str:
    return resources.files("serp_radio_pipeline.radio").joinpath("page", name).read_text(encoding="utf-8")


@cache
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 - only where a page is made

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_asset("episode.html"))
