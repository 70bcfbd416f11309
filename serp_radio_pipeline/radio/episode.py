"""What listeners open: the page, and beside it transcript, chapters, show notes and cover, made from score and MP3."""

from collections.abc import Mapping
from dataclasses import dataclass

from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.cover import cover_png
from serp_radio_pipeline.radio.episode_page import episode_page
from serp_radio_pipeline.radio.show_notes import show_notes
from serp_radio_pipeline.radio.transcript import chapters_json, transcript_vtt


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode's files as bytes: HTML, WebVTT, JSON chapters (podcast namespace 1.2), Markdown, a PNG."""

    page: bytes
    transcript: bytes
    chapters: bytes
    notes: bytes
    cover: bytes

    def beside_the_page(self) -> Mapping[str, bytes]:
        """Return the other files by their extension."""
        return {"vtt": self.transcript, "json": self.chapters, "md": self.notes, "png": self.cover}


def make_episode(score: Score, mp3: bytes | None) -> Episode:
    """Return the episode; the same score and MP3 give the same bytes."""
    return Episode(
        episode_page(score, mp3), transcript_vtt(score), chapters_json(score), show_notes(score), cover_png(score)
    )
