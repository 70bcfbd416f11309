"""`serp-radio annotate`: what happened on a day, heard in its episodes; without a day, what was said so far."""

from typing import Annotated

import typer

from serp_radio_pipeline.commands.people import check_tenant, print_table, say_to_dagster
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.labels.annotations import Annotation, parse_date
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.annotation_log import AnnotationLog
from serp_radio_pipeline.storage.location import open_store
from serp_radio_pipeline.tenant import Tenant


class AnnotateCommandError(SerpRadioError):
    """An annotation that says nothing."""


def annotate(
    tenant: Annotated[str, typer.Argument(help="the tenant's name, such as my-company")],
    date: Annotated[str, typer.Argument(help="a day, such as 2026-03-31; without it, list what was said")] = "",
    text: Annotated[str, typer.Argument(help="what happened, in one line")] = "",
) -> None:
    """Say what happened on a day: from the next run on, its episodes announce it."""
    settings, name = Settings.from_environment(), Tenant(tenant)
    log = AnnotationLog(open_store(settings.store_url, encryption=settings.s3_encryption))
    if not date:
        _list(log, name)
        return
    day = parse_date(date)
    if not text.strip():
        raise AnnotateCommandError(f"Say what happened on {day}: 'serp-radio annotate {name} {day} \"new menu\"'.")
    annotation = Annotation(day, text.strip())
    check_tenant(log.store, name)
    is_new = log.add(name, annotation)
    print(f"{name}, {day}: {'kept' if is_new else 'said already'}")
    say_to_dagster(settings, name)


def _list(log: AnnotationLog, tenant: Tenant) -> None:
    found = log.read(tenant)
    if not (found.said or found.unread):
        print(f"Nobody has said yet what happened on a day of {tenant}.")
        return
    rows = [(said.date.isoformat(), said.text) for said in found.said]
    print_table(("date", "text"), [*rows, *(("-", f"{bad.place}: {bad.reason}") for bad in found.unread)])
