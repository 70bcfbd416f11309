"""The catalogue as a value: motifs, sections, and the files that could not be read; to JSON and back."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.labels.rules import Label

Density = Literal["sparse", "medium", "dense"]
Loudness = Literal["soft", "medium", "loud"]
Range = Literal["narrow", "medium", "wide"]
Register = Literal["low", "middle", "high"]
DENSITIES: tuple[Density, ...] = ("sparse", "medium", "dense")
UNLABELLED = "unlabelled"
Signed = Annotated[float, Field(ge=-1, le=1)]


class CatalogError(SerpRadioError):
    """Bytes that are no motif catalogue."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MotifNote(_Frozen):
    """A note of a motif: onset and length in beats, and diatonic steps above (or below) the first note."""

    onset: Annotated[float, Field(ge=0)]
    length: Annotated[float, Field(gt=0)]
    step: Annotated[int, Field(ge=-75, le=75)]


class Motif(_Frozen):
    """A phrase of one bar that may come back: where it stands first, how often, and what it is like."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    file: str
    bar: Annotated[int, Field(ge=0)]
    times: Annotated[int, Field(ge=1)]
    meter: tuple[int, int]
    tempo: Annotated[float, Field(gt=0)]
    label: Label | None
    description: str
    momentum: Signed
    density: Density
    loudness: Loudness
    range: Range
    pitch_register: Register
    notes: Annotated[tuple[MotifNote, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _begins_on_itself(self) -> "Motif":
        onsets = [note.onset for note in self.notes]
        if onsets != sorted(set(onsets)) or self.notes[0].step != 0:
            raise ValueError(f"motif {self.id}: its notes must follow each other, and its first is its step 0")
        return self

    @property
    def is_own(self) -> bool:
        """Whether it is from a tenant's own library, whose files are named `<tenant>/<file>`."""
        return "/" in self.file

    @property
    def contour(self) -> int:
        """-1, 0 or 1: where its last note lies beside its first."""
        last = self.notes[-1].step
        return (last > 0) - (last < 0)


class CatalogSection(_Frozen):
    """A section of a file: its bars and its momentum, with components and words."""

    file: str
    first_bar: Annotated[int, Field(ge=0)]
    bars: Annotated[int, Field(ge=1)]
    tokens: tuple[str, ...]
    momentum: Signed
    tempo: Signed
    velocity: Signed
    pitch: Signed
    explanation: str


class Problem(_Frozen):
    """A file that was left out, or a CSV beside it, and the sentence that says why."""

    file: str
    reason: str


class MotifCatalog(_Frozen):
    """All motifs of a library, in order of file and bar; `library_sha256` names the library they were read from."""

    version: Literal["serp-radio-motifs/1"] = "serp-radio-motifs/1"
    library_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    files: Annotated[int, Field(ge=0)]
    bars: Annotated[int, Field(ge=0)]
    motifs: tuple[Motif, ...]
    sections: tuple[CatalogSection, ...]
    problems: tuple[Problem, ...]

    @model_validator(mode="after")
    def _holds_each_motif_once(self) -> "MotifCatalog":
        if len({motif.id for motif in self.motifs}) != len(self.motifs):
            raise ValueError("a motif stands in the catalogue twice")
        return self

    def coverage(self) -> Mapping[str, Mapping[str, int]]:
        """Return how many motifs each label has in each density; unlabelled ones have a row of their own."""
        counts = Counter((motif.label.value if motif.label else UNLABELLED, motif.density) for motif in self.motifs)
        rows = [*(label.value for label in Label), UNLABELLED]
        return {row: {density: counts[row, density] for density in DENSITIES} for row in rows}

    def momentum_distribution(self) -> Mapping[str, int]:
        """Return how many sections fall, stay level and rise."""
        ways = Counter(
            "falling" if section.momentum < -0.1 else "rising" if section.momentum > 0.1 else "level"
            for section in self.sections
        )
        return {way: ways[way] for way in ("falling", "level", "rising")}

    def merged(self, other: "MotifCatalog") -> "MotifCatalog":
        """Return both libraries as one; where both hold a motif, this one's stays."""
        known = {motif.id for motif in self.motifs}
        both = hashlib.sha256(f"{self.library_sha256} {other.library_sha256}".encode()).hexdigest()
        return MotifCatalog(
            library_sha256=both,
            files=self.files + other.files,
            bars=self.bars + other.bars,
            motifs=(*self.motifs, *(motif for motif in other.motifs if motif.id not in known)),
            sections=(*self.sections, *other.sections),
            problems=(*self.problems, *other.problems),
        )

    def to_json(self) -> bytes:
        """Return the catalogue as canonical JSON: the same library always gives the same bytes."""
        return self.model_dump_json(indent=1).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "MotifCatalog":
        """Read a catalogue back.

        Raises:
            CatalogError: the bytes are no catalogue.
        """
        try:
            return cls.model_validate_json(content)
        except ValidationError as error:
            raise CatalogError("The stored motif catalogue can't be read; materialise motif_catalog again.") from error


NO_MOTIFS = MotifCatalog(
    library_sha256=hashlib.sha256().hexdigest(), files=0, bars=0, motifs=(), sections=(), problems=()
)
"""The catalogue of no files: nothing is played from it."""
