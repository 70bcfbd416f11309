"""The isolation matrix as a table: what every route answers to keys that must not open it."""

import logging
import tempfile
from pathlib import Path

from serp_radio_pipeline.storage.api_keys import Scope
from serp_radio_pipeline_tests.api.isolation import EVERYTHING, GUARDED, OWNER, RIVAL, asked, world


def run() -> bool:
    """Print the table; return whether what is another's answered everywhere as what is not there."""
    logging.disable(logging.CRITICAL)
    is_good = True
    print("| route | scope | another tenant's, there | not there | bodies | own key without the scope | no key |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="serp-radio-isolation-") as name:
        two = world(Path(name))
        others = two.headers(RIVAL, EVERYTHING)
        for label, route in GUARDED.items():
            there, gone = asked(two, route, two.there, others), asked(two, route, two.gone, others)
            is_alike = there == gone and there.status == 404
            is_good &= is_alike
            lacking, keyless = "", ""
            if route.scope is not None:
                headers = two.headers(OWNER, EVERYTHING - {Scope(route.scope)})
                lacking, keyless = (str(asked(two, route, two.there, one).status) for one in (headers, {}))
                is_good &= (lacking, keyless) == ("403", "401")
            print(
                f"| {label} | {route.scope or 'the secret'} | {there.status} | {gone.status} | "
                f"{'alike' if is_alike else 'DIFFER'} | {lacking} | {keyless} |"
            )
    logging.disable(logging.NOTSET)
    return is_good
