"""`serp-radio sonify --all`: every tenant's day, with a progress bar and a closing table."""

import datetime as dt
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from serp_radio_pipeline.commands.packs import require_fit_pack
from serp_radio_pipeline.definitions import build_defs
from serp_radio_pipeline.defs.fleet import make_fleet
from serp_radio_pipeline.defs.instance import available_cores
from serp_radio_pipeline.defs.partitions import check_day_in_range, tenant_days
from serp_radio_pipeline.defs.warm_worker import Ending, FleetOrder, Outcome
from serp_radio_pipeline.music.window import DEFAULT_LOOKBACK, window_for
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.location import open_store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serp_radio_pipeline.storage.upload_log import UploadLog
    from serp_radio_pipeline.tenant import Tenant

MOST_ROWS = 200
"""Above so many tenants the closing table names only those that need a look."""

INTERRUPTED = 130


def sonify_all(
    settings: Settings, log: "UploadLog", day: dt.date | None, lookback: str, pack: str, use_training: bool
) -> None:
    """Make every tenant's episode of that day, or of its last finished one; exit 1 where one failed."""
    order = FleetOrder(
        day, lookback or DEFAULT_LOOKBACK, pack, settings.start_date, dt.datetime.now(dt.UTC), use_training
    )
    _check(settings, order)
    tenants = log.tenants()
    if not tenants:
        print("No tenants yet: add a file with 'serp-radio upload TENANT FILE'.")
        return
    outcomes: list[Outcome] = []
    try:
        _make(settings, order, tenants, outcomes)
    except KeyboardInterrupt as interrupt:
        _print_table(outcomes, len(tenants))
        raise typer.Exit(INTERRUPTED) from interrupt
    _print_table(outcomes, len(tenants))
    if any(outcome.ending == Ending.FAILED for outcome in outcomes):
        raise typer.Exit(1)


def _check(settings: Settings, order: FleetOrder) -> None:
    """Refuse at once what would fail for every tenant."""
    if order.day is not None:
        check_day_in_range(tenant_days(settings.start_date), order.day, order.now)
    window_for(order.lookback, order.day or order.now.date())
    if order.pack:
        require_fit_pack(settings, open_store(settings.store_url, encryption=settings.s3_encryption), order.pack)


def _make(settings: Settings, order: FleetOrder, tenants: "Sequence[Tenant]", outcomes: list[Outcome]) -> None:
    console = Console(stderr=True)
    columns = (TextColumn("Making {task.fields[tenant]}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    is_quiet = settings.logs_are_json or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=is_quiet) as progress:
        bar = progress.add_task("fleet", total=len(tenants), tenant=f"{len(tenants)} tenants")
        processes = min(available_cores(), len(tenants))
        for outcome in make_fleet(settings, build_defs, tenants, order, processes):
            outcomes.append(outcome)
            progress.update(bar, advance=1, tenant=outcome.tenant.slug)


def _print_table(outcomes: list[Outcome], asked: int) -> None:
    shown = outcomes if asked <= MOST_ROWS else [o for o in outcomes if o.ending == Ending.FAILED]
    table = Table("tenant", "day", "", "reason")
    # what needs a look comes last, nearest to the prompt
    for outcome in sorted(shown, key=lambda o: (o.ending == Ending.FAILED, o.tenant)):
        table.add_row(outcome.tenant.slug, str(outcome.day or "-"), outcome.ending, _plain(outcome.reason))
    if table.row_count:
        Console().print(table)
    counts = {ending: sum(o.ending == ending for o in outcomes) for ending in Ending}
    missing = asked - len(outcomes)
    rest = [f"{missing} not reached"] if missing else []
    print(", ".join([*(f"{count} {ending}" for ending, count in counts.items()), *rest]))


def _plain(sentence: str) -> Text:
    """Return it as it is: a file's name may hold what a terminal, or rich, takes for an instruction."""
    return Text("".join(c if c.isprintable() else " " for c in sentence))
