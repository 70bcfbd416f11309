"""The card that chats show for a link to an episode: a wide picture with who, when, the verdict and clicks."""

from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.cover import bars_caption, click_bars
from serp_radio_pipeline.radio.drawing import Bars, Drawing, Shape, Words
from serp_radio_pipeline.radio.locale_format import drawn_date
from serp_radio_pipeline.radio.palette import INK, LABEL_COLOURS, LABEL_SHAPES, LABEL_WORDS
from serp_radio_pipeline.radio.show_notes import clicks_in_words
from serp_radio_pipeline.radio.words import title

WIDTH, HEIGHT, MARGIN = 1200, 630, 70
"""What Open Graph's readers show whole, 1.91 to 1."""
WIDE = WIDTH - 2 * MARGIN


def card(score: Score) -> Drawing:
    """Return an episode's card, 1200 x 630 pixels; the same score gives the same card.

    The verdict has its shape as well as its colour: some see no colour, and some chats show none.
    """
    label = score.overall.label
    colour = LABEL_COLOURS[label]
    return Drawing(
        WIDTH,
        HEIGHT,
        title(score),
        (colour,),
        (
            Bars(((0, 0, WIDTH, 18),), colour),
            Words(MARGIN, 48, score.tenant, 60, INK, WIDE),
            Words(MARGIN, 126, drawn_date(score.date), 36, INK),
            Shape(MARGIN, 192, LABEL_SHAPES[label], 4, colour),
            Words(MARGIN + 116, 184, LABEL_WORDS[label], 92, INK),
            Words(MARGIN, 308, clicks_in_words(score), 38, INK, WIDE),
            *click_bars(score, (MARGIN, 380, WIDTH - MARGIN, 556)),
            Words(MARGIN, 572, bars_caption(score), 28, INK),
            Words(WIDTH - MARGIN - 148, 572, "SERP Radio", 28, INK, 148),
        ),
    )
