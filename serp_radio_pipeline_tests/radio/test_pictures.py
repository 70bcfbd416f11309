"""Cover, card and piano roll: they open, show what the score holds, and are the same twice."""

import io
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.card import HEIGHT, MARGIN, card
from serp_radio_pipeline.radio.card import WIDTH as CARD_WIDTH
from serp_radio_pipeline.radio.cover import SIDE, cover, cover_png, tenant_cover_png
from serp_radio_pipeline.radio.drawing import Drawing, drawing_png, drawing_svg
from serp_radio_pipeline.radio.overview_pictures import label_sign_svg, verdicts_svg
from serp_radio_pipeline.radio.palette import FAINT, LABEL_COLOURS, LABEL_WORDS, LANE_COLOURS
from serp_radio_pipeline.radio.piano_roll import HEIGHT as ROLL_HEIGHT
from serp_radio_pipeline.radio.piano_roll import WIDTH, piano_roll, piano_roll_svg
from serp_radio_pipeline.radio.sparkline import inline_image
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.episodes import demo_score, metrics_of, score_of

SCORES = {
    "a day": ("1d", "demo"),
    "eight weeks": ("56d", "demo"),
    "thirteen weeks": ("13w", "very large"),
    "gaps": ("56d", "gaps"),
    "days without impressions": ("56d", "zero days"),
}
SIGN = (MARGIN, 192, MARGIN + 100, 292)
"""Where the card has the verdict's shape."""


@pytest.fixture(params=sorted(SCORES))
def score(request: pytest.FixtureRequest) -> Score:
    return demo_score(*SCORES[request.param])


def pixels(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


def paths_of_sections(score: Score) -> int:
    """How many paths come before the voices': a line for each section, and each week's label."""
    return len(score.sections) + len(score.weeks)


def test_the_piano_roll_is_xml_with_a_box_for_every_note(score: Score) -> None:
    root = ElementTree.fromstring(piano_roll_svg(score))  # noqa: S314 - our own
    roles = ("pad", "bass", "motif", "lead", "counter", "earcons", "kit")
    voices = [path.attrib for path in root.findall("{*}path")][paths_of_sections(score) :]
    assert [voice["fill"] for voice in voices[: len(roles)]] == [LANE_COLOURS[role] for role in roles]
    for role, voice in zip(roles, voices, strict=False):
        assert voice["d"].count("M") == sum(note.role == role for note in score.all_notes())


def test_the_piano_roll_as_png_has_every_voices_colour(score: Score) -> None:
    image = pixels(drawing_png(piano_roll(score)))
    assert image.size == (WIDTH, ROLL_HEIGHT)
    colours = {colour for _, colour in image.getcolors(100_000) or ()}
    assert {rgb(LANE_COLOURS[note.role]) for note in score.all_notes() if note.role in LANE_COLOURS} <= colours


def test_the_piano_roll_names_every_section_and_nothing_lies_outside_it(score: Score) -> None:
    root = ElementTree.fromstring(piano_roll_svg(score))  # noqa: S314 - our own
    words = [text.text for text in root.findall("{*}text")]
    for section in score.sections:
        assert section.marker.removeprefix("week ")[-3:] in words or section.marker in words
    assert all(0 <= float(text.attrib["x"]) <= WIDTH for text in root.findall("{*}text"))
    sections = root.findall("{*}path")[: paths_of_sections(score)]
    weeks = {path.attrib["fill"] for path in sections} - {FAINT}
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
    assert drawing_png(card(again)) == drawing_png(card(score))
    assert drawing_svg(card(again)) == drawing_svg(card(score))


def test_a_tenants_cover_is_square_and_has_every_labels_colour() -> None:
    image = pixels(tenant_cover_png(Tenant("w" * 63)))
    assert image.size == (SIDE, SIDE)
    colours = {colour for _, colour in image.getcolors() or ()}
    assert {rgb(colour) for colour in LABEL_COLOURS.values()} <= colours
    assert image.crop((SIDE - 60, 40, SIDE, 600)).getcolors() == [(60 * 560, (255, 255, 255))]


@given(
    st.dictionaries(st.sampled_from(list(LABEL_COLOURS)), st.integers(0, 99_999)).filter(
        lambda counts: any(counts.values())
    )
)
def test_a_fleets_bar_has_every_label_that_a_tenant_has_and_is_shown_in_line(counts: dict[str, int]) -> None:
    svg = verdicts_svg(counts)
    words = [text.text for text in ElementTree.fromstring(svg).findall("{*}text")]  # noqa: S314 - our own
    assert words == [f"{LABEL_WORDS[label]}: {count}" for label, count in counts.items() if count]
    assert len(inline_image(svg, "verdicts")) < 1000  # what the UI shows without a click


def test_every_label_has_a_sign_of_its_own() -> None:
    signs = {ElementTree.fromstring(label_sign_svg(label))[0].attrib["d"] for label in LABEL_COLOURS}  # noqa: S314
    assert len(signs) == len(LABEL_COLOURS)


def called(score: Score, label: str) -> Score:
    return score.model_copy(update={"overall": score.overall.model_copy(update={"label": label})})


def words_of(drawing: Drawing) -> list[str | None]:
    root = ElementTree.fromstring(drawing_svg(drawing))  # noqa: S314 - our own
    return [text.text for text in root.findall("{*}text")]


def test_the_card_opens_and_is_as_wide_as_chats_show_it(score: Score) -> None:
    image = Image.open(io.BytesIO(drawing_png(card(score))))
    assert (image.format, image.size) == ("PNG", (1200, 630))
    image.load()
    root = ElementTree.fromstring(drawing_svg(card(score)))  # noqa: S314 - our own
    assert root.attrib["viewBox"] == f"0 0 {CARD_WIDTH} {HEIGHT}"


def test_a_card_says_who_when_and_the_verdict_and_shows_each_verdict_by_another_shape() -> None:
    shapes = set()
    for label in LABEL_COLOURS:
        drawing = card(called(demo_score(), str(label)))
        assert {"demo", "Sunday, 22 March 2026", LABEL_WORDS[label]} <= set(words_of(drawing))
        grey = pixels(drawing_png(drawing)).convert("L").crop(SIGN)
        shapes.add(grey.point(lambda value: 255 * (value < 230)).tobytes())
    assert len(shapes) == len(LABEL_COLOURS)


def test_a_picture_as_svg_has_a_bar_for_every_day_as_the_png_has(score: Score) -> None:
    missing = sum(day.is_missing for day in score.days)
    for drawing in (cover(score), card(score)):
        root = ElementTree.fromstring(drawing_svg(drawing))  # noqa: S314 - our own
        bars = [path.attrib["d"].count("M") for path in root.findall("{*}path") if "transform" not in path.attrib]
        assert bars == [1, missing, len(score.days) - missing]
        assert words_of(drawing)[0] == score.tenant


def test_the_longest_name_stays_on_the_card_in_any_font() -> None:
    drawing = card(demo_score().model_copy(update={"tenant": "w" * 63}))
    assert pixels(drawing_png(drawing)).crop((CARD_WIDTH - 40, 20, CARD_WIDTH, HEIGHT)).getcolors() == [
        (40 * (HEIGHT - 20), (255, 255, 255))
    ]
    root = ElementTree.fromstring(drawing_svg(drawing))  # noqa: S314 - our own
    assert 0 < float(root.findall("{*}text")[0].attrib["textLength"]) <= CARD_WIDTH - 2 * MARGIN
