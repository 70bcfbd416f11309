"""`serp-radio motifs`: look at MIDI files as the catalogue reads them, and give a tenant motifs of its own."""

from pathlib import Path
from typing import Annotated

import typer

from serp_radio_pipeline.commands.people import check_tenant, print_table, say_to_dagster
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.motifs.catalog import DENSITIES, MotifCatalog
from serp_radio_pipeline.motifs.library import MIDI_ENDINGS, catalogue, shipped_catalogue
from serp_radio_pipeline.motifs.midi_reading import MidiLimits
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.keys import safe_name
from serp_radio_pipeline.storage.location import open_store
from serp_radio_pipeline.storage.motif_library import MotifLibrary
from serp_radio_pipeline.tenant import Tenant

app = typer.Typer(name="motifs", help="MIDI files as motifs: check them, list them, give a tenant its own.")
Files = Annotated[list[Path], typer.Argument(help="MIDI files; a CSV of the same name beside one labels its bars")]


class MotifCommandError(SerpRadioError):
    """Files that can't be taken."""


@app.command()
def check(files: Files) -> None:
    """Say how each file is read: its bars, sections with their momentum, and motifs; keep nothing."""
    is_good, limits = True, Settings.from_environment().midi_limits
    for path in files:
        catalog = catalogue(_read(path, limits), limits)
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
        catalog = _library(settings).read(Tenant(tenant)).catalog
    else:
        catalog = shipped_catalogue(settings.rules_folder / "motifs", settings.midi_limits)
    if not (catalog.files or catalog.problems):
        print(f"{tenant} has no motifs of its own: add some with 'serp-radio motifs add {tenant} FILE'.")
        return
    print(f"{catalog.files} files, {catalog.bars} bars, {len(catalog.motifs)} motifs")
    _print_coverage(catalog)
    for problem in catalog.problems:
        print(f"  left out: {problem.reason}")


@app.command()
def add(tenant: Annotated[str, typer.Argument(help="the tenant's name, such as my-company")], files: Files) -> None:
    """Give a tenant motifs of its own: every file is read first, and kept only if all can be used and kept."""
    settings, name = Settings.from_environment(), Tenant(tenant)
    library = _library(settings)
    check_tenant(library.store, name)
    given: dict[str, bytes] = {}
    for path in files:
        read = _read(path, library.limits)
        problems = catalogue(read, library.limits).problems
        if problems:
            raise MotifCommandError(" ".join(problem.reason for problem in problems))
        for file, content in read.items():
            kept = safe_name(file)
            if given.setdefault(kept, content) != content:
                raise MotifCommandError(f"Two different files would be kept as {kept}: rename one.")
    # before one is kept: labels that came without their MIDI file would label another of its name
    missing = {kept for kept, content in given.items() if not library.holds(name, kept, content)}
    for kept, content in given.items():
        library.add(name, kept, content)
        print(f"{name}: {kept} {'added' if kept in missing else 'is there already'}")
    say_to_dagster(settings, name)


def _read(path: Path, limits: MidiLimits) -> dict[str, bytes]:
    """Return a MIDI file by its name, behind the CSV beside it: labels come first, for both are used together."""
    if path.suffix.lower() not in MIDI_ENDINGS:
        raise MotifCommandError(f"{path.name!r:.80} is no MIDI file: name it .mid or .midi.")
    beside, most = path.with_suffix(".csv"), limits.max_bytes
    files: dict[str, bytes] = {}
    try:
        for file in (beside, path) if beside.is_file() else (path,):
            with file.open("rb") as opened:
                files[file.name] = opened.read(most + 1)  # no more than can be refused for its size
            if len(files[file.name]) > most:
                raise MotifCommandError(f"{file.name} has over {most} bytes, more than are read. Split it.")
    except OSError as error:
        raise MotifCommandError(f"{path} can't be read: {error.strerror or error}.") from error
    return files


def _print_coverage(catalog: MotifCatalog) -> None:
    rows = [(label, *(str(counts[one]) for one in DENSITIES)) for label, counts in catalog.coverage().items()]
    print_table(("label", *DENSITIES), rows)


def _library(settings: Settings) -> MotifLibrary:
    return MotifLibrary(open_store(settings.store_url, encryption=settings.s3_encryption), settings.midi_limits)
