"""Dagster's event log on SQLite, written in batches over connections that stay open. The files are Dagster's own.

Stock storage opens an engine and a connection for every event and compiles each statement anew: two thirds of what a
warm run costs beside its music. What is written and where stays as it is.
"""

import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from alembic.migration import MigrationContext
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS, EVENT_TYPE_TO_PIPELINE_RUN_STATUS
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage
from dagster._core.storage.sqlite import create_db_conn_string
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection

from serp_radio_pipeline.defs.sqlite_connections import OpenDatabase, open_engine

MOST_OPEN_SHARDS = 4
"""Each run has a file of its own; a worker makes one run at a time, and reads few others."""

MOST_WAITING = 100
"""Events that are held back; a run of all stages has fewer than that."""

_INDEXED = ASSET_EVENTS | ASSET_CHECK_EVENTS


class BatchingEventLogStorage(SqliteEventLogStorage):
    """Event log that holds back a run's events until somebody may look, and writes them in one transaction.

    They are written before this process reads what they could change, before a run's status changes (so nobody sees a
    finished run without its events), and when the storage is closed. A process that is killed loses the events since.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._databases: OrderedDict[str, OpenDatabase] = OrderedDict()
        self._empty_shard: bytes | None = None
        self._found: set[tuple[str, ...]] = set()
        self._waiting: list[tuple[EventLogEntry, dict[str, Any]]] = []
        self._waiting_for_index: list[tuple[EventLogEntry, dict[str, Any]]] = []
        self._turn = threading.RLock()  # writing an event asks for further connections
        super().__init__(base_dir, inst_data)

    def store_event(self, event: EventLogEntry) -> None:
        """Store an event, at the latest when its run's status changes."""
        kind = event.dagster_event_type if event.is_dagster_event else None
        changes_status = kind in EVENT_TYPE_TO_PIPELINE_RUN_STATUS
        with self._turn:
            if self._waiting and self._waiting[0][0].run_id != event.run_id:
                self.write_waiting_events()
            entry = event, self._event_to_row(event)
            self._waiting.append(entry)
            if kind in _INDEXED or changes_status:
                self._waiting_for_index.append(entry)
            if changes_status or len(self._waiting) >= MOST_WAITING:
                self.write_waiting_events()

    def write_waiting_events(self) -> None:
        """Write what was held back: into the run's own file, and what concerns assets and statuses into the index."""
        with self._turn:
            # taken off the list only when written: what fails now, a full disk say, is tried again with the next event
            if self._waiting:
                with self._transaction(self._waiting[0][0].run_id) as connection:
                    connection.execute(SqlEventLogStorageTable.insert(), [row for _, row in self._waiting])
                self._waiting.clear()
            if self._waiting_for_index:
                with self._transaction(INDEX_SHARD_NAME) as connection:
                    for event, row in self._waiting_for_index:
                        self._write_to_index(connection, event, row)
                self._waiting_for_index.clear()

    def _write_to_index(self, connection: Connection, event: EventLogEntry, row: dict[str, Any]) -> None:
        """Do as Dagster does after an insert; what it opens in there is part of this transaction."""
        result = connection.execute(SqlEventLogStorageTable.insert(), row)
        event_id = result.inserted_primary_key[0] if result.inserted_primary_key else None
        if event.dagster_event_type in ASSET_EVENTS and event_id is not None:
            self._store_asset_event_tags(connection, [event], [event_id])
            self._store_asset_event(connection, event, event_id)
        if event.dagster_event_type in ASSET_CHECK_EVENTS:
            self.store_asset_check_event(event, event_id)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._turn:
            if not self._is_in_transaction(shard) and self._may_see_waiting_events(shard):
                self.write_waiting_events()
            with self._transaction(shard) as connection:
                yield connection

    def _may_see_waiting_events(self, shard: str) -> bool:
        if shard == INDEX_SHARD_NAME:
            return bool(self._waiting_for_index)
        return bool(self._waiting) and self._waiting[0][0].run_id == shard

    def _is_in_transaction(self, shard: str) -> bool:
        return shard in self._databases and self._databases[shard].is_in_transaction

    @contextmanager
    def _transaction(self, shard: str) -> Iterator[Connection]:
        with self._turn:
            if shard not in self._initialized_dbs:
                self._set_up(Path(self.path_for_shard(shard)))
                self._initialized_dbs.add(shard)
            with self._database(shard).transaction() as connection:
                yield connection

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table; one that was seen is not looked for again, eighty times a run."""
        return self._once_found(("table", table_name), partial(super().has_table, table_name))

    def has_secondary_index(self, name: str) -> bool:
        """Whether Dagster's own migration of that name was done; it is never undone."""
        return self._once_found(("migration", name), partial(super().has_secondary_index, name))

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Whether a tenant was added; one that was seen is not looked for again, sixty times a run.

        A tenant that is taken out meanwhile ends with its run all the same.
        """
        wanted = partitions_def_name, partition_key
        return self._once_found(("partition", *wanted), partial(super().has_dynamic_partition, *wanted))

    def delete_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> None:
        """Take a tenant out."""
        self._found.discard(("partition", partitions_def_name, partition_key))
        super().delete_dynamic_partition(partitions_def_name, partition_key)

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        return self._once_found(
            ("column", column_name), partial(super()._has_asset_key_col_on_connection, conn, column_name)
        )

    def _once_found(self, what: tuple[str, ...], find: Callable[[], bool]) -> bool:
        """Ask until it is there; what is there stays."""
        if what not in self._found and find():
            self._found.add(what)
        return what in self._found

    def dispose(self) -> None:
        """Write what is waiting, and close every connection."""
        super().dispose()
        with self._turn:
            try:
                self.write_waiting_events()
            finally:
                for database in self._databases.values():
                    database.close()
                self._databases.clear()

    def _database(self, shard: str) -> OpenDatabase:
        if shard not in self._databases:
            self._databases[shard] = OpenDatabase(self.conn_string_for_shard(shard))
        self._databases.move_to_end(shard)
        while len(self._databases) > MOST_OPEN_SHARDS:
            self._databases.pop(next(name for name in self._databases if name != INDEX_SHARD_NAME)).close()
        return self._databases[shard]

    def _set_up(self, path: Path) -> None:
        """Set up a shard that is not there; 0.1 CPU-seconds of tables and migrations, once instead of per run."""
        if path.exists():
            if self._is_set_up(path.stem):
                return
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

    def _is_set_up(self, shard: str) -> bool:
        """Whether Dagster wrote its revision into a shard, the last that it does there.

        Dagster asks the same, and reads all its migrations for it: 20 ms of a first look at another process's run.
        """
        with self._database(shard).transaction() as connection:
            return MigrationContext.configure(connection).get_current_revision() is not None
