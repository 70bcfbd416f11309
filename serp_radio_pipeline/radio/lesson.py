"""A lesson's tags: its title, and a chapter for each sound."""

from serp_radio_pipeline.audio.id3 import Chapter, Tags
from serp_radio_pipeline.music.lesson import Lesson
from serp_radio_pipeline.music.trial_score import TRIAL_DAY
from serp_radio_pipeline.radio.tagging import ARTIST


def lesson_tags(lesson: Lesson) -> Tags:
    """Return the tags of a lesson's MP3."""
    return Tags(
        title=f"How {lesson.pack.title} sounds",
        artist=ARTIST,
        album=f"{ARTIST}: lessons",
        date=TRIAL_DAY,
        chapters=tuple(
            Chapter(
                round(lesson.seconds(part.tick) * 1000),
                round(lesson.seconds(part.tick + part.length) * 1000),
                part.title,
            )
            for part in lesson.parts
        ),
    )
