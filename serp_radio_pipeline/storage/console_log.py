"""A tenant's fetches in its log of uploads: what the next one asks for, and what becomes of it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from serp_radio_pipeline.console.client import SearchConsole
from serp_radio_pipeline.console.errors import DisconnectedError
from serp_radio_pipeline.console.fetching import Fetched, fetch_days
from serp_radio_pipeline.console.source import Source, SourceError
from serp_radio_pipeline.console.spans import Span, next_span
from serp_radio_pipeline.ingest.console_fetch import ConsoleFetch
from serp_radio_pipeline.ingest.fold import History
from serp_radio_pipeline.storage.source_trouble import clear_trouble, mark_trouble
from serp_radio_pipeline.storage.sources import NotConnectedError, read_source
from serp_radio_pipeline.storage.upload_log import Added, NoUploadsError, UploadLog
from serp_radio_pipeline.tenant import Tenant


@dataclass(frozen=True, slots=True)
class LoggedFetch:
    """What one fetch asked for, what it brought, and what the log made of it: None where no day has data."""

    source: Source
    span: Span
    fetched: Fetched
    added: Added | None

    def in_lines(self) -> list[str]:
        """Return what came, for people."""
        fetch = self.fetched.fetch
        if fetch is None or self.added is None:
            return [f"{self.source.property} has no day with data from {self.span.first} to {self.span.last}."]
        provisional = sum(fetch.is_provisional(day.date) for day in fetch.days)
        days = len({one.date for one in fetch.details})
        return [
            f"{self.source.property}, {self.span.first} to {self.span.last}: {self.added.upload.export.summary}, "
            f"{provisional} of them provisional; queries and pages of {days} days",
            *([self.fetched.trouble] if self.fetched.trouble else []),
        ]


def fetch_tenant(
    log: UploadLog,
    tenant: Tenant,
    console_of: Callable[[Source], SearchConsole],
    now: dt.datetime,
    say_on_page: Callable[[], object],
) -> LoggedFetch:
    """Fetch what is due for a tenant, and add it to its log like an upload.

    Where nothing can be fetched before a person has done something, that is marked, and the next good fetch clears the
    mark; `say_on_page` is called when it changes.

    Raises:
        NotConnectedError: the tenant has no source.
        SourceError, DisconnectedError: a person must connect it again.
        ConsoleError: Search Console gave no answer now.
        ExportRefusedError: what came does not belong to the tenant's series.
    """
    try:
        source = read_source(log.store, tenant)
        found = _fetch(log, tenant, source, console_of(source), now)
    except NotConnectedError:
        raise  # nothing was promised, so nothing is missing
    except (DisconnectedError, SourceError) as error:
        if mark_trouble(log.store, tenant, str(error), now.astimezone(dt.UTC).date()):
            say_on_page()
        raise
    if clear_trouble(log.store, tenant):
        say_on_page()
    return found


def _fetch(log: UploadLog, tenant: Tenant, source: Source, console: SearchConsole, now: dt.datetime) -> LoggedFetch:
    history = _history(log, tenant)
    span = next_span(_fetches(history, source), now)
    known = history.metrics.by_date if history else {}
    detailed = history.details.keys() if history else set()
    fetched = fetch_days(console, source, span, now, known, detailed)
    if fetched.fetch is None:
        return LoggedFetch(source, span, fetched, None)
    added = log.add(tenant, fetched.fetch.file_name, fetched.fetch.to_lines(), now)
    return LoggedFetch(source, span, fetched, added)


def _history(log: UploadLog, tenant: Tenant) -> History | None:
    try:
        return log.history(tenant)
    except NoUploadsError:
        return None


def _fetches(history: History | None, source: Source) -> list[ConsoleFetch]:
    """Return the fetches of that source which the history holds."""
    fetches = [upload.export.fetched for upload in history.used] if history else []
    wanted = (source.property, source.search_type)
    return [fetch for fetch in fetches if fetch is not None and (fetch.site, fetch.search_type) == wanted]
