"""Each tenant's own label rules: a log of versions, numbered from 1, hashed, never changed; 0 is the project's file.

A version is a file and its record: the file is written first, and creating the record claims the number. So of two
people who save at once one is told, and what has a number is whole. What rules mean is the business of `labels.rules`.
"""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.labels.rules import RuleSet, RulesRefusedError, parse_rules
from serp_radio_pipeline.storage.keys import rules_file_key, rules_prefix, rules_record_key, uploads_prefix
from serp_radio_pipeline.storage.store import ObjectExistsError, ObjectMissingError, Store
from serp_radio_pipeline.tenant import Tenant

DEFAULT = 0
"""The number of the project's own rules."""

LONGEST_NOTE = 500
_RECORD = re.compile(r"([1-9]\d{0,8})\.json", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class RulesLogError(SerpRadioError):
    """Rules that are not there, can't be read, or can't be kept."""


class RulesSavedMeanwhileError(RulesLogError):
    """Somebody else saved a version since the one that these rules were based on."""


@dataclass(frozen=True, slots=True)
class RulesVersion:
    """One saved version: its number (from 1), its file's SHA-256, when it was saved (UTC), a note.

    `restores` is the version that was taken back into force by it; where that is 0, the project's file is followed
    from there on, and there is no file (nor SHA-256) of its own.

    Raises:
        RulesLogError: any of them is impossible.
    """

    number: int
    sha256: str
    saved_at: dt.datetime
    note: str = ""
    restores: int | None = None

    def __post_init__(self) -> None:
        if self.number < 1 or (self.restores is not None and not DEFAULT <= self.restores < self.number):
            raise RulesLogError(f"there is no version {self.number} that restores {self.restores}.")
        if not (_SHA256.fullmatch(self.sha256) or (self.follows_default and not self.sha256)):
            raise RulesLogError(f"{self.sha256!r:.80} is not a SHA-256.")
        if self.saved_at.tzinfo is None:
            raise RulesLogError("a version needs its time with a zone.")
        if len(self.note) > LONGEST_NOTE or not self.note.isprintable():
            raise RulesLogError(f"A note is one line of at most {LONGEST_NOTE} characters.")

    @property
    def follows_default(self) -> bool:
        """Whether the project's file decides from this version on."""
        return self.restores == DEFAULT

    def to_json(self) -> bytes:
        """Return the record as JSON; `from_json` undoes it."""
        fields = {
            "version": self.number,
            "sha256": self.sha256,
            "saved_at": self.saved_at.astimezone(dt.UTC).isoformat(),
            "note": self.note,
            "restores": self.restores,
        }
        return json.dumps(fields, indent=1, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "RulesVersion":
        """Undo `to_json`.

        Raises:
            RulesLogError: these bytes are no record.
        """
        try:
            data: Mapping[str, Any] = json.loads(content)
            saved_at = dt.datetime.fromisoformat(data["saved_at"])
            return cls(data["version"], data["sha256"], saved_at, data["note"], data["restores"])
        except (RulesLogError, LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
            reason = str(error).rstrip(".")
            raise RulesLogError(f"this is no record of a version: {type(error).__name__}: {reason}.") from error


@dataclass(frozen=True, slots=True)
class SavedRules:
    """What became of rules that were saved; not new where the newest version says the same already."""

    version: RulesVersion
    is_new: bool


class RulesLog:
    """The rules of all tenants in one store; `default_file` is the project's."""

    def __init__(self, store: Store, default_file: Path) -> None:
        self.store = store
        self._default_file = default_file

    def numbers(self, tenant: Tenant) -> tuple[int, ...]:
        """Return the numbers of a tenant's versions, ascending; none where it follows the project's rules."""
        prefix = rules_prefix(tenant)
        names = (stored.key.removeprefix(prefix) for stored in self.store.list(prefix))
        return tuple(sorted(int(match[1]) for name in names if (match := _RECORD.fullmatch(name))))

    def newest(self, tenant: Tenant) -> int:
        """Return the number of a tenant's newest version; 0 where there is none."""
        return max(self.numbers(tenant), default=DEFAULT)

    def version(self, tenant: Tenant, number: int) -> RulesVersion:
        """Return what is recorded of a version, from 1.

        Raises:
            RulesLogError: there is no such version, or its record is damaged.
        """
        try:
            version = RulesVersion.from_json(self.store.get(rules_record_key(tenant, number)))
        except ObjectMissingError as error:
            raise RulesLogError(
                f"{tenant} has no rules of version {number}: 'serp-radio rules history {tenant}' lists them."
            ) from error
        except RulesLogError as error:
            raise RulesLogError(f"{_named(tenant, number)} can't be read: {error}") from error
        if version.number != number:
            raise RulesLogError(f"{_named(tenant, number)} can't be read: its record is that of {version.number}.")
        return version

    def content(self, tenant: Tenant, number: int) -> bytes:
        """Return a version's file as it was saved; 0, and what restored it, is the project's file as it is now.

        Raises:
            RulesLogError: there is no such version, or it is not what was saved.
        """
        return self._content(tenant, None if number == DEFAULT else self.version(tenant, number))

    def _content(self, tenant: Tenant, version: RulesVersion | None) -> bytes:
        if version is None or version.follows_default:
            return self._default()
        number = version.number
        try:
            content = self.store.get(rules_file_key(tenant, number, version.sha256))
        except ObjectMissingError as error:
            raise RulesLogError(f"{_named(tenant, number)} can't be read: {error}") from error
        if hashlib.sha256(content).hexdigest() != version.sha256:
            raise RulesLogError(f"{_named(tenant, number)} can't be read: its file is not the one that was saved.")
        return content

    def rules(self, tenant: Tenant, number: int) -> RuleSet:
        """Return a version's rules; of version 0 where they are the project's.

        Raises:
            RulesLogError: they can't be read, or are no rules by today's standards.
        """
        version = None if number == DEFAULT else self.version(tenant, number)
        content = self._content(tenant, version)
        if version is None or version.follows_default:
            return parse_rules(content, name=self._default_file.name)
        try:
            return parse_rules(content, name=_named(tenant, number), version=number)
        except RulesRefusedError as error:
            raise RulesLogError(
                f"{error} Save mended ones with 'serp-radio rules put {tenant} FILE', or go back to the project's "
                f"with 'serp-radio rules restore {tenant} default'."
            ) from error

    def in_force(self, tenant: Tenant) -> RuleSet:
        """Return the rules that decide a tenant's labels: its newest version's, or else the project's.

        Raises:
            RulesLogError: they can't be read, or are no rules by today's standards.
        """
        return self.rules(tenant, self.newest(tenant))

    def before(self, tenant: Tenant) -> RuleSet | None:
        """Return the rules that the newest version took the place of; None where there is no version yet.

        Raises:
            RulesLogError: they can't be read, or are no rules by today's standards.
        """
        numbers = (DEFAULT, *self.numbers(tenant))
        return self.rules(tenant, numbers[-2]) if len(numbers) > 1 else None

    def data_version(self, tenant: Tenant) -> str:
        """Return a word that changes whenever other rules come into force, such as `3-0f3a8c21d4e5` or `default`.

        Raises:
            RulesLogError: the newest version's record is damaged.
        """
        newest = self.newest(tenant)
        version = None if newest == DEFAULT else self.version(tenant, newest)
        return (
            data_version(DEFAULT, "")
            if version is None or version.follows_default
            else data_version(newest, version.sha256)
        )

    def put(
        self,
        tenant: Tenant,
        content: bytes,
        saved_at: dt.datetime,
        *,
        based_on: int,
        note: str = "",
        name: str = "these rules",
    ) -> SavedRules:
        """Save rules as the tenant's next version, if they are rules; `name` is what to call them where they are not.

        Rules that the newest version holds already make no new one.

        Raises:
            RulesRefusedError: they are no rules; nothing is written.
            RulesSavedMeanwhileError: `based_on` is no longer the newest version; nothing of theirs is changed.
            RulesLogError: the tenant has no uploads, or the note is too long.
        """
        sha256 = parse_rules(content, name=name).sha256
        self._check_tenant(tenant)
        version = RulesVersion(based_on + 1, sha256, saved_at, note)
        return self._save(tenant, version, content)

    def restore(
        self, tenant: Tenant, number: int, saved_at: dt.datetime, *, based_on: int, note: str = ""
    ) -> SavedRules:
        """Save an old version once more as the newest one; of 0, follow the project's file from now on.

        Raises:
            RulesSavedMeanwhileError: `based_on` is no longer the newest version; nothing of theirs is changed.
            RulesLogError: there is no such version, it is no rules by today's standards, or the note is too long.
        """
        self._check_tenant(tenant)
        rules, content = self.rules(tenant, number), self.content(tenant, number)
        if rules.version == DEFAULT:
            return self._save(tenant, RulesVersion(based_on + 1, "", saved_at, note, restores=DEFAULT), b"")
        version = RulesVersion(based_on + 1, rules.sha256, saved_at, note, restores=number)
        return self._save(tenant, version, content)

    def _save(self, tenant: Tenant, version: RulesVersion, content: bytes) -> SavedRules:
        newest = self.newest(tenant)
        if newest != version.number - 1:
            raise _saved_meanwhile(tenant, newest, version.number - 1)
        if newest != DEFAULT and self._says_the_same(tenant, newest, version):
            return SavedRules(self.version(tenant, newest), is_new=False)
        if not version.follows_default:
            self.store.create(rules_file_key(tenant, version.number, version.sha256), content)
        try:
            self.store.create(rules_record_key(tenant, version.number), version.to_json())
        except ObjectExistsError as error:
            raise _saved_meanwhile(tenant, version.number, newest) from error
        return SavedRules(version, is_new=True)

    def _says_the_same(self, tenant: Tenant, newest: int, version: RulesVersion) -> bool:
        try:
            return self.version(tenant, newest).sha256 == version.sha256
        except RulesLogError:
            return False  # a damaged version must not keep a whole one out

    def _check_tenant(self, tenant: Tenant) -> None:
        """Refuse a name that was mistyped: it would become a tenant whose every day fails."""
        if next(iter(self.store.list(uploads_prefix(tenant))), None) is None:
            raise RulesLogError(f"There is no tenant {tenant} yet: add a file with 'serp-radio upload {tenant} FILE'.")

    def _default(self) -> bytes:
        try:
            return self._default_file.read_bytes()
        except OSError as error:
            raise RulesLogError(f"{self._default_file} can't be read: {error.strerror or error}.") from error


def data_version(number: int, sha256: str) -> str:
    """Return the word for a version of rules, such as `3-0f3a8c21d4e5`; `default` for the project's."""
    return "default" if number == DEFAULT else f"{number}-{sha256[:12]}"


def _named(tenant: Tenant, number: int) -> str:
    return f"version {number} of {tenant}'s rules"


def _saved_meanwhile(tenant: Tenant, newest: int, based_on: int) -> RulesLogError:
    if newest < based_on:
        return RulesLogError(f"{tenant} has no rules of version {based_on}: its newest is {newest}.")
    return RulesSavedMeanwhileError(
        f"Somebody saved version {newest} of {tenant}'s rules meanwhile, and yours are based on {based_on}: nothing "
        f"was changed. Look at 'serp-radio rules diff {tenant} {based_on} {newest}', and put yours again."
    )
