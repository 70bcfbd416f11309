"""`serp-radio label`: what a person says a week was like, kept like an upload; without a week, what was said so far."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from serp_radio_pipeline.commands.people import print_table, say_to_dagster, tenant_history
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.labels.corrections import Correction, monday_of, parse_label
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.correction_log import CorrectionLog
from serp_radio_pipeline.storage.location import open_store
from serp_radio_pipeline.tenant import Tenant

if TYPE_CHECKING:
    from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics


class LabelCommandError(SerpRadioError):
    """A correction that can't be taken."""


def label(
    tenant: Annotated[str, typer.Argument(help="the tenant's name, such as my-company")],
    week: Annotated[str, typer.Argument(help="an ISO week, such as 2026-W14; without it, list what was said")] = "",
    label: Annotated[str, typer.Argument(help="MOMENTUM_POS, MOMENTUM_NEG, VOLATILE_SPIKE or NEUTRAL")] = "",
    note: Annotated[str, typer.Option(help="why, in one line")] = "",
) -> None:
    """Correct a week's label: your word holds for that week from the next run on, whatever the rules say."""
    settings, name = Settings.from_environment(), Tenant(tenant)
    if not week:
        _list(settings, name)
        return
    if not label:
        raise LabelCommandError(f"Say what {week:.40} was like: 'serp-radio label {name} {week:.40} NEUTRAL'.")
    correction = Correction(week, parse_label(label), note, dt.datetime.now(dt.UTC))
    metrics, store = tenant_history(settings, name)
    _check_week(metrics, week)
    is_new = CorrectionLog(store).add(name, correction)
    print(f"{name}, {week}: {correction.label}, {'kept' if is_new else 'said already'}")
    say_to_dagster(settings, name)


def _check_week(metrics: "DailyMetrics", week: str) -> None:
    """Refuse a week in which the tenant has no day of data."""
    from serp_radio_pipeline.labels.week_labels import week_name  # noqa: PLC0415

    monday = monday_of(week)
    if not any(monday <= row.date < monday + dt.timedelta(days=7) for row in metrics.rows):
        first, last = (week_name(metrics.rows[end].date) for end in (0, -1))
        raise LabelCommandError(
            f"{metrics.tenant} has no data in {week}: its weeks are {first} to {last}; upload an export with that week "
            "first."
        )


def _list(settings: Settings, tenant: Tenant) -> None:
    found = CorrectionLog(open_store(settings.store_url)).read(tenant)
    if not (found.said or found.unreadable):
        print(f"Nobody has corrected a week of {tenant} yet.")
        return
    last_words = found.last_words
    rows = [
        (
            said.week,
            said.label.value,
            f"{said.corrected_at:%Y-%m-%d %H:%M}",
            said.note,
            "" if said is last_words[said.week] else "not the last word",
        )
        for said in found.said
    ]
    rows += [("-", "-", "-", f"{entry.name} can't be read: {entry.reason}", "") for entry in found.unreadable]
    print_table(("week", "label", "said (UTC)", "note", ""), rows)
