"""Pages as chats read them: with the tags of a link's preview, and the card that these name, drawn from the score."""

from http import HTTPStatus

from fastapi import Response

from serp_radio_pipeline.api.links import PAGE_HEADERS
from serp_radio_pipeline.radio.card import card
from serp_radio_pipeline.radio.drawing import drawing_png
from serp_radio_pipeline.radio.link_preview import PreviewLinks, score_preview_tags, with_preview
from serp_radio_pipeline.radio.locale_format import written_in
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.codecs import CodecError, load_score
from serp_radio_pipeline.storage.store import ObjectMissingError, Store, content_type_of

# who was given the link may see it; a search engine that comes upon it must not list it
_HEADERS = {"X-Robots-Tag": "noindex, nofollow"}


class PagePreviews:
    """Serves pages with tags, where a setting says at which address people call."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings, self._store = settings, store

    @property
    def are_on(self) -> bool:
        """Whether the address is known: the tags name nothing but absolute ones."""
        return bool(self._settings.public_url)

    def page(self, page_key: str, score_key: str, links: PreviewLinks) -> Response:
        """Return a page with its tags, none where its score was removed; links that begin with `/` are the API's.

        Raises:
            ObjectMissingError: there is no such page.
        """
        content = self._store.get(page_key)
        page, picture, sound = map(self._absolute, (links.page, links.picture, links.sound))
        absolute = PreviewLinks(page, picture, sound, links.has_card)
        try:
            tags = score_preview_tags(load_score(self._store.get(score_key)), absolute, self._settings.locale)
        except (ObjectMissingError, CodecError):
            tags = b""
        headers = {**PAGE_HEADERS, **_HEADERS}
        return Response(with_preview(content, tags), HTTPStatus.OK, headers, content_type_of(page_key))

    def card(self, score_key: str) -> Response:
        """Return the card of a piece, PNG, 1200 x 630.

        Raises:
            ObjectMissingError: there is no such piece any more.
        """
        with written_in(self._settings.locale):
            content = drawing_png(card(load_score(self._store.get(score_key))))
        headers = {**_HEADERS, "Cache-Control": "private, max-age=300"}
        return Response(content, HTTPStatus.OK, headers, content_type_of("card.png"))

    def _absolute(self, link: str) -> str:
        return f"{self._settings.public_url}{link}" if link.startswith("/") else link
