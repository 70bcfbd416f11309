"""The mark that a tenant's source must be connected again. Page, feed and checks read it; a good fetch clears it."""

import datetime as dt
import json
from dataclasses import dataclass

from serp_radio_pipeline.storage.keys import source_trouble_key
from serp_radio_pipeline.storage.store import ObjectMissingError, Store
from serp_radio_pipeline.tenant import Tenant

LONGEST_SENTENCE = 600


@dataclass(frozen=True, slots=True)
class SourceTrouble:
    """Since which day (UTC) nothing can be fetched, and the sentence of the last try, which holds nothing secret."""

    since: dt.date
    sentence: str

    @property
    def notice(self) -> str:
        """What listeners are told, who can't mend it: that the numbers stand still."""
        return f"Since {self.since}, Search Console lets nothing be fetched: it must be connected again."


def read_trouble(store: Store, tenant: Tenant) -> SourceTrouble | None:
    """Return a tenant's mark; None where all is well, and where the mark is damaged: the next fetch writes it anew."""
    try:
        content = json.loads(store.get(source_trouble_key(tenant)))["trouble"]
        return content and SourceTrouble(dt.date.fromisoformat(content["since"]), str(content["sentence"]))
    except (ObjectMissingError, ValueError, LookupError, TypeError, RecursionError):
        return None


def notice_of(store: Store, tenant: Tenant) -> str:
    """Return what a tenant's page and feed say of its source; nothing where all is well."""
    trouble = read_trouble(store, tenant)
    return trouble.notice if trouble else ""


def mark_trouble(store: Store, tenant: Tenant, sentence: str, day: dt.date) -> bool:
    """Mark that nothing can be fetched; of several tries the first says since when. Return whether it is new."""
    known = read_trouble(store, tenant)
    trouble = SourceTrouble(known.since if known else day, sentence[:LONGEST_SENTENCE])
    if trouble != known:
        _write(store, tenant, {"since": trouble.since.isoformat(), "sentence": trouble.sentence})
    return known is None


def clear_trouble(store: Store, tenant: Tenant) -> bool:
    """Take the mark away; return whether there was one."""
    if read_trouble(store, tenant) is None:
        return False
    _write(store, tenant, None)
    return True


def _write(store: Store, tenant: Tenant, trouble: dict[str, str] | None) -> None:
    store.put(source_trouble_key(tenant), json.dumps({"trouble": trouble}, indent=1).encode())
