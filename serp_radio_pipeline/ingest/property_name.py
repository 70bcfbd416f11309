"""What a file's name says: `<property>-Performance-on-Search-YYYY-MM-DD`, as Search Console names its exports."""

import datetime as dt
import re
from dataclasses import dataclass

_NAME = re.compile(
    r"(?P<property>\S{1,300}?)-Performance-on-Search-(?P<date>\d{4}-\d{2}-\d{2})"
    r"(?:[ _-]?\(\d{1,3}\)|[ _-]+copy\b.*)?",
    re.IGNORECASE | re.ASCII,
)
_URL = re.compile(r"(?P<scheme>https?)___(?P<rest>[^_].*)", re.IGNORECASE)
_DOMAIN = re.compile(r"(?:[a-z0-9_-]{1,63}\.)+[a-z0-9-]{2,63}", re.IGNORECASE | re.ASCII)
_SITE_WORD = re.compile(r"(?:https?://)?((?:[a-z0-9_-]{1,63}\.)+[a-z]{2,63})/?", re.IGNORECASE | re.ASCII)
_ENGINES = ("google", "bing", "yahoo", "yandex", "baidu", "duckduckgo", "youtube")
_FILES = ("csv", "tsv", "txt", "xls", "xlsx", "zip", "pdf")
_ENDING = re.compile(r"\.(zip|xlsx|csv|tsv|txt|parquet)$", re.IGNORECASE)


@dataclass(frozen=True)
class NamedExport:
    """The property as Search Console spells it (`https://www.x.com/` or `sc-domain:x.com`) and the day of export.

    Either is None where the name does not say it.
    """

    site: str | None = None
    exported_on: dt.date | None = None


def read_file_name(file_name: str) -> NamedExport:
    """Return what a file name says; a name of another form says nothing."""
    base = file_name.replace("\\", "/").rsplit("/", 1)[-1].strip()
    match = _NAME.fullmatch(_ENDING.sub("", base))
    if match is None:
        return NamedExport()
    try:
        exported_on = dt.date.fromisoformat(match["date"])
    except ValueError:
        exported_on = None
    return NamedExport(_site(match["property"]), exported_on)


def site_of_line(line: str) -> str | None:
    """Return the domain that a line begins with, in small letters; None where it names another, but a search engine."""
    words = re.split(r"[\s,;|()]+", line.strip()[:300])
    found = [match[1].lower() if (match := _SITE_WORD.fullmatch(word)) else "" for word in words]
    sites = {one for one in found if one and not set(one.split(".")[:-1]) & set(_ENGINES)}
    return found[0] if sites == {found[0]} and not found[0].endswith(tuple(f".{one}" for one in _FILES)) else None


def _site(written: str) -> str | None:
    """Undo the name's spelling; `:` and `/` are both written `_`, so a path that holds `_` comes back with `/`."""
    if url := _URL.fullmatch(written):
        host, slash, path = url["rest"].replace("_", "/").partition("/")
        return f"{url['scheme'].lower()}://{host.lower()}{slash}{path}"
    return f"sc-domain:{written.lower()}" if _DOMAIN.fullmatch(written) else None
