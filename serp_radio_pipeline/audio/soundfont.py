"""Which soundfont sounds, and whether its file is whole. Fonts are read where they lie, never searched for."""

import hashlib
import struct
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

from serp_radio_pipeline.audio.errors import SoundfontError

DEFAULT_FONT = "TimGM6mb.sf2"
PARTS = (b"INFO", b"sdta", b"pdta")  # what the SoundFont 2 specification wants, in this order
KNOWN_LICENCES = {"TimGM6mb": "GPL-2.0", "Fluid R3 GM": "MIT", "FluidR3 GM": "MIT"}
ADVICE = "give the path of a General MIDI soundfont (.sf2), or none to use the default."


@dataclass(frozen=True, slots=True)
class Soundfont:
    """A soundfont file that was found whole: its SHA-256 (hex), and the name and licence note it gives itself."""

    path: Path
    sha256: str
    name: str
    licence: str


def find_soundfont(explicit: Path | None = None) -> Soundfont:
    """The soundfont at `explicit`, else TimGM6mb.sf2 inside the pretty_midi package (which is not imported).

    Raises:
        SoundfontError: it is not there, can't be read, or is not a whole SoundFont 2 file.
    """
    path = _default_path() if explicit is None else explicit
    try:
        status = path.stat()
        if not path.is_file():
            raise SoundfontError(f"The soundfont {path} is not a file; {ADVICE}")
        return _read(path.absolute(), status.st_mtime_ns, status.st_size)
    except FileNotFoundError as error:
        raise SoundfontError(f"There is no soundfont at {path}; {ADVICE}") from error
    except OSError as error:
        raise SoundfontError(f"The soundfont {path} can't be read ({error.strerror}); {ADVICE}") from error


def _default_path() -> Path:
    spec = find_spec("pretty_midi")
    if spec is None or not spec.submodule_search_locations:
        raise SoundfontError(
            "There is no default soundfont, since the package pretty_midi is not installed: run "
            f"'pip install pretty_midi', or {ADVICE}"
        )
    return Path(spec.submodule_search_locations[0]) / DEFAULT_FONT


@lru_cache(maxsize=8)
def _read(path: Path, _mtime_ns: int, size: int) -> Soundfont:
    with path.open("rb") as file:
        info = _check_structure(file, path, size)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    name = info.get(b"INAM", path.stem)
    licence = KNOWN_LICENCES.get(name) or info.get(b"ICOP") or "not stated in the file"
    return Soundfont(path, digest, name, licence)


def _check_structure(file: BinaryIO, path: Path, size: int) -> dict[bytes, str]:
    """Walk the RIFF chunks, since FluidSynth plays on when a font ends early; returns the INFO texts."""
    head = file.read(12)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"sfbk":
        raise SoundfontError(f"{path} is not a SoundFont 2 file; {ADVICE}")
    end = 8 + struct.unpack("<I", head[4:8])[0]
    if end > size:
        raise SoundfontError(f"The soundfont {path} is cut off: {size:,} of {end:,} bytes are there; copy it again.")
    info: dict[bytes, str] = {}
    position, found = 12, []
    while position + 12 <= end:
        file.seek(position)
        kind, length, form = struct.unpack("<4sI4s", file.read(12))
        if kind != b"LIST" or position + 8 + length > end:
            break
        found.append(form)
        if form == b"INFO":
            info = _texts(file.read(length - 4))
        position += 8 + length + length % 2
    if tuple(found) != PARTS:
        raise SoundfontError(f"The soundfont {path} is broken: its samples or presets are missing; copy it again.")
    return info


def _texts(chunks: bytes) -> dict[bytes, str]:
    texts: dict[bytes, str] = {}
    position = 0
    while position + 8 <= len(chunks):
        kind, length = struct.unpack_from("<4sI", chunks, position)
        text = chunks[position + 8 : position + 8 + length].split(b"\0")[0]
        texts[kind] = text.decode("utf-8", "replace").strip()
        position += 8 + length + length % 2
    return texts
