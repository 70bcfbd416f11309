"""What sensor `new_uploads` decides in one tick, from the store, the cursor and the clock; no Dagster in here.

Every upload is served once: a run is asked for, or the reason why not is reported. What was served is known by the
tenants' ledgers and by what the last tick left pending, never by times: a writer's clock may be wrong, and an upload
may be listed late.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from serp_radio_pipeline.defs.upload_cursor import MOST_LATER, MOST_QUIET, UploadCursor, listing_digest, tenant_tag
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.refusal import shown
from serp_radio_pipeline.storage.keys import uploads_prefix
from serp_radio_pipeline.storage.served_uploads import LedgerError, ServedUploads, digest_of, fingerprint
from serp_radio_pipeline.storage.store import KeyRefusedError, Store, StoredObject, StoreError
from serp_radio_pipeline.tenant import Tenant, TenantError

MOST_RUNS, MOST_UPLOADS = 50, 250
"""Runs asked for, and uploads served, in one tick."""
LISTED_AT_ONCE = 16
"""Tenants whose uploads are listed before the clock is looked at again; side by side on S3: listing is waiting."""
_Item = TypeVar("_Item")


class NoPartitionError(SerpRadioError):
    """An upload none of whose days can be made."""


@dataclass(frozen=True, slots=True)
class RunAsked:
    """A run to ask for: one tenant-day, and the uploads that it is for, in the order in which they were written."""

    tenant: Tenant
    day: dt.date
    uploads: tuple[StoredObject, ...]

    @property
    def run_key(self) -> str:
        """The newest upload's name, and key and entity tag as their fingerprint: any text may be a key on S3.

        Asked for again after a tick that failed, Dagster knows it.
        """
        newest = self.uploads[-1]
        return f"{self.tenant}/{_name(newest)}#{fingerprint(newest)}"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a tick asks for and says, and the cursor for the next."""

    runs: tuple[RunAsked, ...]
    new_tenants: tuple[Tenant, ...]
    reports: tuple[str, ...]
    cursor: UploadCursor


@dataclass(slots=True)
class _Tick:
    """What was found so far."""

    pending: dict[str, frozenset[str]]
    quiet: dict[str, str]
    later: set[str]
    after: str = ""
    asked: dict[tuple[Tenant, dt.date], list[StoredObject]] = field(default_factory=dict)
    new_tenants: list[Tenant] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        return len(self.asked) >= MOST_RUNS or sum(map(len, self.pending.values())) >= MOST_UPLOADS


class UploadWatch:
    """Looks for uploads that were not served yet.

    `day_of` reads an upload and returns the day to make; what it raises is the reason why there is none, except for a
    `StoreError`: then the upload was not seen at all. `is_late` says that the tick's time is over; a tick always goes
    at least one step.
    """

    def __init__(
        self, store: Store, day_of: Callable[[StoredObject], dt.date], is_late: Callable[[], bool] = lambda: False
    ) -> None:
        self._store = store
        self._ledgers = ServedUploads(store)
        self._day_of = day_of
        self._is_late = is_late

    def tick(self, cursor: UploadCursor, known: AbstractSet[str]) -> Decision:
        """Return what one tick asks for; `known` are the tenants that have a partition.

        Raises:
            StoreError: the tenants can't be listed, or not one of their uploads: a failed listing is no empty one.
        """
        tenants, misnamed = self._tenants()
        tags = {tenant_tag(tenant) for tenant in tenants}
        tick = _Tick(
            dict(cursor.pending),
            {tag: digest for tag, digest in cursor.quiet.items() if tag in tags},
            set(cursor.later),
        )
        naming = digest_of(*(name for name, _ in misnamed)) if misnamed else ""
        if naming not in ("", cursor.misnamed):
            tick.reports += [f"{shown(name, 80)} under tenants/ is no tenant's folder: {why}" for name, why in misnamed]
        self._write_ledgers(tick)
        tick.after = cursor.after
        self._look_at_all(tick, tenants, known)
        runs = tuple(
            RunAsked(tenant, day, tuple(sorted(uploads, key=_age))) for (tenant, day), uploads in tick.asked.items()
        )
        quiet = dict(list(tick.quiet.items())[:MOST_QUIET])
        later = frozenset(sorted(tick.later)[:MOST_LATER])
        after = UploadCursor(tick.after, tick.pending, quiet, later, naming)
        return Decision(runs, tuple(tick.new_tenants), tuple(tick.reports), after)

    def _tenants(self) -> tuple[list[Tenant], list[tuple[str, str]]]:
        tenants, misnamed = [], []
        for name in self._store.folders("tenants/"):
            try:
                tenants.append(Tenant(name))
            except TenantError as error:
                misnamed.append((name, str(error)))
        return tenants, misnamed

    def _write_ledgers(self, tick: _Tick) -> None:
        """Write what the last tick served; where that fails it stays pending."""

        def write(slug: str) -> str:
            try:
                self._ledgers.add(Tenant(slug), tick.pending[slug])
            except StoreError as error:
                return f"{slug}: its ledger can't be written, and is tried again: {error}"
            return ""

        slugs = list(tick.pending)
        with ThreadPoolExecutor(self._store.parallel_reads) as pool:
            for some in _batches(slugs):
                for slug, trouble in zip(some, pool.map(write, some), strict=True):
                    if trouble:
                        tick.reports.append(trouble)
                    else:
                        del tick.pending[slug]
                if self._is_late():
                    return

    def _look_at_all(self, tick: _Tick, tenants: list[Tenant], known: AbstractSet[str]) -> None:
        behind = [tenant for tenant in tenants if tenant.slug > tick.after]
        order = behind + tenants[: len(tenants) - len(behind)]
        failures: list[StoreError] = []
        with ThreadPoolExecutor(self._store.parallel_reads) as pool:
            for some in _batches(order):
                for tenant, found in zip(some, pool.map(lambda one: self._survey(tick, one), some), strict=True):
                    tick.after = tenant.slug
                    if isinstance(found, StoreError):
                        failures.append(found)
                        tick.reports.append(f"{tenant}: its uploads can't be listed, and are looked for again: {found}")
                    else:
                        self._serve(tick, found, known)
                    if tick.is_full or self._is_late():
                        return
        if failures and len(failures) == len(tenants):
            raise failures[0]

    def _survey(self, tick: _Tick, tenant: Tenant) -> "_Survey | StoreError":
        """List a tenant's uploads and find those not served; runs beside others and changes nothing."""
        try:
            uploads = {fingerprint(stored): stored for stored in self._store.list(uploads_prefix(tenant))}
            digest = listing_digest(tenant, uploads)
            if not uploads or tick.quiet.get(tenant_tag(tenant)) == digest:
                return _Survey(tenant, digest, bool(uploads), {})
            served = self._ledgers.of(tenant)
        except StoreError as error:
            return error
        except LedgerError as error:
            # everything is asked for once more: twice is harmless, never is not
            return _Survey(tenant, digest, True, uploads, str(error))
        return _Survey(tenant, digest, True, {print_: one for print_, one in uploads.items() if print_ not in served})

    def _serve(self, tick: _Tick, found: "_Survey", known: AbstractSet[str]) -> None:
        """Ask for a run for each upload that was not served, oldest first, as long as there is time and room."""
        tag, slug = tenant_tag(found.tenant), found.tenant.slug
        tick.reports += [found.trouble] if found.trouble else []
        if tick.quiet.pop(tag, "") != found.digest and found.has_uploads and slug not in known:
            tick.new_tenants.append(found.tenant)
        unserved = {key: one for key, one in found.unserved.items() if key not in tick.pending.get(slug, ())}
        left = len(unserved)
        for mark, stored in sorted(unserved.items(), key=lambda item: (item[0] in tick.later, _age(item[1]))):
            if tick.is_full:
                break
            if self._ask(tick, found.tenant, stored):
                tick.pending[slug] = tick.pending.get(slug, frozenset()) | {mark}
                tick.later.discard(mark)
                left -= 1
            else:
                tick.later.add(mark)
            if self._is_late():
                break
        if not left and found.has_uploads:
            tick.quiet[tag] = found.digest

    def _ask(self, tick: _Tick, tenant: Tenant, stored: StoredObject) -> bool:
        """Ask for an upload's run, or report why there is none; whether that settles it."""
        name = _name(stored)
        try:
            day = self._day_of(stored)
        except KeyRefusedError as error:
            tick.reports.append(f"{tenant}: {name} can't be read: {error}")
        except StoreError as error:
            tick.reports.append(f"{tenant}: {name} can't be read now, and is tried again: {error}")
            return False
        except SerpRadioError as error:
            tick.reports.append(f"{tenant}: {error}")
        except Exception as error:  # noqa: BLE001 - whatever a file does to its reader, the others are served
            tick.reports.append(f"{tenant}: {name} can't be read: {type(error).__name__}: {error!s:.200}")
        else:
            tick.asked.setdefault((tenant, day), []).append(stored)
        return True


@dataclass(frozen=True, slots=True)
class _Survey:
    """A tenant's uploads that its ledger does not know, by fingerprint, and the digest of all of them."""

    tenant: Tenant
    digest: str
    has_uploads: bool
    unserved: dict[str, StoredObject]
    trouble: str = ""


def last_day_to_make(name: str, days: Sequence[dt.date], first: dt.date, last: dt.date) -> dt.date:
    """Return the last of an upload's days from `first` to `last`, the days that have a partition.

    Raises:
        NoPartitionError: there is none.
    """
    found = max((day for day in days if first <= day <= last), default=None)
    if found is None:
        raise NoPartitionError(
            f"{shown(name, 80)}: none of its days, {min(days)} to {max(days)}, can be made; those from {first} to "
            f"{last} can. SERP_RADIO_START_DATE says where they begin."
        )
    return found


def _name(stored: StoredObject) -> str:
    return shown(stored.key.rsplit("/", 1)[-1], 80)


def _age(stored: StoredObject) -> tuple[dt.datetime, str]:
    return stored.modified_at, stored.key


def _batches(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    return (items[start : start + LISTED_AT_ONCE] for start in range(0, len(items), LISTED_AT_ONCE))
