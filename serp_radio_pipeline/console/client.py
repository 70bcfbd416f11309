"""The client: signs in, and asks the Search Console API for properties, days and details; page by page, with patience.

It is Google's own library on its shipped description of the API, so that nothing but data is fetched.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serp_radio_pipeline.console.answers import Answer, day_of, first_incomplete, rows_of
from serp_radio_pipeline.console.errors import ConsoleAnswerError, PropertyRefusedError
from serp_radio_pipeline.console.patience import Patience
from serp_radio_pipeline.console.ranked_rows import RankedRows
from serp_radio_pipeline.ingest.breakdowns import BreakdownRow, Dimension
from serp_radio_pipeline.ingest.daily_metrics import DailyRow

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

UNVERIFIED = "siteUnverifiedUser"
"""The permission level of somebody who claims a property and may not read it."""
ROWS_A_PAGE = 25_000
MOST_ROUNDS = 3
"""How often what is missing is asked for again: once is enough for fewer rows of a kind than a page has."""
MOST_PAGES = 8
"""Search Console gives at most 50,000 rows of a day and search type: this is more than it takes, and an end."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the API is, empty for Google's own address; a file of certificate authorities, empty for the usual ones."""

    endpoint: str = ""
    authorities: str = ""
    timeout_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class DailyAnswer:
    """The days that have data, ascending, and the first that is not final, None where all are."""

    days: tuple[DailyRow, ...]
    first_incomplete: dt.date | None


@dataclass(frozen=True, slots=True)
class DetailAnswer:
    """One day's rows, most clicks first; `count` and `clicks` are of all that there are.

    `missing` are those whose names never came, though they may belong to `rows`.
    """

    rows: tuple[BreakdownRow, ...] = ()
    count: int = 0
    clicks: int = 0
    missing: int = 0


class SearchConsole:
    """Search Console as one account sees it."""

    def __init__(
        self, credentials: "Credentials", connection: Connection | None = None, patience: Patience | None = None
    ) -> None:
        self._service = _service(credentials, connection or Connection())
        self._patience = patience or Patience()

    def properties(self) -> Mapping[str, str]:
        """Return the properties that the account knows, each with its permission level.

        Raises:
            ConsoleError: signing in or asking failed.
        """
        answer = self._ask(lambda: self._service.sites().list())
        entries = answer.get("siteEntry", [])
        try:
            return {entry["siteUrl"]: entry["permissionLevel"] for entry in entries}
        except (LookupError, TypeError):
            raise ConsoleAnswerError("Search Console's list of properties can't be read.") from None

    def permission_for(self, site: str) -> str:
        """Return the account's permission level on a property that it may read.

        Raises:
            PropertyRefusedError: it may not, or does not know it.
            ConsoleError: signing in or asking failed.
        """
        known = self.properties()
        permission = known.get(site, UNVERIFIED)
        if permission == UNVERIFIED:
            raise PropertyRefusedError(
                f"The account may not read {site}; it knows {len(known)} properties. Add it in Search Console "
                "under Settings, Users and permissions, and check how the property is written."
            )
        return permission

    def days(self, site: str, search_type: str, first: dt.date, last: dt.date) -> DailyAnswer:
        """Return the days from `first` to `last`, both included, provisional ones among them.

        Raises:
            ConsoleError: asking failed.
        """
        body = {**_body(search_type, first, last, "date"), "aggregationType": "byProperty", "dataState": "all"}
        days: dict[dt.date, DailyRow] = {}
        incomplete = None
        for answer in self._pages(site, body):
            incomplete = incomplete or first_incomplete(answer)
            for row in map(day_of, rows_of(answer)):
                if not first <= row.date <= last:
                    raise ConsoleAnswerError(f"Search Console answered for {row.date}, which was not asked for.")
                if days.setdefault(row.date, row) != row:
                    raise ConsoleAnswerError(f"Search Console answered twice for {row.date}, and not the same.")
        return DailyAnswer(tuple(days[date] for date in sorted(days)), incomplete)

    def details(self, site: str, search_type: str, day: dt.date, dimension: Dimension, most: int) -> DetailAnswer:
        """Return the `most` queries or pages with the most clicks of one day: a longer range has fewer rows.

        Where one of them stood on two pages, and so another on none, pages are asked for again that hold all with as
        many clicks; what is missing after that is counted.

        Raises:
            ConsoleError: asking failed.
        """
        aggregation = "byProperty" if dimension == "query" else "auto"  # pages can't be counted by property
        body = {**_body(search_type, day, day, dimension), "aggregationType": aggregation, "dataState": "final"}
        found = RankedRows()
        for page, answer in enumerate(self._pages(site, body)):
            found.take(page * ROWS_A_PAGE, rows_of(answer))
        for _ in range(MOST_ROUNDS):
            for start in found.places_to_ask(most, ROWS_A_PAGE):
                found.take(start, rows_of(self._page(site, body, start)))
        return DetailAnswer(found.rows[:most], found.count, found.clicks, sum(found.missing(most).values()))

    def _pages(self, site: str, body: Mapping[str, Any]) -> Iterator[Answer]:
        """Yield pages until one is empty, as the documentation asks for: a page may be short and not the last."""
        for page in range(MOST_PAGES):
            answer = self._page(site, body, page * ROWS_A_PAGE)
            yield answer
            if not rows_of(answer):
                return

    def _page(self, site: str, body: Mapping[str, Any], start: int) -> Answer:
        asked = {**body, "rowLimit": ROWS_A_PAGE, "startRow": start}
        return self._ask(lambda: self._service.searchanalytics().query(siteUrl=site, body=asked))

    def _ask(self, request: Callable[[], Any]) -> Answer:
        def once() -> Answer:
            answer = request().execute(num_retries=0)
            if not isinstance(answer, Mapping):
                raise ValueError("no JSON")  # the library hands such an answer over as text
            return answer

        return self._patience.answer(once)


def _body(search_type: str, first: dt.date, last: dt.date, dimension: str) -> dict[str, Any]:
    return {
        "startDate": first.isoformat(),
        "endDate": last.isoformat(),
        "dimensions": [dimension],
        "type": search_type,
    }


def _service(credentials: "Credentials", connection: Connection) -> Any:  # made at run time, so without a type
    import httplib2  # noqa: PLC0415 - Google's library takes 0.5 s to import: only where something is fetched
    from google_auth_httplib2 import AuthorizedHttp  # noqa: PLC0415
    from googleapiclient.discovery import build  # noqa: PLC0415

    http = httplib2.Http(timeout=connection.timeout_seconds, ca_certs=connection.authorities or None)
    options = {"api_endpoint": connection.endpoint} if connection.endpoint else None
    return build(
        "searchconsole",
        "v1",
        http=AuthorizedHttp(credentials, http=http),
        client_options=options,
        static_discovery=True,
        cache_discovery=False,
    )
