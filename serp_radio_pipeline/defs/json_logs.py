"""Logs for machines, where `SERP_RADIO_LOG_FORMAT` is `json`: an object a line, with tenant, date, stage and run."""

import datetime as dt
import json
import logging
import sys
from typing import Any

import dagster as dg

from serp_radio_pipeline.defs.partitions import DATE_DIMENSION, TENANT_DIMENSION

_TAG = "dagster/partition/"
_TENANT_ALONE = "dagster/partition"
"""Of a run whose partition is a tenant, and no day."""
BOOKKEEPING = {
    dg.DagsterEventType.ENGINE_EVENT,
    dg.DagsterEventType.LOGS_CAPTURED,
    dg.DagsterEventType.RESOURCE_INIT_STARTED,
    dg.DagsterEventType.RESOURCE_INIT_SUCCESS,
    dg.DagsterEventType.STEP_INPUT,
    dg.DagsterEventType.STEP_OUTPUT,
    dg.DagsterEventType.LOADED_INPUT,
    dg.DagsterEventType.HANDLED_OUTPUT,
}
"""What Dagster says of its own doings: 46 of a run's 76 lines, which the instance keeps anyway."""


class JsonFormatter(logging.Formatter):
    """Formats what Dagster logs of a run; every line has every key, null where a record has no value for it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        meta: dict[str, Any] = getattr(record, "dagster_meta", None) or {}
        tags = meta.get("job_tags") or {}
        event = meta.get("dagster_event")
        line = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "tenant": tags.get(_TAG + TENANT_DIMENSION, tags.get(_TENANT_ALONE)),
            "date": tags.get(_TAG + DATE_DIMENSION),
            "stage": meta.get("step_key"),
            "run": meta.get("run_id"),
            "event": event.event_type_value if event is not None else None,
            "message": meta.get("orig_message") or record.getMessage(),
            "error": _error_of(record, event),
        }
        return json.dumps(line, ensure_ascii=False)


def _tells_something(record: logging.LogRecord) -> bool:
    event = (getattr(record, "dagster_meta", None) or {}).get("dagster_event")
    return record.levelno > logging.DEBUG or event is None or event.event_type not in BOOKKEEPING


def _error_of(record: logging.LogRecord, event: dg.DagsterEvent | None) -> str | None:
    error = getattr(event.event_specific_data, "error", None) if event is not None else None
    if error is not None:
        return str((error.cause or error).message).strip()
    return repr(record.exc_info[1]) if record.exc_info else None


@dg.logger(
    config_schema={"log_level": dg.Field(str, is_required=False, default_value="DEBUG")},
    description="One JSON object a line on stderr, with tenant, date, stage and run.",
)
def json_logger(context: dg.InitLoggerContext) -> logging.Logger:
    """Return the logger of one run."""
    logger = logging.Logger("serp_radio", level=context.logger_config["log_level"])
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(_tells_something)
    logger.addHandler(handler)
    return logger


def console_level(job: dg.JobDefinition) -> str:
    """Return the console's level for a run that somebody started by hand: a person wants one sentence, not a log."""
    return "DEBUG" if job.loggers.get("console") is json_logger else "CRITICAL"
