"""Dagster's SQLite storage with connections that stay open. The files are Dagster's own; any process may use them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.schedules.sqlite.sqlite_schedule_storage import SqliteScheduleStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection

from serp_radio_pipeline.defs.sqlite_connections import OpenDatabase
from serp_radio_pipeline.defs.sqlite_event_log import BatchingEventLogStorage


class PooledRunStorage(SqliteRunStorage):
    """Run storage that keeps its connection."""

    def __init__(self, conn_string: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._database = OpenDatabase(conn_string)
        self._has_stats_columns = False
        super().__init__(conn_string, inst_data)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Lend the connection for one transaction."""
        with self._database.transaction() as connection:
            yield connection

    def has_run_stats_index_cols(self) -> bool:
        """Whether the table of runs has the times of a run; asked at each look at a run, and a column never goes."""
        self._has_stats_columns = self._has_stats_columns or super().has_run_stats_index_cols()
        return self._has_stats_columns

    def dispose(self) -> None:
        """Close the connection."""
        self._database.close()


class PooledSqliteStorage(DagsterSqliteStorage):
    """Runs, events and schedules in the folder that Dagster itself would use."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        # not the parent's: it would open stock storages first
        history = Path(base_dir) / "history"
        self.base_dir = base_dir
        self._run_storage = PooledRunStorage.from_local(str(history))
        self._event_log_storage = BatchingEventLogStorage(str(history / "runs"))
        self._schedule_storage = SqliteScheduleStorage.from_local(str(Path(base_dir) / "schedules"))
        self._inst_data = inst_data

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Any) -> "PooledSqliteStorage":
        """Return the storage that `dagster.yaml`'s `storage: custom:` describes."""
        return cls.from_local(inst_data=inst_data, **config_value)
