"""The binding to libfluidsynth: finding it, the functions we call, and its log. It does not know what is played."""

import ctypes
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import c_char_p, c_double, c_int, c_size_t, c_void_p
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from serp_radio_pipeline.audio.errors import LibraryError

OLDEST_VERSION = (2, 0)  # the first with fluid_player_add_mem and this log signature
PLAYER_PLAYING = 1
ERROR_LEVELS = (0, 1)  # FLUID_PANIC, FLUID_ERR
LOG_LEVELS = 5

SYSTEM_NAMES = {
    "linux": ("libfluidsynth.so.3", "libfluidsynth.so.2"),
    "darwin": (
        "libfluidsynth.3.dylib",
        "/opt/homebrew/lib/libfluidsynth.3.dylib",
        "/usr/local/lib/libfluidsynth.3.dylib",
    ),
    "win32": ("libfluidsynth-3.dll", "fluidsynth.dll"),
}

SIGNATURES: dict[str, tuple[type | None, tuple[type, ...]]] = {
    "fluid_version_str": (c_char_p, ()),
    "new_fluid_settings": (c_void_p, ()),
    "delete_fluid_settings": (None, (c_void_p,)),
    "fluid_settings_setnum": (c_int, (c_void_p, c_char_p, c_double)),
    "fluid_settings_setint": (c_int, (c_void_p, c_char_p, c_int)),
    "fluid_settings_setstr": (c_int, (c_void_p, c_char_p, c_char_p)),
    "new_fluid_synth": (c_void_p, (c_void_p,)),
    "delete_fluid_synth": (None, (c_void_p,)),
    "fluid_synth_sfload": (c_int, (c_void_p, c_char_p, c_int)),
    "fluid_synth_set_interp_method": (c_int, (c_void_p, c_int, c_int)),
    "fluid_synth_write_float": (c_int, (c_void_p, c_int, c_void_p, c_int, c_int, c_void_p, c_int, c_int)),
    "fluid_synth_process": (c_int, (c_void_p, c_int, c_int, c_void_p, c_int, c_void_p)),
    "new_fluid_player": (c_void_p, (c_void_p,)),
    "delete_fluid_player": (None, (c_void_p,)),
    "fluid_player_add_mem": (c_int, (c_void_p, c_char_p, c_size_t)),
    "fluid_player_play": (c_int, (c_void_p,)),
    "fluid_player_get_status": (c_int, (c_void_p,)),
}

LOG_FUNCTION = ctypes.CFUNCTYPE(None, c_int, c_char_p, c_void_p)


class LogLine(NamedTuple):
    """A message of FluidSynth; `is_error` for its levels PANIC and ERR."""

    is_error: bool
    text: str


_log = threading.local()


def _keep_line(level: int, message: bytes, _data: object) -> None:
    lines: list[LogLine] | None = getattr(_log, "lines", None)
    if lines is not None:
        lines.append(LogLine(level in ERROR_LEVELS, message.decode("utf-8", "replace")))


_keep_line_from_c = LOG_FUNCTION(_keep_line)  # referenced for ever: the library holds its address


@contextmanager
def captured_log() -> Iterator[list[LogLine]]:
    """Collect what FluidSynth says in this thread; outside of it its messages are dropped, never printed."""
    outer, _log.lines = getattr(_log, "lines", None), []
    try:
        yield _log.lines
    finally:
        _log.lines = outer


class Library:
    """A loaded libfluidsynth: `path`, `version`, and its C functions in `c`."""

    def __init__(self, path: str) -> None:
        try:
            self.c = ctypes.CDLL(path)
            for name, (result, arguments) in SIGNATURES.items():
                function = getattr(self.c, name)
                function.restype, function.argtypes = result, arguments
            set_log = self.c.fluid_set_log_function
        except (OSError, AttributeError) as error:
            raise LibraryError(
                f"{path} can't be used as libfluidsynth ({error}); give the path of another, or none."
            ) from error
        set_log.restype, set_log.argtypes = c_void_p, (c_int, LOG_FUNCTION, c_void_p)
        for level in range(LOG_LEVELS):
            set_log(level, _keep_line_from_c, None)
        self.path = path
        self.version: str = self.c.fluid_version_str().decode("ascii", "replace")
        if tuple(int(part) for part in self.version.split(".")[:2]) < OLDEST_VERSION:
            raise LibraryError(f"{path} is FluidSynth {self.version}; version 2.0 or newer is needed.")


def wheel_libraries() -> list[str]:
    """The libfluidsynth inside the pygame-ce wheel, if that is installed and has one; pygame itself is not imported."""
    spec = find_spec("pygame")
    if spec is None or not spec.submodule_search_locations:
        return []
    package = Path(spec.submodule_search_locations[0])
    folders = (package.parent / "pygame_ce.libs", package / ".dylibs", package)
    return [str(path) for folder in folders for path in sorted(folder.glob("libfluidsynth*"))]


@lru_cache(maxsize=4)
def load_library(explicit: Path | None = None) -> Library:
    """The library at `explicit`, else the system's, else the one in the pygame-ce wheel.

    Raises:
        LibraryError: the explicit one can't be used, or none of the others is there.
    """
    if explicit is not None:
        if not explicit.is_file():
            raise LibraryError(
                f"There is no libfluidsynth at {explicit}; correct the path, or leave it out to use the default."
            )
        return Library(str(explicit))
    for path in (*SYSTEM_NAMES.get(sys.platform, ()), *wheel_libraries()):
        try:
            return Library(path)
        except LibraryError:
            continue
    raise LibraryError(
        "No libfluidsynth was found, neither the system's nor the one in the pygame-ce wheel: run "
        "'pip install pygame-ce' (Linux, macOS) or install FluidSynth 2, or give the path of its library."
    )
