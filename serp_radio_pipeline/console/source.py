"""Where a tenant's data come from: `sources.yaml`, one property and the name of the secret that opens it.

The secret itself is never here: it stays where the name says.
"""

import re
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.refusal import shown
from serp_radio_pipeline.labels.plain_yaml import MappingNode, Problems, ScalarNode, read_plain_yaml

SearchType = Literal["web", "image", "video", "news"]
"""The search types that have positions by property; Discover and Google News have none."""
FILE_NAME = "sources.yaml"
FIELDS = ("property", "secret", "search_type", "details")
_DOMAIN = re.compile(r"sc-domain:(?:[a-z0-9_-]{1,63}\.)+[a-z0-9-]{2,63}", re.ASCII)
_URL = re.compile(r"(https?)://([\w.:\[\]-]{1,253})(/[^\s?#\"\\]{0,1000})", re.IGNORECASE)
_SECRET = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]{0,127}|aws:[A-Za-z0-9/_+=.@:-]{1,512}", re.ASCII)
_SWITCH = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}


class SourceError(SerpRadioError):
    """A source that can't be used; the sentence says which field, and what it should be."""


def _property(text: str) -> str:
    domain = text.lower()
    if _DOMAIN.fullmatch(domain):
        return domain
    if text.isprintable() and (url := _URL.fullmatch(text)):
        return f"{url[1].lower()}://{url[2].lower()}{url[3]}"
    raise ValueError(
        "it must be as Search Console shows it: 'sc-domain:example.com', or a URL with its last slash such as "
        "'https://www.example.com/'"
    )


def _secret(text: str) -> str:
    # what was written is not repeated: it may be the secret itself
    if not _SECRET.fullmatch(text):
        raise ValueError(
            "it must be a name and never the secret itself: 'env:NAME' for an environment variable, or 'aws:NAME' for "
            "AWS Secrets Manager"
        )
    return text


class Source(BaseModel):
    """One property of Search Console: which, what opens it, which kind of search, and whether with queries and pages.

    Raises:
        pydantic.ValidationError: a field that can't be; `parse_source` and `make_source` say it in a sentence.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    property: Annotated[str, AfterValidator(_property)]
    secret: Annotated[str, AfterValidator(_secret)]
    search_type: SearchType = "web"
    details: bool = True

    def to_yaml(self) -> bytes:
        """Return the file that `parse_source` reads."""
        return (
            f'property: "{self.property}"\nsecret: "{self.secret}"\nsearch_type: {self.search_type}\n'
            f"details: {'on' if self.details else 'off'}\n"
        ).encode()


def make_source(site: str, secret: str, search_type: str = "web", *, details: bool = True) -> Source:
    """Return a source of these words.

    Raises:
        SourceError: one of them can't be.
    """
    return _valid(
        {"property": site, "secret": secret, "search_type": search_type, "details": details}, "The connection"
    )


def parse_source(content: bytes, name: str = FILE_NAME) -> Source:
    """Read a `sources.yaml`; `name` is how sentences call it.

    Raises:
        SourceError: it is no such file, with the line where that is known.
    """
    problems = Problems()
    root = read_plain_yaml(content, problems).root
    if len(problems):
        line, reason = problems.sorted()[0]
        raise SourceError(f"{name}, line {line}: {reason}.")
    if not isinstance(root, MappingNode):
        raise SourceError(f"{name} must hold fields: {', '.join(FIELDS)}.")
    fields: dict[str, object] = {}
    for key, node in root.fields:
        field = shown(key.text)
        if key.text not in FIELDS:
            raise SourceError(f"{name}, line {key.line}: there is no field '{field}'; there are {', '.join(FIELDS)}.")
        if not isinstance(node, ScalarNode):
            raise SourceError(f"{name}, line {key.line}: '{field}' must be one word.")
        fields[key.text] = node.text
    if "details" in fields:
        switch = _SWITCH.get(str(fields["details"]).lower())
        if switch is None:
            raise SourceError(f"{name}: 'details' must be on or off.")
        fields["details"] = switch
    return _valid(fields, name)


def _valid(fields: dict[str, object], name: str) -> Source:
    try:
        return Source.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = str(first["loc"][0])
        if first["type"] == "missing":
            reason = "it is missing"
        elif field == "search_type":
            reason = f"it must be one of {', '.join(get_args(SearchType))}"
        else:
            reason = first["msg"].removeprefix("Value error, ")
        raise SourceError(f"{name}: '{field}' can't be used: {reason}.") from None
