"""Cover and piano roll: they open, show what the score holds, and are the same twice."""

import io
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from PIL import Image

from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.cover import SIDE, cover_png, tenant_cover_png
from serp_radio_pipeline.radio.palette import LABEL_COLOURS, LANE_COLOURS
from serp_radio_pipeline.radio.piano_roll import WIDTH, piano_roll_svg
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.episodes import demo_score, metrics_of, score_of

SCORES = {
    "a day": ("1d", "demo"),
    "eight weeks": ("56d", "demo"),
    "thirteen weeks": ("13w", "very large"),
    "gaps": ("56d", "gaps"),
    "days without impressions": ("56d", "zero days"),
}


@pytest.fixture(params=sorted(SCORES))
def score(request: pytest.FixtureRequest) -> Score:
    return demo_score(*SCORES[request.param])


def pixels(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


def test_the_piano_roll_is_xml_with_a_stroke_for_every_note(score: Score) -> None:
    root = ElementTree.fromstring(piano_roll_svg(score))  # noqa: S314 - our own
    strokes = {path.attrib["stroke"]: path.attrib["d"].count("M") for path in root.findall("{*}path")}
    for role in ("lead", "bass", "counter", "pad", "motif", "kit"):
        assert strokes[LANE_COLOURS[role]] == sum(note.role == role for note in score.all_notes())


def test_the_piano_roll_names_every_section_and_nothing_lies_outside_it(score: Score) -> None:
    root = ElementTree.fromstring(piano_roll_svg(score))  # noqa: S314 - our own
    words = [text.text for text in root.findall("{*}text")]
    for section in score.sections:
        assert section.marker.removeprefix("week ")[-3:] in words or section.marker in words
    assert all(0 <= float(text.attrib["x"]) <= WIDTH for text in root.findall("{*}text"))
    weeks = {box.attrib["fill"] for box in root.findall("{*}rect") if box.attrib.get("height") == "6"}
    assert weeks == {LABEL_COLOURS[week.label] for week in score.weeks}


def test_the_cover_opens_and_is_square(score: Score) -> None:
    image = Image.open(io.BytesIO(cover_png(score)))
    assert (image.format, image.size) == ("PNG", (SIDE, SIDE))
    image.load()


def test_the_cover_wears_the_verdicts_colour() -> None:
    score = demo_score()
    for label, colour in LABEL_COLOURS.items():
        spoken = score.overall.model_copy(update={"label": str(label)})
        assert pixels(cover_png(score.model_copy(update={"overall": spoken}))).getpixel((700, 10)) == rgb(colour)


def test_the_longest_name_stays_on_the_cover() -> None:
    longest = demo_score().model_copy(update={"tenant": "w" * 63})
    image = pixels(cover_png(longest))
    edge = image.crop((SIDE - 60, 40, SIDE, 600)).getcolors()
    assert edge == [(60 * 560, (255, 255, 255))]


def test_no_clicks_at_all_still_make_a_cover() -> None:
    rows = tuple(replace(row, clicks=0) for row in metrics_of("four weeks").rows)
    assert pixels(cover_png(score_of(metrics_of(rows), "28d"))).size == (SIDE, SIDE)


def test_the_same_score_gives_the_same_pictures_byte_for_byte() -> None:
    score = demo_score()
    again = Score.from_json(score.to_json())
    assert cover_png(again) == cover_png(score)
    assert piano_roll_svg(again) == piano_roll_svg(score)


def test_a_tenants_cover_is_square_and_has_every_labels_colour() -> None:
    image = pixels(tenant_cover_png(Tenant("w" * 63)))
    assert image.size == (SIDE, SIDE)
    colours = {colour for _, colour in image.getcolors() or ()}
    assert {rgb(colour) for colour in LABEL_COLOURS.values()} <= colours
    assert image.crop((SIDE - 60, 40, SIDE, 600)).getcolors() == [(60 * 560, (255, 255, 255))]
