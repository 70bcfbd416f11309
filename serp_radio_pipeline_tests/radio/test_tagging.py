import pytest

from serp_radio_pipeline.audio.id3 import Picture, write_tags
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.cover import cover_png
from serp_radio_pipeline.radio.tagging import tags_for
from serp_radio_pipeline.radio.words import title, what_was_heard
from serp_radio_pipeline_tests.episodes import demo_score


@pytest.fixture(scope="module", params=["1d", "6d", "56d", "13w"])
def score(request: pytest.FixtureRequest) -> Score:
    return demo_score(request.param)


def test_every_section_is_a_chapter_and_they_follow_each_other_without_a_gap(score: Score) -> None:
    chapters = tags_for(score).chapters
    assert len(chapters) == len(score.sections)
    assert chapters[0].start_ms == 0
    assert [c.end_ms for c in chapters[:-1]] == [c.start_ms for c in chapters[1:]]
    assert chapters[-1].end_ms == round(score.seconds(score.end_tick) * 1000)


def test_a_weeks_chapter_names_the_week_as_it_is_written_and_its_label(score: Score) -> None:
    titles = [chapter.title for chapter in tags_for(score).chapters]
    assert titles[:2] == ["Ident", "The scale"]
    assert titles[-2:] == ["Today", "Verdict"]
    words = {"MOMENTUM_POS": "momentum up", "MOMENTUM_NEG": "momentum down", "VOLATILE_SPIKE": "volatile"}
    assert titles[2:-2] == [f"Week {week.week}: {words.get(week.label, 'steady')}" for week in score.weeks]


def test_the_tags_carry_title_date_album_words_and_cover() -> None:
    score = demo_score()
    tags = tags_for(score)
    assert (tags.title, tags.artist, tags.album) == (title(score), "SERP Radio", "SERP Radio: demo")
    assert tags.date == score.date
    assert tags.comment.splitlines() == list(what_was_heard(score))
    assert tags.picture == Picture(cover_png(score), "image/png")


def test_the_same_score_gives_the_same_tag_byte_for_byte() -> None:
    score = demo_score()
    assert write_tags(tags_for(score)) == write_tags(tags_for(Score.from_json(score.to_json())))
