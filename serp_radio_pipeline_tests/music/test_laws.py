"""The laws of the mapping, for all input: order, polarity, isolation of lanes, and that decoding undoes encoding."""

import datetime as dt
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.ingest.daily_metrics import DailyRow
from serp_radio_pipeline.ingest.demo_series import HARD_SETS
from serp_radio_pipeline.labels.calibration_period import calibration_period, metric_level
from serp_radio_pipeline.music.calibration import LENGTH_MARGIN, LENGTHS, calibrate, stretch, unstretch
from serp_radio_pipeline.music.decode import decode_midi
from serp_radio_pipeline.music.fidelity import fidelity
from serp_radio_pipeline.music.lanes import days_of, lane_note
from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline.music.rank_correlation import rank_correlation
from serp_radio_pipeline.music.window import window_for
from serp_radio_pipeline_tests.episodes import SUNDAY, TENANT, metrics_of, score_of

DEMO = metrics_of("demo")
CALIBRATION = calibrate(TENANT, calibration_period(DEMO, SUNDAY))

ENDS = LENGTHS["ctr"]
counts = st.integers(0, 10_000_000)
ranks = st.floats(1, 999, allow_nan=False).map(lambda rank: round(rank, 2))


def row(clicks: int = 10, impressions: int = 1000, position: float = 8.0, *, day: dt.date = SUNDAY) -> DailyRow:
    return DailyRow(day, clicks, impressions, position if impressions else None)


@given(counts, counts)
def test_more_clicks_never_sound_lower_or_softer(one: int, other: int) -> None:
    low, high = sorted((one, other))
    quiet, loud = (lane_note("clicks", row(clicks=c, impressions=high + 1), 0, CALIBRATION) for c in (low, high))
    assert quiet is not None
    assert loud is not None
    assert quiet.note.pitch <= loud.note.pitch
    assert quiet.note.velocity <= loud.note.velocity


@given(counts, counts)
def test_more_impressions_never_sound_lower_or_softer(one: int, other: int) -> None:
    low, high = sorted((one, other))
    quiet, loud = (lane_note("impressions", row(clicks=0, impressions=i), 0, CALIBRATION) for i in (low, high))
    assert quiet is not None
    assert loud is not None
    assert quiet.note.pitch <= loud.note.pitch
    assert quiet.note.velocity <= loud.note.velocity


@given(ranks, ranks)
def test_a_better_rank_never_sounds_lower_or_softer(one: float, other: float) -> None:
    better, worse = sorted((one, other))
    high, low = (lane_note("position", row(position=p), 0, CALIBRATION) for p in (better, worse))
    assert high is not None
    assert low is not None
    assert high.note.pitch >= low.note.pitch
    assert high.note.velocity >= low.note.velocity


@given(st.floats(0.0001, 1), st.floats(0.0001, 1))
def test_a_higher_ctr_is_never_shorter_and_a_day_without_clicks_is_shortest(one: float, other: float) -> None:
    low, high = sorted((one, other))
    import math  # noqa: PLC0415

    assert CALIBRATION.length(None) < CALIBRATION.length(math.log2(low)) <= CALIBRATION.length(math.log2(high)) <= 432


@pytest.mark.parametrize("series", sorted(HARD_SETS))
def test_rank_1_is_the_top_of_the_register_for_every_site(series: str) -> None:
    metrics = metrics_of(series)
    lane = calibrate(TENANT, calibration_period(metrics, metrics.rows[-1].date)).position
    assert lane.pitch(0.0) == lane.pitches[-1]


def test_a_rising_series_never_falls() -> None:
    rows = tuple(
        row(20 + 3 * day, 2000 + 90 * day, 30 - day / 5, day=SUNDAY - dt.timedelta(days=90 - day)) for day in range(91)
    )
    score = score_of(metrics_of(rows), "91d")
    for lane in ("clicks", "impressions", "position"):
        notes = [note.note for day in score.days for note in day.notes if note.lane == lane]
        assert [n.pitch for n in notes] == sorted(n.pitch for n in notes)
        assert [n.velocity for n in notes] == sorted(n.velocity for n in notes)


@given(st.floats(-3, 4), st.floats(-3, 4))
def test_stretching_keeps_order_and_can_be_undone(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert stretch(low, ENDS, LENGTH_MARGIN) <= stretch(high, ENDS, LENGTH_MARGIN)
    if -0.2 < one < 1.2:
        assert unstretch(stretch(one, ENDS, LENGTH_MARGIN), ENDS, LENGTH_MARGIN) == pytest.approx(one, abs=1e-6)


@st.composite
def series(draw: st.DrawFn) -> tuple[DailyRow, ...]:
    """Any site: 1 to 70 days, gaps, zero days, provisional ends, clicks from none to millions."""
    size = draw(st.sampled_from([1, 30, 3_000, 5_000_000]))
    days = draw(st.lists(st.integers(0, 75), min_size=1, max_size=70, unique=True))
    rows = []
    for offset in sorted(days):
        impressions = draw(st.integers(0, size))
        position = draw(ranks) if impressions else None
        provisional = offset >= 73
        clicks = draw(st.integers(0, impressions))
        date = SUNDAY - dt.timedelta(days=75 - offset)
        rows.append(DailyRow(date, clicks, impressions, position, is_provisional=provisional))
    return tuple(rows)


@settings(max_examples=60, deadline=None)
@given(series())
def test_decoding_undoes_encoding_for_any_site(rows: tuple[DailyRow, ...]) -> None:
    score = score_of(metrics_of(rows))
    decoded = decode_midi(midi_bytes(score))
    assert fidelity(score, decoded).wrong == ()
    for day, heard in zip(score.days, decoded.days, strict=True):
        assert (day.clicks is None) == (heard.clicks is None)
        assert (day.position is None) == (heard.position is None)
        if day.clicks == 0 and day.impressions:
            assert heard.ctr == 0


@pytest.mark.parametrize("series", sorted(HARD_SETS))
def test_every_hard_set_decodes_at_the_gates(series: str) -> None:
    score = score_of(metrics_of(series))
    figures = fidelity(score, decode_midi(midi_bytes(score)))
    assert figures.wrong == ()
    assert figures.clash_share <= 0.02
    for metric, gate in {"clicks": 0.995, "impressions": 0.995, "position": 0.995, "ctr": 0.999}.items():
        rho = figures.rho[metric]
        assert rho is None or rho >= gate, (metric, rho)


def test_shuffled_days_are_heard_as_shuffled() -> None:
    rows = list(DEMO.rows)
    order = list(range(len(rows)))
    random.Random(7).shuffle(order)
    shuffled = tuple(
        DailyRow(old.date, rows[i].clicks, rows[i].impressions, rows[i].position)
        for old, i in zip(rows, order, strict=True)
    )
    heard = decode_midi(midi_bytes(score_of(metrics_of(shuffled), "91d"))).days
    truth = {r.date: r for r in rows}
    for lane in ("clicks", "impressions", "position"):
        rho = rank_correlation([getattr(truth[d.date], lane) for d in heard], [getattr(d, lane) for d in heard])
        assert rho is not None
        assert abs(rho) < 0.3


@pytest.mark.parametrize(
    ("changed", "own"),
    [
        ({"clicks": 90}, {"clicks"}),
        ({"impressions": 30_000}, {"impressions"}),
        ({"position": 3.0}, {"position"}),
    ],
)
def test_one_metric_perturbed_changes_its_own_lane_and_ctr_only(changed: dict[str, float], own: set[str]) -> None:
    window = window_for("8w", SUNDAY)
    before = days_of(DEMO, window, CALIBRATION, 0)
    last = DEMO.rows[-1]
    values = {"clicks": last.clicks, "impressions": last.impressions, "position": last.position, **changed}
    perturbed = (*DEMO.rows[:-1], DailyRow(last.date, **values))  # type: ignore[arg-type]
    after = days_of(metrics_of(perturbed), window, CALIBRATION, 0)
    assert after[:-1] == before[:-1]
    one = {note.lane: note.note for note in before[-1].notes}
    other = {note.lane: note.note for note in after[-1].notes}
    moved = {lane for lane in one if (one[lane].pitch, one[lane].velocity) != (other[lane].pitch, other[lane].velocity)}
    assert moved == own
    assert {note.tick for note in one.values()} == {note.tick for note in other.values()}


def test_the_interval_between_lead_and_bass_follows_the_ctr() -> None:
    clicks, impressions = CALIBRATION.clicks, CALIBRATION.impressions
    assert clicks.high - clicks.low == pytest.approx(impressions.high - impressions.low, abs=1e-5)
    assert len(clicks.pitches) == len(impressions.pitches) == 15


def test_the_same_value_is_the_same_pitch_all_month() -> None:
    history = metrics_of("flat")
    ids = {calibrate(TENANT, calibration_period(history, SUNDAY.replace(day=d))).id for d in range(1, 23)}
    assert len(ids) == 1


def test_levels_are_inverted_once() -> None:
    assert metric_level(row(position=1.0), "position") == 0
    assert metric_level(row(position=2.0), "position") == -1
