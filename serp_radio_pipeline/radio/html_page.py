"""How every page is put together: one HTML file with its own style and script, which asks nobody for anything.

Whatever a tenant wrote is escaped; a strict policy lets only the page's own style and script run.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.radio.drawing import closed_path
from serp_radio_pipeline.radio.palette import LABEL_SHAPES
from serp_radio_pipeline.radio.templates import render, shipped_text

if TYPE_CHECKING:
    from markupsafe import Markup

ARROWS: Mapping[Label, str] = {label: closed_path(LABEL_SHAPES[label]) for label in Label}
"""The labels' shapes as paths, 24 x 24 units."""
SORTED_PAGES = ("tenant", "fleet")
"""Pages with tables that can be put in another order."""


def render_page(name: str, *, media: str, **values: Any) -> bytes:
    """Return the page of that template as UTF-8 HTML; `media` are its sounds' sources, as policies have them."""
    style = shipped_text("base.css") + shipped_text(f"{name}.css")
    script = (shipped_text("sorting.js") if name in SORTED_PAGES else "") + shipped_text(f"{name}.js")
    own = {"policy": _policy(style, script, media), "style": as_it_is(style), "script": as_it_is(script)}
    return render(f"{name}.html", {**own, **values}).encode()


def as_it_is(text: str) -> "Markup":
    """Return text that is not escaped on its way into a page: made here, never a tenant's."""
    from markupsafe import Markup  # noqa: PLC0415 - comes with Jinja

    return Markup(text)  # noqa: S704 - see above


def json_inside_html(data: object) -> "Markup":
    """Return JSON that can stand in a script element: nothing in it ends the element."""
    return as_it_is(json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"))


def clock(seconds: float) -> str:
    """Return a duration as players show it: 1:05."""
    return f"{int(seconds // 60)}:{int(seconds % 60):02}"


def _policy(style: str, script: str, media: str) -> str:
    """Return a policy under which nothing but this style and this script runs, and nothing else is fetched."""
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    return (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        f"media-src {media}; img-src data:; base-uri 'none'; form-action 'none'"
    )
