"""Form, harmony, ident and determinism: what the score looks like around the data."""

import datetime as dt
import hashlib
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from serp_radio_pipeline.ingest.demo_series import HARD_SETS
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.music.calibration import transposition_of
from serp_radio_pipeline.music.compose import NoDataInWindowError
from serp_radio_pipeline.music.harmony import PAD_REGISTER, PadVoicer, count_clashes
from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline.music.pack import PackError, parse_pack
from serp_radio_pipeline.music.phrases import ident, ident_steps
from serp_radio_pipeline.music.score import TICKS_PER_BAR, Score
from serp_radio_pipeline.music.seeded_choice import SeededChoice
from serp_radio_pipeline.music.theory import DIATONIC, MODES
from serp_radio_pipeline.music.window import LookbackError, window_for
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.episodes import RULES, SUNDAY, demo_score, metrics_of, score_of

slugs = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True).map(Tenant)


@pytest.mark.parametrize(("lookback", "seconds"), [("28d", 39), ("56d", 56), ("91d", 77)])
def test_an_episode_lasts_as_long_as_its_weeks(lookback: str, seconds: int) -> None:
    score = demo_score(lookback)
    assert score.seconds(score.end_tick) == pytest.approx(seconds, abs=1)


def test_a_window_that_starts_mid_week_starts_with_rests_and_ticks() -> None:
    score = demo_score("10d")  # from a Friday
    assert score.days[0].tick - score.section("week 2026-W11").tick == 4 * 480
    ticks = [n.pitch for n in score.notes if n.purpose == "tick"][:5]
    assert ticks == [36, 42, 42, 42, 42]


def test_under_seven_days_the_key_shrinks_to_one_bar() -> None:
    assert demo_score("6d").section("key").length == TICKS_PER_BAR
    assert demo_score("7d").section("key").length == 2 * TICKS_PER_BAR


def test_a_history_shorter_than_the_lookback_is_no_gap() -> None:
    score = score_of(metrics_of(metrics_of("four weeks").rows[-20:]), "8w")
    assert len(score.days) == 20
    assert not any(day.is_missing for day in score.days)


def test_without_a_day_of_data_there_is_no_episode() -> None:
    metrics = metrics_of("four weeks")
    with pytest.raises(NoDataInWindowError, match="no data from"):
        score_of(metrics, "5d", SUNDAY + dt.timedelta(days=40))


def test_the_key_plays_low_middle_high_and_today_per_voice_with_the_kit_silent() -> None:
    score = demo_score()
    key = score.section("key")
    inside = [note for note in score.notes if key.tick <= note.tick < key.tick + key.length]
    assert not [note for note in inside if note.role == "kit"]
    for day_note in score.days[-1].notes:
        pitches = [note.pitch for note in inside if note.role == day_note.note.role and note.purpose == "key"]
        assert len(pitches) == 4
        assert pitches[:3] == sorted(set(pitches[:3]))
        assert pitches[3] == day_note.note.pitch


@pytest.mark.parametrize("series", sorted(HARD_SETS))
def test_harmony_yields_to_the_data_and_stays_in_its_register(series: str) -> None:
    score = demo_score(series=series)
    pad = [note for note in score.notes if note.role == "pad"]
    assert all(PAD_REGISTER[0] <= note.pitch <= PAD_REGISTER[1] for note in pad)
    assert count_clashes(score.data_notes(), pad) == 0
    assert count_clashes(pad, pad) == 0


@pytest.mark.parametrize("series", sorted(HARD_SETS))
def test_the_tonic_of_each_label_is_heard_under_its_weeks(series: str) -> None:
    score = demo_score(series=series)
    roots = {(mode.name, chord.name): chord.steps[0] for mode in MODES.values() for loop in mode.loops
             for bar in loop for chord in bar}  # fmt: skip
    first, last = score.days[0].tick, score.days[-1].tick
    pad = [note for note in score.notes if note.role == "pad"]
    beats = heard = 0
    for half in score.harmony:
        if not first <= half.tick <= last:
            continue
        root = (DIATONIC[roots[half.mode, half.chord]] + score.calibration.transposition) % 12
        for beat in range(half.tick, half.tick + half.length, 480):
            beats += 1
            heard += any(n.tick <= beat < n.tick + n.length and n.pitch % 12 == root for n in pad)
    assert heard / beats > 0.5


def test_every_note_belongs_to_the_tenants_one_collection() -> None:
    score = demo_score()
    collection = {(pitch + score.calibration.transposition) % 12 for pitch in DIATONIC}
    assert {note.pitch % 12 for note in score.all_notes() if note.role != "kit"} <= collection


@pytest.mark.parametrize("label", list(Label))
def test_each_label_has_its_own_tonic_and_ends_on_its_own_chord(label: Label) -> None:
    mode = MODES[label]
    voicer = PadVoicer(0, SeededChoice("seed"))
    half = voicer.voice(mode.cadence[-1], mode, 0, 480, voices=4)
    assert not half.gave_way
    assert DIATONIC[mode.tonic] in {pitch % 12 for pitch in half.pitches}
    assert len({mode.tonic for mode in MODES.values()}) == 4


@given(slugs)
def test_an_ident_comes_from_the_name_alone_and_ends_on_the_tonic(tenant: Tenant) -> None:
    steps = ident_steps(tenant.slug)
    assert 5 <= len(steps) <= 7
    assert steps == ident_steps(tenant.slug)
    assert steps[-1][1] == 0
    in_ionian, in_aeolian = (ident(tenant.slug, 0, tonic, 0, "ident") for tonic in (0, 5))
    assert [note.tick for note in in_ionian] == [note.tick for note in in_aeolian]
    assert in_ionian[-1].pitch % 12 == 0
    assert in_aeolian[-1].pitch % 12 == 9


@given(slugs)
def test_transpositions_stay_within_half_an_octave(tenant: Tenant) -> None:
    assert -5 <= transposition_of(tenant) <= 6


def test_the_seed_never_touches_a_data_lane() -> None:
    metrics, packs = metrics_of("demo"), []
    original = (RULES / "packs" / "newsroom.yaml").read_text(encoding="utf-8")
    from serp_radio_pipeline.music.compose import compose  # noqa: PLC0415
    from serp_radio_pipeline_tests.episodes import labels_of  # noqa: PLC0415

    labels = labels_of(metrics)
    for number in range(5):
        pack = parse_pack(original.replace("name: newsroom", f"name: pack-{number}"), name="pack")
        packs.append(compose(metrics, labels, pack, "8w"))
    assert len({score.seed for score in packs}) == 5
    assert len({score.days for score in packs}) == 1


def test_a_score_round_trips_through_json() -> None:
    score = demo_score()
    assert Score.from_json(score.to_json()) == score
    assert Score.from_json(score.to_json()).to_json() == score.to_json()


@pytest.mark.parametrize(
    "damage",
    [
        {"days": ()},
        {"end_tick": 100},
        {"date": "2026-03-21"},
        {"surprise": 1},
        {"overall": {"week": None, "label": "UP", "rule": "r", "reason": "x", "confidence": 7}},
    ],
)
def test_a_wrong_score_cannot_be_built(damage: dict[str, object]) -> None:
    content = {**demo_score().model_dump(mode="json"), **damage}
    with pytest.raises(ValidationError):
        Score.model_validate(content)


def test_the_same_input_gives_the_same_bytes_whatever_the_hash_seed() -> None:
    program = (
        "import hashlib\n"
        "from serp_radio_pipeline.music.midi_file import midi_bytes\n"
        "from serp_radio_pipeline_tests.episodes import demo_score\n"
        "print(hashlib.sha256(midi_bytes(demo_score())).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for seed in ("1", "4242")
    }
    assert digests == {hashlib.sha256(midi_bytes(demo_score())).hexdigest()}


@pytest.mark.parametrize(
    ("lookback", "days"), [("1d", 1), ("56d", 56), ("8w", 56), ("13w", 91), ("1m", 28), ("2m", 59)]
)
def test_a_lookback_counts_days_weeks_or_months(lookback: str, days: int) -> None:
    assert window_for(lookback, SUNDAY).days == days


@pytest.mark.parametrize("lookback", ["", "0d", "8", "w8", "-1d", "8 w", "14w", "92d", "4m", "1y", "٣d", "1e3d"])
def test_a_wrong_lookback_is_refused_with_the_reason(lookback: str) -> None:
    with pytest.raises(LookbackError, match="lookback"):
        window_for(lookback, SUNDAY)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("tempo: 100", "tempo: 180"), "tempo"),
        (("program: 4,", "program: 128,"), "roles.lead.program"),
        (("  lead:", "  solo:"), "roles"),
        (("name: newsroom", "name: ../evil"), "name"),
        (("pan: 12", "pan: left"), "line [23][0-9]: roles.lead.pan"),
        (("roles:", "roles: ["), "not valid YAML"),
    ],
)
def test_a_wrong_pack_is_refused_and_says_where(change: tuple[str, str], says: str) -> None:
    original = (RULES / "packs" / "newsroom.yaml").read_text(encoding="utf-8")
    with pytest.raises(PackError, match=says):
        parse_pack(original.replace(*change), name="mine.yaml")
