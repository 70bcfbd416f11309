"""What of each episode went out first: written once, and never again."""

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.radio.first_edition import FirstEdition, FirstEditionError
from serp_radio_pipeline.storage.keys import first_edition_key
from serp_radio_pipeline.storage.store import ObjectExistsError, Store
from serp_radio_pipeline.tenant import Tenant


class DamagedFirstEditionError(SerpRadioError):
    """A first edition that can't be read."""


def remember_first(store: Store, tenant: Tenant, edition: FirstEdition) -> FirstEdition:
    """Keep an edition where the day has none yet; return the one that was first.

    Raises:
        DamagedFirstEditionError: there is one, and it can't be read.
    """
    key = first_edition_key(tenant, edition.date)
    try:
        store.create(key, edition.to_json())
    except ObjectExistsError:
        try:
            return FirstEdition.from_json(store.get(key))
        except FirstEditionError as error:
            raise DamagedFirstEditionError(
                f"{key} is damaged, so nobody can say whether the episode was corrected; "
                "without that file the next run counts as the first edition."
            ) from error
    return edition
