"""What moved, in notes, transcript, page and tags: figures that add up, mix kept apart, and labels that do nothing."""

import dataclasses
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.audio.id3 import read_tags, write_tags
from serp_radio_pipeline.labels.decomposition import Mix, Parts
from serp_radio_pipeline.labels.movers import Movement, Mover, Numbers
from serp_radio_pipeline.radio.episode import make_episode
from serp_radio_pipeline.radio.episode_page import episode_page
from serp_radio_pipeline.radio.movers_in_words import mix_in_words, mix_instead_of_movement, mover_in_words
from serp_radio_pipeline.radio.show_notes import show_notes
from serp_radio_pipeline.radio.tagging import tags_for
from serp_radio_pipeline.radio.transcript import transcript_vtt
from serp_radio_pipeline.radio.words import what_was_heard
from serp_radio_pipeline_tests.episodes import demo_score
from serp_radio_pipeline_tests.movers import moved, mover_score, score_with

RISE = Mover(
    "query",
    "radio",
    ("28 days to 2026-02-22", "28 days to 2026-03-22"),
    Numbers(120, 3000, 8.2, is_listed=True),
    Numbers(1300, 6000, 4.1, is_listed=True),
    Parts(550.4, 400.4, 229.2),
    knows_rank=True,
)
NEW = Numbers(0, 0, None, is_listed=False)
MIX = Mix("position", 8.0, 12.5, within=-0.3, between=4.8, most_by="weak one")


def movement_of(*mixes: Mix) -> Movement:
    return Movement((), "query", ("before", "now"), mixes, (0.442, 0.48))


@pytest.mark.parametrize(
    ("mover", "why"),
    [
        (RISE, "Demand +550, rank +400 (position 8.2 to 4.1), CTR +230."),
        (dataclasses.replace(RISE, knows_rank=False), "CTR +630; position 8.2 to 4.1, whose share can't be told."),
        (dataclasses.replace(RISE, parts=None), "Why can't be said: the way of counting changed in between."),
        (dataclasses.replace(RISE, before=NEW), "radio”, not listed in the 28 days to 2026-02-22, 1,300 clicks"),
        (dataclasses.replace(RISE, before=NEW), "+1,300. It was shown in one of the periods only."),
    ],
)
def test_a_mover_is_told_with_figures_that_add_up(mover: Mover, why: str) -> None:
    assert why in mover_in_words(mover)


def test_an_average_that_changed_by_mix_is_told_apart_from_movement() -> None:
    assert mix_instead_of_movement(movement_of(MIX)) == (
        "Average position over the queries listed went from 8.0 to 12.5, mainly mix, not movement: 0.3 better by "
        "queries that moved, 4.8 worse by others being shown, most of it “weak one”.",
    )
    by_movement = dataclasses.replace(MIX, within=4.2, between=0.3)
    assert mix_instead_of_movement(movement_of(by_movement)) == ()
    assert "mainly movement: 4.2 worse" in mix_in_words(movement_of(by_movement))[0]
    assert mix_in_words(movement_of()) == ("Clicks of queries that the exports do not name: 44% before, 48% now.",)
    assert len(mix_in_words(movement_of(dataclasses.replace(MIX, now=8.05)))) == 1


def test_notes_transcript_page_and_tags_name_the_movers() -> None:
    score = mover_score()
    for text in (show_notes(score), transcript_vtt(score), episode_page(score, None)):
        for words in ("Clarinet: query “sonification”, 400 clicks", "Jazz Guitar: query “radio, live”, 120 clicks"):
            assert words in text.decode()
    assert "Moved: query “sonification”, 400 clicks in the 28 days to 2026-02-22, 90 clicks" in "".join(
        what_was_heard(score)
    )
    assert "Movers" in [chapter.title for chapter in tags_for(score).chapters]


def test_without_a_comparison_nothing_is_said_of_movers() -> None:
    made = make_episode(demo_score("8w"), None)
    for text in (made.page, made.notes, made.transcript, made.chapters):
        assert b"What moved" not in text
        assert b"Movers" not in text


def test_where_nothing_moved_the_page_says_so() -> None:
    score = score_with(moved({"demo": (900, 905)}))
    assert b"No query or page moved by more than chance." in episode_page(score, None)
    assert b"No query or page moved by more than chance." in show_notes(score)


HOSTILE = [
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "a --> b",
    "</script><img src=x>",
    "\u202eevil",
    "{{ 7 * 7 }}",
    "x" * 10_000,
    "\x00\x07nul",
    "| a | b |",
]


@pytest.mark.parametrize("label", HOSTILE)
def test_a_hostile_label_does_nothing_anywhere(label: str) -> None:
    score = score_with(moved({label: (100, 900)}))
    made = make_episode(score, None)
    page, notes, transcript = made.page.decode(), made.notes.decode(), made.transcript.decode()
    assert "<script>alert" not in page
    assert "<img" not in page
    assert not re.search(r"(?<!\\)[\[<|]", notes)
    assert all(line.count("-->") == 1 for line in transcript.splitlines() if "-->" in line)
    assert "<" not in transcript
    assert json.loads(made.chapters)["chapters"]
    for text in (page, notes, transcript):
        assert not set(text) & set("\x00\x07\u202e")
        assert "x" * 100 not in text
    assert read_tags(write_tags(tags_for(score)) + b"\0").comment == tags_for(score).comment


@settings(deadline=None, max_examples=15)
@given(st.text(min_size=1).map(str.strip).filter(bool))
def test_any_label_leaves_page_and_tags_whole(label: str) -> None:
    score = score_with(moved({label: (100, 900)}))
    assert episode_page(score, None).rstrip().endswith(b"</html>")
    assert write_tags(tags_for(score))
