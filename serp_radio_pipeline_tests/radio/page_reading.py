"""A page as a browser has it before any script runs: its elements with their attributes, its words, its policy."""

import base64
import hashlib
from html.parser import HTMLParser


class Page(HTMLParser):
    """What a browser would find: elements with their attributes, and the words between them."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.inside: dict[str, list[str]] = {"style": [], "script": []}
        self._open = ""
        self.feed(html.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open = tag

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open in self.inside:
            self.inside[self._open].append(data)
        else:
            self.words.append(data)

    @property
    def policy(self) -> str:
        """The content security policy."""
        return next(a["content"] or "" for _, a in self.elements if a.get("http-equiv") == "Content-Security-Policy")

    def asks_outside(self) -> list[str]:
        """Every address that leads elsewhere than into the page or beside it, and every script in an attribute."""
        found = []
        for _, attributes in self.elements:
            for name, value in attributes.items():
                if name.startswith("on") or name == "style":
                    found.append(name)
                if name in ("src", "href", "action", "data", "poster", "srcset") and value and "//" in value:
                    found.append(value)
        return found

    def runs_only_its_own(self) -> bool:
        """Whether the policy lets nothing but this style and the last script run."""
        texts = ("".join(self.inside["style"]), self.inside["script"][-1])
        hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]
        return (
            self.policy.startswith("default-src 'none'")
            and "unsafe" not in self.policy
            and all(f"'sha256-{one}'" in self.policy for one in hashes)
        )
