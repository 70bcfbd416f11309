"""Pictures made of bars, words and shapes, each written as PNG and as SVG. What they show is not decided here."""

import io
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from serp_radio_pipeline.radio.palette import FAINT, INK, PAPER

if TYPE_CHECKING:
    from PIL.Image import Image

SHADES = 12
"""Steps from paper to a colour, for the edges of letters and shapes."""
FINER = 4
"""How many times finer a shape is drawn before its edges are smoothed."""
ASCENT = 0.97
"""From a line's top to its letters' feet, in font sizes: Pillow places words by the one, SVG by the other."""
NARROW_ENOUGH = 0.8
"""Share of its widest up to which a line may be set in another font without being held to its width."""
FONTS = "Aileron,'Helvetica Neue',Helvetica,Arial,sans-serif"

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Boxes of one colour."""

    boxes: tuple[Box, ...]
    colour: str


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text from its left upper corner; made smaller where it is wider than `widest` pixels."""

    x: int
    y: int
    text: str
    size: int
    colour: str
    widest: int | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """A filled outline, its points moved to x, y and made `scale` times as large."""

    x: int
    y: int
    points: tuple[Point, ...]
    scale: float
    colour: str

    def outline(self, finer: float = 1) -> list[Point]:
        """Return the points from the shape's own corner, in pixels divided by `finer`."""
        return [(x * self.scale * finer, y * self.scale * finer) for x, y in self.points]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture on paper, in pixels; `accents` are the colours it has beside ink and faint, `title` is read out."""

    width: int
    height: int
    title: str
    accents: tuple[str, ...]
    parts: tuple[Bars | Words | Shape, ...]


def drawing_png(drawing: Drawing) -> bytes:
    """Return it as PNG in the few colours that it was drawn in: finding them anew takes a tenth of a second."""
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - drawn once an episode

    image = Image.new("RGB", (drawing.width, drawing.height), PAPER)
    draw = ImageDraw.Draw(image)
    for part in drawing.parts:
        if isinstance(part, Bars):
            for box in part.boxes:
                draw.rectangle(_pixels(box), fill=part.colour)
        elif isinstance(part, Words):
            draw.text((part.x, part.y), drawable(part.text), font=ImageFont.load_default(_size(part)), fill=part.colour)
        else:
            _draw_shape(image, part)
    buffer = io.BytesIO()
    few = image.quantize(palette=_palette(drawing.accents), dither=Image.Dither.NONE)
    few.save(buffer, format="PNG", optimize=False)
    return buffer.getvalue()


def drawing_svg(drawing: Drawing) -> bytes:
    """Return it as SVG in UTF-8, for any size; words stay words."""
    size = f'viewBox="0 0 {drawing.width} {drawing.height}" width="{drawing.width}" height="{drawing.height}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family={quoteattr(FONTS)}>'
        f'<title>{escape(drawing.title)}</title><rect width="100%" height="100%" fill="{PAPER}"/>'
    )
    return "\n".join([head, *map(_element, drawing.parts), "</svg>\n"]).encode()


def drawable(text: str) -> str:
    """Return text without what the pictures' font has no letter for: locales' narrow spaces, marks of direction."""
    spaced = "".join(" " if character.isspace() else character for character in text)
    return "".join(character for character in spaced if unicodedata.category(character) != "Cf").replace("\u2212", "-")


def closed_path(points: Iterable[Point]) -> str:
    """Return an outline as SVG's path data."""
    return f"M{'L'.join(f'{x:g} {y:g}' for x, y in points)}z"


def _element(part: Bars | Words | Shape) -> str:
    if isinstance(part, Bars):
        boxes = [f"M{left:.1f} {top:.1f}H{right:.1f}V{end:.1f}H{left:.1f}z" for left, top, right, end in part.boxes]
        return f'<path fill="{part.colour}" d="{"".join(boxes)}"/>'
    if isinstance(part, Shape):
        moved = f'transform="translate({part.x} {part.y})"'
        return f'<path fill="{part.colour}" {moved} d="{closed_path(part.outline())}"/>'
    size = _size(part)
    fitted = ""
    # other fonts are wider: what only just fits must fit in them as well
    if part.widest is not None and (width := _width(part.text, size)) > NARROW_ENOUGH * part.widest:
        fitted = f' textLength="{width:.0f}" lengthAdjust="spacingAndGlyphs"'
    place = f'x="{part.x}" y="{part.y + ASCENT * size:.0f}" font-size="{size}"{fitted}'
    return f'<text {place} fill="{part.colour}">{escape(part.text)}</text>'


def _size(words: Words) -> int:
    if words.widest is None:
        return words.size
    width = _width(words.text, words.size)
    return words.size if width <= words.widest else int(words.size * words.widest / width)


def _width(text: str, size: int) -> float:
    from PIL import ImageFont  # noqa: PLC0415

    return ImageFont.load_default(size).getlength(drawable(text))


def _pixels(box: Box) -> tuple[int, int, int, int]:
    """Return the first and last pixels of a box, at least one: Pillow draws the last ones too."""
    left, top, right, bottom = map(round, box)
    return left, top, max(left, right - 1), max(top, bottom - 1)


def _draw_shape(image: "Image", shape: Shape) -> None:
    from PIL import Image, ImageDraw  # noqa: PLC0415

    fine = shape.outline(FINER)
    width, height = (int(max(point[axis] for point in fine)) // FINER + 1 for axis in (0, 1))
    mask = Image.new("L", (width * FINER, height * FINER))
    ImageDraw.Draw(mask).polygon(fine, fill=255)
    image.paste(shape.colour, (shape.x, shape.y), mask.reduce(FINER))


@cache
def _palette(accents: tuple[str, ...]) -> "Image":
    """Return paper, faint, and the ways from paper to ink and to each accent."""
    from PIL import Image, ImageColor  # noqa: PLC0415

    paper = ImageColor.getrgb(PAPER)
    shades = [*paper, *ImageColor.getrgb(FAINT)]
    for colour in (INK, *accents):
        full = ImageColor.getrgb(colour)
        for step in range(1, SHADES + 1):
            shades += [round(a + (b - a) * step / SHADES) for a, b in zip(paper, full, strict=True)]
    palette = Image.new("P", (1, 1))
    palette.putpalette(shades)
    return palette
