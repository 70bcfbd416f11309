"""A tenant's podcast feed and what it names, opened by the secret in its address: podcast apps know no key."""

import datetime as dt
import re
from collections.abc import Sequence
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from serp_radio_pipeline.api.errors import NOTHING_HERE, REFUSALS
from serp_radio_pipeline.api.feed_tags import FeedTags, facts_of
from serp_radio_pipeline.api.links import LASTING, file_answer
from serp_radio_pipeline.api.page_previews import PagePreviews
from serp_radio_pipeline.radio.feed import EmptyFeedError, feed_xml
from serp_radio_pipeline.radio.link_preview import PreviewLinks
from serp_radio_pipeline.radio.links import FEED_NAME, FOLDER, Links, served_links
from serp_radio_pipeline.radio.templates import TEMPLATES, read_templates, using_templates
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.episode_index import read_index
from serp_radio_pipeline.storage.feed_token import tenant_of_token
from serp_radio_pipeline.storage.keys import artefact_key, cover_key
from serp_radio_pipeline.storage.source_trouble import notice_of
from serp_radio_pipeline.storage.store import LinkingStore, Store, content_type_of
from serp_radio_pipeline.storage.tenant_feed import list_episodes, served_page
from serp_radio_pipeline.tenant import Tenant

COVER_NAME, PAGE_NAME = "cover.png", "index.html"
PAGE_POLICY = "frame-ancestors 'none'"
"""Pages say themselves what may run in them; what they can't say is who may frame them."""
# no-cache: it may be kept, and is asked for anew each time, so that a secret taken back opens nothing
_HEADERS = {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex, nofollow"}
_EPISODE_FILE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.(mp3|html|vtt|json)|(-card)?\.(png|svg))", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::\d+)?|\[[0-9A-Fa-f:.]+\](?::\d+)?", re.ASCII)
_XML = {"content": {"application/rss+xml": {"schema": {"type": "string"}}}}
_FEED_ANSWERS: dict[int | str, dict[str, Any]] = {
    404: REFUSALS[404],
    503: REFUSALS[503],
    304: {"description": "What the caller has is still it"},
}
_FILE_ANSWERS: dict[int | str, dict[str, Any]] = {
    **_FEED_ANSWERS,
    206: {"description": "The part that was asked for"},
    302: {"description": "Leads to the bucket, for an hour"},
    400: {"description": "A Range that is none", "content": {"text/plain": {}}},
    416: {"description": "A Range that lies outside", "content": {"text/plain": {}}},
}


def feed_routes(settings: Settings, store: Store) -> APIRouter:
    """Return the routes. Whatever does not open anything is answered alike: unknown, taken back, cut off, not there."""
    router = APIRouter(tags=["feeds"])
    tags, previews = FeedTags(), PagePreviews(settings, store)

    def opened(token: str) -> Tenant:
        tenant = tenant_of_token(store, token)
        if tenant is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, NOTHING_HERE)
        return tenant

    def feed(token: str, request: Request) -> Response:
        """Give a tenant's podcast feed, by the secret in its address."""
        links = served_links(token, _base(request, settings))
        return _feed_answer(store, opened(token), links, settings, tags, request)

    def file(token: str, name: str, request: Request) -> Response:
        """Give what a feed names: an episode's sound, page, transcript, chapters, cover or card; cover and page."""
        tenant = opened(token)
        if name == FEED_NAME:
            return feed(token, request)
        if name == PAGE_NAME:
            return _page_answer(store, tenant, served_links(token), settings)
        if name.endswith(".html") and previews.are_on:
            return _episode_page_answer(store, tenant, name, served_links(token, settings.public_url), previews)
        return _file_answer(store, _key_of(tenant, name), request)

    router.get(f"/{FOLDER}/{{token}}.xml", response_class=Response, responses={**_FEED_ANSWERS, 200: _XML})(feed)
    router.get(f"/{FOLDER}/{{token}}/{{name}}", response_class=Response, responses=_FILE_ANSWERS)(file)
    # apps ask for size and type before they load
    router.head(f"/{FOLDER}/{{token}}.xml", include_in_schema=False)(feed)
    router.head(f"/{FOLDER}/{{token}}/{{name}}", include_in_schema=False)(file)
    return router


def _base(request: Request, settings: Settings) -> str:
    """Return where the links of a feed begin: at the public URL, else at the address that the caller used."""
    if settings.public_url:
        return settings.public_url
    host = request.headers.get("host", "")
    return f"{request.url.scheme}://{host}" if _HOST.fullmatch(host) else ""


def _feed_answer(
    store: Store, tenant: Tenant, links: Links, settings: Settings, tags: FeedTags, request: Request
) -> Response:
    """Return a tenant's feed, or that the caller has it; where it was built before, that is known without building."""
    listed = list_episodes(store, tenant, settings.feed_episodes, index=read_index(store, tenant))
    notice = notice_of(store, tenant)
    facts = facts_of(listed.entries, links, notice)
    # a notice comes without an episode: its feed has no such time
    changed_at = listed.changed_at.replace(microsecond=0) if listed.changed_at and not notice else None
    timed = {"Last-Modified": format_datetime(changed_at, usegmt=True)} if changed_at else {}
    tag = tags.find(facts)
    if tag is None or not _has_it_already(request, tag, changed_at):
        try:
            content = feed_xml(tenant, listed.entries, links, notice)
        except EmptyFeedError as error:
            raise HTTPException(HTTPStatus.NOT_FOUND, NOTHING_HERE) from error
        tag = tags.add(facts, content)
    headers = {**_HEADERS, **timed, "ETag": tag}
    if _has_it_already(request, tag, changed_at):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(content, HTTPStatus.OK, headers, content_type_of(FEED_NAME))


def _has_it_already(request: Request, tag: str, changed_at: dt.datetime | None) -> bool:
    """Whether the caller says that it has just that; where it names tags, the time counts for nothing (RFC 9110)."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return "*" in _listed(tags) or tag in _listed(tags)
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except ValueError:
        return False
    return changed_at is not None and since.tzinfo is not None and changed_at <= since


def _listed(tags: str) -> Sequence[str]:
    return [tag.strip().removeprefix("W/") for tag in tags.split(",")]


def _page_answer(store: Store, tenant: Tenant, links: Links, settings: Settings) -> Response:
    listed = list_episodes(store, tenant, settings.feed_episodes, index=read_index(store, tenant))
    if not listed.entries:
        raise HTTPException(HTTPStatus.NOT_FOUND, NOTHING_HERE)
    with using_templates(read_templates(settings.rules_folder / TEMPLATES)):
        page = served_page(store, tenant, listed, links, settings.locale)
    headers = {**_HEADERS, "Content-Security-Policy": PAGE_POLICY}
    return Response(page, HTTPStatus.OK, headers, content_type_of(PAGE_NAME))


def _episode_page_answer(store: Store, tenant: Tenant, name: str, links: Links, previews: PagePreviews) -> Response:
    """Return an episode's page with the tags of its preview; card and sound lie at the feed's own address."""
    key = _key_of(tenant, name)
    date = dt.date.fromisoformat(name.removesuffix(".html"))
    has_card = store.exists(artefact_key(tenant, "card", date, "png"))
    page, picture, sound = (
        links.of(link, date) for link in (links.page, links.card if has_card else links.picture, links.mp3)
    )
    score_key = artefact_key(tenant, "controls", date, "json")
    answer = previews.page(key, score_key, PreviewLinks(page, picture, sound, has_card))
    answer.headers.update(_HEADERS)
    return answer


def _key_of(tenant: Tenant, name: str) -> str:
    """Return the key of what is served under a name below a feed's address."""
    if name == COVER_NAME:
        return cover_key(tenant)
    match = _EPISODE_FILE.fullmatch(name)
    try:
        date = dt.date.fromisoformat(match[1] if match else "")
    except ValueError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND, NOTHING_HERE) from error
    _, spoken, card, drawn = match.groups() if match else (None,) * 4
    folder = "card" if card else "mp3" if spoken == "mp3" else "episode"
    return artefact_key(tenant, folder, date, str(spoken or drawn))


def _file_answer(store: Store, key: str, request: Request) -> Response:
    """Return a file of a local store, in parts too; elsewhere lead to a link made for this once."""
    if not store.exists(key):
        raise HTTPException(HTTPStatus.NOT_FOUND, NOTHING_HERE)
    if not isinstance(store, LinkingStore):
        answer = file_answer(store, key)
        answer.headers.update(_HEADERS)
        return answer
    if request.method == "HEAD":  # such a link is signed for GET alone
        return Response(headers={**_HEADERS, **_described(store, key)}, media_type=content_type_of(key))
    return RedirectResponse(store.presigned_url(key, LASTING), HTTPStatus.FOUND, {"X-Robots-Tag": "noindex, nofollow"})


def _described(store: Store, key: str) -> dict[str, str]:
    sizes = {stored.key: stored.size for stored in store.list(f"{key.rpartition('/')[0]}/")}
    return {"Content-Length": str(sizes[key]), "Accept-Ranges": "bytes"} if key in sizes else {}
