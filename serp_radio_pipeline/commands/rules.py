"""`serp-radio rules`: a tenant's own label rules, checked, tried, saved as numbered versions, compared and restored."""

import datetime as dt
import difflib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serp_radio_pipeline.commands.people import open_rules_log, print_table, say_to_dagster, tenant_history
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.labels.comparison import label_changes, rule_hits
from serp_radio_pipeline.labels.plain_yaml import MAXIMUM_BYTES
from serp_radio_pipeline.labels.rules import RuleSet, RulesRefusedError, parse_rules
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.rules_log import DEFAULT, RulesLog, RulesLogError, RulesVersion
from serp_radio_pipeline.tenant import TENANT_PATTERN, Tenant

if TYPE_CHECKING:
    from serp_radio_pipeline.labels.week_labels import WeekLabels

app = typer.Typer(name="rules", help="Look after a tenant's own label rules.", no_args_is_help=True)

TenantArgument = Annotated[str, typer.Argument(help="the tenant's name, such as my-company")]
FileArgument = Annotated[Path, typer.Argument(help="a rules file, such as a copy of rules/labels.yaml")]
NoteOption = Annotated[str, typer.Option(help="why, in one line")]
BasedOnOption = Annotated[
    int | None, typer.Option(help="the version you changed; refused if it is no longer the newest", min=0)
]
DEFAULT_NAME = "default"


class RulesCommandError(SerpRadioError):
    """Something asked of rules that can't be done."""


@app.command()
def check(
    what: Annotated[str, typer.Argument(metavar="FILE|TENANT", help="a rules file, or a tenant: its rules in force")],
    file: Annotated[Path | None, typer.Argument(help="after a tenant: a file that may become its rules")] = None,
) -> None:
    """Say whether a file holds rules, or list everything that is wrong with it; nothing is kept."""
    given = Path(what)
    if file is None and (given.is_file() or not TENANT_PATTERN.fullmatch(what)):
        file = given
    elif file is None:
        rules = open_rules_log(Settings.from_environment()).in_force(Tenant(what))
        print(f"{what}: {_title(rules.version)}, {_count(rules)}, SHA-256 {rules.sha256[:12]}")
        return
    else:
        Tenant(what)
    rules = _parse(file, _read(file))
    print(f"{file.name}: {_count(rules)}, SHA-256 {rules.sha256[:12]}")


@app.command()
def show(
    tenant: TenantArgument,
    version: Annotated[str, typer.Option(help="a version's number, or default; else the one in force")] = "",
) -> None:
    """Print the rules that decide a tenant's labels, as they were saved."""
    log, name = open_rules_log(Settings.from_environment()), Tenant(tenant)
    typer.echo(log.content(name, _number(version) if version else log.newest(name)), nl=False)


@app.command()
def put(tenant: TenantArgument, file: FileArgument, note: NoteOption = "", based_on: BasedOnOption = None) -> None:
    """Save a file as the tenant's next version, if it holds rules; older versions stay as they are."""
    settings, name = Settings.from_environment(), Tenant(tenant)
    log = open_rules_log(settings)
    base = log.newest(name) if based_on is None else based_on
    content = _read(file)
    rules = _parse(file, content)
    saved = log.put(name, content, _now(), based_on=base, note=note)
    if saved.is_new:
        print(f"{name}: saved as version {saved.version.number}, {_count(rules)}")
    else:
        print(f"{name}: version {saved.version.number} says the same already, nothing was saved")
    say_to_dagster(settings, name)


@app.command()
def history(tenant: TenantArgument) -> None:
    """List the versions of a tenant's rules, and which one is in force."""
    log, name = open_rules_log(Settings.from_environment()), Tenant(tenant)
    numbers = log.numbers(name)
    if not numbers:
        print(f"{name} follows the project's rules: it has none of its own.")
        return
    rows = [(*_row(log, name, number), "in force" if number == numbers[-1] else "") for number in numbers]
    print_table(("version", "saved (UTC)", "SHA-256", "note", ""), rows)


@app.command()
def diff(
    tenant: TenantArgument,
    one: Annotated[str, typer.Argument(help="a version's number, or default; else the one before the newest")] = "",
    other: Annotated[str, typer.Argument(help="another; else the newest")] = "",
) -> None:
    """Show what changed between two versions, line by line."""
    log, name = open_rules_log(Settings.from_environment()), Tenant(tenant)
    numbers = (DEFAULT, *log.numbers(name))
    before = _number(one) if one else numbers[-2:][0]
    after = _number(other) if other else numbers[-1]
    old, new = (_lines(log.content(name, number)) for number in (before, after))
    found = list(difflib.unified_diff(old, new, _title(before), _title(after), lineterm=""))
    print("\n".join(found) if found else f"{name}: {_title(before)} and {_title(after)} are the same.")


@app.command()
def restore(
    tenant: TenantArgument,
    version: Annotated[str, typer.Argument(help="a version's number, or default: back to the project's rules")],
    note: NoteOption = "",
    based_on: BasedOnOption = None,
) -> None:
    """Take an old version back into force, by saving it once more as the newest."""
    settings, name = Settings.from_environment(), Tenant(tenant)
    log, number = open_rules_log(settings), _number(version)
    base = log.newest(name) if based_on is None else based_on
    if number == DEFAULT and base == DEFAULT:
        print(f"{name} follows the project's rules already: it has none of its own.")
        return
    saved = log.restore(name, number, _now(), based_on=base, note=note)
    if not saved.is_new:
        print(f"{name}: version {saved.version.number} says the same already, nothing was saved")
    elif saved.version.follows_default:
        print(f"{name}: back to the project's rules, noted as version {saved.version.number}; its own versions stay")
    else:
        print(f"{name}: version {number} is in force again, saved as version {saved.version.number}")
    say_to_dagster(settings, name)


@app.command(name="try")
def try_out(tenant: TenantArgument, file: FileArgument) -> None:
    """Show which weeks of a tenant's history would change their label with that file; nothing is kept."""
    settings, name = Settings.from_environment(), Tenant(tenant)
    rules = _parse(file, _read(file))
    now = open_rules_log(settings).in_force(name)
    before, after = _labels(settings, name, now, rules)
    changes = label_changes(before, after)
    if changes:
        rows = [(c.week, c.before.label, c.before.rule, c.after.label, c.after.rule) for c in changes]
        print_table(("week", "is", "by rule", "would be", "by rule"), rows)
    was, would_be = before.overall.label, after.overall.label
    whole = f"stays {was}" if was == would_be else f"{was} would be {would_be}"
    print(f"{len(changes)} of {len(after.weeks)} weeks would change; the whole, up to {after.as_of}: {whole}")
    hits = {one.rule: one.weeks for one in rule_hits(after, rules)}
    print("weeks by rule: " + ", ".join(f"{rule} {weeks}" for rule, weeks in hits.items()))


def _labels(settings: Settings, tenant: Tenant, now: RuleSet, then: RuleSet) -> "tuple[WeekLabels, WeekLabels]":
    """Label the tenant's whole history by both, with people's corrections as they stand."""
    from serp_radio_pipeline.labels.events import parse_events  # noqa: PLC0415
    from serp_radio_pipeline.labels.week_labels import label_weeks  # noqa: PLC0415
    from serp_radio_pipeline.storage.correction_log import CorrectionLog  # noqa: PLC0415

    metrics, store = tenant_history(settings, tenant)
    events = parse_events(_read(settings.rules_folder / "events.yaml"))
    corrections = CorrectionLog(store).read(tenant).last_words
    last = metrics.rows[-1].date
    by_now = label_weeks(metrics, last, now, events, corrections)
    return by_now, label_weeks(metrics, last, then, events, corrections)


def _parse(file: Path, content: bytes) -> RuleSet:
    """Read rules; of a file that holds none, say everything that is wrong, a line each, and end."""
    try:
        return parse_rules(content, name=_plain(file.name))
    except RulesRefusedError as refused:
        for line, reason in refused.problems:
            print(f"{refused.name}:{line}: {_plain(reason)}", file=sys.stderr)
        count = len(refused.problems)
        problems = "1 problem" if count == 1 else f"{count} problems"
        raise RulesCommandError(f"{refused.name} is refused: {problems}, listed above; nothing was kept.") from refused


def _read(file: Path) -> bytes:
    """Read a file, and no more of it than can be refused for its size."""
    try:
        if not file.is_file():
            raise RulesCommandError(f"{file} is not a file: check the path.")
        with file.open("rb") as opened:
            return opened.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        raise RulesCommandError(f"{file} can't be read: {error.strerror or error}.") from error


def _row(log: RulesLog, tenant: Tenant, number: int) -> tuple[str, str, str, str]:
    try:
        version: RulesVersion = log.version(tenant, number)
    except RulesLogError as error:
        return str(number), "-", "-", str(error)
    words = [f"restores {_title(version.restores)}"] if version.restores is not None else []
    words += [version.note] if version.note else []
    return str(number), f"{version.saved_at:%Y-%m-%d %H:%M}", version.sha256[:12] or "-", ": ".join(words)


def _number(text: str) -> int:
    if text == DEFAULT_NAME:
        return DEFAULT
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise RulesCommandError(f"{text!r:.40} is no version: write its number, or default.")
    return int(text)


def _title(number: int) -> str:
    return DEFAULT_NAME if number == DEFAULT else f"version {number}"


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8-sig", errors="replace").splitlines()


def _count(rules: RuleSet) -> str:
    return f"{len(rules.rules)} {'rule' if len(rules.rules) == 1 else 'rules'} and a default"


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
