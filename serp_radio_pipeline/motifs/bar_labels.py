"""Momentum labels of bars, from a CSV (`bar_index,label,description`) and from a file's own markers."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.motifs.bars import Bar
from serp_radio_pipeline.motifs.midi_reading import MidiSong

HEADER = ["bar_index", "label", "description"]
_LABELS = {label.value: label for label in Label}


class BarLabelsError(SerpRadioError):
    """A labels CSV that can't be used; the sentence names the line."""


@dataclass(frozen=True, slots=True)
class BarLabel:
    """A bar's label and what a person wrote beside it."""

    label: Label
    description: str


def labels_from_csv(name: str, content: bytes, bars: Sequence[Bar]) -> Mapping[int, BarLabel]:
    """Return the label of each bar that the CSV names; bars are counted from 0.

    Raises:
        BarLabelsError: no header, an unknown label, a bar that is not there or named twice.
    """
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BarLabelsError(f"{name} is no CSV in UTF-8. Save it as one.") from error
    if not rows or [cell.strip() for cell in rows[0]] != HEADER:
        raise BarLabelsError(f"{name} lacks its header: the first line must be {','.join(HEADER)}.")
    labels: dict[int, BarLabel] = {}
    for line, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        index, label, description = [*(cell.strip() for cell in row[:3]), "", "", ""][:3]
        if label not in _LABELS:
            raise BarLabelsError(f"{name}, line {line}: {label!r:.40} is no label; use one of {', '.join(_LABELS)}.")
        if not (index.isascii() and index.isdigit()) or len(index) > 9 or int(index) >= len(bars):
            raise BarLabelsError(f"{name}, line {line}: there is no bar {index!r:.20}; bars are 0 to {len(bars) - 1}.")
        if int(index) in labels:
            raise BarLabelsError(f"{name}, line {line}: bar {index} has a label already. Keep one.")
        labels[int(index)] = BarLabel(_LABELS[label], description)
    return labels


def labels_from_markers(song: MidiSong, bars: Sequence[Bar]) -> Mapping[int, BarLabel]:
    """Return the label of each bar that lies at or after a marker named like one, up to the next such marker."""
    marks = [(tick, _LABELS[text]) for tick, text in song.markers if text in _LABELS]
    labels: dict[int, BarLabel] = {}
    for bar in bars:
        current = [label for tick, label in marks if tick < bar.tick + bar.length]
        if current:
            labels[bar.index] = BarLabel(current[-1], "from the file's marker")
    return labels
