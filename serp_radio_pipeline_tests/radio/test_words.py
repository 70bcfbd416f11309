import datetime as dt
from dataclasses import replace

import pytest

from serp_radio_pipeline.ingest.daily_metrics import DailyRow
from serp_radio_pipeline.labels.happenings import happenings
from serp_radio_pipeline.music.compose import compose
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.words import title, verdict, what_was_heard
from serp_radio_pipeline_tests.episodes import SUNDAY, demo_score, events, labels_of, metrics_of, newsroom, score_of

STEADY = metrics_of("small and steady").rows


def days_before(count: int) -> dt.date:
    return SUNDAY - dt.timedelta(days=count)


def heard(rows: tuple[DailyRow, ...], lookback: str = "28d", day: dt.date | None = None) -> str:
    return "\n".join(what_was_heard(score_of(metrics_of(rows), lookback, day)))


def changed(back: int, **values: object) -> tuple[DailyRow, ...]:
    return tuple(replace(row, **values) if row.date == days_before(back) else row for row in STEADY)  # type: ignore[arg-type]


def without(*back: int) -> tuple[DailyRow, ...]:
    return tuple(row for row in STEADY if row.date not in map(days_before, back))


def test_the_title_names_tenant_day_and_verdict() -> None:
    assert title(demo_score(series="rising")) == "demo, 2026-03-22: momentum up"


def test_the_verdict_gives_its_reason() -> None:
    score = demo_score(series="rising")
    assert verdict(score) == f"Momentum up: {score.overall.reason}"
    assert what_was_heard(score)[0] == verdict(score)


def test_a_quiet_window_has_a_verdict_and_today_and_no_more() -> None:
    score = demo_score().model_copy(update={"days": demo_score().days[-1:], "first_date": SUNDAY})
    assert len(what_was_heard(_without_clips(score))) == 2


def _without_clips(score: Score) -> Score:
    days = tuple(
        day.model_copy(update={"notes": tuple(note.model_copy(update={"clipped": 0}) for note in day.notes)})
        for day in score.days
    )
    return score.model_copy(update={"days": days})


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {"clicks": 1234, "impressions": 56789, "position": 8.04},
            "2026-03-22: 1,234 clicks of 56,789 impressions, CTR 2.17%, position 8.0.",
        ),
        (
            {"clicks": 1, "impressions": 1, "position": 1.0},
            "2026-03-22: 1 click of 1 impression, CTR 100.00%, position 1.0.",
        ),
        (
            {"clicks": 0, "impressions": 0, "position": None},
            "2026-03-22: 0 clicks of 0 impressions, no CTR, no position.",
        ),
    ],
)
def test_today_is_told_in_numbers(values: dict[str, object], sentence: str) -> None:
    assert sentence in heard(changed(0, **values))


def test_a_missing_today_is_said_to_be_missing() -> None:
    assert "2026-03-22: no data." in heard(without(0), day=SUNDAY)


def test_missing_days_are_counted() -> None:
    assert "1 day without data: the side stick keeps time, the voices rest." in heard(without(3))
    assert "3 days without data" in heard(without(3, 9, 10))
    assert "without data" not in heard(STEADY)


def test_days_before_the_window_do_not_count_as_missing() -> None:
    assert "without data" not in heard(without(40))


def test_provisional_days_are_named() -> None:
    rows = tuple(replace(row, is_provisional=row.date >= days_before(1)) for row in STEADY)
    assert "Still provisional, played softly: 2026-03-21, 2026-03-22." in heard(rows)
    assert "provisional" not in heard(STEADY)


def test_days_beyond_the_scale_are_counted_once_each() -> None:
    score = _without_clips(demo_score())
    loud = score.days[5]
    clipped = loud.model_copy(update={"notes": tuple(n.model_copy(update={"clipped": 1}) for n in loud.notes)})
    one = score.model_copy(update={"days": (*score.days[:5], clipped, *score.days[6:])})
    assert "1 day beyond the scale, marked with a grace note." in what_was_heard(one)
    assert "beyond the scale" not in "\n".join(what_was_heard(score))


def test_a_retuned_scale_is_announced() -> None:
    sentence = "The scale was re-tuned: pitches can't be compared with yesterday's."
    score = demo_score()
    assert sentence in what_was_heard(score.model_copy(update={"retuned": True}))
    assert sentence not in what_was_heard(score.model_copy(update={"retuned": False}))


def test_five_events_are_said_by_priority_with_their_days() -> None:
    metrics = metrics_of("begins from nothing")
    found = happenings(metrics, SUNDAY, events())
    score = compose(metrics, labels_of(metrics), newsroom(), "91d", happenings=found)
    said = [line for line in what_was_heard(score)[2:] if line[:2] == "20"]
    assert len(score.events) > len(said) == 5
    assert said[0] == "2026-03-11: Most clicks of 88 days: 32; the record was 27."
    assert set(said) <= {f"{event.date}: {event.sentence}" for event in score.events}
