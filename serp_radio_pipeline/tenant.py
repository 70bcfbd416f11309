"""A tenant's name, parsed once at every door, so that no room behind it meets `../x` or `a|b`."""

import re
from dataclasses import dataclass

from serp_radio_pipeline.errors import SerpRadioError

TENANT_PATTERN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


class TenantError(SerpRadioError):
    """A tenant name that is no slug."""


@dataclass(frozen=True, slots=True, order=True)
class Tenant:
    """A tenant slug: 1-63 of `a-z`, `0-9` and inner `-`.

    Raises:
        TenantError: the text is not such a slug.
    """

    slug: str

    def __post_init__(self) -> None:
        if not isinstance(self.slug, str) or not TENANT_PATTERN.fullmatch(self.slug):
            raise TenantError(
                f"{self.slug!r:.80} is not a tenant name: use 1 to 63 lower-case letters, digits and inner hyphens, "
                "such as 'my-company'."
            )

    def __str__(self) -> str:
        return self.slug
