"""A tenant's feed as a folder that any web server or bucket can serve; the folder's name is the feed's secret.

What lies there already, with the size and time of the store's own file, is not fetched again.
"""

import os
import re
import shutil
import tempfile
from pathlib import Path

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.radio.cover import tenant_cover_png
from serp_radio_pipeline.radio.feed import feed_xml
from serp_radio_pipeline.radio.links import FEED_NAME, FOLDER, served_links
from serp_radio_pipeline.radio.tenant_page import tenant_page
from serp_radio_pipeline.storage.feed_token import FeedToken
from serp_radio_pipeline.storage.keys import tenant_prefix
from serp_radio_pipeline.storage.source_trouble import notice_of
from serp_radio_pipeline.storage.store import Store, StoredObject
from serp_radio_pipeline.storage.tenant_feed import Listed, list_episodes
from serp_radio_pipeline.tenant import Tenant

ASSETS = ("mp3", "episode")
SERVED = (".mp3", ".html", ".vtt", ".json", ".png")
_EPISODE_FILE = re.compile(r"\d{4}-\d{2}-\d{2}\.(?:mp3|html|vtt|json|png)", re.ASCII)


class PublishError(SerpRadioError):
    """A folder that can't be written."""


def publish(store: Store, tenant: Tenant, token: str, out: Path, public_url: str, newest: int) -> tuple[Path, Listed]:
    """Write a tenant's newest episodes with feed, page and cover; return the folder and what it holds.

    Raises:
        EmptyFeedError: there is no episode.
        PublishError: the folder can't be written.
    """
    listed = list_episodes(store, tenant, newest)
    links = served_links(token, public_url)
    notice = notice_of(store, tenant)
    feed = feed_xml(tenant, listed.entries, links, notice)
    reasons = [(one.date, one.reason) for one in listed.left_out]
    page = tenant_page(tenant, listed.entries, listed.silent, served_links(token), reasons, notice=notice)
    folder = out / FOLDER / token
    try:
        folder.mkdir(parents=True, exist_ok=True)
        dates = {entry.date.isoformat() for entry in listed.entries}
        for asset in ASSETS:
            for stored in store.list(f"{tenant_prefix(tenant)}{asset}/"):
                name = Path(stored.key).name
                if Path(name).stem in dates and Path(name).suffix in SERVED:
                    _fetch(store, stored, folder / name)
        _write(folder / "index.html", page)
        _write(folder / "cover.png", tenant_cover_png(tenant))
        _write(folder / FEED_NAME, feed)  # what it names is there now, and only then goes what it no longer names
        _remove_others(folder, dates)
    except OSError as error:
        raise PublishError(f"{folder} can't be written: {error.strerror or error}.") from error
    return folder, listed


def withdraw(token: FeedToken, out: Path) -> tuple[Path, ...]:
    """Remove the folders of secrets that are no longer in force; return those that were there.

    Raises:
        PublishError: one can't be removed.
    """
    # their names are secrets that were made here: no other folder can have one
    folders = tuple(folder for former in token.former if (folder := out / FOLDER / former).is_dir())
    for folder in folders:
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise PublishError(f"{folder} can't be removed: {error.strerror or error}.") from error
    return folders


def _remove_others(folder: Path, dates: set[str]) -> None:
    """Remove the files of episodes that are not listed any more: an expired one must not stay published."""
    for path in folder.iterdir():
        if _EPISODE_FILE.fullmatch(path.name) and path.stem not in dates:
            path.unlink()


def _fetch(store: Store, stored: StoredObject, path: Path) -> None:
    changed_at = stored.modified_at.timestamp()
    if path.is_file() and path.stat().st_size == stored.size and path.stat().st_mtime == changed_at:
        return
    _write(path, store.get(stored.key))
    os.utime(path, (changed_at, changed_at))


def _write(path: Path, content: bytes) -> None:
    """Write a file whole: a listener's app may be reading the one before."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as file:
        temporary = Path(file.name)
        file.write(content)
    try:
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
