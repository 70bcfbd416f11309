"""Signed links: each opens one thing, for as long as it says, and nobody can change a letter of it."""

import datetime as dt
from pathlib import Path

import pytest

from serp_radio_pipeline.storage.signed_links import LinkExpiredError, LinkInvalidError, LinkSigner
from serp_radio_pipeline.storage.store import LocalStore

NOW = dt.datetime(2026, 3, 22, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def test_a_link_opens_its_subject_in_every_copy_until_it_expires(tmp_path: Path) -> None:
    token = LinkSigner(LocalStore(tmp_path)).sign("file", "tenants/acme/mp3/2026-03-22.mp3", NOW + HOUR)
    other = LinkSigner(LocalStore(tmp_path))
    assert other.read("file", token, NOW) == "tenants/acme/mp3/2026-03-22.mp3"
    with pytest.raises(LinkExpiredError):
        other.read("file", token, NOW + HOUR)


def test_a_link_that_was_changed_cut_or_made_for_something_else_opens_nothing(tmp_path: Path) -> None:
    signer = LinkSigner(LocalStore(tmp_path))
    token = signer.sign("file", "a", NOW + HOUR)
    changed = [token[:cut] for cut in range(len(token))]
    # the last character of each part holds bits that are not used
    changed += [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in range(0, len(token) - 1, 3)]
    changed += ["", ".", "..", "é.é", token + ".x", token.replace(".", ".\n")]
    for text in changed:
        with pytest.raises(LinkInvalidError):
            signer.read("file", text, NOW)
    with pytest.raises(LinkInvalidError):
        signer.read("log", token, NOW)
    with pytest.raises(LinkInvalidError):
        LinkSigner(LocalStore(tmp_path / "other")).read("file", token, NOW)
