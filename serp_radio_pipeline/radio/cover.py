"""Covers, square: an episode's, with who, when, the verdict in one colour and clicks as bars; and a tenant's."""

from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.drawing import Bars, Box, Drawing, Words, drawing_png
from serp_radio_pipeline.radio.figures import count_of, metrics_of
from serp_radio_pipeline.radio.locale_format import drawn_date
from serp_radio_pipeline.radio.palette import FAINT, INK, LABEL_COLOURS, LABEL_WORDS
from serp_radio_pipeline.radio.words import title
from serp_radio_pipeline.tenant import Tenant

SIDE, MARGIN = 1400, 100
WIDE = SIDE - 2 * MARGIN
BARS_TOP, BARS_BOTTOM = 640, 1240


def cover(score: Score) -> Drawing:
    """Return an episode's cover, 1400 x 1400 pixels; the same score gives the same cover."""
    colour = LABEL_COLOURS[score.overall.label]
    return Drawing(
        SIDE,
        SIDE,
        title(score),
        (colour,),
        (
            Bars(((0, 0, SIDE, 28),), colour),
            Words(MARGIN, 110, score.tenant, 120, INK, WIDE),
            Words(MARGIN, 280, drawn_date(score.date), 56, INK),
            Words(MARGIN, 390, LABEL_WORDS[score.overall.label], 120, colour),
            *click_bars(score, (MARGIN, BARS_TOP, SIDE - MARGIN, BARS_BOTTOM)),
            Words(MARGIN, 1275, bars_caption(score), 44, INK),
        ),
    )


def cover_png(score: Score) -> bytes:
    """Return an episode's cover as PNG; the same score gives the same bytes."""
    return drawing_png(cover(score))


def tenant_cover_png(tenant: Tenant) -> bytes:
    """Return the cover of a tenant's feed, 1400 x 1400 pixels; apps keep it for long, so it names no day."""
    colours = tuple(LABEL_COLOURS.values())
    step = SIDE // len(colours)
    bars = []
    for index, colour in enumerate(colours):
        left, top = MARGIN + index * 300, BARS_BOTTOM - 150 * (index + 1)
        bars.append(Bars(((index * step, 0, (index + 1) * step, 28), (left, top, left + 270, BARS_BOTTOM)), colour))
    words = (
        Words(MARGIN, 110, tenant.slug, 160, INK, WIDE),
        Words(MARGIN, 330, "How the site does in search, every day", 56, INK),
        Words(MARGIN, 1275, "SERP Radio", 60, INK),
    )
    return drawing_png(Drawing(SIDE, SIDE, f"{tenant}, SERP Radio", colours, (*bars, *words)))


def bars_caption(score: Score) -> str:
    """Return what the bars of a day each are."""
    return f"{metrics_of(score.source)['clicks'].title}, {count_of(len(score.days), 'day')}"


def click_bars(score: Score, area: Box) -> tuple[Bars, Bars]:
    """Return a bar a day in that area, in the verdict's colour, and faint columns for days without data."""
    left, top, right, bottom = area
    highest = max((day.clicks or 0 for day in score.days), default=0)
    step = (right - left) / len(score.days)
    known: list[Box] = []
    missing: list[Box] = []
    for index, day in enumerate(score.days):
        start, end = left + index * step, left + (index + 1) * step - max(1, step / 8)
        if day.clicks is None:
            missing.append((start, top, end, bottom))
        else:
            height = (bottom - top) * day.clicks / highest if highest else 0
            known.append((start, bottom - max(height, 4), end, bottom))
    return Bars(tuple(missing), FAINT), Bars(tuple(known), LABEL_COLOURS[score.overall.label])
