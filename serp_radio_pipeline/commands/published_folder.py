"""A tenant's feed as a folder that any web server or bucket can serve; the folder's name is the feed's secret.

What lies there already, with the size and time of the store's own file, is not fetched again.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Collection
from pathlib import Path

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.radio.cover import tenant_cover_png
from serp_radio_pipeline.radio.feed import feed_xml
from serp_radio_pipeline.radio.link_preview import preview_tags, with_preview
from serp_radio_pipeline.radio.links import FEED_NAME, FOLDER, served_links
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.feed_token import FeedToken
from serp_radio_pipeline.storage.keys import tenant_prefix
from serp_radio_pipeline.storage.source_trouble import notice_of
from serp_radio_pipeline.storage.store import Store, StoredObject
from serp_radio_pipeline.storage.tenant_feed import Listed, list_episodes, served_page
from serp_radio_pipeline.tenant import Tenant

FOLDERS = {"mp3": "", "episode": "", "card": "-card"}
"""What is served of an episode: the store's folder, and what stands after the date in the served file's name."""
SERVED = (".mp3", ".html", ".vtt", ".json", ".png", ".svg")
_EPISODE_FILE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.(?:mp3|html|vtt|json)|(?:-card)?\.(?:png|svg))", re.ASCII)
HEAD_BYTES = 65536
"""More than any page's head: where its tags are looked for."""


class PublishError(SerpRadioError):
    """A folder that can't be written."""


def publish(store: Store, tenant: Tenant, token: str, out: Path, settings: Settings) -> tuple[Path, Listed]:
    """Write a tenant's newest episodes with feed, page and cover; return the folder and what it holds.

    Raises:
        EmptyFeedError: there is no episode.
        PublishError: the folder can't be written.
    """
    listed = list_episodes(store, tenant, settings.feed_episodes)
    links = served_links(token, settings.public_url)
    feed = feed_xml(tenant, listed.entries, links, notice_of(store, tenant))
    page = served_page(store, tenant, listed, served_links(token), settings.locale)
    folder = out / FOLDER / token
    try:
        folder.mkdir(parents=True, exist_ok=True)
        entries = {entry.date.isoformat(): entry for entry in listed.entries}
        served = [one for one in _stored(store, tenant) if one[1].stem in entries]
        with_card = {name.stem for ending, name, _ in served if ending and name.suffix == ".png"}
        for ending, name, stored in served:
            tags = b""
            if settings.public_url and name.suffix == ".html":
                tags = preview_tags(entries[name.stem], links, has_card=name.stem in with_card)
            _fetch(store, stored, folder / f"{name.stem}{ending}{name.suffix}", tags)
        _write(folder / "index.html", page)
        _write(folder / "cover.png", tenant_cover_png(tenant))
        _write(folder / FEED_NAME, feed)  # what it names is there now, and only then goes what it no longer names
        _remove_others(folder, entries.keys())
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


def _stored(store: Store, tenant: Tenant) -> list[tuple[str, Path, StoredObject]]:
    """Return what the store has to be served: the ending of its served name, its name there, and the object."""
    return [
        (ending, name, stored)
        for folder, ending in FOLDERS.items()
        for stored in store.list(f"{tenant_prefix(tenant)}{folder}/")
        if (name := Path(Path(stored.key).name)).suffix in SERVED
    ]


def _remove_others(folder: Path, dates: Collection[str]) -> None:
    """Remove the files of episodes that are not listed any more: an expired one must not stay published."""
    for path in folder.iterdir():
        named = _EPISODE_FILE.fullmatch(path.name)
        if named and named[1] not in dates:
            path.unlink()


def _fetch(store: Store, stored: StoredObject, path: Path, tags: bytes) -> None:
    """Write a stored file where it is served, a page with its tags; nothing where it lies there as it would be."""
    changed_at = stored.modified_at.timestamp()
    if path.is_file() and path.stat().st_mtime == changed_at and _is_whole(path, stored.size, tags):
        return
    content = store.get(stored.key)
    _write(path, with_preview(content, tags) if tags else content)
    os.utime(path, (changed_at, changed_at))


def _is_whole(path: Path, size: int, tags: bytes) -> bool:
    if not tags:
        return path.stat().st_size == size
    with path.open("rb") as file:
        return path.stat().st_size == size + len(tags) and tags in file.read(HEAD_BYTES)


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
