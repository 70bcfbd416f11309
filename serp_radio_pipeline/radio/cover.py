"""Covers, square PNGs: an episode's, with who, when, the verdict in one colour and clicks as bars; and a tenant's."""

import io
from functools import cache
from typing import TYPE_CHECKING

from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.figures import count_of
from serp_radio_pipeline.radio.palette import FAINT, INK, LABEL_COLOURS, LABEL_WORDS, PAPER
from serp_radio_pipeline.tenant import Tenant

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

SIDE, MARGIN = 1400, 100
BARS_TOP, BARS_BOTTOM = 640, 1240
SHADES = 12
"""Steps from paper to a colour, for the edges of letters."""


def cover_png(score: Score) -> bytes:
    """Return the cover, 1400 x 1400 pixels; the same score gives the same bytes."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - drawn once an episode

    image = Image.new("RGB", (SIDE, SIDE), PAPER)
    draw = ImageDraw.Draw(image)
    colour = LABEL_COLOURS[score.overall.label]
    draw.rectangle((0, 0, SIDE, 28), fill=colour)
    _text(draw, 110, score.tenant, _fitting_size(draw, score.tenant, 120), INK)
    _text(draw, 280, score.date.strftime("%A, %d %B %Y"), 56, INK)
    _text(draw, 390, LABEL_WORDS[score.overall.label], 120, colour)
    _bars(draw, score, colour)
    _text(draw, 1275, f"Clicks, {count_of(len(score.days), 'day')}", 44, INK)
    return _png(image, (colour,))


def tenant_cover_png(tenant: Tenant) -> bytes:
    """Return the cover of a tenant's feed, 1400 x 1400 pixels; apps keep it for long, so it names no day."""
    from PIL import Image, ImageDraw  # noqa: PLC0415

    image = Image.new("RGB", (SIDE, SIDE), PAPER)
    draw = ImageDraw.Draw(image)
    colours = tuple(LABEL_COLOURS.values())
    step = SIDE // len(colours)
    for index, colour in enumerate(colours):
        draw.rectangle((index * step, 0, (index + 1) * step, 28), fill=colour)
        top = BARS_BOTTOM - 150 * (index + 1)
        draw.rectangle((MARGIN + index * 300, top, MARGIN + index * 300 + 270, BARS_BOTTOM), fill=colour)
    _text(draw, 110, tenant.slug, _fitting_size(draw, tenant.slug, 160), INK)
    _text(draw, 330, "How the site does in search, every day", 56, INK)
    _text(draw, 1275, "SERP Radio", 60, INK)
    return _png(image, colours)


def _png(image: "Image", colours: tuple[str, ...]) -> bytes:
    """Return the picture in the few colours that it was drawn in: finding them anew takes a tenth of a second."""
    from PIL import Image  # noqa: PLC0415

    buffer = io.BytesIO()
    image.quantize(palette=_palette(colours), dither=Image.Dither.NONE).save(buffer, format="PNG", optimize=False)
    return buffer.getvalue()


@cache
def _palette(colours: tuple[str, ...]) -> "Image":
    """Return paper, faint, and the ways from paper to ink and to each colour."""
    from PIL import Image, ImageColor  # noqa: PLC0415

    paper = ImageColor.getrgb(PAPER)
    shades = [*paper, *ImageColor.getrgb(FAINT)]
    for colour in (INK, *colours):
        full = ImageColor.getrgb(colour)
        for step in range(1, SHADES + 1):
            shades += [round(a + (b - a) * step / SHADES) for a, b in zip(paper, full, strict=True)]
    palette = Image.new("P", (1, 1))
    palette.putpalette(shades)
    return palette


def _bars(draw: "ImageDraw", score: Score, colour: str) -> None:
    highest = max((day.clicks or 0 for day in score.days), default=0)
    step = (SIDE - 2 * MARGIN) / len(score.days)
    for index, day in enumerate(score.days):
        left, right = MARGIN + index * step, MARGIN + (index + 1) * step - max(1, step / 8)
        if day.clicks is None:
            draw.rectangle((left, BARS_TOP, right, BARS_BOTTOM), fill=FAINT)
            continue
        height = (BARS_BOTTOM - BARS_TOP) * day.clicks / highest if highest else 0
        draw.rectangle((left, BARS_BOTTOM - max(height, 4), right, BARS_BOTTOM), fill=colour)


def _text(draw: "ImageDraw", y: int, text: str, size: int, colour: str) -> None:
    from PIL import ImageFont  # noqa: PLC0415

    draw.text((MARGIN, y), text, font=ImageFont.load_default(size), fill=colour)


def _fitting_size(draw: "ImageDraw", text: str, size: int) -> int:
    from PIL import ImageFont  # noqa: PLC0415

    width = draw.textlength(text, font=ImageFont.load_default(size))
    return size if width <= SIDE - 2 * MARGIN else int(size * (SIDE - 2 * MARGIN) / width)
