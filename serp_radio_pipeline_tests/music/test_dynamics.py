"""Faders and expression: who plays alone comes forward, by the form alone and never by a value."""

import io

import mido
import pytest

from serp_radio_pipeline.music.contract import contract
from serp_radio_pipeline.music.dynamics import FULL_EXPRESSION, bed_expression_moves, fader_moves, key_gain
from serp_radio_pipeline.music.harmony import expression
from serp_radio_pipeline.music.lanes import LANE_ROLES
from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline.music.pack import Role
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline_tests.episodes import demo_score, metrics_of, score_of

DATA_ROLES = tuple(LANE_ROLES.values())


def value_at(moves: tuple[tuple[int, int], ...], tick: int) -> int:
    return [value for moved, value in moves if moved <= tick][-1]


@pytest.mark.parametrize("role", DATA_ROLES)
@pytest.mark.parametrize("series", ["demo", "gaps", "zero days", "spikes"])
def test_a_data_voice_has_one_level_for_all_days_and_another_in_the_key(role: str, series: str) -> None:
    score = demo_score(series=series)
    moves, voice = fader_moves(score, role), score.pack.roles[role]
    assert {value_at(moves, note.tick) for note in score.data_notes() if note.role == role} == {voice.level}
    keys = [note.tick for note in score.notes if note.purpose == "key" and note.role == role]
    assert {value_at(moves, tick) for tick in keys} == {voice.solo}
    assert len(moves) == 3


def test_ident_and_cadence_come_forward() -> None:
    score = demo_score()
    for role in ("pad", "kit"):
        moves, voice = fader_moves(score, role), score.pack.roles[role]
        assert voice.solo is not None
        for section in score.sections:
            wanted = voice.solo if section.marker in ("ident", "cadence") else voice.level
            closed = role == "pad" and section.marker == "key"
            assert value_at(moves, section.tick) == (0 if closed else wanted)


@pytest.mark.parametrize("role", ["pad", "motif"])
def test_what_rings_on_from_the_ident_is_faded_out_before_the_key_begins(role: Role) -> None:
    score = demo_score()
    key, ident_ends = score.section("key"), max(n.tick + n.length for n in score.notes if n.purpose == "ident")
    steps = [(tick, value) for tick, value in fader_moves(score, role) if 0 < tick <= key.tick]
    assert [value for _, value in steps] == sorted((value for _, value in steps), reverse=True)
    assert steps[-1] == (key.tick, 0)
    assert steps[0][0] >= ident_ends - 60
    assert not [note for note in score.notes if note.role == role and key.tick <= note.tick < key.tick + key.length]


def test_missing_days_change_no_level() -> None:
    score = demo_score(series="gaps")
    assert any(day.is_missing for day in score.days)
    moves, voice = fader_moves(score, "pad"), score.pack.roles["pad"]
    assert {value_at(moves, day.tick) for day in score.days} == {voice.level}


def test_the_accompaniment_comes_forward_before_the_window_begins() -> None:
    score = score_of(metrics_of("demo"), "11d")
    first_week = next(section for section in score.sections if section.marker.startswith("week "))
    assert score.days[0].tick - first_week.tick >= 2 * 480
    assert value_at(fader_moves(score, "pad"), first_week.tick) == score.pack.roles["pad"].solo
    assert value_at(fader_moves(score, "pad"), score.days[0].tick) == score.pack.roles["pad"].level
    assert value_at(bed_expression_moves(score), first_week.tick) == FULL_EXPRESSION


def test_the_beds_expression_is_each_weeks_confidence() -> None:
    score = demo_score()
    moves = bed_expression_moves(score)
    for week in score.weeks:
        assert value_at(moves, score.section(f"week {week.week}").tick) == expression(week.confidence)


def test_the_file_holds_the_moves_before_the_notes_of_their_tick() -> None:
    score = demo_score(series="gaps")
    tracks = {track.name: track for track in mido.MidiFile(file=io.BytesIO(midi_bytes(score)), charset="utf-8").tracks}
    for role in score.pack.roles:
        now, moves, noted = 0, [], set()
        for message in tracks[role]:
            now += message.time
            if message.type == "control_change" and message.control == 7:
                assert now not in noted
                moves.append((now, message.value))
            elif message.type == "note_on":
                noted.add(now)
        assert tuple(moves) == fader_moves(score, role)


def test_the_contract_tells_the_ear_how_much_louder_the_key_is() -> None:
    score: Score = demo_score()
    lanes = contract(score)["lanes"]
    assert isinstance(lanes, dict)
    for lane, role in LANE_ROLES.items():
        voice = score.pack.roles[role]
        assert voice.solo is not None
        assert lanes[lane]["key_gain"] == pytest.approx((voice.solo / voice.level) ** 2, abs=1e-4)


def test_a_pack_without_solo_levels_keeps_its_levels() -> None:
    score = demo_score()
    roles = {role: voice.model_copy(update={"solo": None}) for role, voice in score.pack.roles.items()}
    plain = score.model_copy(update={"pack": score.pack.model_copy(update={"roles": roles})})
    assert all(fader_moves(plain, role) == ((0, roles[role].level),) for role in roles if role not in ("pad", "motif"))
    assert {key_gain(plain.pack, role) for role in DATA_ROLES} == {1.0}
