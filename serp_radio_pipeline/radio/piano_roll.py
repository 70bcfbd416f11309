"""The score as a picture: every voice's notes over time, weeks as columns in their label's colour."""

from collections.abc import Iterator

from serp_radio_pipeline.ingest.metric_names import MetricNames
from serp_radio_pipeline.music.pack import ROLES, Role
from serp_radio_pipeline.music.score import Note, Score
from serp_radio_pipeline.radio.drawing import Bars, Box, Drawing, Words, drawing_svg
from serp_radio_pipeline.radio.palette import FAINT, INK, LABEL_COLOURS, LANE_COLOURS
from serp_radio_pipeline.radio.words import title

WIDTH, NOTE_HEIGHT, KIT_HEIGHT, TOP = 560, 3, 36, 30
LOWEST_PITCH, HIGHEST_PITCH = 20, 116
BOTTOM = TOP + (HIGHEST_PITCH - LOWEST_PITCH) * NOTE_HEIGHT
LEGEND_TOP, HEIGHT, FONT = BOTTOM + KIT_HEIGHT + 6, BOTTOM + KIT_HEIGHT + 40, 12
DRAWN: tuple[Role, ...] = ("pad", "bass", "motif", "lead", "counter", "earcons")


def piano_roll(score: Score) -> Drawing:
    """Return the whole score, 560 pixels wide: a dialog of the Dagster UI shows that with readable words."""
    scale = WIDTH / score.end_tick
    colours = (*LABEL_COLOURS.values(), *LANE_COLOURS.values())
    parts = (*_sections(score, scale), *_voices(score, scale), _kit(score, scale), *_legend(score.names))
    return Drawing(WIDTH, HEIGHT, title(score), tuple(dict.fromkeys(colours)), parts)


def piano_roll_svg(score: Score) -> str:
    """Return it as SVG."""
    return drawing_svg(piano_roll(score)).decode()


def _sections(score: Score, scale: float) -> Iterator[Bars | Words]:
    labels = {f"week {week.week}": week.label for week in score.weeks}
    for section in score.sections:
        left, right = section.tick * scale, (section.tick + section.length) * scale
        label = labels.get(section.marker)
        yield Bars(((left, TOP, left + 1, BOTTOM + KIT_HEIGHT),), FAINT)
        if label:
            yield Bars(((left, TOP - 8, right - 1, TOP - 2),), LABEL_COLOURS[label])
        name = section.marker.removeprefix("week ")[-3:] if label else section.marker
        yield Words(round(left) + 2, TOP - 25, name, FONT, INK)


def _voices(score: Score, scale: float) -> Iterator[Bars]:
    for role in DRAWN:
        yield Bars(tuple(_box(note, scale) for note in score.all_notes() if note.role == role), LANE_COLOURS[role])


def _box(note: Note, scale: float) -> Box:
    left, middle = note.tick * scale, TOP + (HIGHEST_PITCH - note.pitch) * NOTE_HEIGHT
    return left, middle - 1, left + max(note.length * scale, 1), middle - 1 + NOTE_HEIGHT


def _kit(score: Score, scale: float) -> Bars:
    hits = [note for note in score.all_notes() if note.role == "kit"]
    tops = {pitch: BOTTOM + 2 + 5 * row for row, pitch in enumerate(sorted({note.pitch for note in hits}))}
    boxes = ((note.tick * scale, tops[note.pitch]) for note in hits)
    return Bars(tuple((left, top, left + 2, top + 3) for left, top in boxes), LANE_COLOURS["kit"])


def _legend(names: MetricNames) -> Iterator[Bars | Words]:
    carried = {
        "lead": names.clicks,
        "bass": names.impressions,
        "counter": names.position,
        "pad": "label",
        "motif": "ident",
        "earcons": "events",
    }
    for index, role in enumerate(role for role in ROLES if role in carried):
        left, top = 6 + index % 3 * 180, LEGEND_TOP + index // 3 * 18
        yield Bars(((left, top + 1, left + 10, top + 11),), LANE_COLOURS[role])
        yield Words(left + 14, top, f"{role}: {carried[role]}", FONT, INK)
