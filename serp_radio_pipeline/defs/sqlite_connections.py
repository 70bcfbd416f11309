"""A SQLite database of Dagster's with one connection that stays open; what is in it is Dagster's business."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy import Connection, Engine, NullPool, create_engine, event


def open_engine(url: str) -> Engine:
    """Return an engine that waits as long for a lock as Dagster does."""
    engine = create_engine(
        url, poolclass=NullPool, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def sync_less(connection: Any, _: Any) -> None:
        # in WAL mode a crash loses nothing, and a power cut at most the last events, never the file
        connection.execute("PRAGMA synchronous=NORMAL")

    return engine


class OpenDatabase:
    """One connection, opened on first use and lent to one thread at a time."""

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url)
        self._lock = threading.RLock()
        self._connection: Connection | None = None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Lend the connection for one transaction; who asks within a transaction takes part in it."""
        with self._lock:
            if self._connection is None:
                self._connection = self._engine.connect()
            if self._connection.in_transaction():
                yield self._connection
            else:
                with self._connection.begin():
                    yield self._connection

    @property
    def is_in_transaction(self) -> bool:
        """Whether the connection is lent just now."""
        return self._connection is not None and self._connection.in_transaction()

    def close(self) -> None:
        """Close the connection; the next transaction opens another."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
