"""`serp-radio lesson`: a minute and a half in which each sound of a pack is heard alone, then all."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serp_radio_pipeline.commands.people import print_table
from serp_radio_pipeline.commands.trial import trials_in
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.music.pack import DEFAULT_PACK, read_pack
from serp_radio_pipeline.settings import Settings

if TYPE_CHECKING:
    from serp_radio_pipeline.audio.soundfont import Soundfont
    from serp_radio_pipeline.music.lesson import Lesson


class LessonError(SerpRadioError):
    """A lesson that can't be written."""


def lesson(
    pack: Annotated[str, typer.Argument(help="the pack's name, see 'serp-radio packs list'")] = DEFAULT_PACK,
    folder: Annotated[Path, typer.Option(help="where to")] = Path(),
    apart: Annotated[bool, typer.Option("--apart", help="a file for each sound, instead of one for all")] = False,
) -> None:
    """Write a pack's lesson as an MP3 with a chapter for each sound, and say which sound comes when."""
    from serp_radio_pipeline.audio.soundfont import find_soundfont  # noqa: PLC0415
    from serp_radio_pipeline.music.lesson import lesson_of  # noqa: PLC0415

    settings = Settings.from_environment()
    made = lesson_of(trials_in(read_pack(settings.rules_folder, pack), settings)[0])
    soundfont = find_soundfont(settings.soundfont_path)
    make = _apart if apart else _in_one
    files = make(made, soundfont, settings.fluidsynth_path)
    _write(folder, files)
    print_table(("second", "what is heard"), [(f"{made.seconds(part.tick):.1f}", part.title) for part in made.parts])
    print(f"{folder / next(iter(files))}{f' and {len(files) - 1} more' if apart else ''}, on {soundfont.name}")


def _in_one(made: "Lesson", soundfont: "Soundfont", library: Path | None) -> dict[str, bytes]:
    from serp_radio_pipeline.audio.render import render_episode  # noqa: PLC0415
    from serp_radio_pipeline.music.lesson import lesson_midi  # noqa: PLC0415
    from serp_radio_pipeline.radio.lesson import lesson_tags  # noqa: PLC0415

    rendered = render_episode(lesson_midi(made), lesson_tags(made), soundfont, library=library)
    return {f"lesson-{made.pack.name}.mp3": rendered.mp3}


def _apart(made: "Lesson", soundfont: "Soundfont", library: Path | None) -> dict[str, bytes]:
    from serp_radio_pipeline.audio.excerpts import excerpts  # noqa: PLC0415
    from serp_radio_pipeline.music.lesson import lesson_midi  # noqa: PLC0415

    spans = [(made.seconds(part.tick), made.seconds(part.tick + part.length)) for part in made.parts]
    sounds = excerpts(lesson_midi(made), spans, soundfont, library=library)
    return {f"{made.pack.name}-{part.name}.mp3": sound for part, sound in zip(made.parts, sounds, strict=True)}


def _write(folder: Path, files: dict[str, bytes]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise LessonError(f"{folder} can't be written to: {error.strerror or error}.") from error
