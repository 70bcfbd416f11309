"""Dagster's SQLite storage with connections that stay open. The files are Dagster's own; any process may use them too.

Stock storage opens an engine and a connection for every event and compiles each statement anew: two thirds of what a
warm run costs beside its music. Nothing here changes what is written or where.
"""

import tempfile
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.schedules.sqlite.sqlite_schedule_storage import SqliteScheduleStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS, create_db_conn_string
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event

MOST_OPEN_SHARDS = 4
"""Each run has a file of its own; a worker makes one run at a time, and reads few others."""


def open_engine(url: str) -> Engine:
    """Return an engine that keeps one connection, and waits as long for a lock as Dagster does."""
    engine = create_engine(
        url,
        pool_size=1,
        max_overflow=8,
        connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def sync_less(connection: Any, _: Any) -> None:
        # in WAL mode a crash loses nothing, and a power cut at most the last events, never the file
        connection.execute("PRAGMA synchronous=NORMAL")

    return engine


class PooledEventLogStorage(SqliteEventLogStorage):
    """Event log whose shards keep their connection; a new run's shard is a copy of an empty one."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._empty_shard: bytes | None = None
        self._known_tables: set[str] = set()
        self._known_partitions: set[tuple[str, str]] = set()
        super().__init__(base_dir, inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            if shard not in self._initialized_dbs:
                self._set_up(Path(self.path_for_shard(shard)))
                self._initialized_dbs.add(shard)
            with self._engine(shard).begin() as connection:
                yield connection

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table; one that was seen is not looked for again, eighty times a run."""
        if table_name not in self._known_tables and super().has_table(table_name):
            self._known_tables.add(table_name)
        return table_name in self._known_tables

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Whether a tenant was added; one that was seen is not looked for again, sixty times a run.

        A tenant that is taken out meanwhile ends with its run all the same.
        """
        wanted = partitions_def_name, partition_key
        if wanted not in self._known_partitions and super().has_dynamic_partition(*wanted):
            self._known_partitions.add(wanted)
        return wanted in self._known_partitions

    def delete_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> None:
        """Take a tenant out."""
        self._known_partitions.discard((partitions_def_name, partition_key))
        super().delete_dynamic_partition(partitions_def_name, partition_key)

    def dispose(self) -> None:
        """Close every connection."""
        super().dispose()
        with self._db_lock:
            for engine in self._engines.values():
                engine.dispose()
            self._engines.clear()

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            self._engines[shard] = open_engine(self.conn_string_for_shard(shard))
        self._engines.move_to_end(shard)
        while len(self._engines) > MOST_OPEN_SHARDS:
            self._engines.pop(next(name for name in self._engines if name != "index")).dispose()
        return self._engines[shard]

    def _set_up(self, path: Path) -> None:
        """Set up a shard that is not there; 0.1 CPU-seconds of tables and migrations, once instead of per run."""
        if path.exists():
            engine = open_engine(self.conn_string_for_shard(path.stem))
            self._initdb(engine)  # another process may be about to
            engine.dispose()
            return
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            empty = Path(folder) / "empty"
            if self._empty_shard is None:
                engine = open_engine(create_db_conn_string(folder, "empty"))
                self._initdb(engine)
                engine.dispose()
                self._empty_shard = (Path(folder) / "empty.db").read_bytes()
            empty.write_bytes(self._empty_shard)
            # linked, not moved: where another process made the shard meanwhile, its events stay
            with suppress(FileExistsError):
                path.hardlink_to(empty)


class PooledRunStorage(SqliteRunStorage):
    """Run storage that keeps its connection."""

    def __init__(self, conn_string: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engine = open_engine(conn_string)
        super().__init__(conn_string, inst_data)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Lend the connection for one transaction."""
        with self._engine.begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Close the connection."""
        self._engine.dispose()


class PooledSqliteStorage(DagsterSqliteStorage):
    """Runs, events and schedules in the folder that Dagster itself would use."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        # not the parent's: it would open stock storages first
        history = Path(base_dir) / "history"
        self.base_dir = base_dir
        self._run_storage = PooledRunStorage.from_local(str(history))
        self._event_log_storage = PooledEventLogStorage(str(history / "runs"))
        self._schedule_storage = SqliteScheduleStorage.from_local(str(Path(base_dir) / "schedules"))
        self._inst_data = inst_data

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Any) -> "PooledSqliteStorage":
        """Return the storage that `dagster.yaml`'s `storage: custom:` describes."""
        return cls.from_local(inst_data=inst_data, **config_value)
