"""What listeners open: the page, and beside it transcript, chapters, notes and pictures, made from score and MP3."""

from collections.abc import Mapping
from dataclasses import dataclass

from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.card import card
from serp_radio_pipeline.radio.cover import cover
from serp_radio_pipeline.radio.drawing import drawing_png, drawing_svg
from serp_radio_pipeline.radio.episode_page import episode_page
from serp_radio_pipeline.radio.locale_format import HOUSE, written_in
from serp_radio_pipeline.radio.piano_roll import piano_roll
from serp_radio_pipeline.radio.show_notes import show_notes
from serp_radio_pipeline.radio.transcript import chapters_json, transcript_vtt


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode's files as bytes: HTML, WebVTT, JSON chapters (podcast namespace 1.2), Markdown, and three pictures.

    The square cover, the wide card for chats and the piano roll are there as PNG and as SVG.
    """

    page: bytes
    transcript: bytes
    chapters: bytes
    notes: bytes
    cover_png: bytes
    cover_svg: bytes
    card_png: bytes
    card_svg: bytes
    piano_roll_png: bytes
    piano_roll_svg: bytes

    def beside_the_page(self) -> Mapping[tuple[str, str], bytes]:
        """Return the other files by their folder and extension."""
        return {
            ("episode", "vtt"): self.transcript,
            ("episode", "json"): self.chapters,
            ("episode", "md"): self.notes,
            ("episode", "png"): self.cover_png,
            ("episode", "svg"): self.cover_svg,
            ("card", "png"): self.card_png,
            ("card", "svg"): self.card_svg,
            ("piano_roll", "png"): self.piano_roll_png,
            ("piano_roll", "svg"): self.piano_roll_svg,
        }


def make_episode(score: Score, mp3: bytes | None, locale: str = HOUSE) -> Episode:
    """Return the episode, numbers and dates as in that locale; the same score, MP3 and locale give the same bytes."""
    with written_in(locale):
        return _made(score, mp3)


def _made(score: Score, mp3: bytes | None) -> Episode:
    square, wide, roll = cover(score), card(score), piano_roll(score)
    return Episode(
        page=episode_page(score, mp3),
        transcript=transcript_vtt(score),
        chapters=chapters_json(score),
        notes=show_notes(score),
        cover_png=drawing_png(square),
        cover_svg=drawing_svg(square),
        card_png=drawing_png(wide),
        card_svg=drawing_svg(wide),
        piano_roll_png=drawing_png(roll),
        piano_roll_svg=drawing_svg(roll),
    )
