"""The ledger of each tenant: which of its uploads a run was asked for, or was refused. It only grows.

It lies beside the uploads, so that what watches them needs no memory of its own that grows with history, and may lose
the one it has. An upload is its key and its entity tag: the same name with other bytes is another upload.
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.storage.keys import served_uploads_key
from serp_radio_pipeline.storage.store import ObjectMissingError, Store, StoredObject
from serp_radio_pipeline.tenant import Tenant

FORMAT = "serp-radio served uploads 1"
FINGERPRINT_BYTES = 9
"""72 bits, 12 characters: among a tenant's million uploads two alike have a chance of 1 in ten thousand million."""


class LedgerError(SerpRadioError):
    """A ledger that is none."""


def fingerprint(stored: StoredObject) -> str:
    """Return the 12 characters that stand for an upload: its key and entity tag."""
    return digest_of(stored.key, stored.etag)


def digest_of(*words: str) -> str:
    """Return 12 URL-safe characters over some words; a file name's bytes that are no text count too."""
    joined = "\0".join(words).encode(errors="surrogatepass")
    return urlsafe_b64encode(hashlib.blake2b(joined, digest_size=FINGERPRINT_BYTES).digest()).decode()


class ServedUploads:
    """The ledgers in one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, tenant: Tenant) -> frozenset[str]:
        """Return the fingerprints of a tenant's uploads that were served; none where there is no ledger yet.

        Raises:
            LedgerError: what lies there is no ledger.
            StoreError: it can't be read now.
        """
        try:
            content = self._store.get(served_uploads_key(tenant))
        except ObjectMissingError:
            return frozenset()
        try:
            written = json.loads(content)
            if written["format"] != FORMAT:
                raise ValueError
            return frozenset(str(one) for one in written["served"])
        except (LookupError, TypeError, ValueError, RecursionError) as error:
            raise LedgerError(f"The ledger {served_uploads_key(tenant)} can't be read; a new one is begun.") from error

    def add(self, tenant: Tenant, fingerprints: Iterable[str]) -> None:
        """Add uploads to a tenant's ledger; adding them again changes nothing.

        Raises:
            StoreError: the ledger can't be read or written now.
        """
        try:
            before = self.of(tenant)
        except LedgerError:
            before = frozenset()  # everything is asked for once more: twice is harmless, never is not
        after = before | frozenset(fingerprints)
        if after != before:
            written = {"format": FORMAT, "served": sorted(after)}
            self._store.put(served_uploads_key(tenant), json.dumps(written).encode())
