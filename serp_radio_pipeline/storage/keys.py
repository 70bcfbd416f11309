"""Where every byte lies: one key per artefact, the tenant first, so that one prefix policy walls it off."""

import datetime as dt
import hashlib
import re
import unicodedata

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.tenant import Tenant

LONGEST_NAME, LONGEST_EXTENSION = 200, 10
"""Bytes of a name in UTF-8, and characters of its extension: with time and hash before it, a name stays under the 255
bytes that file systems allow."""

UPLOAD_STAMP = "%Y%m%dT%H%M%S.%fZ"
"""When an upload or a correction came, UTC; microseconds keep the order of two of one second."""

_ASSET = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
_RUN_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_EXTENSION = re.compile(r"[a-z0-9]{1,10}", re.ASCII)
_KEPT = (
    *("uploads", "column_answers", "rules", "corrections", "annotations", "motifs", "sound", "first_editions"),
    *("sharing", "previews", "jobs"),
)
"""What people gave, and what went out to them: it can't be made again, so whatever its names, it is no artefact."""
_ARTEFACT = re.compile(
    rf"tenants/[a-z0-9-]{{1,63}}/(?!(?:{'|'.join(_KEPT)})/)[a-z][a-z0-9_]{{0,62}}/"
    r"\d{4}-\d{2}-\d{2}\.[a-z0-9]{1,10}",
    re.ASCII,
)
_KEPT_PUNCTUATION = frozenset("._-() ")


class ArtefactKeyError(SerpRadioError):
    """A name that can't be part of a key."""


def tenant_prefix(tenant: Tenant) -> str:
    """Return the prefix that holds all of a tenant, and nothing of another."""
    return f"tenants/{tenant.slug}/"


def uploads_prefix(tenant: Tenant) -> str:
    """Return the prefix of a tenant's uploads."""
    return f"{tenant_prefix(tenant)}uploads/"


def source_key(tenant: Tenant) -> str:
    """Return the key of the file that says which property of Search Console a tenant's data come from."""
    return f"{tenant_prefix(tenant)}sources.yaml"


def source_trouble_key(tenant: Tenant) -> str:
    """Return the key of the mark that this source must be connected again."""
    return f"{tenant_prefix(tenant)}source_trouble.json"


def column_answers_prefix(tenant: Tenant) -> str:
    """Return the prefix of what people said of a tenant's files: which column is which."""
    return f"{tenant_prefix(tenant)}column_answers/"


def column_answer_key(tenant: Tenant, sha256: str, said_at: dt.datetime) -> str:
    """Return the key of such an answer: when it was said (UTC), and the start of its SHA-256."""
    return f"{column_answers_prefix(tenant)}{said_at.astimezone(dt.UTC).strftime(UPLOAD_STAMP)}-{sha256[:12]}.json"


def rules_prefix(tenant: Tenant) -> str:
    """Return the prefix of a tenant's own label rules."""
    return f"{tenant_prefix(tenant)}rules/"


def rules_file_key(tenant: Tenant, number: int, sha256: str) -> str:
    """Return the key of the file of one version of a tenant's rules, numbered from 1."""
    return f"{rules_prefix(tenant)}{number}-{sha256[:12]}.yaml"


def rules_record_key(tenant: Tenant, number: int) -> str:
    """Return the key of the record that makes a file that version: there can be only one."""
    return f"{rules_prefix(tenant)}{number}.json"


def corrections_prefix(tenant: Tenant) -> str:
    """Return the prefix of what people said about a tenant's weeks."""
    return f"{tenant_prefix(tenant)}corrections/"


def correction_key(tenant: Tenant, sha256: str, corrected_at: dt.datetime) -> str:
    """Return the key of a correction: when it was said (UTC), and the start of its SHA-256."""
    stamp = corrected_at.astimezone(dt.UTC).strftime(UPLOAD_STAMP)
    return f"{corrections_prefix(tenant)}{stamp}-{sha256[:12]}.json"


def motifs_prefix(tenant: Tenant) -> str:
    """Return the prefix of a tenant's own motifs."""
    return f"{tenant_prefix(tenant)}motifs/"


def motif_file_key(tenant: Tenant, name: str) -> str:
    """Return the key of a MIDI file of a tenant's own motifs, or of the CSV beside it: its name, made safe."""
    return f"{motifs_prefix(tenant)}{safe_name(name)}"


def pack_choice_key(tenant: Tenant) -> str:
    """Return the key of the word by which a tenant chooses its sound pack."""
    return f"{tenant_prefix(tenant)}sound/pack.json"


def pack_verdict_key(digest: str) -> str:
    """Return the key of what a trial of a sound pack on a soundfont found; the digest names both and the code."""
    return f"catalog/pack_verdicts/{digest}.json"


def first_edition_key(tenant: Tenant, date: dt.date) -> str:
    """Return the key of what the first edition of a day's episode held: there can be only one."""
    return f"{tenant_prefix(tenant)}first_editions/{date.isoformat()}.json"


def feed_token_key(tenant: Tenant) -> str:
    """Return the key of the secret in the address of a tenant's feed."""
    return f"{tenant_prefix(tenant)}sharing/feed_token.json"


def feed_address_key(token: str) -> str:
    """Return the key of the record that says whose feed a secret opens; its name is the secret's SHA-256."""
    return f"{FEED_ADDRESSES_PREFIX}{hashlib.sha256(token.encode(errors='surrogatepass')).hexdigest()}.json"


def feed_key(tenant: Tenant) -> str:
    """Return the key of a tenant's feed; what its relative links name lies beside it."""
    return f"{tenant_prefix(tenant)}feed.xml"


def episode_index_key(tenant: Tenant) -> str:
    """Return the key of the file that holds a tenant's feed entries in one."""
    return f"{tenant_prefix(tenant)}episodes.json"


def cover_key(tenant: Tenant) -> str:
    """Return the key of the cover of a tenant's feed."""
    return f"{tenant_prefix(tenant)}cover.png"


def tenant_page_key(tenant: Tenant) -> str:
    """Return the key of a tenant's page, which names files as its feed does."""
    return f"{tenant_prefix(tenant)}index.html"


def fleet_page_key() -> str:
    """Return the key of the page of all tenants, which names their pages from there."""
    return "catalog/fleet.html"


def annotations_prefix(tenant: Tenant) -> str:
    """Return the prefix of what people said happened on a tenant's days."""
    return f"{tenant_prefix(tenant)}annotations/"


def annotations_file_key(tenant: Tenant) -> str:
    """Return the key of the CSV file of annotations that a tenant may keep itself."""
    return f"{tenant_prefix(tenant)}annotations.csv"


def annotation_key(tenant: Tenant, date: dt.date, sha256: str) -> str:
    """Return the key of an annotation: the day it is about, and the start of its SHA-256."""
    return f"{annotations_prefix(tenant)}{date.isoformat()}-{sha256[:12]}.json"


def artefact_key(tenant: Tenant, asset: str, date: dt.date, extension: str) -> str:
    """Return the key of one asset's artefact for one tenant-day.

    Raises:
        ArtefactKeyError: the asset's name or extension could break out of the key.
    """
    if not _ASSET.fullmatch(asset) or asset in _KEPT or not _EXTENSION.fullmatch(extension):
        raise ArtefactKeyError(f"{asset!r:.80} with extension {extension!r:.20} can't be part of a key.")
    return f"{tenant_prefix(tenant)}{asset}/{date.isoformat()}.{extension}"


def served_uploads_key(tenant: Tenant) -> str:
    """Return the key of the ledger that says which of a tenant's uploads a run was asked for."""
    return f"{tenant_prefix(tenant)}served_uploads.json"


def catalog_key(asset: str, extension: str) -> str:
    """Return the key of an artefact that belongs to no tenant.

    Raises:
        ArtefactKeyError: the asset's name or extension could break out of the key.
    """
    if not _ASSET.fullmatch(asset) or asset in _KEPT or not _EXTENSION.fullmatch(extension):
        raise ArtefactKeyError(f"{asset!r:.80} with extension {extension!r:.20} can't be part of a key.")
    return f"catalog/{asset}.{extension}"


def is_artefact(key: str) -> bool:
    """Whether a key is that of a tenant-day's artefact, which a run can make again; never true of what people gave."""
    return _ARTEFACT.fullmatch(key) is not None


def upload_key(tenant: Tenant, name: str, sha256: str, uploaded_at: dt.datetime) -> str:
    """Return the key of an upload: when it came (UTC), the start of its SHA-256, and its name made safe."""
    stamp = uploaded_at.astimezone(dt.UTC).strftime(UPLOAD_STAMP)
    return f"{uploads_prefix(tenant)}{stamp}-{sha256[:12]}-{safe_name(name)}"


def safe_name(name: str) -> str:
    """Return a file name with nothing but letters, digits and `._-() `, at most `LONGEST_NAME` bytes long.

    It never begins with a dot and is never empty; a safe name stays as it is.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c if c.isalnum() or c in _KEPT_PUNCTUATION else "_" for c in last).strip(" .")
    stem, dot, extension = kept.rpartition(".")
    if not dot or len(extension) > LONGEST_EXTENSION:
        return _cut(kept, LONGEST_NAME).rstrip(" .") or "upload"
    ending = f".{extension}"
    return _cut(stem, LONGEST_NAME - len(ending.encode())) + ending


def _cut(text: str, most_bytes: int) -> str:
    return text.encode()[:most_bytes].decode(errors="ignore")


def preview_key(tenant: Tenant, run_id: str, name: str) -> str:
    """Return the key of a file of a preview, which lies apart from all that becomes an episode.

    Raises:
        ArtefactKeyError: the run's id is none.
    """
    if not _RUN_ID.fullmatch(run_id):
        raise ArtefactKeyError(f"{run_id!r:.60} is not the id of a run.")
    return f"{tenant_prefix(tenant)}previews/{run_id}/{safe_name(name)}"


def job_claim_key(tenant: Tenant, idempotency_key: str) -> str:
    """Return the key of the record that says which job an idempotency key of a tenant stands for."""
    return f"{tenant_prefix(tenant)}jobs/{hashlib.sha256(idempotency_key.encode()).hexdigest()}.json"


LINK_SIGNING_KEY = "api/link_signing.bin"
"""With which the API signs its links: one for all copies of it."""
API_KEYS_PREFIX = "api/keys/"
"""Whom the API knows: of all tenants, so that it lies beside them."""
FEED_ADDRESSES_PREFIX = "api/feeds/"
"""Whose feed an address is of: the address names no tenant, so that this lies beside them too."""


def api_key_key(identifier: str) -> str:
    """Return the key of what is kept of a key to the API; the identifier is 16 hex digits."""
    return f"{API_KEYS_PREFIX}{identifier}.json"
