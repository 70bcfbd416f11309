"""The score as a picture: every voice's notes over time, weeks as columns in their label's colour."""

from xml.sax.saxutils import escape

from serp_radio_pipeline.music.pack import ROLES, Role
from serp_radio_pipeline.music.score import Note, Score
from serp_radio_pipeline.radio.palette import FAINT, INK, LABEL_COLOURS, LANE_COLOURS, PAPER

WIDTH, NOTE_HEIGHT, KIT_HEIGHT, TOP = 560, 3, 36, 30
LOWEST_PITCH, HIGHEST_PITCH = 20, 116
DRAWN: tuple[Role, ...] = ("pad", "bass", "motif", "lead", "counter")
LEGEND = {"lead": "clicks", "bass": "impressions", "counter": "position", "pad": "label", "motif": "ident"}


def piano_roll_svg(score: Score) -> str:
    """Return the whole score as an SVG, 560 pixels wide: a dialog of the Dagster UI shows that with readable words."""
    scale = WIDTH / score.end_tick
    bottom = TOP + (HIGHEST_PITCH - LOWEST_PITCH) * NOTE_HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + KIT_HEIGHT + 40}" '
        f'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="{PAPER}"/>'
    ]
    parts += _sections(score, scale, bottom)
    for role in DRAWN:
        path = "".join(_stroke(note, scale) for note in score.all_notes() if note.role == role)
        parts.append(f'<path d="{path}" stroke="{LANE_COLOURS[role]}" stroke-width="{NOTE_HEIGHT}" fill="none"/>')
    parts += _kit(score, scale, bottom)
    parts += _legend(bottom + KIT_HEIGHT + 16)
    return "".join([*parts, "</svg>"])


def _sections(score: Score, scale: float, bottom: int) -> list[str]:
    labels = {f"week {week.week}": week.label for week in score.weeks}
    parts = []
    for section in score.sections:
        x, width = section.tick * scale, section.length * scale
        label = labels.get(section.marker)
        name = section.marker.removeprefix("week ")[-3:] if label else section.marker
        parts.append(f'<path d="M{x:.1f} {TOP}V{bottom + KIT_HEIGHT}" stroke="{FAINT}"/>')
        if label:
            parts.append(
                f'<rect x="{x:.1f}" y="{TOP - 8}" width="{width - 1:.1f}" height="6" fill="{LABEL_COLOURS[label]}"/>'
            )
        parts.append(f'<text x="{x + 2:.1f}" y="{TOP - 13}" fill="{INK}">{escape(name)}</text>')
    return parts


def _stroke(note: Note, scale: float) -> str:
    y = TOP + (HIGHEST_PITCH - note.pitch) * NOTE_HEIGHT
    return f"M{note.tick * scale:.1f} {y}h{max(note.length * scale, 1):.1f}"


def _kit(score: Score, scale: float, bottom: int) -> list[str]:
    hits = [note for note in score.all_notes() if note.role == "kit"]
    rows = {pitch: index for index, pitch in enumerate(sorted({note.pitch for note in hits}))}
    path = "".join(f"M{note.tick * scale:.1f} {bottom + 4 + rows[note.pitch] * 5}h2" for note in hits)
    return [f'<path d="{path}" stroke="{LANE_COLOURS["kit"]}" stroke-width="3" fill="none"/>']


def _legend(y: int) -> list[str]:
    parts = []
    for index, role in enumerate(role for role in ROLES if role in LEGEND):
        x, line = 6 + index % 3 * 180, y + index // 3 * 18
        parts.append(f'<rect x="{x}" y="{line - 9}" width="10" height="10" fill="{LANE_COLOURS[role]}"/>')
        parts.append(f'<text x="{x + 14}" y="{line}" fill="{INK}">{role}: {LEGEND[role]}</text>')
    return parts
