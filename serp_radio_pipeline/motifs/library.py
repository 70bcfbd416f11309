"""From MIDI files and the CSVs beside them to a catalogue. A file that can't be read is named and left out."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.motifs.bar_labels import BarLabel, labels_from_csv, labels_from_markers
from serp_radio_pipeline.motifs.bars import Bar, Section, bars_of, sections_of
from serp_radio_pipeline.motifs.catalog import CatalogSection, Motif, MotifCatalog, Problem
from serp_radio_pipeline.motifs.midi_reading import MidiLimits, MidiSong, read_midi
from serp_radio_pipeline.motifs.momentum import Momentum, momentum_of
from serp_radio_pipeline.motifs.tokens import best_scale, motif_of

MIDI_ENDINGS = (".mid", ".midi")
LIBRARY_ENDINGS = (*MIDI_ENDINGS, ".csv")
MOST_FILES = 500
"""Files of one library that are read; the rest is named as left out."""
DEFAULT_LIMITS = MidiLimits()


@dataclass(slots=True)
class _Token:
    """The first bar of a token, and what is known of all its bars."""

    file: str
    bar: Bar
    scale: int
    momentum: float
    marks: list[BarLabel] = field(default_factory=list)
    times: int = 0


@dataclass(frozen=True, slots=True)
class ReadFile:
    """One file as it was understood."""

    song: MidiSong
    bars: tuple[Bar, ...]
    sections: tuple[tuple[Section, Momentum], ...]
    labels: Mapping[int, BarLabel]


def read_file(name: str, content: bytes, labels_csv: bytes | None, limits: MidiLimits) -> ReadFile:
    """Read one MIDI file; labels in the CSV go before those in its markers.

    Raises:
        MotifFileError: the MIDI can't be used.
        BarLabelsError: the CSV can't be used.
    """
    song = read_midi(name, content, limits)
    bars = bars_of(song)
    labels = dict(labels_from_markers(song, bars))
    if labels_csv is not None:
        labels.update(labels_from_csv(PurePosixPath(labels_beside(name)).name, labels_csv, bars))
    return ReadFile(song, bars, tuple((part, momentum_of(part)) for part in sections_of(song, bars)), labels)


def labels_beside(name: str) -> str:
    """Return the name of the CSV that labels a MIDI file's bars, where there is one."""
    return str(PurePosixPath(name).with_suffix(".csv"))


def library_sha256(files: Mapping[str, bytes]) -> str:
    """Return the hash that names a library: of every name and content, in order of name."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{hashlib.sha256(files[name]).hexdigest()}\n".encode())
    return digest.hexdigest()


def catalogue(files: Mapping[str, bytes], limits: MidiLimits = DEFAULT_LIMITS) -> MotifCatalog:
    """Return the catalogue of MIDI files and their CSVs, by name; never raises for what a file holds."""
    names = sorted(name for name in files if name.lower().endswith(MIDI_ENDINGS))
    problems = [
        Problem(file=name, reason=f"{name} is one too many: a library has at most {MOST_FILES} files.")
        for name in names[MOST_FILES:]
    ]
    tokens: dict[str, _Token] = {}
    sections: list[CatalogSection] = []
    read, bars = 0, 0
    for name in names[:MOST_FILES]:
        try:
            file = read_file(name, files[name], files.get(labels_beside(name)), limits)
        except SerpRadioError as error:
            problems.append(Problem(file=name, reason=str(error)))
            continue
        read, bars = read + 1, bars + len(file.bars)
        sections.extend(_section(name, part, momentum) for part, momentum in file.sections)
        _collect(tokens, name, file)
    return MotifCatalog(
        library_sha256=library_sha256(files),
        files=read,
        bars=bars,
        motifs=tuple(_motif(token) for token in tokens.values()),
        sections=tuple(sections),
        problems=tuple(problems),
    )


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the MIDI files and CSVs of a folder by name; none where there is no such folder."""
    if not folder.is_dir():
        return {}
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in LIBRARY_ENDINGS)
    return {path.name: path.read_bytes() for path in found}


def shipped_catalogue(folder: Path, limits: MidiLimits = DEFAULT_LIMITS) -> MotifCatalog:
    """Return the catalogue of a folder."""
    return catalogue_of(files_in(folder), limits)


def catalogue_of(files: Mapping[str, bytes], limits: MidiLimits = DEFAULT_LIMITS) -> MotifCatalog:
    """Return the catalogue of those files by name; each process reads a library of the same content once."""
    return _by_content(tuple(sorted(files.items())), limits)


@lru_cache(maxsize=4)
def _by_content(files: tuple[tuple[str, bytes], ...], limits: MidiLimits) -> MotifCatalog:
    return catalogue(dict(files), limits)


def _collect(tokens: dict[str, _Token], name: str, file: ReadFile) -> None:
    scale = best_scale(file.song.notes)
    for part, momentum in file.sections:
        for bar in part.bars:
            token = tokens.setdefault(bar.fingerprint, _Token(name, bar, scale, momentum.score))
            token.times += 1
            if bar.index in file.labels:
                token.marks.append(file.labels[bar.index])


def _motif(token: _Token) -> Motif:
    return motif_of(token.bar, token.file, token.scale, token.times, _most_common(token.marks), token.momentum)


def _most_common(marks: list[BarLabel]) -> tuple[Label | None, str]:
    """The label that most bars of a token carry; among equals the first met."""
    if not marks:
        return None, ""
    labels = [mark.label for mark in marks]
    label = max(dict.fromkeys(labels), key=labels.count)
    return label, next(mark.description for mark in marks if mark.label is label)


def _section(name: str, part: Section, momentum: Momentum) -> CatalogSection:
    return CatalogSection(
        file=name,
        first_bar=part.bars[0].index,
        bars=len(part.bars),
        tokens=tuple(bar.fingerprint for bar in part.bars),
        momentum=momentum.score,
        tempo=momentum.tempo,
        velocity=momentum.velocity,
        pitch=momentum.pitch,
        explanation=momentum.explanation,
    )
