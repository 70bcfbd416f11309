"""Paths as logs may hold them: without the secrets that open what lies behind them."""

import logging
import re

_SECRET = re.compile(r"(/(?:feeds|files|logs|s)/)[^/?]+")


def without_secret(path: str) -> str:
    """Return a path with `***` where a link's or a feed's secret stands."""
    return _SECRET.sub(r"\1***", path)


class SecretsHidden(logging.Filter):
    """Hides the secrets in the lines of uvicorn's access log: client, method, path, version, status."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every line through, its path without a secret."""
        if isinstance(record.args, tuple):
            record.args = tuple(without_secret(one) if isinstance(one, str) else one for one in record.args)
        return True
