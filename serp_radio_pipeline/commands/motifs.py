"""`serp-radio motifs`: look at MIDI files as the catalogue reads them, and give a tenant motifs of its own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serp_radio_pipeline.commands.people import print_table, say_to_dagster
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.location import open_store
from serp_radio_pipeline.storage.motif_library import MotifLibrary
from serp_radio_pipeline.tenant import Tenant

if TYPE_CHECKING:
    from serp_radio_pipeline.motifs.catalog import MotifCatalog

app = typer.Typer(name="motifs", help="MIDI files as motifs: check them, list them, give a tenant its own.")
Files = Annotated[list[Path], typer.Argument(help="MIDI files; a CSV of the same name beside one labels its bars")]


class MotifCommandError(SerpRadioError):
    """Files that can't be taken."""


@app.command()
def check(files: Files) -> None:
    """Say how each file is read: its bars, sections with their momentum, and motifs; keep nothing."""
    is_good = True
    for path in files:
        catalog = _catalog_of(path)
        if catalog.problems:
            is_good = False
            for problem in catalog.problems:
                typer.echo(f"serp-radio: {problem.reason}", err=True)
            continue
        print(f"{path.name}: {catalog.bars} bars, {len(catalog.sections)} sections, {len(catalog.motifs)} motifs")
        for section in catalog.sections:
            last = section.first_bar + section.bars - 1
            print(f"  bars {section.first_bar} to {last}: momentum {section.momentum:+.2f}, {section.explanation}")
        _print_coverage(catalog)
    if not is_good:
        raise typer.Exit(1)


@app.command(name="list")
def list_(
    tenant: Annotated[str, typer.Argument(help="the tenant's name; without it, the library that ships")] = "",
) -> None:
    """List a library: how many motifs each label has in each density, and the files that can't be read."""
    settings = Settings.from_environment()
    if tenant:
        catalog = _library(settings).read(Tenant(tenant))
    else:
        from serp_radio_pipeline.motifs.library import shipped_catalogue  # noqa: PLC0415

        catalog = shipped_catalogue(settings.rules_folder / "motifs")
    if not (catalog.files or catalog.problems):
        print(f"{tenant} has no motifs of its own: add some with 'serp-radio motifs add {tenant} FILE'.")
        return
    print(f"{catalog.files} files, {catalog.bars} bars, {len(catalog.motifs)} motifs")
    _print_coverage(catalog)
    for problem in catalog.problems:
        print(f"  left out: {problem.reason}")


@app.command()
def add(tenant: Annotated[str, typer.Argument(help="the tenant's name, such as my-company")], files: Files) -> None:
    """Give a tenant motifs of its own: every file is read first, and kept only if all can be used."""
    settings, name = Settings.from_environment(), Tenant(tenant)
    problems = [problem.reason for path in files for problem in _catalog_of(path).problems]
    if problems:
        raise MotifCommandError(" ".join(problems))
    library = _library(settings)
    for path in files:
        for kept in filter(Path.is_file, (path.with_suffix(".csv"), path)):  # its labels first: it is used with them
            is_new = library.add(name, kept.name, kept.read_bytes())
            print(f"{name}: {kept.name} {'added' if is_new else 'is there already'}")
    say_to_dagster(settings, name)


def _catalog_of(path: Path) -> "MotifCatalog":
    """Read one file, and the CSV beside it."""
    from serp_radio_pipeline.motifs.library import MIDI_ENDINGS, catalogue_of  # noqa: PLC0415
    from serp_radio_pipeline.motifs.midi_reading import MidiLimits  # noqa: PLC0415

    if path.suffix.lower() not in MIDI_ENDINGS:
        raise MotifCommandError(f"{path.name!r:.80} is no MIDI file: name it .mid or .midi.")
    limits = MidiLimits()
    try:
        if path.stat().st_size > limits.max_bytes:
            raise MotifCommandError(
                f"{path.name} has {path.stat().st_size} bytes; at most {limits.max_bytes} are read."
            )
        beside = path.with_suffix(".csv")
        files = {path.name: path.read_bytes(), **({beside.name: beside.read_bytes()} if beside.is_file() else {})}
    except OSError as error:
        raise MotifCommandError(f"{path} can't be read: {error.strerror or error}.") from error
    return catalogue_of(files)


def _print_coverage(catalog: "MotifCatalog") -> None:
    from serp_radio_pipeline.motifs.catalog import DENSITIES  # noqa: PLC0415

    rows = [(label, *(str(counts[one]) for one in DENSITIES)) for label, counts in catalog.coverage().items()]
    print_table(("label", *DENSITIES), rows)


def _library(settings: Settings) -> MotifLibrary:
    return MotifLibrary(open_store(settings.store_url, encryption=settings.s3_encryption))
