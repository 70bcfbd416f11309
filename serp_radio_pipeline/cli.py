"""`serp-radio`: the command line. A door: it parses what a person typed, calls one room or one run, and prints.

The clock and the environment are read here. Errors are one sentence on stderr and a non-zero exit.
"""

import datetime as dt
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from dotenv import load_dotenv
from typer.exceptions import TyperException

from serp_radio_pipeline.commands import annotate as annotate_command
from serp_radio_pipeline.commands import connect as connect_commands
from serp_radio_pipeline.commands import feed as feed_command
from serp_radio_pipeline.commands import keys as keys_commands
from serp_radio_pipeline.commands import label as label_command
from serp_radio_pipeline.commands import lesson as lesson_command
from serp_radio_pipeline.commands import motifs as motifs_commands
from serp_radio_pipeline.commands import packs as packs_commands
from serp_radio_pipeline.commands import page as page_command
from serp_radio_pipeline.commands import rules as rules_commands
from serp_radio_pipeline.commands import serve as serve_command
from serp_radio_pipeline.commands import stems as stems_command
from serp_radio_pipeline.commands import store as store_commands
from serp_radio_pipeline.commands.dagster_dev import dagster_dev
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.music.pack import DEFAULT_PACK
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.pack_choice import chosen_pack
from serp_radio_pipeline.tenant import Tenant

if TYPE_CHECKING:
    from serp_radio_pipeline.music.score import Score
    from serp_radio_pipeline.storage.upload_log import UploadLog

app = typer.Typer(
    name="serp-radio",
    help="Hear how a site did in search.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(connect_commands.connect)
app.command()(connect_commands.fetch)
app.command()(store_commands.link)
app.add_typer(store_commands.app)
app.command()(label_command.label)
app.command()(annotate_command.annotate)
app.command()(feed_command.feed)
app.command()(page_command.page)
app.add_typer(rules_commands.app)
app.add_typer(motifs_commands.app)
app.add_typer(packs_commands.app)
app.command()(stems_command.stems)
app.command()(lesson_command.lesson)
app.add_typer(keys_commands.app)
app.command()(serve_command.serve)
FileArgument = Annotated[Path, typer.Argument(help="an export: .csv, .zip, .xlsx or .parquet")]
TenantArgument = Annotated[str, typer.Argument(help="the tenant's name, such as my-company")]
MapOption = Annotated[
    str,
    typer.Option(
        "--map",
        help="which column is which: date=Tag,clicks=Klicks,impressions=...,position=...; ctr=... too. Of ranks: "
        "keyword=Wort,date=Tag,rank=Stelle, or keyword=Wort,rank=* where each day has a column",
    ),
]
DEMO_TENANT = Tenant("demo")
WIDE = 160
MP3_BEGINNINGS = (b"ID3", b"\xff\xfb")
"""A tag, or a frame without one."""


class FileError(SerpRadioError):
    """A file that is not there, or can't be read."""


class NotMadeError(SerpRadioError):
    """Something that no run has made yet."""


@app.command()
def inspect(file: FileArgument, columns: MapOption = "") -> None:
    """Say what a file is, how it was read, and whether it can be used; nothing is kept."""
    from serp_radio_pipeline.ingest.uploaded_file import read_upload  # noqa: PLC0415
    from serp_radio_pipeline.storage.upload_log import latest_day  # noqa: PLC0415

    limits = Settings.from_environment().reading_limits
    content = _read_file(file, limits.max_bytes)
    answers = []
    if columns:
        from serp_radio_pipeline.ingest.column_answers import answer_about, parse_columns  # noqa: PLC0415
        from serp_radio_pipeline.ingest.container import open_tables  # noqa: PLC0415

        answers.append(answer_about(open_tables(file.name, content, limits), parse_columns(columns), _now()))
    print(read_upload(file.name, content, today=latest_day(_now()), limits=limits, answers=answers).explain())


@app.command()
def upload(
    tenant: TenantArgument,
    files: Annotated[list[Path], typer.Argument(help="one or more exports")],
    columns: MapOption = "",
) -> None:
    """Add exports to a tenant's log; a refused file is not written, and the others are added all the same."""
    from rich.progress import track  # noqa: PLC0415

    from serp_radio_pipeline.ingest.column_answers import parse_columns  # noqa: PLC0415
    from serp_radio_pipeline.ingest.refusal import shown  # noqa: PLC0415
    from serp_radio_pipeline.ingest.restatements import changes_in_lines  # noqa: PLC0415

    settings, name = Settings.from_environment(), Tenant(tenant)
    log, said = _upload_log(settings), parse_columns(columns) if columns else None
    refused = []
    # in a file or a pipe, rich would leave an empty line behind
    is_quiet = len(files) < 2 or not sys.stderr.isatty()
    for file in track(files, "Reading", console=_console(), disable=is_quiet, transient=True):
        try:
            added = log.add(name, file.name, _read_file(file, settings.max_upload_bytes), _now(), said)
        except SerpRadioError as error:
            refused.append(str(error))
            continue
        state = "added" if added.is_new else "was there already"
        print(f"{shown(file.name, 80)}: {state}, {added.upload.export.summary}")
        for line in changes_in_lines(added.changes):
            print(line)
    if len(refused) < len(files):
        _show_in_dagster(settings, name)
    for sentence in refused:
        _say_error(sentence)
    if refused:
        raise typer.Exit(1)


@app.command(cls=packs_commands.CommandThatNamesPacks)
def sonify(
    tenant: Annotated[str | None, typer.Argument(help="the tenant's name, such as my-company")] = None,
    everyone: Annotated[
        bool, typer.Option("--all", help="every tenant, on all cores; skips what is up to date")
    ] = False,
    date: Annotated[str, typer.Option(help="the episode's day; default: the last day with data")] = "",
    lookback: Annotated[str, typer.Option(help="how far back: Nd, Nw or Nm, at most 13w")] = "",
    pack: Annotated[str, typer.Option(help="the sound pack; default: the tenant's own choice")] = "",
    training: Annotated[bool, typer.Option(help="whether people's corrections may train a model")] = True,
) -> None:
    """Make a tenant's episode through Dagster and say where it lies and what is heard; with `--all`, everyone's."""
    if everyone == (tenant is not None):
        raise NotMadeError("Say which tenant, or --all for every one: 'serp-radio sonify TENANT'.")
    if tenant is None:
        from serp_radio_pipeline.commands.fleet import sonify_all  # noqa: PLC0415

        settings = Settings.from_environment()
        sonify_all(settings, _upload_log(settings), _parse_date(date) if date else None, lookback, pack, training)
        return
    _print_episode(*_make_episode(Tenant(tenant), date, lookback, pack, use_training=training))


@app.command()
def decode(
    file: Annotated[Path, typer.Argument(help="an episode's .mid or .mp3 file")],
    events: Annotated[bool, typer.Option("--events", help="what happened on which day, instead")] = False,
    movers: Annotated[bool, typer.Option("--movers", help="which queries and pages moved; .mid only")] = False,
) -> None:
    """Read an episode's numbers back from its MIDI file, or by ear from its MP3, as CSV; from the file alone."""
    from serp_radio_pipeline.audio.ear import decode_heard, hear  # noqa: PLC0415
    from serp_radio_pipeline.music.decode import decode_midi  # noqa: PLC0415

    content = _read_file(file, Settings.from_environment().max_upload_bytes)
    if content.startswith(MP3_BEGINNINGS):
        if movers:
            raise FileError(f"{file} is an MP3, in which movers can't be told: give the episode's .mid file.")
        with _console().status(f"Listening to {file.name}"):
            episode = decode_heard(hear(content, name=file.name))
    else:
        episode = decode_midi(content, name=file.name)
    tables = [episode.events_csv()] * events + [episode.movers_csv()] * movers or [episode.to_csv()]
    print("\n".join(tables), end="")


@app.command()
def tenants() -> None:
    """List the tenants: their uploads, last day of data and last episode."""
    from rich.table import Table  # noqa: PLC0415

    log = _upload_log(Settings.from_environment())
    table = Table("tenant", "uploads", "last day", "episodes", "last episode", "not used")
    for tenant in log.tenants():
        episodes = [stored.key for stored in log.store.list(f"tenants/{tenant}/mp3/")]
        uploads = len(log.entries(tenant))
        try:
            history = log.history(tenant)
            last, refused = history.metrics.rows[-1].date.isoformat(), len(history.refused)
        except SerpRadioError:
            last, refused = "-", uploads
        last_episode = Path(episodes[-1]).stem if episodes else "-"
        table.add_row(tenant.slug, str(uploads), last, str(len(episodes)), last_episode, str(refused))
    if table.row_count:
        _console(stderr=False).print(table)
    else:
        print("No tenants yet: add a file with 'serp-radio upload TENANT FILE'.")


@app.command()
def doctor() -> None:
    """Say what is installed, which soundfont and synthesizer are used, what is missing and how to get it."""
    from serp_radio_pipeline.doctor import findings  # noqa: PLC0415

    found = findings(Settings.from_environment())
    for finding in found:
        print(f"{'ok  ' if finding.is_good else 'FAIL'}  {finding.subject}: {finding.state}")
        if finding.remedy:
            print(f"      {finding.remedy}")
    if not all(finding.is_good for finding in found):
        raise typer.Exit(1)


@app.command()
def demo() -> None:
    """Make up a site's exports, upload them for tenant `demo`, and make its episode of the last day."""
    from serp_radio_pipeline.ingest.demo_breakdowns import generate_comparison_zip  # noqa: PLC0415
    from serp_radio_pipeline.ingest.demo_series import DEMO, demo_series, generate_export_zip  # noqa: PLC0415

    today = _now().date()
    # the last Sunday that Search Console would have finished: the same export all week, so demos don't pile up
    last_day = today - dt.timedelta(days=3)
    last_day -= dt.timedelta(days=(last_day.weekday() + 1) % 7)
    exported_on = last_day + dt.timedelta(days=3)
    name = f"demo.example-Performance-on-Search-{exported_on}.zip"
    log, days = _upload_log(Settings.from_environment()), demo_series(DEMO, last_day)
    log.add(DEMO_TENANT, name, generate_export_zip(days), _now())
    print(f"{name}: {len(days)} made-up days, uploaded for tenant {DEMO_TENANT}")
    compared = name.replace(".zip", " (1).zip")
    log.add(DEMO_TENANT, compared, generate_comparison_zip(days[-28:], days[-56:-28]), _now())
    print(f"{compared}: their queries and pages, the last 28 days against the 28 before")
    _print_episode(*_make_episode(DEMO_TENANT, last_day.isoformat(), "", ""))


@app.command()
def dev(
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port to listen on", min=1, max=65535)] = 3000,
) -> None:
    """Start the Dagster UI with its daemon, on the settings in force."""
    from serp_radio_pipeline.defs.instance import open_instance  # noqa: PLC0415
    from serp_radio_pipeline.defs.lost_runs import end_lost_runs  # noqa: PLC0415

    home = Settings.from_environment().home_folder
    # Dagster's tables are made here, under the lock: an upload beside this one's start would make them too
    with open_instance(home) as instance:
        end_lost_runs(instance)
    command = dagster_dev(host, port)
    os.execve(command[0], command, {**os.environ, "DAGSTER_HOME": str(home)})  # noqa: S606 - our own program, no shell


def _make_episode(
    tenant: Tenant, date: str, lookback: str, pack: str, *, use_training: bool = True
) -> "tuple[Settings, Score]":
    settings = Settings.from_environment()
    log = _upload_log(settings)
    history = log.history(tenant)
    from serp_radio_pipeline.defs.runs import last_finished_day, run_tenant_day  # noqa: PLC0415

    day = _parse_date(date) if date else last_finished_day(history, _now())
    with _console().status(f"Getting ready to make {tenant}, {day}"):
        from serp_radio_pipeline.definitions import build_defs  # noqa: PLC0415
        from serp_radio_pipeline.defs.instance import open_instance  # noqa: PLC0415
        from serp_radio_pipeline.defs.partitions import check_day_in_range, tenant_days  # noqa: PLC0415
        from serp_radio_pipeline.music.window import DEFAULT_LOOKBACK, window_for  # noqa: PLC0415

        check_day_in_range(tenant_days(settings.start_date), day, _now())
        window_for(lookback or DEFAULT_LOOKBACK, day)
        definitions = build_defs(settings)
    if (pack := pack or chosen_pack(log.store, tenant)) != DEFAULT_PACK:
        packs_commands.require_fit_pack(settings, log.store, pack)
    with (
        _console().status(f"Making {tenant}, {day}: metrics, labels, score, MIDI, MP3"),
        open_instance(settings.home_folder) as instance,
    ):
        wishes = {"lookback": lookback or DEFAULT_LOOKBACK, "pack": pack}
        run_tenant_day(definitions, instance, tenant, day, **wishes, use_training=use_training)
    return settings, _score_of(log, tenant, day)


def _show_in_dagster(settings: Settings, tenant: Tenant) -> None:
    """Add the tenant's partition, so that its days can be chosen in the UI."""
    from serp_radio_pipeline.defs.instance import open_instance  # noqa: PLC0415
    from serp_radio_pipeline.defs.runs import add_tenant  # noqa: PLC0415

    with open_instance(settings.home_folder) as instance:
        add_tenant(instance, tenant)


def _score_of(log: "UploadLog", tenant: Tenant, day: dt.date) -> "Score":
    from serp_radio_pipeline.storage.codecs import load_score  # noqa: PLC0415
    from serp_radio_pipeline.storage.keys import artefact_key  # noqa: PLC0415

    return load_score(log.store.get(artefact_key(tenant, "controls", day, "json")))


def _print_episode(settings: Settings, score: "Score") -> None:
    from serp_radio_pipeline.radio.figures import count_of  # noqa: PLC0415
    from serp_radio_pipeline.radio.words import what_was_heard  # noqa: PLC0415
    from serp_radio_pipeline.storage.keys import artefact_key  # noqa: PLC0415
    from serp_radio_pipeline.storage.location import open_store  # noqa: PLC0415
    from serp_radio_pipeline.storage.store import LocalStore  # noqa: PLC0415

    store, tenant = open_store(settings.store_url), Tenant(score.tenant)
    place = store.path if isinstance(store, LocalStore) else store.uri
    seconds = score.seconds(score.end_tick)
    print(f"Episode of {tenant}, {score.date}, {count_of(len(score.days), 'day')} in {seconds:.0f} seconds")
    print(f"  label  {score.overall.label}")
    for line in what_was_heard(score):
        print(f"  heard  {line}")
    for asset, extension in (("midi", "mid"), ("mp3", "mp3"), ("episode", "html")):
        print(f"  {asset:7}  {place(artefact_key(tenant, asset, score.date, extension))}")


def _upload_log(settings: Settings) -> "UploadLog":
    from serp_radio_pipeline.storage.location import open_store  # noqa: PLC0415
    from serp_radio_pipeline.storage.upload_log import UploadLog  # noqa: PLC0415

    store = open_store(settings.store_url, encryption=settings.s3_encryption)
    return UploadLog(store, settings.reading_limits)


def _read_file(file: Path, max_bytes: int) -> bytes:
    from serp_radio_pipeline.ingest.export import ReadingLimits, check_size  # noqa: PLC0415

    try:
        if not file.is_file():
            raise FileError(f"{file} is not a file: check the path.")
        check_size(file.name, file.stat().st_size, ReadingLimits(max_bytes=max_bytes))
        return file.read_bytes()
    except OSError as error:
        raise FileError(f"{file} can't be read: {error.strerror or error}.") from error


def _parse_date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise NotMadeError(f"{text!r:.40} is not a date: write it as 2026-03-31.") from error


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _console(*, stderr: bool = True):  # type: ignore[no-untyped-def]  # rich loads when first used
    from rich.console import Console  # noqa: PLC0415

    # in a file or a pipe there is no edge to break lines at
    width = None if (sys.stderr if stderr else sys.stdout).isatty() else WIDE
    return Console(stderr=stderr, width=width)


def _say_error(sentence: str) -> None:
    """Say it on one line; a file's name may hold line ends and a terminal's control codes."""
    printable = "".join(c if c.isprintable() else " " for c in sentence)
    print(f"serp-radio: {' '.join(printable.split())}", file=sys.stderr)


def main() -> None:
    """Run the command line; whatever goes wrong, a person reads a sentence and never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a file name need not be text
    load_dotenv(".env")  # as Dagster does: what is already set in the environment stays
    try:
        sys.exit(app(sys.argv[1:] or ["--help"], prog_name="serp-radio", standalone_mode=False))
    except SerpRadioError as error:
        _say_error(str(error))
        sys.exit(1)
    except TyperException as error:
        _say_error(f"{error.format_message()} ('serp-radio --help' says how to call it.)")
        sys.exit(2)
    except BrokenPipeError:
        # the reader of a pipe went away: not an error, but Python would complain once more at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if os.environ.get("SERP_RADIO_DEBUG"):
            raise
        _say_error(f"something unforeseen went wrong: {type(error).__name__}: {error} (SERP_RADIO_DEBUG=1 shows more).")
        sys.exit(1)


if __name__ == "__main__":
    main()
