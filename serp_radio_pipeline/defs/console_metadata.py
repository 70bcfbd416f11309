"""What a person wants to see of a fetch from Search Console in the Dagster UI; never anything secret."""

from collections.abc import Mapping
from typing import Any

from serp_radio_pipeline.storage.console_log import LoggedFetch

SHOWN_CHANGES = 20


def fetch_metadata(found: LoggedFetch) -> Mapping[str, Any]:
    """The property and days asked for, what came, which days are provisional, and what it changed of known days."""
    fetch = found.fetched.fetch
    asked = {
        "property": found.source.property,
        "search type": found.source.search_type,
        "secret": found.source.secret,
        "days asked for": f"{found.span.first} to {found.span.last}",
    }
    if fetch is None or found.added is None:
        return {**asked, "dagster/row_count": 0}
    changes = found.added.changes
    return {
        **asked,
        "dagster/row_count": len(fetch.days),
        "days with data": f"{fetch.days[0].date} to {fetch.days[-1].date}",
        "first provisional day": str(fetch.first_incomplete or "none"),
        "days of queries and pages": len({one.date for one in fetch.details}),
        "notes": " ".join([*found.added.upload.export.notes, found.fetched.trouble]).strip() or "none",
        "days restated": len({change.date for change in changes}),
        "restated": "; ".join(
            f"{one.date} {one.name} {one.spoken(one.before)} to {one.spoken(one.now)}"
            for one in changes[:SHOWN_CHANGES]
        )
        or "nothing",
    }
