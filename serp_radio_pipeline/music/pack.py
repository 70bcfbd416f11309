"""Sound packs: which instrument plays each role, read from YAML that a user may edit. They never touch data's pitch."""

from typing import Annotated, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from serp_radio_pipeline.errors import SerpRadioError

Role = Literal["lead", "counter", "bass", "pad", "motif", "kit", "earcons"]
ROLES: tuple[Role, ...] = get_args(Role)
"""The tracks of every episode, in file order."""
CHANNELS: dict[Role, int] = {"lead": 0, "counter": 1, "bass": 2, "pad": 3, "motif": 4, "earcons": 5, "kit": 9}

MidiValue = Annotated[int, Field(ge=0, le=127)]


class PackError(SerpRadioError):
    """A sound pack that can't be used."""


class Voice(BaseModel):
    """One role's instrument: 0-based General MIDI program, its name, pan (CC10) and level (CC7)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    program: MidiValue
    name: str = Field(min_length=1, max_length=40)
    pan: MidiValue
    level: MidiValue


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


def parse_pack(text: str, *, name: str) -> Pack:
    """Read a pack from YAML; `name` is the file's, for the message.

    Raises:
        PackError: the text is no YAML, or a field is missing, unknown or out of range.
    """
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise PackError(f"The sound pack {name} is not valid YAML: {error}.") from error
    try:
        return Pack.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise PackError(f"The sound pack {name} can't be used: {place}: {first['msg']}.") from error
