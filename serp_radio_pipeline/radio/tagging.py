"""The MP3's tags from the score: title, date, cover, and a chapter for each section of the form."""

from serp_radio_pipeline.audio.id3 import Chapter, Picture, Tags
from serp_radio_pipeline.music.contract import CONTRACT, contract_text
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.cover import cover_png
from serp_radio_pipeline.radio.locale_format import HOUSE, written_in
from serp_radio_pipeline.radio.transcript import chapter_title
from serp_radio_pipeline.radio.words import title, what_was_heard

ARTIST = "SERP Radio"


def tags_for(score: Score, locale: str = HOUSE) -> Tags:
    """Return the episode's tags, the numbers in comment and cover as in that locale."""
    with written_in(locale):
        comment, cover = "\n".join(what_was_heard(score)), cover_png(score)
    return Tags(
        title=title(score),
        artist=ARTIST,
        album=f"{ARTIST}: {score.tenant}",
        date=score.date,
        comment=comment,
        picture=Picture(cover, "image/png"),
        extra=((CONTRACT, contract_text(score).removeprefix(f"{CONTRACT} ")),),
        chapters=tuple(
            Chapter(
                round(score.seconds(section.tick) * 1000),
                round(score.seconds(section.tick + section.length) * 1000),
                chapter_title(score, section.marker),
            )
            for section in score.sections
        ),
    )
