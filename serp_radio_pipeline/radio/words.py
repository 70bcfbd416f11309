"""What an episode says in words: its title, one sentence of verdict, and what a listener has just heard."""

import datetime as dt
import re
from dataclasses import dataclass

from serp_radio_pipeline.ingest.daily_ranks import TOPS, DayRanks
from serp_radio_pipeline.ingest.metric_names import metric_names
from serp_radio_pipeline.labels.happenings import HAPPENING_KINDS, listed
from serp_radio_pipeline.music.score import Day, Score, ScoreEvent
from serp_radio_pipeline.radio.figures import count_of, metrics_of
from serp_radio_pipeline.radio.locale_format import decimal, percent, short_date
from serp_radio_pipeline.radio.movers_in_words import said_of
from serp_radio_pipeline.radio.palette import LABEL_WORDS

SETTLING = "all days so far"
"""A scale's reason while there are too few days before the month: it moves with every day."""

MOST_EVENTS_SAID = 5


def title(score: Score) -> str:
    """Return the episode's title: tenant, day and verdict."""
    return f"{score.tenant}, {score.date.isoformat()}: {LABEL_WORDS[score.overall.label].lower()}"


def verdict(score: Score) -> str:
    """Return the verdict with its reason in one line."""
    return f"{LABEL_WORDS[score.overall.label]}: {score.overall.reason}"


def plain_reason(score: Score) -> str:
    """Return the verdict's reason without the rule's arithmetic, which stands in brackets: a sentence for listeners."""
    words = re.sub(r" \([^()]*\)", "", score.overall.reason).split("; no other rule applies")[0]
    return f"{words[:1].upper()}{words[1:]}."


def what_was_heard(score: Score) -> tuple[str, ...]:
    """Return a few lines, in a fixed order: verdict, today, who decided, events (five at most, by priority), movers,
    missing, provisional and clipped days, re-tune."""
    lines = [verdict(score), day_in_words(score.days[-1], score.source)]
    lines += [ranks_in_words(score.ranks, score.date)] if score.ranks else []
    lines += _deciders(score)
    lines += [f"{short_date(event.date)}: {event.sentence}" for event in events_by_priority(score)[:MOST_EVENTS_SAID]]
    lines += said_of(score)
    missing = sum(day.is_missing for day in score.days)
    if missing:
        lines.append(f"{count_of(missing, 'day')} without data: the side stick keeps time, the voices rest.")
    provisional = [short_date(day.date) for day in score.days if day.is_provisional]
    if provisional:
        lines.append(f"Still provisional, played softly: {', '.join(provisional)}.")
    clipped = sum(any(note.clipped for note in day.notes) for day in score.days)
    if clipped:
        lines.append(f"{count_of(clipped, 'day')} beyond the scale, marked with a grace note.")
    if score.calibration.reason == SETTLING:
        lines.append(f"The scale is still settling: {count_of(score.calibration.days, 'day')} so far.")
    elif score.retuned:
        lines.append("The scale was re-tuned: pitches can't be compared with yesterday's.")
    return tuple(lines)


def events_by_priority(score: Score) -> list[ScoreEvent]:
    """Return the events that are heard, what matters most first, of one kind the latest first."""
    return sorted(score.events, key=lambda event: (HAPPENING_KINDS.index(event.kind), -event.date.toordinal()))


@dataclass(frozen=True, slots=True)
class Moment:
    """Something to hear at a place of the episode, in seconds from its start."""

    start: float
    text: str


def moments(score: Score) -> tuple[Moment, ...]:
    """Return what happened in the window, in the order of time: events, changes of label, days beyond the scale."""
    found = [Moment(score.seconds(event.tick), f"{short_date(event.date)}: {event.sentence}") for event in score.events]
    found += _label_changes(score)
    for day in score.days:
        beyond = [score.names.of(note.lane) for note in day.notes if note.clipped]
        if beyond:
            words = f"{short_date(day.date)}: beyond the usual range in {listed(beyond)}."
            found.append(Moment(score.seconds(day.tick), words))
    return tuple(sorted(found, key=lambda moment: (moment.start, moment.text)))


def _label_changes(score: Score) -> list[Moment]:
    changes = []
    for before, week in zip(score.weeks, score.weeks[1:], strict=False):
        if week.label != before.label:
            words = f"{week.week}: {LABEL_WORDS[week.label].lower()}, after {LABEL_WORDS[before.label].lower()}."
            changes.append(Moment(score.seconds(score.section(f"week {week.week}").tick), words))
    return changes


def what_is_not_final(score: Score) -> str:
    """Return in a few sentences what the episode covers, and what of it is missing, provisional or new."""
    words = [f"{count_of(len(score.days), 'day')} from {short_date(score.first_date)} to {short_date(score.date)}."]
    missing = sum(day.is_missing for day in score.days)
    provisional = [short_date(day.date) for day in score.days if day.is_provisional]
    words += [f"{count_of(missing, 'day')} without data."] if missing else []
    words += [f"Still provisional: {', '.join(provisional)}."] if provisional else ["All of them are final."]
    if score.retuned:
        words.append("The scale was re-tuned: pitches can't be compared with yesterday's.")
    return " ".join(words)


def _deciders(score: Score) -> list[str]:
    """Say which weeks are called otherwise than by the rules, and by whom; nothing where the rules decide all."""
    lines = []
    for who, name in (("model", "The model"), ("person", "People")):
        weeks = [week for week in score.weeks if week.decided_by == who and week.by_rules != week.label]
        if weeks:
            said = ", ".join(f"{week.week} {LABEL_WORDS[week.label].lower()}" for week in weeks)
            lines.append(f"{name} called {count_of(len(weeks), 'week')} otherwise than the rules: {said}.")
    return lines


def day_in_words(day: Day, source: str) -> str:
    """Return a day's numbers in a sentence; `source` says what they are."""
    if day.clicks is None or day.impressions is None:
        return f"{short_date(day.date)}: no data."
    metrics, names = metrics_of(source), metric_names(source)
    clicks, impressions = metrics["clicks"].said(day.clicks), metrics["impressions"].said(day.impressions)
    position = f"no {names.position}" if day.position is None else metrics["position"].said(day.position)
    if names.is_ranks:
        return f"{short_date(day.date)}: {clicks} from {impressions}, {position}."
    ctr = f"no {names.ctr}" if day.ctr is None else metrics["ctr"].said(day.ctr)
    return f"{short_date(day.date)}: {clicks} of {impressions}, {ctr}, {position}."


def ranks_in_words(ranks: DayRanks, day: dt.date) -> str:
    """Return how a tracker's keywords lie on a `day`, or lay when they were last checked, and how they had moved."""
    shares = zip(TOPS, (ranks.top_3, ranks.top_10, ranks.top_100), strict=True)
    tops = ", ".join(f"{percent(share)} in the top {top}" for top, share in shares)
    of = "Of" if ranks.date == day else f"{short_date(ranks.date)}, when last checked, of"
    words = f"{of} {count_of(ranks.keywords, 'keyword')}: {tops}"
    if ranks.volatility is not None:
        words += f"; {decimal(ranks.volatility)} places of change each since the day checked before"
    if ranks.churn is not None:
        words += f", {percent(ranks.churn)} of the top 10 came or went"
    return f"{words}."
