"""A fetch from the Search Console API as an `Export`: the same value as an uploaded file's, with nothing to guess."""

import datetime as dt

from serp_radio_pipeline.ingest.console_fetch import parse_console_fetch
from serp_radio_pipeline.ingest.daily_metrics import SeriesIdentity
from serp_radio_pipeline.ingest.day_details import named_share
from serp_radio_pipeline.ingest.export import Export


def read_console_export(file_name: str, data: bytes, *, today: dt.date) -> Export:
    """Read a fetch as the log keeps it; `today` is the last day that can have data.

    Raises:
        ExportRefusedError: it is damaged, of another version, or says what can't be.
    """
    fetch = parse_console_fetch(file_name, data, today=today)
    return Export(
        file_name=file_name,
        member=None,
        container="json",
        encoding="utf-8",
        delimiter=None,
        identity=SeriesIdentity(fetch.site, fetch.search_type, ()),
        exported_on=None,
        observed_at=fetch.fetched_at,
        rows=fetch.daily_rows(),
        mapping=(),
        confidence=1.0,
        skipped=(),
        notes=named_share(fetch.details),
        details=fetch.details,
        fetched=fetch,
    )
