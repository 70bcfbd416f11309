"""The cursor of sensor `new_uploads`: what one tick tells the next. Its size is bounded, whatever the store holds.

It remembers no upload for long: which ones were served is written in each tenant's ledger (`storage.served_uploads`).
A cursor that was lost or edited costs time and nothing else.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from serp_radio_pipeline.storage.served_uploads import digest_of
from serp_radio_pipeline.tenant import Tenant, TenantError

FORMAT = "serp-radio new uploads 1"
MOST_QUIET, MOST_LATER = 2200, 100
TAG = 6
"""Characters that stand for a tenant; its digest has 12."""


class CursorError(ValueError):
    """Text that is no cursor of ours."""


@dataclass(frozen=True, slots=True)
class UploadCursor:
    """What a tick leaves behind.

    - `after`: the tenant that was looked at last; the next tick begins behind it, so that nobody has to wait for ever.
    - `pending`: per tenant, the fingerprints that were served in this tick. The ledger learns of them in the next one,
      when Dagster has taken the run requests: a tick that fails forgets them, and serves them again.
    - `quiet`: per tenant, a digest of all its uploads, once every one was served: as long as it is the same, its ledger
      need not be read. A cache: what does not fit is looked up.
    - `later`: fingerprints of uploads that the store would not hand over; they are tried last.
    - `misnamed`: a digest of the folders that are no tenant's, so that they are reported once and not in every tick.
    """

    after: str = ""
    pending: Mapping[str, frozenset[str]] = field(default_factory=dict)
    quiet: Mapping[str, str] = field(default_factory=dict)
    later: frozenset[str] = frozenset()
    misnamed: str = ""

    def to_text(self) -> str:
        """Return the cursor as compact JSON; `from_text` undoes it."""
        return json.dumps(
            {
                "format": FORMAT,
                "after": self.after,
                "pending": {slug: "".join(sorted(served)) for slug, served in sorted(self.pending.items())},
                "quiet": "".join(tag + digest for tag, digest in self.quiet.items()),
                "later": "".join(sorted(self.later)),
                "misnamed": self.misnamed,
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_text(cls, text: str | None) -> "UploadCursor":
        """Read a cursor; none is the first one.

        Raises:
            CursorError: the text is no cursor of ours.
        """
        if not text:
            return cls()
        try:
            given = json.loads(text)
            if given["format"] != FORMAT:
                raise CursorError(f"{given['format']!r:.60} is not {FORMAT!r}")
            return cls(
                str(given["after"]),
                {Tenant(slug).slug: frozenset(_pieces(served, 12)) for slug, served in given["pending"].items()},
                {piece[:TAG]: piece[TAG:] for piece in _pieces(given["quiet"], TAG + 12)},
                frozenset(_pieces(given["later"], 12)),
                str(given["misnamed"]),
            )
        except (AttributeError, LookupError, TypeError, ValueError, RecursionError, TenantError) as error:
            raise CursorError(f"The cursor can't be read ({error!s:.100}); the ledgers are read instead.") from error


def tenant_tag(tenant: Tenant) -> str:
    """Return the characters that stand for a tenant in `quiet`; two alike only cost a look into the ledger."""
    return digest_of(tenant.slug)[:TAG]


def listing_digest(tenant: Tenant, fingerprints: Iterable[str]) -> str:
    """Return 12 characters over all of a tenant's uploads; the order does not count."""
    return digest_of(tenant.slug, *sorted(fingerprints))


def _pieces(text: str, length: int) -> list[str]:
    if not isinstance(text, str) or len(text) % length:
        raise CursorError("a part has the wrong length")
    return [text[start : start + length] for start in range(0, len(text), length)]
