"""Sound packs: which instrument plays each role, read from YAML that a user may edit. They never touch data's pitch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.labels.plain_yaml import (
    MappingNode,
    Node,
    Problems,
    SequenceNode,
    YamlRefusedError,
    read_plain_yaml,
)

DEFAULT_PACK = "newsroom"
PACKS = "packs"
"""The folder, in the rules', where packs lie: a file for each, named as the pack."""

Role = Literal["lead", "counter", "bass", "pad", "motif", "kit", "earcons"]
ROLES: tuple[Role, ...] = get_args(Role)
"""The tracks of every episode, in file order."""
CHANNELS: dict[Role, int] = {"lead": 0, "counter": 1, "bass": 2, "pad": 3, "motif": 4, "earcons": 5, "kit": 9}

MidiValue = Annotated[int, Field(ge=0, le=127)]


class PackError(SerpRadioError):
    """A sound pack that can't be used."""


class PackRefusedError(PackError, YamlRefusedError):
    """A pack's file that can't be used; `problems` are all its (line, reason)."""


class Voice(BaseModel):
    """One role's instrument: 0-based General MIDI program, its name, pan (CC10) and level (CC7).

    `solo` is its level where it plays alone: data voices in the key, the others in ident, cadence and beats outside the
    window; without one it stays as it is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    program: MidiValue
    name: str = Field(min_length=1, max_length=40)
    pan: MidiValue
    level: MidiValue
    solo: MidiValue | None = None


class Pack(BaseModel):
    """A sound pack: a name, a tempo in beats a minute and a voice for each role."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$")
    title: str = Field(min_length=1, max_length=40)
    tempo: int = Field(ge=96, le=104)
    roles: dict[Role, Voice]

    @model_validator(mode="after")
    def _has_all_roles(self) -> "Pack":
        missing = [role for role in ROLES if role not in self.roles]
        if missing:
            raise ValueError(f"roles without a voice: {', '.join(missing)}")
        return self


def parse_pack(text: str | bytes, *, name: str) -> Pack:
    """Read a pack from YAML; `name` is the file's, for the message.

    Raises:
        PackRefusedError: every problem of the file with its line: no YAML, or a field that is missing, unknown, written
            twice or out of range.
    """
    problems = Problems()
    document = read_plain_yaml(text, problems)
    if problems or document.root is None:
        raise PackRefusedError(name, problems.sorted())
    try:
        return Pack.model_validate(_plain(document.root))
    except ValidationError as error:
        for found in error.errors():
            place = ".".join(str(part) for part in found["loc"] if part != "[key]") or "the file"
            problems.add(_line(document.root, found["loc"]), f"{place}: {found['msg']}")
        raise PackRefusedError(name, problems.sorted()) from error


def pack_names(folder: Path) -> tuple[str, ...]:
    """Return the names of the packs that lie in a folder of rules, the default first."""
    names = sorted(path.stem for path in (folder / PACKS).glob("*.yaml"))
    return tuple(sorted(names, key=lambda name: name != DEFAULT_PACK))


def read_pack(folder: Path, name: str) -> Pack:
    """Read the pack of that name from a folder of rules.

    Raises:
        PackError: there is none, its file can't be read or used, or it calls itself by another name.
    """
    available = pack_names(folder)
    if name not in available:
        raise PackError(f"There is no sound pack {name!r:.60}: choose one of {', '.join(available)}.")
    path = folder / PACKS / f"{name}.yaml"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PackError(f"{path} can't be read: {error.strerror or error}.") from error
    pack = parse_pack(content, name=path.name)
    if pack.name != name:
        raise PackError(f"The sound pack in {path.name} calls itself {pack.name!r}: write 'name: {name}' there.")
    return pack


def _plain(node: Node) -> object:
    if isinstance(node, MappingNode):
        return {key.text: _plain(value) for key, value in node.fields}
    return [_plain(item) for item in node.items] if isinstance(node, SequenceNode) else node.text


def _line(node: Node, place: Sequence[int | str]) -> int:
    """Return the line of a field, or of what should hold it where it is missing."""
    line = node.line
    for part in place:
        if not isinstance(node, MappingNode):
            break
        found = next(((key, value) for key, value in node.fields if key.text == part), None)
        if found is None:
            break
        line, node = found[0].line, found[1]
    return line
